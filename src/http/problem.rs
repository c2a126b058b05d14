//! Problems: the format of every error response, `application/problem+json` (RFC 9457).

#[cfg(test)]
mod tests;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    problem_type::{self, ProblemType},
    request_id,
};
use crate::{
    domain::fault::Fault,
    store::{RecordError, StoreError},
};

/// The maximum length of a path and query together, without the cursor, in bytes.
pub const LONGEST_URL: usize = 8 * 1024;

/// The maximum size of all headers of a request together, in bytes.
pub const LARGEST_HEAD: usize = 16 * 1024;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A fault of a parameter or of a member of a body.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Violation {
    /// The parameter's name, or the path into the body.
    #[schema(example = "event")]
    pub location: String,
    /// What is wrong, and the value.
    #[schema(example = "\"QUEUE_RENAMD\" is not an event type of this log; did you mean QUEUE_RENAMED?")]
    pub message: String,
    /// The allowed values, if they are a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["QUEUE_CREATED", "QUEUE_RENAMED"]))]
    pub allowed: Vec<String>,
}

impl Violation {
    /// A fault at a location.
    pub fn new(location: impl Into<String>, fault: Fault) -> Self {
        Self { location: location.into(), message: fault.message, allowed: fault.allowed }
    }
}

/// The body of every error response.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// The type of the problem: the path of the page with its cause and remedy.
    #[serde(rename = "type")]
    #[schema(value_type = ProblemType)]
    problem_type: String,
    /// A short text, the same for all problems of the type.
    #[schema(example = "Invalid parameters")]
    title: &'a str,
    /// The status of the response.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request.
    #[schema(example = "1 invalid parameter")]
    detail: &'a str,
    /// The request's identifier, also in `X-Request-Id`. State it when you report a problem.
    #[schema(example = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55")]
    request_id: String,
    /// Each fault with its location.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    violations: &'a [Violation],
}

/// An error response.
#[derive(Debug, Clone)]
pub struct Problem {
    problem_type: &'static ProblemType,
    status: StatusCode,
    detail: String,
    violations: Vec<Violation>,
    headers: Vec<(HeaderName, HeaderValue)>,
    closes: bool,
}

impl Problem {
    /// Invalid parameters (400).
    pub fn invalid_parameters(violations: Vec<Violation>) -> Self {
        let count = violations.len();
        let detail = if count == 1 { "1 invalid parameter".to_owned() } else { format!("{count} invalid parameters") };
        Self { violations, ..Self::new(&problem_type::INVALID_PARAMETERS, detail) }
    }

    /// A body that is not JSON (400). JSON with invalid content is [`Problem::invalid_events`].
    pub fn malformed_body(message: impl Into<String>) -> Self {
        let violation = Violation::new("body", Fault::new(message));
        let problem = Self::new(&problem_type::MALFORMED_BODY, "The body is not valid JSON");
        Self { violations: vec![violation], ..problem }
    }

    /// No token, or one that is not accepted (401). The client gets `reason`, so it must not contain a key or the value of a claim.
    pub fn unauthorized(reason: Option<&str>) -> Self {
        let (detail, challenge) = match reason {
            None => ("Send a token in the header Authorization: Bearer <JWT>".to_owned(), r#"Bearer realm="logbook""#.to_owned()),
            Some(reason) => (
                format!("The token is not accepted: {reason}"),
                format!(r#"Bearer realm="logbook", error="invalid_token", error_description="{reason}""#),
            ),
        };
        Self::new(&problem_type::UNAUTHORIZED, detail).with_header(header::WWW_AUTHENTICATE, &challenge)
    }

    /// A valid token without a role that allows the call (403).
    pub fn forbidden(needed: impl Iterator<Item = &'static str>) -> Self {
        let needed = needed.collect::<Vec<_>>().join(" or ");
        Self::new(&problem_type::FORBIDDEN, format!("This call requires the role {needed}"))
    }

    /// An unknown path (404).
    pub fn unknown_path() -> Self {
        Self::new(&problem_type::NOT_FOUND, "No such path; GET /openapi.json lists all paths")
    }

    /// The account's log has no event with this identifier (404); even if another account's log has one.
    pub fn unknown_event() -> Self {
        Self::new(&problem_type::NOT_FOUND, "The log has no event with this id")
    }

    /// A known path with another method (405).
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(&problem_type::METHOD_NOT_ALLOWED, format!("This path supports {allow}")).with_header(header::ALLOW, allow)
    }

    /// The client does not accept the media type of the response (406).
    pub fn not_acceptable(media_type: &str) -> Self {
        Self::new(&problem_type::NOT_ACCEPTABLE, format!("This call returns {media_type}, which the header Accept excludes"))
    }

    /// The client does not accept any coding in which a response can be sent (406).
    fn codings_not_acceptable() -> Self {
        let detail = "The header Accept-Encoding excludes all codings of the response: identity, zstd, br, gzip and deflate";
        Self::new(&problem_type::NOT_ACCEPTABLE, detail)
    }

    /// The client was too slow to send the body (408).
    pub fn request_timeout() -> Self {
        Self::new(&problem_type::REQUEST_TIMEOUT, "The body did not arrive in time").closing()
    }

    /// Ids of events with other content (409).
    pub fn conflict(violations: Vec<Violation>) -> Self {
        let detail = "Nothing was stored, because ids are used by events with other content";
        Self { violations, ..Self::new(&problem_type::CONFLICT, detail) }
    }

    /// A body over the limit (413).
    pub fn content_too_large(limit: usize) -> Self {
        let detail =
            format!("The body has more than {limit} bytes, measured after decompression; send the events in several batches");
        Self::new(&problem_type::CONTENT_TOO_LARGE, detail)
    }

    /// A body with too many values (413).
    pub fn too_many_values(limit: usize) -> Self {
        let detail = format!("The body has more than {limit} JSON values; send the events in several batches");
        Self::new(&problem_type::CONTENT_TOO_LARGE, detail)
    }

    /// A URL over the limit (414).
    pub fn uri_too_long() -> Self {
        let detail = format!("The path and the query together are longer than {LONGEST_URL} bytes, not counting the cursor");
        Self::new(&problem_type::URI_TOO_LONG, detail)
    }

    /// Headers over the limit (431).
    pub fn head_too_large() -> Self {
        let detail = format!("The request line and the headers together have more than {LARGEST_HEAD} bytes");
        Self::new(&problem_type::HEAD_TOO_LARGE, detail)
    }

    /// An unsupported media type or content encoding (415).
    pub fn unsupported_media_type(detail: &'static str) -> Self {
        Self::new(&problem_type::UNSUPPORTED_MEDIA_TYPE, detail)
            .with_header(header::ACCEPT, "application/json")
            .with_header(header::ACCEPT_ENCODING, "gzip, identity")
    }

    /// JSON with invalid content (422). `violations` has the faults up to a limit, `count` is the number of all.
    pub fn invalid_events(violations: Vec<Violation>, count: usize) -> Self {
        let detail = match (count, violations.len()) {
            (1, _) => "Nothing was stored, because of 1 fault in the body".to_owned(),
            (count, listed) if listed < count => {
                format!("Nothing was stored, because of {count} faults in the body; {listed} are listed")
            }
            (count, _) => format!("Nothing was stored, because of {count} faults in the body"),
        };
        Self { violations, ..Self::new(&problem_type::INVALID_EVENTS, detail) }
    }

    /// The account has reached a limit (429). `after`: the number of seconds to wait.
    pub fn too_many_requests(detail: impl Into<String>, after: u32) -> Self {
        Self::new(&problem_type::TOO_MANY_REQUESTS, detail).with_header(header::RETRY_AFTER, &after.to_string())
    }

    /// An error of the service (500). The cause is logged and not sent to the client.
    pub fn internal() -> Self {
        Self::new(&problem_type::INTERNAL, "Internal error; state the requestId when you report it")
    }

    /// The database is unreachable, overloaded or too slow, or the service is stopping (503).
    pub fn unavailable(detail: &'static str) -> Self {
        Self::new(&problem_type::UNAVAILABLE, detail).with_header(header::RETRY_AFTER, "1")
    }

    /// The database cannot be reached (503).
    pub fn database_unreachable() -> Self {
        Self::unavailable("The database is unreachable at the moment; try again later")
    }

    /// The storage of the database is full (507).
    pub fn insufficient_storage() -> Self {
        let detail = "Nothing was stored, because the storage of the database is full; try again later";
        // The storage is not expected to have space again within a second.
        Self::new(&problem_type::INSUFFICIENT_STORAGE, detail).with_header(header::RETRY_AFTER, "5")
    }

    /// The keys of the token's issuer could not be fetched so far (503).
    pub fn keys_not_loaded() -> Self {
        Self::unavailable("The keys of the token's issuer are not loaded at the moment; try again later")
    }

    /// The problem of a response of the framework that has only a status.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::unknown_path(),
            StatusCode::NOT_ACCEPTABLE => Self::codings_not_acceptable(),
            status if status.is_server_error() => Self::internal(),
            status => Self { status, ..Self::new(&problem_type::BAD_REQUEST, "The request could not be read") },
        }
    }

    fn new(problem_type: &'static ProblemType, detail: impl Into<String>) -> Self {
        let (status, detail) = (problem_type.status, detail.into());
        Self { problem_type, status, detail, violations: Vec::new(), headers: Vec::new(), closes: false }
    }

    /// The headers besides those of every response.
    pub fn headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.iter().map(|(name, _)| name)
    }

    /// The same problem, after whose response the connection is closed.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// The same, with the header `Vary`.
    #[must_use]
    pub fn varying(self, names: &'static str) -> Self {
        self.with_header(header::VARY, names)
    }

    fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// The body of the response to the request with that identifier.
    pub(super) fn body(&self, request_id: String) -> ProblemBody<'_> {
        ProblemBody {
            problem_type: self.problem_type.path(),
            title: self.problem_type.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            request_id,
            violations: &self.violations,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status.as_u16(), self.problem_type.name)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.append_header((name, value));
        }
        if self.closes {
            response.force_close();
        }
        response.content_type(MEDIA_TYPE).json(self.body(request_id::current()))
    }
}

impl From<StoreError> for Problem {
    /// The store logs the faults that refuse many requests.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::unavailable("All connections to the database are in use at the moment; try again later"),
            StoreError::Unavailable(_) => Self::database_unreachable(),
            StoreError::Full(_) => Self::insufficient_storage(),
            StoreError::ReadOnly(_) => Self::unavailable("The database is read-only at the moment; only reads are served"),
            StoreError::Moved => Self::unavailable("The file of the database was removed or replaced"),
            // Only before requests are served.
            StoreError::Unsuitable(_) | StoreError::Migration(_) | StoreError::Incomplete(_) => Self::internal(),
            StoreError::Failed(cause) => {
                tracing::error!(%cause, "a statement failed");
                Self::internal()
            }
        }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => error.into(),
            RecordError::Busy => Self::unavailable("Too many events are waiting to be stored; try again later"),
            RecordError::WriterFailed => Self::internal(),
            RecordError::Conflict(conflict) => {
                let taken = |(index, id): (usize, crate::domain::text::EventId)| {
                    let fault = Fault::new(format!("{:?} is the id of an event with other content", id.as_str()));
                    Violation::new(format!("events[{index}].id"), fault)
                };
                Self::conflict(conflict.events.into_iter().map(taken).collect())
            }
        }
    }
}

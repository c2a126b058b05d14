//! The one form of every error answer: `application/problem+json` of RFC 9457.

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

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A fault of one parameter or of one member of a body.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Violation {
    /// The parameter's name, or the path into the body.
    #[schema(example = "event")]
    pub location: String,
    /// What is wrong, and what came.
    #[schema(example = "\"QUEUE_RENAMD\" is not an event type of this log; did you mean QUEUE_RENAMED?")]
    pub message: String,
    /// What is allowed instead, where that is a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["QUEUE_CREATED", "QUEUE_RENAMED"]))]
    pub allowed: Vec<String>,
}

impl Violation {
    /// A fault at its place.
    pub fn new(location: impl Into<String>, fault: Fault) -> Self {
        Self { location: location.into(), message: fault.message, allowed: fault.allowed }
    }
}

/// The body of every error answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// What type of problem it is: the path of the page with its cause and remedy.
    #[serde(rename = "type")]
    #[schema(value_type = ProblemType)]
    problem_type: String,
    /// The type in words; the same for every problem of the type.
    #[schema(example = "Invalid parameters")]
    title: &'a str,
    /// The status of the answer.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    status: u16,
    /// What was wrong this time.
    #[schema(example = "1 parameter is not as it should be")]
    detail: &'a str,
    /// The request's identifier, also in `X-Request-Id`: name it when you ask for help.
    #[schema(example = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55")]
    request_id: String,
    /// Each fault with its place.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    violations: &'a [Violation],
}

/// Why a request was not served.
#[derive(Debug)]
pub struct Problem {
    problem_type: &'static ProblemType,
    status: StatusCode,
    detail: String,
    violations: Vec<Violation>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// Parameters that do not fit (400).
    pub fn invalid_parameters(violations: Vec<Violation>) -> Self {
        let count = violations.len();
        let detail = if count == 1 {
            "1 parameter is not as it should be".to_owned()
        } else {
            format!("{count} parameters are not as they should be")
        };
        Self { violations, ..Self::new(&problem_type::INVALID_PARAMETERS, detail) }
    }

    /// A body that is not JSON at all (400); one that is, but does not fit, is [`Problem::invalid_events`].
    pub fn malformed_body(message: impl Into<String>) -> Self {
        let violation = Violation::new("body", Fault::new(message));
        let problem = Self::new(&problem_type::MALFORMED_BODY, "The body could not be read as JSON");
        Self { violations: vec![violation], ..problem }
    }

    /// No token, or one that is not accepted (401). `reason` is told; it names no key and no claim's value.
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

    /// A good token whose roles do not allow it (403).
    pub fn forbidden(needed: impl Iterator<Item = &'static str>) -> Self {
        let needed = needed.collect::<Vec<_>>().join(" or ");
        Self::new(&problem_type::FORBIDDEN, format!("This call needs the role {needed}"))
    }

    /// Nothing stands at this path (404).
    pub fn unknown_path() -> Self {
        Self::new(&problem_type::NOT_FOUND, "Nothing stands at this path; GET /openapi.json lists what there is")
    }

    /// The account's log has no event of this identifier (404); also when another account's has.
    pub fn unknown_event() -> Self {
        Self::new(&problem_type::NOT_FOUND, "The log has no event of this id")
    }

    /// The path is right, the method is not (405).
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(&problem_type::METHOD_NOT_ALLOWED, format!("This path takes {allow}")).with_header(header::ALLOW, allow)
    }

    /// The client does not take what the call answers with (406).
    pub fn not_acceptable(media_type: &str) -> Self {
        let detail = format!("This call answers with {media_type}, which the header Accept rules out");
        Self::new(&problem_type::NOT_ACCEPTABLE, detail)
    }

    /// The client was too slow to send the body (408).
    pub fn request_timeout() -> Self {
        let detail = "The body did not arrive in time";
        Self::new(&problem_type::REQUEST_TIMEOUT, detail).with_header(header::CONNECTION, "close")
    }

    /// Identifiers are taken by other events (409).
    pub fn conflict(violations: Vec<Violation>) -> Self {
        let detail = "Nothing was stored, because identifiers are taken by events with other content";
        Self { violations, ..Self::new(&problem_type::CONFLICT, detail) }
    }

    /// A body over the limit (413).
    pub fn content_too_large(limit: usize) -> Self {
        let detail =
            format!("The body has more than {limit} bytes, counted after decompression; send the events in several batches");
        Self::new(&problem_type::CONTENT_TOO_LARGE, detail)
    }

    /// A URL over the limit (414).
    pub fn uri_too_long(limit: usize) -> Self {
        let detail = format!("The path and query have more than {limit} bytes");
        Self::new(&problem_type::URI_TOO_LONG, detail)
    }

    /// A media type or a content encoding that is not taken (415).
    pub fn unsupported_media_type(detail: &'static str) -> Self {
        Self::new(&problem_type::UNSUPPORTED_MEDIA_TYPE, detail)
            .with_header(header::ACCEPT, "application/json")
            .with_header(header::ACCEPT_ENCODING, "gzip, identity")
    }

    /// JSON that does not fit (422): every fault, up to a limit. `count` is how many there were.
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

    /// More than the account may have at a time (429); `after` is when to try again, in seconds.
    pub fn too_many_requests(detail: impl Into<String>, after: u32) -> Self {
        Self::new(&problem_type::TOO_MANY_REQUESTS, detail).with_header(header::RETRY_AFTER, &after.to_string())
    }

    /// A fault of ours (500): says nothing, because its cause is in the log.
    pub fn internal() -> Self {
        let detail = "Something went wrong here; name the requestId when you ask for help";
        Self::new(&problem_type::INTERNAL, detail)
    }

    /// The database is away, too busy or too slow, or the service is about to stop (503).
    pub fn unavailable(detail: &'static str) -> Self {
        Self::new(&problem_type::UNAVAILABLE, detail).with_header(header::RETRY_AFTER, "1")
    }

    /// What the framework answered with a bare status, in our form.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::unknown_path(),
            status if status.is_server_error() => Self::internal(),
            status => Self { status, ..Self::new(&problem_type::BAD_REQUEST, "The request could not be read") },
        }
    }

    fn new(problem_type: &'static ProblemType, detail: impl Into<String>) -> Self {
        Self { problem_type, status: problem_type.status, detail: detail.into(), violations: Vec::new(), headers: Vec::new() }
    }

    /// The headers that it brings besides those of every answer.
    pub fn headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.iter().map(|(name, _)| name)
    }

    fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// The body of the answer to the request of that identifier.
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
        response.content_type(MEDIA_TYPE).json(self.body(request_id::current()))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(cause) => {
                tracing::warn!(cause, "the database is not available");
                Self::unavailable("The database is not available at the moment; try again")
            }
            StoreError::Failed(cause) => {
                tracing::error!(%cause, "the database refused a statement");
                Self::internal()
            }
        }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => error.into(),
            RecordError::Busy => {
                tracing::warn!("too many events wait to be stored");
                Self::unavailable("Too many events wait to be stored at the moment; try again")
            }
            RecordError::BrokenOff => Self::internal(),
            RecordError::Conflict(conflict) => {
                let taken = |(index, id): (usize, crate::domain::text::EventId)| {
                    let fault = Fault::new(format!("{:?} is taken by an event with other content", id.as_str()));
                    Violation::new(format!("events[{index}].id"), fault)
                };
                Self::conflict(conflict.events.into_iter().map(taken).collect())
            }
        }
    }
}

//! The types of problems, each with its cause and remedy.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use utoipa::{PartialSchema, ToSchema, openapi};

/// A type of problem. Its URL, relative to the service, is the `type` of a problem document.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    pub name: &'static str,
    /// Of every problem of this type, except [`BAD_REQUEST`].
    pub status: StatusCode,
    pub title: &'static str,
    pub cause: &'static str,
    pub remedy: &'static str,
}

macro_rules! problem_types {
    ($($constant:ident: $name:literal, $status:ident, $title:literal, $cause:literal, $remedy:literal;)+) => {
        $(pub static $constant: ProblemType =
            ProblemType { name: $name, status: StatusCode::$status, title: $title, cause: $cause, remedy: $remedy };)+
        pub static ALL: &[&ProblemType] = &[$(&$constant),+];
    };
}

problem_types! {
    BAD_REQUEST: "bad-request", BAD_REQUEST, "Bad request",
        "The request is not valid HTTP, or a part of it cannot be read.",
        "Compare the request with the documentation. A proxy between client and service may have changed it.";
    INVALID_PARAMETERS: "invalid-parameters", BAD_REQUEST, "Invalid parameters",
        "At least one parameter is unknown, has an invalid value, is missing, or is given more often than allowed.",
        "Correct every parameter that violations lists. Each violation names the parameter, its value and what is allowed. \
         Repeat a filter to match any of several values: event=A&event=B.";
    MALFORMED_BODY: "malformed-body", BAD_REQUEST, "Malformed body",
        "The body is not JSON in UTF-8.",
        "Send a JSON object. The violation names the line and column of the first error.";
    UNAUTHORIZED: "unauthorized", UNAUTHORIZED, "Unauthorized",
        "The request has no token, or the token is not accepted: it has expired, has an invalid signature, or lacks a claim.",
        "Send the header Authorization: Bearer followed by a valid JWT. The detail states why a token was not accepted.";
    FORBIDDEN: "forbidden", FORBIDDEN, "Forbidden",
        "The token is valid, but none of its roles allows this call.",
        "Ask the administrator of your account for the role that the detail names.";
    NOT_FOUND: "not-found", NOT_FOUND, "Not found",
        "The path does not exist, or the account's log has no event with this id.",
        "Check the path and the id. An event of another account is not found either.";
    METHOD_NOT_ALLOWED: "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, but not with this method.",
        "Use a method that the header Allow of the response lists.";
    NOT_ACCEPTABLE: "not-acceptable", NOT_ACCEPTABLE, "Not acceptable",
        "The header Accept excludes the media type that this call returns, or Accept-Encoding excludes every content coding.",
        "Accept the media type or a coding that the detail names, or send no such header.";
    REQUEST_TIMEOUT: "request-timeout", REQUEST_TIMEOUT, "Request timeout",
        "The body did not arrive in time.",
        "Repeat the request. On a slow connection, send fewer events in one request.";
    CONFLICT: "conflict", CONFLICT, "Conflict",
        "Events of the batch have ids that other events of the log, or of the batch, already have with other content. Nothing was stored.",
        "Give every event an id of its own. To send an event again, send exactly the same content.";
    CONTENT_TOO_LARGE: "content-too-large", PAYLOAD_TOO_LARGE, "Content too large",
        "The body is larger than the limit, measured after decompression, or has more than 100,000 JSON values.",
        "Send the events in several requests.";
    URI_TOO_LONG: "uri-too-long", URI_TOO_LONG, "URI too long",
        "The path and the query together, not counting the cursor, are longer than the limit.",
        "Use fewer filter values in one request.";
    HEAD_TOO_LARGE: "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Request header fields too large",
        "The request line and the headers together are larger than the limit.",
        "Send fewer or shorter headers. A token of more than 8 KiB is not accepted either.";
    UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "The body is not declared as JSON, or its content encoding is not supported.",
        "Send Content-Type: application/json, and either no Content-Encoding or Content-Encoding: gzip.";
    INVALID_EVENTS: "invalid-events", UNPROCESSABLE_ENTITY, "Invalid events",
        "The body is JSON, but at least one event is invalid. Nothing was stored.",
        "Correct every member that violations lists, such as events[3].item.type, and send the batch again.";
    TOO_MANY_REQUESTS: "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "The account has sent too many requests, or uses more than it may use at the same time: open streams, exports or connections.",
        "Close what is no longer needed. Try again after the number of seconds in the header Retry-After.";
    INTERNAL: "internal", INTERNAL_SERVER_ERROR, "Internal error",
        "The service failed. The cause is in its log.",
        "Report the requestId to the operator of the service.";
    UNAVAILABLE: "unavailable", SERVICE_UNAVAILABLE, "Service unavailable",
        "The database is unreachable, busy or not usable, the service has too many open connections or is receiving too many large bodies \
         at the same time, the keys of the token's issuer are not loaded, or the service is starting or stopping.",
        "Try again after the number of seconds in the header Retry-After. Repeating a write with the same ids is safe.";
    INSUFFICIENT_STORAGE: "insufficient-storage", INSUFFICIENT_STORAGE, "Insufficient storage",
        "The storage of the database is full. Nothing was stored. Reads are still served.",
        "Try again after the number of seconds in the header Retry-After; writes succeed as soon as there is space again. Operators: \
         free space, or enlarge the storage.";
}

impl ProblemType {
    /// Its URL, relative to the service.
    pub fn path(&self) -> String {
        format!("/docs/problems/{}", self.name)
    }
}

impl PartialSchema for ProblemType {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new()
            .schema_type(openapi::schema::Type::String)
            .description(Some("The type of a problem: the path of the page with its cause and remedy."))
            .enum_values(Some(ALL.iter().map(|problem_type| problem_type.path())))
            .examples([INVALID_PARAMETERS.path()])
            .into()
    }
}

impl ToSchema for ProblemType {
    fn name() -> Cow<'static, str> {
        "ProblemType".into()
    }
}

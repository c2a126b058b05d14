//! The error answers of the OpenAPI document: every status that a call can give, each with an example.

use std::collections::BTreeMap;

use actix_web::{
    ResponseError,
    http::header::{self, HeaderName},
};
use serde_json::json;
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type, response::Responses},
};

use super::{
    problem::{MEDIA_TYPE, Problem, Violation},
    stream::places::Places,
};
use crate::domain::{
    audit_event::AuditEventType,
    fault::Fault,
    role::{self, Permission},
    timestamp::Timestamp,
};

/// What the calls that read a log can answer when they do not answer with it.
#[derive(Debug)]
pub struct ReadProblems;

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let unknown =
            "QUEUE_RENAMD".parse::<AuditEventType>().err().into_iter().map(|fault| Violation::new("event", fault)).collect();
        let mut problems = every_call();
        problems.extend([
            ("A parameter is unknown, does not fit, or stands twice.", Problem::invalid_parameters(unknown)),
            ("The roles of the token do not allow it.", Problem::forbidden(role::names_allowing(Permission::ReadAuditLogs))),
            ("The header Accept rules JSON out.", Problem::not_acceptable("application/json")),
        ]);
        responses(problems)
    }
}

/// What the calls that read one event can answer besides.
#[derive(Debug)]
pub struct EventProblems;

impl IntoResponses for EventProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(vec![("The account's log has no event of this id.", Problem::unknown_event())])
    }
}

/// What the calls that write into a log can answer when they store nothing.
#[derive(Debug)]
pub struct WriteProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let taken = Violation::new("events[3].id", Fault::new("\"import-4711\" is taken by an event with other content"));
        let ahead = Violation::new(
            "events[0].occurredAt",
            Fault::new(format!(
                "{:?} is not a date-time of RFC 3339 with an offset, such as {}",
                "yesterday",
                Timestamp::EXAMPLE
            )),
        );
        let mut problems = every_call();
        problems.extend([
            ("The body is not JSON, or there is a query.", Problem::malformed_body("expected `,` or `}` at line 1 column 17")),
            ("The roles of the token do not allow it.", Problem::forbidden(role::names_allowing(Permission::WriteEvents))),
            ("The header Accept rules JSON out.", Problem::not_acceptable("application/json")),
            ("The body did not arrive in time.", Problem::request_timeout()),
            ("Identifiers are taken by events with other content.", Problem::conflict(vec![taken])),
            ("The body is too large.", Problem::content_too_large(super::body::MAXIMUM)),
            (
                "The body is of another media type or content encoding.",
                Problem::unsupported_media_type("The body must be sent as Content-Type: application/json, in UTF-8"),
            ),
            ("The body is JSON but does not fit; every fault is listed.", Problem::invalid_events(vec![ahead], 1)),
        ]);
        responses(problems)
    }
}

/// What the calls that export a log can answer besides.
#[derive(Debug)]
pub struct ExportProblems;

impl IntoResponses for ExportProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(vec![("The header Accept rules the format out.", Problem::not_acceptable("text/csv"))])
    }
}

/// What the calls that stream a log can answer besides.
#[derive(Debug)]
pub struct StreamProblems;

impl IntoResponses for StreamProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(vec![
            ("The header Accept rules event streams out.", Problem::not_acceptable("text/event-stream")),
            ("The account has as many streams as it may have; close one, or come back later.", Places::too_many(100)),
        ])
    }
}

/// What the calls that anybody may make can answer when they do not answer as they should.
#[derive(Debug)]
pub struct OpenProblems;

impl IntoResponses for OpenProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(any_call())
    }
}

/// What the call that asks whether the service is ready can answer besides.
#[derive(Debug)]
pub struct UnavailableProblem;

impl IntoResponses for UnavailableProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(vec![(
            "The service cannot serve at the moment.",
            Problem::unavailable("The database is not available at the moment; try again"),
        )])
    }
}

/// What the calls can answer whose path names a thing of the service.
#[derive(Debug)]
pub struct UnknownPathProblem;

impl IntoResponses for UnknownPathProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(vec![("There is nothing of this name.", Problem::unknown_path())])
    }
}

/// What every call of a log can answer.
fn every_call() -> Vec<(&'static str, Problem)> {
    let mut problems = any_call();
    problems.extend([
        ("There is no token, or it is not accepted.", Problem::unauthorized(Some("it has expired"))),
        (
            "The database is away, too busy or too slow.",
            Problem::unavailable("The database is not available at the moment; try again"),
        ),
    ]);
    problems
}

/// What a client has already.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatchHeader {
    /// The `ETag` of the page that the client has. If the page is unchanged, the answer is 304 without a body.
    #[param(rename = "If-None-Match", required = false, value_type = String, example = "\"Yq8cLw1X0m5v5m0p5iYc3A\"", max_length = 1024)]
    _if_none_match: Option<String>,
}

/// What any call at all can answer.
fn any_call() -> Vec<(&'static str, Problem)> {
    vec![
        ("The path and query are longer than 8 KiB.", Problem::uri_too_long(8192)),
        ("Something went wrong in the service.", Problem::internal()),
    ]
}

fn responses(problems: Vec<(&str, Problem)>) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = Responses::new();
    for (description, problem) in problems {
        let example = json!(problem.body(EXAMPLE_REQUEST_ID.to_owned()));
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(Some(example)).build();
        let mut response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
        for (name, schema_type, description) in HEADERS.iter().filter(|(name, ..)| problem.headers().any(|header| header == name))
        {
            let schema = ObjectBuilder::new().schema_type(schema_type.clone());
            response =
                response.header(name.as_str(), HeaderBuilder::new().schema(Some(schema)).description(Some(*description)).build());
        }
        let response = response.build();
        responses.responses.insert(problem.status_code().as_str().to_owned(), response.into());
    }
    responses.responses.into_iter().collect()
}

/// The headers of problems that programs go by.
static HEADERS: [(HeaderName, Type, &str); 2] = [
    (header::WWW_AUTHENTICATE, Type::String, "What is asked for, and why a token was not accepted (RFC 6750)."),
    (header::RETRY_AFTER, Type::Integer, "After how many seconds to try again."),
];

const EXAMPLE_REQUEST_ID: &str = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55";

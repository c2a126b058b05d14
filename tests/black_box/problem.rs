//! Problem documents: the form of every error response, and the internals that it must not reveal.

use std::fmt;

use serde::Deserialize;

use crate::support::Response;

/// A problem document of the contract. Any other member is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    pub(crate) detail: String,
    pub(crate) request_id: String,
    #[serde(default)]
    pub(crate) violations: Vec<Violation>,
}

/// One fault of a request.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Violation {
    pub(crate) location: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) allowed: Vec<String>,
}

/// Words that reveal internals: databases, drivers, libraries, Rust types, paths of the machine.
const INSIDE: [&str; 28] = [
    "sqlite",
    "postgres",
    "libpq",
    "pg_",
    "sql",
    "diesel",
    "r2d2",
    "constraint",
    "actix",
    "serde",
    "jsonwebtoken",
    "utoipa",
    "panicked",
    "unwrap",
    "select ",
    "insert ",
    "struct ",
    "enum ",
    "variant",
    "u16",
    "u64",
    "i64",
    "usize",
    ".rs",
    "/src",
    "/tmp",
    "/home",
    "/root",
];

impl Problem {
    /// The problem document of a response. Panics if the response is not a problem with this status.
    #[track_caller]
    pub(crate) fn of(response: &Response, status: u16) -> Self {
        Self::read(response, status).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// The problem document of a response. The error describes what is invalid.
    pub(crate) fn read(response: &Response, status: u16) -> Result<Self, String> {
        let shown = || format!("{} {}", response.status, response.text().chars().take(2000).collect::<String>());
        if response.status != status {
            return Err(format!("expected {status}, got {}", shown()));
        }
        let media_type = response.header("content-type").unwrap_or("none");
        if media_type != "application/problem+json" {
            return Err(format!("the media type is {media_type}: {}", shown()));
        }
        let problem: Self = serde_json::from_slice(&response.body).map_err(|error| format!("{error}: {}", shown()))?;
        if problem.status != status {
            return Err(format!("`status` is not the HTTP status: {}", shown()));
        }
        if response.header("x-request-id") != Some(&problem.request_id) || problem.request_id.is_empty() {
            return Err(format!("`requestId` differs from the header, {:?}: {}", response.header("x-request-id"), shown()));
        }
        if [&problem.kind, &problem.title, &problem.detail].into_iter().any(String::is_empty) {
            return Err(format!("an empty member: {}", shown()));
        }
        let lower_case = response.text().to_lowercase();
        match INSIDE.into_iter().find(|word| lower_case.contains(word)) {
            Some(word) => Err(format!("reveals {word:?}: {}", shown())),
            None => Ok(problem),
        }
    }
}

impl fmt::Debug for Violation {
    /// In the form of the tests' tables, so that a correct message can be copied from a failure.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { location, message, allowed } = self;
        match allowed.len() {
            0..16 => write!(formatter, "({location:?}, {message:?}, &{allowed:?})"),
            // Only the catalogue of a log is as long.
            _ => write!(formatter, "({location:?}, {message:?}, THE_CATALOGUE)"),
        }
    }
}

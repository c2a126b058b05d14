//! Problem documents: what every refusal must look like, and what it must never give away.

use std::fmt;

use serde::Deserialize;

use crate::support::Answer;

/// A refusal as the contract has it; a member that the contract does not name is a fault.
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

/// One thing that is wrong with a request.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Violation {
    pub(crate) location: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) allowed: Vec<String>,
}

/// Words of the inside: of the databases and their drivers, of the libraries, of Rust, of the machine.
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
    /// The problem document of an answer; panics where the answer is not one with this status.
    #[track_caller]
    pub(crate) fn of(answer: &Answer, status: u16) -> Self {
        Self::read(answer, status).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// The problem document of an answer, or what is wrong with it.
    pub(crate) fn read(answer: &Answer, status: u16) -> Result<Self, String> {
        let shown = || format!("{} {}", answer.status, answer.text().chars().take(2000).collect::<String>());
        if answer.status != status {
            return Err(format!("expected {status}, came {}", shown()));
        }
        let media_type = answer.header("content-type").unwrap_or("none");
        if media_type != "application/problem+json" {
            return Err(format!("the media type is {media_type}: {}", shown()));
        }
        let problem: Self = serde_json::from_slice(&answer.body).map_err(|error| format!("{error}: {}", shown()))?;
        if problem.status != status {
            return Err(format!("`status` is not that of HTTP: {}", shown()));
        }
        if answer.header("x-request-id") != Some(&problem.request_id) || problem.request_id.is_empty() {
            return Err(format!("`requestId` is not the header's {:?}: {}", answer.header("x-request-id"), shown()));
        }
        if [&problem.kind, &problem.title, &problem.detail].into_iter().any(String::is_empty) {
            return Err(format!("an empty member: {}", shown()));
        }
        let lower_case = answer.text().to_lowercase();
        match INSIDE.into_iter().find(|word| lower_case.contains(word)) {
            Some(word) => Err(format!("gives away {word:?}: {}", shown())),
            None => Ok(problem),
        }
    }
}

impl fmt::Debug for Violation {
    /// As a table of the tests has it, to be taken over from a failure when it was judged right.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { location, message, allowed } = self;
        match allowed.len() {
            0..16 => write!(formatter, "({location:?}, {message:?}, &{allowed:?})"),
            // As long is only the catalogue of a log.
            _ => write!(formatter, "({location:?}, {message:?}, THE_CATALOGUE)"),
        }
    }
}

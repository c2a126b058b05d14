//! A client of the API for the commands that call a running service. It retries while the service is busy or restarts.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use indicatif::ProgressBar;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::{Agent, Body, Error, http::Response};

use super::CommandError;
use crate::{config::ClientSettings, http::auth::fetch::system_roots};

/// The maximum time to connect, and to wait for a response.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum time to send a body, and to receive one.
const BODY_TIMEOUT: Duration = Duration::from_secs(300);
/// The wait before the first retry, unless the response states one; it doubles with each retry.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// In bytes; a page of the largest events is smaller.
const LARGEST_ANSWER: u64 = 256 * 1024 * 1024;

/// A log by its name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogName {
    /// What happened to conversations
    ConversationLogs,
    /// Who changed the configuration
    AuditLogs,
}

impl LogName {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::ConversationLogs => "/conversation-logs",
            Self::AuditLogs => "/audit-logs",
        }
    }
}

/// A service and the token for its calls.
pub(super) struct Client {
    agent: Agent,
    url: String,
    authorization: SecretString,
    retry_for: Duration,
    progress: ProgressBar,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// The members of a problem document that are used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    title: String,
    detail: String,
    pub(super) violations: Vec<Violation>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Violation {
    pub(super) location: String,
    pub(super) message: String,
}

impl Client {
    /// Does not connect yet. Warnings are printed above the progress bar.
    pub(super) fn new(settings: &ClientSettings, progress: ProgressBar) -> Result<Self, CommandError> {
        let token = settings.token()?.ok_or_else(|| CommandError::Other("set LOGBOOK_TOKEN or LOGBOOK_TOKEN_FILE".to_owned()))?;
        let token = token.text().ok_or_else(|| CommandError::Other("LOGBOOK_TOKEN is not a JWT".to_owned()))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(TIMEOUT))
            .timeout_send_body(Some(BODY_TIMEOUT))
            .timeout_recv_response(Some(TIMEOUT))
            .timeout_recv_body(Some(BODY_TIMEOUT))
            .tls_config(system_roots())
            .user_agent(concat!("logbook/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let url = settings.url()?.to_owned();
        Ok(Self { agent, url, authorization: format!("Bearer {token}").into(), retry_for: settings.retry_for, progress })
    }

    pub(super) fn get(&self, path_and_query: &str) -> Result<Answer, CommandError> {
        let url = format!("{}{path_and_query}", self.url);
        self.patiently(|| self.agent.get(&url).header("Authorization", self.authorization.expose_secret()).call())
    }

    /// Sends JSON. The service may receive it more than once, because a request is repeated if its response is lost.
    pub(super) fn post(&self, path: &str, json: &str) -> Result<Answer, CommandError> {
        let url = format!("{}{path}", self.url);
        self.patiently(|| {
            let request = self.agent.post(&url).header("Authorization", self.authorization.expose_secret());
            request.header("Content-Type", "application/json").send(json)
        })
    }

    /// Repeats a call until its response is final or the time for retries has passed.
    fn patiently(&self, call: impl Fn() -> Result<Response<Body>, Error>) -> Result<Answer, CommandError> {
        let began = Instant::now();
        let mut next_wait = FIRST_WAIT;
        loop {
            let (trouble, asked_wait) = match call().and_then(received) {
                Ok((answer, wait)) if is_temporary(answer.status) => (answer.problem(), wait),
                Ok((answer, _)) => return Ok(answer),
                Err(error) if is_untrusted(&error) => {
                    let remedy = "set SSL_CERT_FILE to the PEM file of the authority that issued it";
                    return Err(CommandError::Other(format!("{}: its certificate is not trusted ({error}); {remedy}", self.url)));
                }
                Err(error) if is_loss(&error) => (format!("{}: {error}", self.url), None),
                Err(error) => return Err(CommandError::Other(format!("{}: {error}", self.url))),
            };
            let wait = asked_wait.unwrap_or(next_wait);
            if wait > self.retry_for.saturating_sub(began.elapsed()) {
                return Err(CommandError::Other(trouble));
            }
            self.progress.suspend(|| eprintln!("{trouble}; retrying in {} s", wait.as_secs_f64()));
            sleep(wait);
            next_wait = LONGEST_WAIT.min(next_wait * 2);
        }
    }
}

impl Answer {
    /// The problem as text.
    pub(super) fn problem(&self) -> String {
        let Problem { title, detail, violations } = self.read_problem();
        let mut words = format!("the service answered {} {title}: {detail}", self.status);
        for Violation { location, message } in violations {
            words.push_str(&format!("\n  {location}: {message}"));
        }
        words
    }

    /// The problem document; an empty one if the response is not from the service.
    pub(super) fn read_problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Reads the whole response, and its `Retry-After`.
fn received(mut response: Response<Body>) -> Result<(Answer, Option<Duration>), Error> {
    let retry_after = response.headers().get("Retry-After").and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec()?;
    Ok((Answer { status: response.status().as_u16(), body }, retry_after.map(Duration::from_secs)))
}

/// Whether the failure is temporary.
fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 429 | 502 | 503 | 504 | 507)
}

/// Whether the certificate of the service is refused.
fn is_untrusted(error: &Error) -> bool {
    let Error::Io(error) = error else { return false };
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

/// Whether the connection failed or was lost.
fn is_loss(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::Protocol(_) | Error::BodyStalled)
}

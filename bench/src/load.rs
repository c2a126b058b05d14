//! Load: a number of connections, each of which sends one request after another for a given time. Every response is checked.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use memchr::memmem::Finder;

use crate::{Outcome, client::Connection, statistics::Sample};

/// A source of requests.
pub trait Source {
    /// Replaces `request` with the next request, and returns the expected response.
    fn next(&self, request: &mut Vec<u8>) -> Expected;

    /// When to send the next request; `None` means at once.
    fn when(&self) -> Option<Instant> {
        None
    }
}

/// The expected response.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    pub status: u16,
    /// Another accepted status.
    pub or: Option<u16>,
    /// The number of events; `None`: not checked.
    pub events: Option<usize>,
    /// The length of the body; `None`: not checked.
    pub length: Option<usize>,
}

/// Prepared requests, sent in a cycle.
pub struct Requests {
    templates: Vec<Template>,
    next: Cell<usize>,
}

/// A request. If it has free digits, each copy that is sent has different ones.
#[derive(Clone)]
pub struct Template {
    bytes: Vec<u8>,
    expected: Expected,
    /// The position of six digits that may have any value.
    digits: Option<usize>,
}

/// The fraction of a second that marks free digits.
pub const DIGITS: &str = "246802";

impl Template {
    pub fn new(bytes: Vec<u8>, expected: Expected) -> Self {
        let digits = memchr::memmem::find(&bytes, format!(".{DIGITS}Z").as_bytes()).map(|dot| dot + 1);
        Self { bytes, expected, digits }
    }
}

impl Requests {
    pub fn new(templates: Vec<Template>) -> Self {
        assert!(!templates.is_empty(), "at least one request");
        Self { templates, next: Cell::new(0) }
    }
}

impl Source for Requests {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        let number = self.next.get();
        self.next.set(number + 1);
        let template = &self.templates[number % self.templates.len()];
        request.clear();
        request.extend_from_slice(&template.bytes);
        if let Some(digits) = template.digits {
            request[digits..digits + 6].copy_from_slice(format!("{:06}", number % 1_000_000).as_bytes());
        }
        template.expected.clone()
    }
}

/// Sends requests from all connections for this time, at least one from each. An unexpected response is an error.
pub async fn run(address: SocketAddr, source: &impl Source, connections: usize, duration: Duration) -> Outcome<Sample> {
    let events = Finder::new(b"\"sequence\":");
    let open = try_join_all((0..connections).map(|_| Connection::open(address))).await?;
    let latencies = RefCell::new(Vec::with_capacity(64 * 1024));
    let begin = Instant::now();
    let ask = async |mut connection: Connection| -> Outcome<()> {
        let mut request = Vec::new();
        loop {
            if let Some(when) = source.when() {
                tokio::time::sleep_until(when.into()).await;
            }
            let expected = source.next(&mut request);
            let asked = Instant::now();
            let answer = connection.exchange(&request).await?;
            let answered = Instant::now();
            latencies.borrow_mut().push((answered - asked).as_secs_f64());
            let found = expected.events.map(|_| events.find_iter(answer.body).count());
            if ![Some(expected.status), expected.or].contains(&Some(answer.status))
                || found != expected.events
                || expected.length.is_some_and(|length| length != answer.body.len())
            {
                let (line, text) =
                    (String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned(), answer.text());
                return Err(format!(
                    "wrong response to {line}: {} with {found:?} events and {} bytes instead of {expected:?}: {text}",
                    answer.status,
                    answer.body.len()
                )
                .into());
            }
            if answered - begin >= duration {
                return Ok(());
            }
        }
    };
    try_join_all(open.into_iter().map(ask)).await?;
    Ok(Sample::new(latencies.into_inner(), begin.elapsed()))
}

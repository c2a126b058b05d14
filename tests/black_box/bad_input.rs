//! Invalid requests: each is refused with its status and exactly its violations, on both databases, and stores nothing.

mod bodies;
mod cursors;
mod details;
mod framework;
mod json_text;
mod parameters;

use serde_json::{Value, json};

use crate::{
    problem::{Problem, Violation},
    support::{Client, Response, Service, audit_event, conversation_event},
};

/// An expected violation: location, message, allowed values. [`THE_CATALOGUE`] means all event types of the log.
type Row = (&'static str, &'static str, &'static [&'static str]);

const THE_CATALOGUE: &[&str] = &["all event types of the log"];

const LOGS: [&str; 2] = ["/conversation-logs", "/audit-logs"];
const ACCOUNT: &str = "account-of-bad-input";

/// A client with all roles, so that no request is refused with 403.
fn all_roles(service: &Service) -> Client {
    service.client(ACCOUNT, &["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_PRODUCER"])
}

/// A minimal valid event of a log.
fn event(log: &str, id: &str) -> Value {
    if log == LOGS[0] { conversation_event(id) } else { audit_event(id) }
}

/// Records an event with each id in each log.
async fn record(client: &Client, ids: &[&str]) {
    for log in LOGS {
        let events: Vec<_> = ids.iter().map(|id| event(log, id)).collect();
        client.post(log, &json!({"events": events})).await.expect(201);
    }
}

/// The codes of a log's event types, as the service lists them.
async fn catalogue(client: &Client, log: &str) -> Vec<String> {
    let response = client.get(&format!("{log}/event-types")).await.expect(200).json();
    let types = response["eventTypes"].as_array().unwrap();
    types.iter().map(|entry| entry["code"].as_str().unwrap().to_owned()).collect()
}

/// Collects all differences from the expected violations, so that one run shows all of them.
struct Check {
    catalogues: [Vec<String>; 2],
    count: usize,
    faults: Vec<String>,
}

impl Check {
    async fn new(client: &Client) -> Self {
        Self { catalogues: [catalogue(client, LOGS[0]).await, catalogue(client, LOGS[1]).await], count: 0, faults: Vec::new() }
    }

    /// Expects a problem with this status and exactly these violations, in this order.
    fn refused(&mut self, what: &str, response: &Response, status: u16, expected: &[Row]) {
        self.count += 1;
        let catalogue = &self.catalogues[usize::from(what.contains(LOGS[1]))];
        let violation = |(location, message, allowed): &Row| Violation {
            location: (*location).to_owned(),
            message: (*message).to_owned(),
            allowed: if *allowed == THE_CATALOGUE {
                catalogue.clone()
            } else {
                allowed.iter().map(|name| (*name).to_owned()).collect()
            },
        };
        let expected: Vec<_> = expected.iter().map(violation).collect();
        match Problem::read(response, status) {
            Err(fault) => self.faults.push(format!("{what}\n    {fault}")),
            Ok(problem) if problem.violations != expected => {
                self.faults.push(format!("{what}\n    expected {expected:?}\n    found    {:?}", problem.violations));
            }
            Ok(_) => {}
        }
    }

    /// Fails with all differences.
    #[track_caller]
    fn finish(self, at_least: usize) {
        assert!(self.faults.is_empty(), "{} of {} requests:\n{}", self.faults.len(), self.count, self.faults.join("\n"));
        assert!(self.count >= at_least, "only {} requests", self.count);
    }
}

/// Asserts that each log has this number of events.
async fn assert_stored(client: &Client, expected: usize) {
    for log in LOGS {
        let page = client.get(&format!("{log}?includeTotal=true&limit=1000")).await.expect(200).json();
        assert_eq!(page["events"].as_array().unwrap().len(), expected, "{log}: {page}");
        assert_eq!(page["pagination"]["total"], json!({"count": expected, "relation": "EXACT"}), "{log}");
    }
}

//! The batches that were sent to one log, with their responses, compared with the events that the log has in the end.

use std::{cell::RefCell, collections::HashMap};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    logs::{Log, full_event, stored},
    problem::Problem,
    support::{Client, Response, Service},
};

/// The number of identifiers: few, so that most batches overlap with others.
const IDS: usize = 150;

/// One log of one account.
pub struct Ledger {
    log: Log,
    pub account: &'static str,
    exchanges: RefCell<Vec<Exchange>>,
}

/// A batch and the response to it.
struct Exchange {
    /// The identifiers, each with the operation of its event.
    sent: Vec<(String, &'static str)>,
    status: u16,
    /// For each accepted event, its sequence and whether it was new.
    receipts: Vec<(i64, bool)>,
    /// For a refused batch, the positions of the conflicting events.
    conflicts: Vec<usize>,
}

impl Ledger {
    pub fn new(log: Log, account: &'static str) -> Self {
        Self { log, account, exchanges: RefCell::default() }
    }

    /// Sends a single event or a batch, and records the response.
    pub async fn write(&self, client: &Client, random: &mut Rng) {
        let size = if random.bool() { 1 } else { random.usize(2..25) };
        let sent: Vec<(String, &'static str)> = (0..size)
            .map(|_| {
                // Most events with the same identifier have the same content.
                let operation = if random.u8(..24) == 0 { "op-b" } else { "op-a" };
                (format!("e-{}", random.usize(..IDS)), operation)
            })
            .collect();
        let events = sent.iter().map(|(id, operation)| {
            let mut event = full_event(self.log, id);
            event["operationId"] = json!(operation);
            event
        });
        let events: Vec<Value> = events.collect();
        let response = client.post(self.log.path, &json!({"events": events})).await;
        self.exchanges.borrow_mut().push(Exchange::of(sent, &response));
    }

    /// Asserts that all responses match the stored events.
    pub async fn check(&self, service: &Service) {
        let events = stored(self.log, service, self.account).await;
        assert!(events.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence), "sequences are dense");
        let text = |event: &Value, member: &str| event[member].as_str().unwrap().to_owned();
        let stored: HashMap<String, (i64, String)> = events
            .iter()
            .map(|event| (text(event, "id"), (event["sequence"].as_i64().unwrap(), text(event, "operationId"))))
            .collect();
        assert_eq!(stored.len(), events.len(), "each identifier is stored once");

        let mut new = 0;
        for Exchange { sent, status, receipts, conflicts } in &*self.exchanges.borrow() {
            if *status == 409 {
                for index in conflicts {
                    let (id, operation) = &sent[*index];
                    let within = sent[..*index].iter().any(|(other, content)| other == id && content != operation);
                    let taken = stored.get(id).is_some_and(|(_, stored)| stored != operation);
                    assert!(within || taken, "{id} is not stored with other content");
                }
                continue;
            }
            assert_eq!(receipts.len(), sent.len());
            for ((id, operation), (sequence, _)) in sent.iter().zip(receipts) {
                assert_eq!(stored.get(id), Some(&(*sequence, (*operation).to_owned())), "{id} is stored as it was acknowledged");
            }
            let accepted: Vec<i64> = receipts.iter().filter(|(_, new)| *new).map(|(sequence, _)| *sequence).collect();
            assert!(
                accepted.windows(2).all(|pair| pair[1] == pair[0] + 1),
                "the new events of a batch have consecutive sequences"
            );
            assert_eq!(*status, if accepted.is_empty() { 200 } else { 201 });
            new += accepted.len();
        }
        assert_eq!(new, events.len(), "each event was new in exactly one request, and only sent events are stored");
        let statuses = |wanted: u16| self.exchanges.borrow().iter().filter(|exchange| exchange.status == wanted).count();
        assert!([200, 201, 409].iter().all(|status| statuses(*status) > 0), "every kind of response occurred");
    }
}

impl Exchange {
    fn of(sent: Vec<(String, &'static str)>, response: &Response) -> Self {
        if response.status == 409 {
            let conflicts = Problem::of(response, 409).violations;
            let index = |location: &str| location.strip_prefix("events[")?.strip_suffix("].id")?.parse().ok();
            let conflicts = conflicts.iter().map(|fault| index(&fault.location).expect("the location of an id")).collect();
            return Self { sent, status: 409, receipts: Vec::new(), conflicts };
        }
        assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
        let receipts = response.json()["events"].as_array().unwrap().clone();
        let receipts = receipts.iter().zip(&sent).map(|(receipt, (id, _))| {
            assert_eq!(receipt["id"], **id);
            (receipt["sequence"].as_i64().unwrap(), receipt["status"] == "ACCEPTED")
        });
        Self { receipts: receipts.collect(), sent, status: response.status, conflicts: Vec::new() }
    }
}

//! What was sent into one log and what was said of it, held against what the log has in the end.

use std::{cell::RefCell, collections::HashMap};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    logs::{Log, full_event, stored},
    problem::Problem,
    support::{Answer, Client, Service},
};

/// So few identifiers that most batches meet others.
const IDS: usize = 150;

/// One log of one account.
pub struct Ledger {
    log: Log,
    pub account: &'static str,
    told: RefCell<Vec<Told>>,
}

/// What was said of one batch.
struct Told {
    /// Identifiers with what was sent under them.
    sent: Vec<(String, &'static str)>,
    status: u16,
    /// Of what was taken: sequence, and whether it was new.
    receipts: Vec<(i64, bool)>,
    /// Of what was not: the places that conflict.
    conflicts: Vec<usize>,
}

impl Ledger {
    pub fn new(log: Log, account: &'static str) -> Self {
        Self { log, account, told: RefCell::default() }
    }

    /// Sends a single event or a batch, and notes what is said of it.
    pub async fn write(&self, client: &Client, random: &mut Rng) {
        let size = if random.bool() { 1 } else { random.usize(2..25) };
        let sent: Vec<(String, &'static str)> = (0..size)
            .map(|_| {
                // Most agree on what an event is.
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
        let answer = client.post(self.log.path, &json!({"events": events})).await;
        self.told.borrow_mut().push(Told::of(sent, &answer));
    }

    /// Everything that was said is so.
    pub async fn check(&self, service: &Service) {
        let events = stored(self.log, service, self.account).await;
        assert!(events.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence), "sequences are dense");
        let text = |event: &Value, member: &str| event[member].as_str().unwrap().to_owned();
        let stored: HashMap<String, (i64, String)> = events
            .iter()
            .map(|event| (text(event, "id"), (event["sequence"].as_i64().unwrap(), text(event, "operationId"))))
            .collect();
        assert_eq!(stored.len(), events.len(), "each identifier is there once");

        let mut new = 0;
        for Told { sent, status, receipts, conflicts } in &*self.told.borrow() {
            if *status == 409 {
                for place in conflicts {
                    let (id, operation) = &sent[*place];
                    let within = sent[..*place].iter().any(|(other, content)| other == id && content != operation);
                    let taken = stored.get(id).is_some_and(|(_, stored)| stored != operation);
                    assert!(within || taken, "{id} is not taken by other content");
                }
                continue;
            }
            assert_eq!(receipts.len(), sent.len());
            for ((id, operation), (sequence, _)) in sent.iter().zip(receipts) {
                assert_eq!(stored.get(id), Some(&(*sequence, (*operation).to_owned())), "{id} is there as it was acknowledged");
            }
            let accepted: Vec<i64> = receipts.iter().filter(|(_, new)| *new).map(|(sequence, _)| *sequence).collect();
            assert!(accepted.windows(2).all(|pair| pair[1] == pair[0] + 1), "what is new of a batch stands together");
            assert_eq!(*status, if accepted.is_empty() { 200 } else { 201 });
            new += accepted.len();
        }
        assert_eq!(new, events.len(), "each event was new to one request, and none is there that nobody sent");
        let statuses = |wanted: u16| self.told.borrow().iter().filter(|told| told.status == wanted).count();
        assert!([200, 201, 409].iter().all(|status| statuses(*status) > 0), "all that can be said was said");
    }
}

impl Told {
    fn of(sent: Vec<(String, &'static str)>, answer: &Answer) -> Self {
        if answer.status == 409 {
            let conflicts = Problem::of(answer, 409).violations;
            let place = |location: &str| location.strip_prefix("events[")?.strip_suffix("].id")?.parse().ok();
            let conflicts = conflicts.iter().map(|fault| place(&fault.location).expect("the place of an id")).collect();
            return Self { sent, status: 409, receipts: Vec::new(), conflicts };
        }
        assert!(matches!(answer.status, 200 | 201), "{}: {}", answer.status, answer.text());
        let receipts = answer.json()["events"].as_array().unwrap().clone();
        let receipts = receipts.iter().zip(&sent).map(|(receipt, (id, _))| {
            assert_eq!(receipt["id"], **id);
            (receipt["sequence"].as_i64().unwrap(), receipt["status"] == "ACCEPTED")
        });
        Self { receipts: receipts.collect(), sent, status: answer.status, conflicts: Vec::new() }
    }
}

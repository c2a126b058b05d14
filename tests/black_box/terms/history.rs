//! The events that a log accepted, with the sequences from the responses: what pages and facets must show.

use std::{cell::RefCell, collections::BTreeMap};

use serde_json::{Value, json};

use crate::{
    facets::query::{FacetQuery, facets, walk},
    logs::Log,
    oracle::events::Stored,
    support::{Client, Response},
    walk::{By, Page, Walk},
};

pub struct History {
    pub log: Log,
    /// The accepted events by sequence, as they were sent.
    accepted: RefCell<BTreeMap<i64, Value>>,
}

impl History {
    pub fn new(log: Log) -> Self {
        Self { log, accepted: RefCell::default() }
    }

    /// Posts a batch, which must be accepted.
    pub async fn post(&self, writer: &Client, batch: &[Value]) {
        let response = writer.post(self.log.path, &json!({"events": batch})).await;
        self.record(batch, &response);
    }

    /// Records the response to a batch. The response must not contradict an earlier one.
    pub fn record(&self, batch: &[Value], response: &Response) {
        assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
        let receipts = response.json()["events"].as_array().unwrap().clone();
        assert_eq!(receipts.len(), batch.len());
        let mut accepted = self.accepted.borrow_mut();
        for (event, receipt) in batch.iter().zip(&receipts) {
            assert_eq!(receipt["id"], event["id"]);
            let before = accepted.insert(receipt["sequence"].as_i64().unwrap(), event.clone());
            assert!(before.is_none_or(|before| before == *event), "two events have one sequence: {receipt}");
        }
    }

    /// The accepted events by sequence, as they were sent.
    pub fn events(&self) -> Vec<(i64, Value)> {
        self.accepted.borrow().iter().map(|(sequence, event)| (*sequence, event.clone())).collect()
    }

    /// The accepted events by sequence, as pages must show them.
    pub fn stored(&self) -> Vec<Stored> {
        let accepted = self.accepted.borrow();
        accepted.iter().map(|(sequence, event)| Stored::of(event, event["id"].as_str().unwrap(), *sequence)).collect()
    }

    /// Asserts that the log has the accepted events with their texts. It may have others.
    pub async fn check_accepted(&self, reader: &Client) {
        let shown: BTreeMap<i64, Value> =
            self.shown(reader).await.into_iter().map(|event| (event["sequence"].as_i64().unwrap(), event)).collect();
        for event in self.stored() {
            assert_eq!(shown.get(&event.sequence), Some(&event.json), "an accepted event is stored as it was sent");
        }
    }

    /// Asserts that the log has the accepted events and no others, each with its texts, and that its facets show them.
    pub async fn check(&self, reader: &Client) {
        let (shown, stored) = (self.shown(reader).await, self.stored());
        assert_eq!(shown.len(), stored.len(), "each accepted event is stored once");
        for ((event, expected), sequence) in shown.iter().zip(&stored).zip(1..) {
            assert_eq!((event, expected.sequence), (&expected.json, sequence), "each event has its texts and its sequence");
        }
        let events = self.events();
        for facet in facets(self.log) {
            let facet_query = FacetQuery::everything(facet);
            walk(reader, self.log, &facet_query, &facet_query.expected(&events)).await;
        }
    }

    /// All events of the log by sequence, as its pages show them.
    async fn shown(&self, reader: &Client) -> Vec<Value> {
        let first = format!("{}?orderBy=sequence:asc&limit=1000", self.log.path);
        let pages = Walk { client: reader, first: &first, by: By::Cursor }.forward(true).await;
        pages.iter().flat_map(Page::whole_events).map(Stored::without_recorded_at_and_url).collect()
    }
}

//! Concurrent writers and readers that record every acknowledged event and verify that it is still stored.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use fastrand::Rng;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::{
    logs::{LOGS, Log},
    problem::Problem,
    support::{Client, Program, Response},
};

/// The number of concurrent writers per log, so that they wait for each other.
const WRITERS: usize = 4;

/// The batches that were sent to both logs of an account.
pub(super) struct Load {
    account: String,
    ledgers: [Ledger; 2],
    random: RefCell<Rng>,
    unanswered: Cell<usize>,
    unavailable: Cell<usize>,
}

/// The batches that were sent to one log.
struct Ledger {
    log: Log,
    batches: RefCell<Vec<Batch>>,
}

/// A batch. Its content never changes.
#[derive(Clone)]
struct Batch {
    ids: Vec<String>,
    /// The sequences from the acknowledgement, if there was one.
    sequences: Option<Vec<i64>>,
}

/// The clients of one service.
pub(super) struct Callers {
    producer: Client,
    /// One for each log, in the order of [`LOGS`].
    readers: [Client; 2],
}

impl Callers {
    pub(super) fn of(program: &Program, load: &Load) -> Self {
        let readers = LOGS.map(|log| program.client(&load.account, &[log.role]));
        Self { producer: program.client(&load.account, &["LOGS_PRODUCER"]), readers }
    }
}

impl Load {
    /// A load on an account of its own that has sent nothing yet. The seed determines the content of the batches, but not their
    /// timing.
    pub(super) fn new(seed: u64) -> Self {
        let ledgers = LOGS.map(|log| Ledger { log, batches: RefCell::default() });
        Self {
            account: format!("account-{seed}"),
            ledgers,
            random: RefCell::new(Rng::with_seed(seed)),
            unanswered: Cell::new(0),
            unavailable: Cell::new(0),
        }
    }

    /// The number of requests that got no response.
    pub(super) fn unanswered(&self) -> usize {
        self.unanswered.get()
    }

    /// The number of requests that got 503.
    pub(super) fn unavailable(&self) -> usize {
        self.unavailable.get()
    }

    /// The number of batches that are stored although they were not acknowledged.
    pub(super) async fn stored_without_acknowledgement(&self, callers: &Callers) -> usize {
        let mut count = 0;
        for (ledger, reader) in self.ledgers.iter().zip(&callers.readers) {
            let stored: HashMap<String, i64> = stored(ledger.log, reader).await.into_iter().collect();
            let batches = ledger.batches.borrow();
            count += batches.iter().filter(|batch| batch.sequences.is_none() && stored.contains_key(&batch.ids[0])).count();
        }
        count
    }

    /// Writes and reads until the future is ready. A caller stops when it gets no response, and continues after a 503.
    pub(super) async fn run(&self, callers: &Callers, until: impl Future<Output = ()>) {
        let enough = Cell::new(false);
        let workers = self.ledgers.iter().zip(&callers.readers).map(|(ledger, reader)| {
            let writers = join_all((0..WRITERS).map(|_| self.write(ledger, &callers.producer, &enough)));
            join(writers, self.read(ledger, reader, &enough))
        });
        let end = async {
            until.await;
            enough.set(true);
        };
        join(end, join_all(workers)).await;
    }

    async fn write(&self, ledger: &Ledger, producer: &Client, enough: &Cell<bool>) {
        while !enough.get() {
            let number = ledger.draw(&mut self.random.borrow_mut());
            match producer.try_post(ledger.log.path, &ledger.body(number)).await {
                Ok(response) if response.status == 503 => self.count_unavailable(&response),
                Ok(response) => ledger.acknowledge(number, &response),
                Err(_) => return self.count_unanswered(),
            }
        }
    }

    /// Reads single acknowledged events: they must be found at any time.
    async fn read(&self, ledger: &Ledger, reader: &Client, enough: &Cell<bool>) {
        while !enough.get() {
            let drawn = ledger.draw_acknowledged(&mut self.random.borrow_mut());
            let Some((id, sequence)) = drawn else {
                tokio::task::yield_now().await;
                continue;
            };
            match reader.try_get(&format!("{}/{id}", ledger.log.path)).await {
                Ok(response) if response.status == 503 => self.count_unavailable(&response),
                Ok(response) => assert_eq!(response.expect(200).json()["sequence"], sequence, "{id}"),
                Err(_) => return self.count_unanswered(),
            }
        }
    }

    fn count_unanswered(&self) {
        self.unanswered.set(self.unanswered.get() + 1);
    }

    fn count_unavailable(&self, response: &Response) {
        assert_unavailable(response);
        self.unavailable.set(self.unavailable.get() + 1);
    }

    /// Compares both logs with the acknowledgements. Sends the other batches again, which must be accepted or found.
    pub(super) async fn check(&self, callers: &Callers) {
        for (ledger, reader) in self.ledgers.iter().zip(&callers.readers) {
            let stored = stored(ledger.log, reader).await;
            let sequences: Vec<i64> = stored.iter().map(|(_, sequence)| *sequence).collect();
            assert_eq!(sequences, (1..=stored.len() as i64).collect::<Vec<_>>(), "sequences are dense");
            let stored: HashMap<String, i64> = stored.into_iter().collect();
            let mut known = 0;
            let batches = ledger.batches.borrow().clone();
            for (number, batch) in batches.iter().enumerate() {
                let found: Vec<i64> = batch.ids.iter().filter_map(|id| stored.get(id).copied()).collect();
                known += found.len();
                if let Some(acknowledged) = &batch.sequences {
                    assert_eq!(&found, acknowledged, "acknowledged events are stored with the acknowledged sequences");
                    continue;
                }
                assert!(found.is_empty() || found.len() == batch.ids.len(), "a partial batch: {found:?} of {:?}", batch.ids);
                let response = callers.producer.post(ledger.log.path, &ledger.body(number)).await;
                ledger.acknowledge(number, &response);
                let repeated = ledger.batches.borrow()[number].sequences.clone().unwrap();
                if found.is_empty() {
                    // A write can succeed after its request got 503, because the deadline had passed, and so after the list was read.
                    assert!(repeated[0] > stored.len() as i64, "a list has all events up to its newest one");
                } else {
                    assert_eq!(response.status, 200, "{}", response.text());
                    assert_eq!(repeated, found, "stored events keep their sequences");
                }
            }
            assert_eq!(known, stored.len(), "only events that were sent are stored");
        }
    }
}

impl Ledger {
    /// The number of the batch to send next: mostly a new one, sometimes one that was sent or is being sent.
    fn draw(&self, random: &mut Rng) -> usize {
        let mut batches = self.batches.borrow_mut();
        if !batches.is_empty() && random.u8(..8) == 0 {
            return random.usize(..batches.len());
        }
        let size = match random.u8(..16) {
            0 => random.usize(500..=1000),
            1..4 => random.usize(50..200),
            _ => random.usize(1..20),
        };
        let number = batches.len();
        batches.push(Batch { ids: (0..size).map(|index| format!("b{number}-e{index}")).collect(), sequences: None });
        number
    }

    fn draw_acknowledged(&self, random: &mut Rng) -> Option<(String, i64)> {
        let batches = self.batches.borrow();
        let batch = random.choice(batches.iter())?;
        let index = random.usize(..batch.ids.len());
        Some((batch.ids[index].clone(), batch.sequences.as_ref()?[index]))
    }

    fn body(&self, number: usize) -> Value {
        let events: Vec<Value> = self.batches.borrow()[number].ids.iter().map(|id| (self.log.event)(id)).collect();
        json!({"events": events})
    }

    /// Records the sequences of a batch. They must equal those of an earlier response.
    fn acknowledge(&self, number: usize, response: &Response) {
        assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
        let receipts = response.json()["events"].as_array().unwrap().clone();
        let batch = &mut self.batches.borrow_mut()[number];
        assert!(receipts.iter().map(|receipt| receipt["id"].as_str().unwrap()).eq(&batch.ids), "one receipt per event, in order");
        let sequences: Vec<i64> = receipts.iter().map(|receipt| receipt["sequence"].as_i64().unwrap()).collect();
        assert!(
            sequences.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "the sequences of a batch are consecutive: {sequences:?}"
        );
        assert!(batch.sequences.as_ref().is_none_or(|before| *before == sequences), "a duplicate keeps its sequence");
        batch.sequences = Some(sequences);
    }
}

/// All events of a log, by sequence.
async fn stored(log: Log, reader: &Client) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = reader.get(&format!("{}?orderBy=sequence:asc&limit=1000{cursor}", log.path)).await.expect(200).json();
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            return found;
        }
        found.extend(events.iter().map(|event| (event["id"].as_str().unwrap().to_owned(), event["sequence"].as_i64().unwrap())));
        cursor = format!("&cursor={}", page["pagination"]["nextCursor"].as_str().unwrap());
    }
}

/// Asserts that this is the response while the database is unreachable: a problem document with `Retry-After`.
#[track_caller]
pub(super) fn assert_unavailable(response: &Response) {
    Problem::of(response, 503);
    let seconds = response.header("retry-after").and_then(|value| value.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0), "Retry-After in seconds: {:?}", response.header("retry-after"));
}

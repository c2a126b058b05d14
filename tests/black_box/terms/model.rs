//! Facets, names and pages of a log that is written through two instances, compared with a model: brute force over the accepted
//! events.

use std::cell::RefCell;

use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::Value;

use super::{dictionary, history::History};
use crate::{
    facets::{
        events::event,
        query::{FacetQuery, facets, walk},
    },
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log, producer},
    oracle::{compare, query::Query, random_numbers},
    support::{Client, Database, Service, both_databases, times},
};

/// The number of rounds. After each, pages and facets are compared.
const ROUNDS: usize = 4;
/// The number of queries of facets and of lists, per round.
const QUERIES: usize = 12;
/// The number of concurrent writers.
const WRITERS: usize = 6;
/// The maximum number of new events in a batch.
const BATCH: usize = 60;

both_databases! {
    async fn the_conversation_log_written_through_two_instances_equals_a_model(database: Database) {
        compare_with_model(&database, CONVERSATION_LOG).await;
    }

    async fn the_audit_log_written_through_two_instances_equals_a_model(database: Database) {
        compare_with_model(&database, AUDIT_LOG).await;
    }
}

/// Names change, events arrive late, many have equal times, and some are sent again. Writers are concurrent, or one writer
/// alternates between the instances.
async fn compare_with_model(database: &Database, log: Log) {
    let mut random = random_numbers();
    let services = [Service::start(database).await, Service::start(database).await];
    let readers = services.each_ref().map(|service| log.reader(service, "acme"));
    let writing = Writing {
        history: History::new(log),
        writers: services.each_ref().map(|service| producer(service, "acme")),
        sent: RefCell::default(),
        random: RefCell::new(random.fork()),
    };
    let events = times(5_000, 100_000);
    let mut several_results = 0;
    for round in 1..=ROUNDS {
        let end = events * round / ROUNDS;
        join_all((0..WRITERS).map(|writer| writing.write_up_to(end - events / ROUNDS / 2, writer))).await;
        writing.write_up_to(end, round).await;

        let (accepted, stored) = (writing.history.events(), writing.history.stored());
        assert!(accepted.iter().map(|(sequence, _)| *sequence).eq(1..=end as i64), "sequences are dense");
        let facets = facets(log);
        for number in 0..QUERIES {
            let reader = &readers[number % readers.len()];
            let facet_query = FacetQuery::random(log, facets[number % facets.len()], &mut random);
            let expected = facet_query.expected(&accepted);
            several_results += usize::from(expected.len() > 1);
            walk(reader, log, &facet_query, &expected).await;
            // Every second page is compared with all texts of its events.
            let query = Query::random(log, &stored, &mut random);
            several_results += usize::from(query.expected(&stored).len() > 1);
            compare(log, reader, 5 * number, &query, &stored).await;
        }
    }
    assert!(several_results > ROUNDS * QUERIES, "{several_results}");
    for reader in &readers {
        writing.history.check(reader).await;
    }
    dictionary::check(database);
}

/// The writes to one log through two instances.
struct Writing {
    history: History,
    writers: [Client; 2],
    /// Events that were sent, with or without a response.
    sent: RefCell<Vec<Value>>,
    random: RefCell<Rng>,
}

impl Writing {
    /// Sends new events until their total number is `end`, and some earlier ones again. The first batch goes to the instance
    /// with this number, and the next batch to the other one.
    async fn write_up_to(&self, end: usize, first_instance: usize) {
        for number in first_instance.. {
            let batch = self.batch(end);
            if batch.is_empty() {
                return;
            }
            self.history.post(&self.writers[number % self.writers.len()], &batch).await;
        }
    }

    fn batch(&self, end: usize) -> Vec<Value> {
        let (mut sent, mut random) = (self.sent.borrow_mut(), self.random.borrow_mut());
        let first = sent.len();
        let new = first..end.min(first + random.usize(1..=BATCH));
        if new.is_empty() {
            return Vec::new();
        }
        sent.extend(new.map(|number| event(self.history.log, number, &mut random)));
        let mut batch = sent[first..].to_vec();
        for _ in 0..random.usize(..=batch.len() / 8 + 1) {
            // An event of this batch, of a batch that is being stored, or of one that is stored.
            let oldest = [first, first.saturating_sub(WRITERS * BATCH), 0][random.usize(..3)];
            batch.push(sent[random.usize(oldest..sent.len())].clone());
        }
        random.shuffle(&mut batch);
        batch
    }
}

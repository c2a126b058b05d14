//! Every page of every facet compared with brute force over the events. Names change, events arrive late, items are created
//! again.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;

use super::{
    events::event,
    query::{FacetQuery, facets, walk},
};
use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log, producer},
    support::{Client, Database, Service, both_databases_restricted, times},
};

const EVENTS: usize = 3_000;

both_databases_restricted! {
    async fn the_facets_of_the_conversation_log_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, CONVERSATION_LOG).await;
    }

    async fn the_facets_of_the_audit_log_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, AUDIT_LOG).await;
    }
}

async fn compare_with_oracle(database: &Database, log: Log) {
    let mut random = Rng::with_seed(7);
    let service = Service::start(database).await;
    let events = post_events(log, &producer(&service, "acme"), &mut random).await;
    // Events that no response may contain.
    post_events(log, &producer(&service, "other"), &mut random).await;
    let facets = facets(log);
    let reader = log.reader(&service, "acme");
    let mut found_something = 0;
    let queries = times(60, 120);
    for number in 0..queries {
        let facet_query = FacetQuery::random(log, facets[number % facets.len()], &mut random);
        let expected = facet_query.expected(&events);
        found_something += usize::from(expected.len() > 1);
        walk(&reader, log, &facet_query, &expected).await;
    }
    assert!(found_something > queries / 2, "most queries have a result: {found_something}");
}

/// Posts random events in batches, some of them twice. Returns them with their sequences.
async fn post_events(log: Log, writer: &Client, random: &mut Rng) -> Vec<(i64, Value)> {
    let mut posted: BTreeMap<i64, Value> = BTreeMap::new();
    while posted.len() < EVENTS {
        let first = posted.len();
        let mut batch: Vec<Value> = (0..random.usize(1..400)).map(|number| event(log, first + number, random)).collect();
        for _ in 0..random.usize(..20) {
            let again = batch[random.usize(..batch.len())].clone();
            batch.push(posted.get(&random.i64(1..=EVENTS as i64)).cloned().unwrap_or(again));
        }
        let sequences = log.post(writer, &batch).await;
        posted.extend(sequences.into_iter().zip(batch));
    }
    posted.into_iter().collect()
}

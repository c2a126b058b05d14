//! Every page of a list compared with an oracle: a filter and a sort in memory.

pub mod events;
pub mod query;

use std::{collections::HashSet, pin::pin, time::Duration};

use actix_web::rt::time::sleep;
use fastrand::Rng;
use futures_util::{StreamExt, future::select, stream};
use serde_json::json;

use self::{
    events::{Maker, Stored, post},
    query::Query,
};
use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, LOGS, Log, ORDERS, producer},
    support::{Client, Database, Service, both_databases_restricted, times},
    walk::{By, Entry, Page, Walk, entries, entries_back},
};

/// The number of events.
const EVENTS: usize = 3_000;

/// The maximum exact total.
const LARGEST_TOTAL: usize = 10_000;

both_databases_restricted! {
    async fn all_pages_of_the_conversation_log_forward_and_back_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, CONVERSATION_LOG).await;
    }

    async fn all_pages_of_the_audit_log_forward_and_back_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, AUDIT_LOG).await;
    }

    async fn paging_the_conversation_log_during_writes_shows_every_earlier_event_once(database: Database) {
        page_during_writes(&database, CONVERSATION_LOG).await;
    }

    async fn paging_the_audit_log_during_writes_shows_every_earlier_event_once(database: Database) {
        page_during_writes(&database, AUDIT_LOG).await;
    }

    async fn a_total_is_exact_up_to_10000_and_a_lower_bound_above(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), CONVERSATION_LOG.reader(&service, "acme"));
        let event = |number: usize| {
            let mut event = (CONVERSATION_LOG.event)(&format!("e-{number}"));
            event["to"] = json!({"value": if number < 3 { "rare" } else { "often" }});
            event
        };
        let total = async |filter: &str| {
            let response = reader.get(&format!("/conversation-logs?limit=1&includeTotal=true{filter}")).await.expect(200);
            response.json()["pagination"]["total"].clone()
        };

        for first in (0..10_000).step_by(1_000) {
            CONVERSATION_LOG.post(&writer, &(first..first + 1_000).map(event).collect::<Vec<_>>()).await;
        }
        assert_eq!(total("").await, json!({"count": 10_000, "relation": "EXACT"}));
        CONVERSATION_LOG.post(&writer, &[event(10_000)]).await;
        assert_eq!(total("").await, json!({"count": 10_000, "relation": "AT_LEAST"}));
        assert_eq!(total("&toValue=often").await, json!({"count": 9_998, "relation": "EXACT"}));
        CONVERSATION_LOG.post(&writer, &(10_001..10_050).map(event).collect::<Vec<_>>()).await;
        assert_eq!(total("").await, json!({"count": 10_000, "relation": "AT_LEAST"}));
        assert_eq!(total("&toValue=often").await, json!({"count": 10_000, "relation": "AT_LEAST"}));
        assert_eq!(total("&toValue=rare").await, json!({"count": 3, "relation": "EXACT"}));
        assert_eq!(total("&toValue=never").await, json!({"count": 0, "relation": "EXACT"}));
    }
}

/// Random numbers that are the same in every run, unless `LOGBOOK_TEST_SEED` is set.
pub fn random_numbers() -> Rng {
    let seed = std::env::var("LOGBOOK_TEST_SEED").map_or(2, |seed| seed.parse().expect("the seed is an integer"));
    // Shown when the test fails.
    println!("LOGBOOK_TEST_SEED={seed}");
    Rng::with_seed(seed)
}

async fn compare_with_oracle(database: &Database, log: Log) {
    let mut random = random_numbers();
    let service = Service::start(database).await;
    let mut maker = Maker::new(log, &mut random);
    let events = (0..EVENTS).map(|_| maker.event(&mut random)).collect();
    let writers = vec![producer(&service, "acme"); 4];
    let stored = post(log, &writers, events, 300, &mut random).await;
    let mut sequences: Vec<i64> = stored.iter().map(|event| event.sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=EVENTS as i64).collect::<Vec<_>>(), "sequences are dense and unique");
    fill_other_logs(&service, log, &mut random).await;

    let reader = log.reader(&service, "acme");
    let queries = times(250, 1_000);
    let cases: Vec<(usize, Query)> = (0..queries).map(|number| (number, Query::random(log, &stored, &mut random))).collect();
    let sizes = cases.iter().map(|(_, query)| query.expected(&stored).len());
    assert!(sizes.filter(|size| *size > 1).count() > queries / 2, "most queries have several results");
    let (reader, stored) = (&reader, stored.as_slice());
    stream::iter(&cases).for_each_concurrent(4, |(number, query)| compare(log, reader, *number, query, stored)).await;
}

/// Stores events that no response may contain: in the other log, and in another account.
async fn fill_other_logs(service: &Service, log: Log, random: &mut Rng) {
    for (other, account) in LOGS.map(|other| (other, if other.path == log.path { "other" } else { "acme" })) {
        let mut maker = Maker::new(other, random);
        let events = (0..200).map(|_| maker.event(random)).collect();
        post(other, &[producer(service, account)], events, 200, random).await;
    }
}

/// Reads all pages of a list, forward and back, and compares them with the result by brute force.
pub async fn compare(log: Log, reader: &Client, number: usize, query: &Query, stored: &[Stored]) {
    let path = query.path(log);
    let by = if number.is_multiple_of(2) { By::Cursor } else { By::Link };
    let what = format!("query {number}, by {by:?}: {query:?}: {path}");
    let walk = Walk { client: reader, first: &path, by };
    let events = query.expected(stored);
    let expected: Vec<(&str, i64)> = events.iter().map(|event| (event.json["id"].as_str().unwrap(), event.sequence)).collect();

    let forward = walk.forward(number.is_multiple_of(3)).await;
    assert_eq!(brief(&entries(&forward)), expected, "forward: {what}");
    let first = &forward[0];
    let last = &forward[forward.len() - 1];
    assert!(first.pagination.previous_cursor.is_none(), "before the first page: {what}");
    assert_eq!(last.pagination.next_cursor.is_some(), query.is_followed(), "after the last page: {what}");
    let back = walk.back(last).await;
    assert_eq!(brief(&entries_back(last, &back)), expected, "back: {what}");

    for page in forward.iter().chain(&back) {
        assert_eq!(page.pagination.limit, query.limit, "{what}");
        let relation = if expected.len() > LARGEST_TOTAL { "AT_LEAST" } else { "EXACT" };
        let total = query.include_total.then(|| json!({"count": expected.len().min(LARGEST_TOTAL), "relation": relation}));
        assert_eq!(page.pagination.total, total, "{what}");
    }
    // For some queries also compare complete events, and that each link has the target of its cursor.
    if number.is_multiple_of(10) {
        let whole = forward.iter().flat_map(Page::whole_events).map(Stored::without_recorded_at_and_url);
        for (returned, event) in whole.zip(&events) {
            assert_eq!(returned, event.json, "whole: {what}");
        }
        let edge = &forward[forward.len() / 2];
        let ways = [(&edge.pagination.next_cursor, &edge.next_link), (&edge.pagination.previous_cursor, &edge.previous_link)];
        for (cursor, link) in ways {
            if let (Some(cursor), Some(link)) = (cursor, link) {
                let (by_cursor, by_link) = (walk.page_at(cursor).await, walk.page(link).await);
                assert_eq!(by_cursor.whole_events(), by_link.whole_events(), "{what}");
            }
        }
    }
}

fn brief(entries: &[Entry]) -> Vec<(&str, i64)> {
    entries.iter().map(|entry| (entry.id.as_str(), entry.sequence)).collect()
}

async fn page_during_writes(database: &Database, log: Log) {
    let mut random = random_numbers();
    let service = Service::start(database).await;
    let mut maker = Maker::new(log, &mut random);
    let writers = vec![producer(&service, "acme"); 3];
    let first_events = (0..1_500).map(|_| maker.event(&mut random)).collect();
    let start = post(log, &writers, first_events, 300, &mut random).await;
    let reader = log.reader(&service, "acme");

    let mut query_of = |number: usize| match number % 4 {
        // These walks show everything that is written meanwhile.
        0 => Query::everything(ORDERS[number / 4 % 4], 150, &start),
        _ => Query::random(log, &start, &mut random),
    };
    let queries: Vec<Query> = (0..64).map(&mut query_of).collect();
    let walks = async {
        let mut written_meanwhile = 0;
        for (number, query) in queries.iter().enumerate() {
            let by = if number.is_multiple_of(2) { By::Cursor } else { By::Link };
            let path = query.path(log);
            let walk = Walk { client: &reader, first: &path, by };
            let what = format!("query {number}, by {by:?}: {query:?}: {path}");
            let forward = walk.forward(false).await;
            let last = &forward[forward.len() - 1];
            let back = walk.back(last).await;
            for listed in [entries(&forward), entries_back(last, &back)] {
                check_entries(&listed, query, &start, &what);
                written_meanwhile += listed.len() - query.expected(&start).len();
            }
        }
        assert!(written_meanwhile > 1_000, "writers were active: {written_meanwhile}");
    };
    let mut more = random.clone();
    let writing = async {
        loop {
            // Small batches, for many changes between two pages, with pauses, so that the end of a list can be reached.
            let events = (0..40).map(|_| maker.event(&mut more)).collect();
            post(log, &writers, events, 15, &mut more).await;
            sleep(Duration::from_millis(30)).await;
        }
    };
    select(pin!(walks), pin!(writing)).await;
}

/// Asserts that every matching event of the start is listed once, every other event is later, and all are in order.
fn check_entries(listed: &[Entry], query: &Query, start: &[Stored], what: &str) {
    let key = |entry: &Entry| (query.order.starts_with("occurredAt").then(|| entry.occurred_at.clone()), entry.sequence);
    let in_order = |pair: &[Entry]| {
        if query.order.ends_with("desc") { key(&pair[0]) > key(&pair[1]) } else { key(&pair[0]) < key(&pair[1]) }
    };
    assert!(listed.windows(2).all(in_order), "in order: {what}");
    let ids: HashSet<&str> = listed.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), listed.len(), "no duplicates: {what}");
    let from_start: Vec<i64> =
        listed.iter().map(|entry| entry.sequence).filter(|sequence| *sequence <= start.len() as i64).collect();
    let expected: Vec<i64> = query.expected(start).iter().map(|event| event.sequence).collect();
    assert_eq!(from_start, expected, "the events of the start: {what}");
}

//! Streams during concurrent writes, through several instances, interrupted and resumed: every event once, in order.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use actix_web::rt::time::sleep;
use fastrand::Rng;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::{events, ids, open, position};
use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, LOGS, Log, full_event, producer},
    support::{Database, Service, both_databases, times},
};

const WRITERS: usize = 4;
const READERS: usize = 5;

both_databases! {
    async fn readers_that_reconnect_at_random_get_all_conversation_events(database: Database) {
        reconnect_at_random(&database, CONVERSATION_LOG, times(6_000, 20_000)).await;
    }

    async fn readers_that_reconnect_at_random_get_all_audit_events(database: Database) {
        reconnect_at_random(&database, AUDIT_LOG, 2_000).await;
    }

    // On SQLite, two instances share one file.
    async fn an_event_written_through_one_instance_reaches_the_readers_of_another(database: Database) {
        let (one, other) = (Service::start(&database).await, Service::start(&database).await);
        for log in LOGS {
            let mut stream = open(log, &other, "acme", "", &[]).await;
            assert_eq!(position(&mut stream).await, 0);
            for number in 0..3 {
                log.post(&producer(&one, "acme"), &events(log, number..number + 1)).await;
                assert_eq!(ids(&stream.messages(1).await), [format!("e-{number}")]);
            }
        }
    }
}

/// Runs writers and readers concurrently, on PostgreSQL through two instances.
async fn reconnect_at_random(database: &Database, log: Log, count: usize) {
    let mut services = vec![Service::start(database).await];
    if database.is_postgres() {
        services.push(Service::start(database).await);
    }
    let accepted: RefCell<BTreeMap<i64, usize>> = RefCell::default();
    let writers = join_all((0..WRITERS).map(|number| write(log, &services, number, count, &accepted)));
    let readers = join_all((0..READERS).map(|number| read(log, &services, number, count)));
    let (_, read) = join(writers, readers).await;

    let accepted = accepted.into_inner();
    assert_eq!(accepted.keys().copied().collect::<Vec<_>>(), (1..=count as i64).collect::<Vec<_>>());
    for (number, read) in read.into_iter().enumerate() {
        let expected: Vec<(i64, String)> = accepted
            .iter()
            .filter(|(_, event)| matches_filter(number, **event))
            .map(|(sequence, event)| (*sequence, format!("e-{event}")))
            .collect();
        assert!(read == expected, "reader {number}: {} instead of {}", read.len(), expected.len());
    }
}

/// Every second reader has a filter.
fn matches_filter(reader: usize, event: usize) -> bool {
    reader.is_multiple_of(2) || event % 10 == reader
}

async fn write(log: Log, services: &[Service], number: usize, count: usize, accepted: &RefCell<BTreeMap<i64, usize>>) {
    let mut random = Rng::with_seed(number as u64);
    let share = count / WRITERS;
    let mut sent = 0;
    while sent < share {
        let size = random.usize(1..=150).min(share - sent);
        let numbers: Vec<usize> = (0..size).map(|index| number * share + sent + index).collect();
        let batch: Vec<Value> = numbers.iter().map(|number| event(log, *number)).collect();
        let client = producer(random.choice(services).unwrap(), "acme");
        let sequences = log.post(&client, &batch).await;
        accepted.borrow_mut().extend(sequences.into_iter().zip(numbers));
        sent += size;
    }
}

fn event(log: Log, number: usize) -> Value {
    let mut event = (log.event)(&format!("e-{number}"));
    event["to"] = json!({"value": format!("value {}", number % 10)});
    event
}

/// Alternates between the instances after a few events, and reconnects as an `EventSource` does.
async fn read(log: Log, services: &[Service], number: usize, count: usize) -> Vec<(i64, String)> {
    let mut random = Rng::with_seed(1000 + number as u64);
    let expected = (0..count).filter(|event| matches_filter(number, *event)).count();
    let filter = if number.is_multiple_of(2) { String::new() } else { format!("&toValue=value+{number}") };
    let mut read: Vec<(i64, String)> = Vec::new();
    let mut last_event_id: Option<String> = None;
    while read.len() < expected {
        let service = random.choice(services).unwrap();
        let header: Vec<(&str, &str)> = last_event_id.iter().map(|id| ("last-event-id", id.as_str())).collect();
        let mut stream = open(log, service, "acme", &format!("?lastEventId=0{filter}"), &header).await;
        let patience = random.usize(0..expected / 3);
        for _ in 0..patience.min(expected - read.len()) {
            let message = stream.message().await.expect("the stream continues");
            read.push((message.id, message.data["id"].as_str().unwrap().to_owned()));
        }
        // If the stream is cut before its first `id`, the client reconnects with its previous one.
        last_event_id = stream.last_event_id.take().or(last_event_id);
        drop(stream);
        if random.bool() {
            sleep(Duration::from_millis(random.u64(0..100))).await;
        }
    }
    read
}

#[actix_web::test]
async fn a_stream_continues_after_a_database_crash() {
    let Some(database) = Database::on_private_server() else { return };
    let service = Service::start(&database).await;
    for (round, log) in LOGS.into_iter().enumerate() {
        let mut stream = open(log, &service, "acme", "", &[]).await;
        let producer = producer(&service, "acme");
        log.post(&producer, &[full_event(log, "before")]).await;
        assert_eq!(ids(&stream.messages(1).await), ["before"]);
        database.server().crash();
        database.server().start();
        // The first request may get a connection that was lost with the server.
        let event = json!({"events": [full_event(log, "after")]});
        for attempt in 0.. {
            match producer.post(log.path, &event).await.status {
                200 | 201 => break,
                status => assert!(status == 503 && attempt < 600, "round {round}: {status}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ids(&stream.messages(1).await), ["after"]);
    }
}

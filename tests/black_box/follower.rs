//! A follower gets every event exactly once during concurrent writes.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use actix_web::rt::time::sleep;
use fastrand::Rng;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log, producer},
    support::{Client, Database, Service, both_databases},
    walk::{By, Entry, Page, Walk},
};

const WRITERS: usize = 8;

both_databases! {
    async fn a_follower_of_the_conversation_log_gets_all_20000_events_of_8_writers(database: Database) {
        follow(&database, CONVERSATION_LOG, 20_000).await;
    }

    async fn a_follower_of_the_audit_log_gets_all_events_of_8_writers(database: Database) {
        follow(&database, AUDIT_LOG, 2_000).await;
    }
}

/// The receipts of each event: its sequence, once for each time that it was sent.
#[derive(Default)]
struct Receipts {
    accepted: HashMap<String, i64>,
    duplicates: Vec<(String, i64)>,
}

async fn follow(database: &Database, log: Log, count: usize) {
    // On SQLite there is one instance, on PostgreSQL there are several.
    let mut services = vec![Service::start(database).await];
    if database.is_postgres() {
        services.push(Service::start(database).await);
    }
    let receipts = RefCell::new(Receipts::default());
    let writing = Cell::new(true);
    let writers = async {
        let write = |number: usize| write(log, producer(&services[number % services.len()], "acme"), number, count, &receipts);
        join_all((0..WRITERS).map(write)).await;
        writing.set(false);
    };
    // The follower alternates between the instances: a cursor of one is valid for all.
    let followers: Vec<Client> = services.iter().map(|service| log.reader(service, "acme")).collect();
    let ((), followed) = join(writers, read_all(log, &followers, &writing)).await;

    let Receipts { accepted, duplicates } = receipts.into_inner();
    assert_eq!(accepted.len(), count, "each event was accepted once");
    assert!(duplicates.len() > count / 20, "many events were sent again");
    for (id, sequence) in &duplicates {
        assert_eq!(accepted.get(id), Some(sequence), "all writers get the same sequence for {id}");
    }
    let sequences: Vec<i64> = followed.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=count as i64).collect::<Vec<_>>(), "every sequence once, in order");
    for entry in &followed {
        assert_eq!(accepted.get(&entry.id), Some(&entry.sequence), "{}", entry.id);
    }
}

/// Sends this writer's share of all events, and in between some that it sent before and some that its neighbour sends now.
async fn write(log: Log, client: Client, number: usize, count: usize, receipts: &RefCell<Receipts>) {
    let mut random = Rng::with_seed(number as u64);
    let share = count / WRITERS;
    let own = |index: usize| event(log, number * share + index);
    let neighbours = |index: usize| event(log, (number + 1) % WRITERS * share + index);
    // All writers begin with the same events at the same moment.
    send(log, &client, (0..10).map(|index| event(log, index * share / 2)).collect(), receipts).await;
    let mut sent = 0;
    while sent < share {
        let size = random.usize(1..=178).min(share - sent);
        let mut batch: Vec<Value> = (sent..sent + size).map(own).collect();
        for _ in 0..size / 8 {
            batch.push(if random.bool() { own(random.usize(0..sent + size)) } else { neighbours(random.usize(0..=sent)) });
        }
        random.shuffle(&mut batch);
        send(log, &client, batch, receipts).await;
        sent += size;
    }
}

async fn send(log: Log, client: &Client, batch: Vec<Value>, receipts: &RefCell<Receipts>) {
    let response = client.post(log.path, &json!({"events": batch})).await;
    assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
    let (status, response) = (response.status, response.json());
    let mut accepted = 0;
    for receipt in response["events"].as_array().unwrap() {
        let (id, sequence) = (receipt["id"].as_str().unwrap().to_owned(), receipt["sequence"].as_i64().unwrap());
        if receipt["status"] == "ACCEPTED" {
            accepted += 1;
            assert_eq!(receipts.borrow_mut().accepted.insert(id, sequence), None, "accepted twice: {receipt}");
        } else {
            assert_eq!(receipt["status"], "DUPLICATE");
            receipts.borrow_mut().duplicates.push((id, sequence));
        }
    }
    assert_eq!(response["accepted"], accepted);
    assert_eq!(response["duplicates"], batch.len() - accepted);
    assert_eq!(status, if accepted > 0 { 201 } else { 200 });
}

/// The event with this number: always the same, at a time within six years.
fn event(log: Log, number: usize) -> Value {
    let mut random = Rng::with_seed(number as u64);
    let mut event = (log.event)(&format!("e-{number}"));
    let time = chrono::DateTime::from_timestamp(1_577_836_800 + random.i64(0..189_000_000), 0).unwrap();
    event["occurredAt"] = json!(time.to_rfc3339());
    event["to"] = json!({"value": format!("value {}", random.u8(..))});
    event
}

/// Reads by sequence while the writers are active and until the end of the log. Repeats the request for the last page.
async fn read_all(log: Log, followers: &[Client], writing: &Cell<bool>) -> Vec<Entry> {
    const LIMIT: usize = 150;

    let first = format!("{}?orderBy=sequence:asc&limit={LIMIT}", log.path);
    let walks: Vec<Walk> = followers.iter().map(|client| Walk { client, first: &first, by: By::Cursor }).collect();
    let mut followed: Vec<Entry> = Vec::new();
    let mut page: Page = walks[0].page(&first).await;
    for walk in walks.iter().cycle() {
        // Checked before the page is read: after the end of the writers a page is final.
        let more_may_come = writing.get();
        let cursor = page.pagination.next_cursor.as_ref().expect("a follower always gets a next cursor");
        let next = walk.page_at(cursor).await;
        followed.extend(page.events);
        if next.events.is_empty() && !more_may_come {
            break;
        }
        if next.events.len() < LIMIT {
            // The current end of the log. The same page, requested again, may only have more events at its end.
            sleep(Duration::from_millis(5)).await;
            let again = walk.page_at(cursor).await;
            assert!(again.events.starts_with(&next.events), "{:?} does not begin with {:?}", again.events, next.events);
        }
        page = next;
    }
    followed
}

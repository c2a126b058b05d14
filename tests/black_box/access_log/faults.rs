//! The log of accesses when the service stops or is killed, and while the database is unreachable.

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Text},
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{essence, events, everybody, recorded, until};
use crate::{
    groups::write_lock::WriteLock,
    logs::{AUDIT_LOG, LOGS, Log},
    support::{Client, Database, Program, Service, both_databases},
};

const ROLES: [&str; 4] = ["CONVERSATIONS_SUPERVISOR", "CONVERSATIONS_SETUP", "LOGS_AUDITOR", "LOGS_PRODUCER"];

/// A stored access.
#[derive(Debug, QueryableByName)]
struct Stored {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = BigInt)]
    row_count: i64,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = BigInt)]
    lost: i64,
    #[diesel(sql_type = BigInt)]
    call_count: i64,
}

fn stored(database: &Database) -> Vec<Stored> {
    database.load("SELECT sequence, outcome, row_count, request_id, lost, call_count FROM accesses ORDER BY sequence")
}

/// A query of almost the maximum length, so that few requests fill the queue.
fn long_query() -> String {
    (0..7).map(|number| format!("toValue={number}{}&", "x".repeat(1_000))).collect()
}

/// The path of a list of all events, which differs for each number, so that no two calls are equal.
fn list(log: Log, number: usize) -> String {
    format!("{}?dateFrom=2000-01-01T00:{:02}:{:02}Z", log.path, number / 60, number % 60)
}

/// Sends a GET with this request identifier.
async fn read(client: &Client, path: &str, id: &str) {
    client.send("GET", path, &[("x-request-id", id)], "").await.expect(200);
}

both_databases! {
    async fn a_service_that_stops_records_all_accesses(database: Database) {
        let mut program = Program::serve(&database);
        let client = program.client("acme", &ROLES);
        AUDIT_LOG.post(&client, &events(AUDIT_LOG, 3)).await;
        let mut stream = client.stream("/audit-logs/stream?lastEventId=0", &[("x-request-id", "stream")]).await.ok().unwrap();
        stream.messages(3).await;
        for number in 0..100 {
            read(&client, &list(AUDIT_LOG, number), &format!("r-{number}")).await;
        }
        program.terminate();
        while stream.next().await.is_some() {}
        program.ended().await;

        let stored = stored(&database);
        let numbers: Vec<i64> = stored.iter().map(|access| access.sequence).collect();
        assert_eq!(numbers, (1..=102).collect::<Vec<_>>());
        let seen: Vec<_> = stored.iter().map(|access| (access.request_id.as_str(), access.outcome.as_str(), access.row_count)).collect();
        assert_eq!(seen[0], ("stream", "BEGAN", 0));
        for number in 0..100 {
            assert_eq!(seen[number + 1], (format!("r-{number}").as_str(), "COMPLETE", 3));
        }
        assert_eq!(seen[101], ("stream", "COMPLETE", 3));
    }

    async fn what_does_not_fit_into_the_queue_is_counted(database: Database) {
        /// More than fit into the queue.
        const READS: usize = 2_600;
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        AUDIT_LOG.post(&client, &events(AUDIT_LOG, 1)).await;
        let lock = WriteLock::take(&database);
        let path = format!("/audit-logs?{}limit=1", long_query());
        for numbers in (0..READS).collect::<Vec<_>>().chunks(16) {
            // Reads continue to succeed.
            join_all(numbers.iter().map(|_| read(&client, &path, "read"))).await;
        }
        assert!(stored(&database).is_empty());
        drop(lock);
        // These are lost too, as long as the queue is full. The first stored one after that has the number of lost ones.
        for last in 1..100 {
            let id = format!("last-{last}");
            read(&client, &list(AUDIT_LOG, last), &id).await;
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let stored = stored(&database);
                if !stored.iter().any(|access| access.request_id == id) {
                    continue;
                }
                let lost: i64 = stored.iter().map(|access| access.lost).sum();
                let recorded: i64 = stored.iter().map(|access| access.call_count).sum();
                assert_eq!((recorded + lost) as usize, READS + last, "each access is recorded or counted");
                assert!(lost > 0 && recorded > 1_000, "{recorded} are recorded");
                return;
            }
        }
        panic!("accesses are not recorded any more");
    }

    async fn a_killed_service_loses_only_the_newest_accesses_and_records_none_twice(database: Database) {
        let program = Program::serve(&database);
        let client = program.client("acme", &ROLES);
        AUDIT_LOG.post(&client, &events(AUDIT_LOG, 3)).await;
        for number in 0..50 {
            read(&client, &list(AUDIT_LOG, number), &format!("r-{number}")).await;
        }
        // After this the first accesses are stored.
        recorded(&client).await;
        for number in 50..100 {
            read(&client, &list(AUDIT_LOG, number), &format!("r-{number}")).await;
        }
        program.kill();

        let program = Program::serve(&database);
        let client = program.client("acme", &ROLES);
        read(&client, "/audit-logs", "r-100").await;
        recorded(&client).await;
        drop(program);
        let stored = stored(&database);
        let numbers: Vec<i64> = stored.iter().map(|access| access.sequence).collect();
        assert_eq!(numbers, (1..).take(stored.len()).collect::<Vec<_>>(), "there is no gap");
        let own = stored.iter().filter(|access| access.request_id.starts_with("r-"));
        let own: Vec<_> = own.map(|access| (access.request_id.clone(), access.outcome.clone(), access.row_count)).collect();
        let survived = own.len() - 1;
        assert!((50..=100).contains(&survived), "{survived}");
        let expected = (0..survived).chain([100]).map(|number| (format!("r-{number}"), "COMPLETE".to_owned(), 3));
        assert_eq!(own, expected.collect::<Vec<_>>(), "the newest ones are lost, and no others");
    }
}

#[actix_web::test]
async fn accesses_wait_while_the_database_is_unreachable() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    let client = program.client("acme", &ROLES);
    for log in LOGS {
        log.post(&client, &events(log, 5)).await;
    }
    for round in 0..3 {
        let mut stream = client.stream("/audit-logs/stream?lastEventId=0", &[("x-request-id", "stream")]).await.ok().unwrap();
        stream.messages(5).await;
        for number in 0..20 {
            read(&client, &list(LOGS[number % 2], number), &format!("r-{round}-{number}")).await;
        }
        if round % 2 == 0 {
            database.server().stop()
        } else {
            database.server().crash()
        }
        // This access is recorded only after the database is reachable again.
        drop(stream);
        tokio::time::sleep(Duration::from_millis(300)).await;
        database.server().start();
        let is_stored =
            |accesses: &[Value]| accesses.iter().filter(|access| access["requestId"] == "stream").count() == 2 * (round + 1);
        ready(&client).await;
        until(&client, is_stored).await;
    }
    let accesses = recorded(&client).await;
    let lists: Vec<_> = accesses.iter().filter(|access| access["requestId"].as_str().unwrap().starts_with("r-")).collect();
    let ids: Vec<_> = lists.iter().map(|access| access["requestId"].as_str().unwrap().to_owned()).collect();
    let expected: Vec<_> = (0..3).flat_map(|round| (0..20).map(move |number| format!("r-{round}-{number}"))).collect();
    assert_eq!(ids, expected, "each access once, in order");
    for access in lists {
        let essence = essence(access);
        assert_eq!((&essence["rows"], &essence["lost"]), (&json!(5), &json!(0)));
    }
    let outcomes: Vec<_> = accesses.iter().filter(|access| access["call"] == "STREAM").map(|access| &access["outcome"]).collect();
    assert_eq!(outcomes, ["BEGAN", "CUT", "BEGAN", "CUT", "BEGAN", "CUT"]);
}

/// Waits until the database can be read again.
async fn ready(client: &Client) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while client.get("/access-logs?limit=1&log=ACCESS_LOGS&doneById=nobody").await.status != 200 {
        assert!(Instant::now() < deadline, "the service does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

//! What the log of accesses keeps when the service stops or is killed, and while the database is unreachable.

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Text},
};
use serde_json::{Value, json};

use super::{essence, events, recorded, until};
use crate::{
    logs::{AUDIT_LOG, LOGS},
    support::{Client, Database, Program, both_databases},
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
}

fn stored(database: &Database) -> Vec<Stored> {
    database.load("SELECT sequence, outcome, row_count, request_id FROM accesses ORDER BY sequence")
}

/// Reads with this request identifier.
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
            read(&client, "/audit-logs", &format!("r-{number}")).await;
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

    async fn a_killed_service_loses_only_the_newest_accesses_and_records_none_twice(database: Database) {
        let program = Program::serve(&database);
        let client = program.client("acme", &ROLES);
        AUDIT_LOG.post(&client, &events(AUDIT_LOG, 3)).await;
        for number in 0..50 {
            read(&client, "/audit-logs", &format!("r-{number}")).await;
        }
        // From here on the first ones are stored.
        recorded(&client).await;
        for number in 50..100 {
            read(&client, "/audit-logs", &format!("r-{number}")).await;
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
            read(&client, LOGS[number % 2].path, &format!("r-{round}-{number}")).await;
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

//! An unreachable or frozen database: requests that need it get 503 with `Retry-After`, and all others succeed.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{load::assert_unavailable, schema::refused_start};
use crate::{
    logs::{LOGS, Log},
    problem::Problem,
    support::{Client, Database, Program, Response},
};

/// The number of concurrent requests of each kind: more than both pools have connections.
const CALLERS: usize = 12;

/// A client with all roles.
pub(super) fn client(program: &Program) -> Client {
    program.client("acme", &["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_PRODUCER"])
}

/// Waits until the service is ready again. The deadline only bounds a failing test.
pub(super) async fn ready_again(program: &Program) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_ready(program).await {
        assert!(Instant::now() < deadline, "the service does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Repeats a request that gets 503 until it gets another response. Readiness is checked on a connection for reading, so those for
/// writing may be opened later.
pub(super) async fn answered(request: impl AsyncFn() -> Response) -> Response {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let response = request().await;
        if response.status != 503 {
            return response;
        }
        assert_unavailable(&response);
        assert!(Instant::now() < deadline, "{}", response.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn is_ready(program: &Program) -> bool {
    program.anonymous().get("/health/ready").await.status == 200
}

/// Asserts that every request gets a response, also while one server takes over from the other.
async fn is_live_until_ready(program: &Program) {
    while !is_ready(program).await {
        program.anonymous().get("/health/live").await.expect(200);
    }
}

/// Every kind of read of a log.
fn reads(log: Log) -> [String; 4] {
    ["", "?includeTotal=true&orderBy=sequence:asc", "/e-0", "/e-0/related"].map(|rest| format!("{}{rest}", log.path))
}

async fn write(log: Log, client: &Client, number: usize) -> Response {
    client.post(log.path, &json!({"events": [(log.event)(&format!("e-{number}"))]})).await
}

/// Repeats a request while all connections are busy, which says nothing about the database. The deadline only bounds a failing test.
async fn unless_busy(request: impl AsyncFn() -> Response) -> Response {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let response = request().await;
        let is_busy = response.status == 503 && response.text().contains("All connections to the database are in use");
        if !is_busy || Instant::now() > deadline {
            return response;
        }
    }
}

/// Reads and writes concurrently, and asserts that every request succeeds, also for events that could not be written before.
async fn every_request_succeeds(program: &Program) {
    let client = &client(program);
    for log in LOGS {
        let written = join_all((0..CALLERS).map(|number| unless_busy(async move || write(log, client, number).await))).await;
        for response in written {
            assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
        }
        let paths: Vec<String> = (0..CALLERS).flat_map(|_| reads(log)).collect();
        for response in join_all(paths.iter().map(|path| unless_busy(async move || client.get(path).await))).await {
            response.expect(200);
        }
    }
}

/// Reads and writes concurrently, and asserts that each request gets 503 while requests without the database succeed.
async fn only_what_needs_the_database_is_refused(program: &Program) {
    let client = client(program);
    let paths: Vec<String> = (0..CALLERS).flat_map(|_| LOGS).flat_map(reads).collect();
    let readers = join_all(paths.iter().map(String::as_str).chain(["/health/ready"; 4]).map(|path| client.get(path)));
    let writers = join_all((0..2 * CALLERS).map(|number| write(LOGS[number % 2], &client, number)));
    let (responses, ()) = join(join(readers, writers), async {
        for _ in 0..3 {
            requests_without_the_database_succeed(program).await;
        }
    })
    .await;
    for response in responses.0.iter().chain(&responses.1) {
        assert_unavailable(response);
    }
}

async fn requests_without_the_database_succeed(program: &Program) {
    let (anonymous, client) = (program.anonymous(), client(program));
    for path in ["/health/live", "/openapi.json"] {
        anonymous.get(path).await.expect(200);
    }
    Problem::of(&anonymous.get("/nothing").await, 404);
    for log in LOGS {
        client.get(&format!("{}/event-types", log.path)).await.expect(200);
        Problem::of(&anonymous.get(log.path).await, 401);
        Problem::of(&program.client("acme", &["CONVERSATIONS_AGENT"]).get(log.path).await, 403);
        Problem::of(&client.get(&format!("{}?limit=0", log.path)).await, 400);
        Problem::of(&client.send("DELETE", log.path, &[], "").await, 405);
        Problem::of(&client.post(log.path, &json!({"events": []})).await, 422);
    }
}

#[actix_web::test]
async fn while_the_database_is_frozen_only_requests_that_need_it_get_503() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    every_request_succeeds(&program).await;
    for _ in 0..2 {
        database.server().freeze();
        // The first requests get connections that hang, and the following ones get none.
        for _ in 0..2 {
            only_what_needs_the_database_is_refused(&program).await;
        }
        database.server().thaw();
        ready_again(&program).await;
        every_request_succeeds(&program).await;
    }
}

#[actix_web::test]
async fn while_the_database_is_stopped_only_requests_that_need_it_get_503() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    every_request_succeeds(&program).await;
    database.server().stop();
    for _ in 0..2 {
        only_what_needs_the_database_is_refused(&program).await;
    }
    database.server().start();
    ready_again(&program).await;
    every_request_succeeds(&program).await;
}

#[actix_web::test]
async fn after_a_restart_of_the_database_every_request_succeeds() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    every_request_succeeds(&program).await;
    database.server().stop();
    database.server().start();
    // All connections in the pools belong to the old server.
    ready_again(&program).await;
    every_request_succeeds(&program).await;
}

#[actix_web::test]
async fn a_service_that_starts_without_its_database_is_live_and_becomes_ready_with_it() {
    let Some(database) = Database::on_private_server() else { return };
    database.server().stop();
    let program = Program::serve_with(&database, &["--cors-origins=https://app.example.com"]);
    let client = client(&program);
    let response = client.send("GET", "/audit-logs", &[("origin", "https://app.example.com")], "").await;
    assert_unavailable(&response);
    assert_eq!(response.header("access-control-allow-origin"), Some("https://app.example.com"));
    for _ in 0..2 {
        program.anonymous().get("/health/live").await.expect(200);
        for path in ["/health/ready", "/audit-logs", "/nothing"] {
            assert_unavailable(&client.get(path).await);
        }
    }
    database.server().start();
    join_all((0..CALLERS).map(|_| is_live_until_ready(&program))).await;
    every_request_succeeds(&program).await;
}

#[test]
fn a_server_that_refuses_the_connection_is_not_waited_for() {
    let Some(database) = Database::postgres() else { return };
    for (rest, expected) in [("_of_nobody", "does not exist"), ("?unknown=1", "invalid URI query parameter: \"unknown\"")] {
        let message = refused_start(&["--start-timeout", "1h", "--database-url", &format!("{}{rest}", database.url())]);
        assert!(message.contains(expected) && !message.contains("waiting"), "{message}");
    }
}

//! A PostgreSQL server that responds, but refuses statements: it is read-only, cancels them, or has a changed schema.

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use futures_util::future::join_all;
use serde_json::json;

use super::{
    load::assert_unavailable,
    unreachable::{answered, client, ready_again},
};
use crate::{
    problem::Problem,
    support::{Client, Database, Program, Response, audit_event},
};

/// The owner of the database, connected before its settings change.
struct Owner(PgConnection);

impl Owner {
    fn of(database: &Database) -> Self {
        Self(PgConnection::establish(database.own_url()).unwrap())
    }

    fn run(&mut self, statements: &str) {
        self.0.batch_execute(statements).unwrap();
    }

    /// Changes a setting of the database for new connections, and ends all others.
    fn set(&mut self, change: &str) {
        let statement = format!("ALTER DATABASE %I {change}");
        self.run(&format!("DO $$ BEGIN EXECUTE format('{statement}', current_database()); END $$"));
        let others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        self.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"));
    }
}

async fn write(client: &Client, id: &str) -> Response {
    client.post("/audit-logs", &json!({"events": [audit_event(id)]})).await
}

/// A service whose database has one event, a client, and the owner of the database. `None` as for [`Database::postgres`].
async fn serving() -> Option<(Database, Program, Client, Owner)> {
    let database = Database::postgres()?;
    let program = Program::serve(&database);
    let (client, owner) = (client(&program), Owner::of(&database));
    write(&client, "e-1").await.expect(201);
    Some((database, program, client, owner))
}

/// Repeats a request that gets 503 until the detail of the problem is this one. The first ones may get connections that have just ended.
async fn refused_with(detail: &str, request: impl AsyncFn() -> Response) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let response = request().await;
        assert_unavailable(&response);
        if Problem::of(&response, 503).detail.contains(detail) {
            return;
        }
        assert!(Instant::now() < deadline, "{}", response.text());
    }
}

#[actix_web::test]
async fn a_database_that_has_become_read_only_refuses_writes_and_nothing_else() {
    let Some((_database, program, client, mut owner)) = serving().await else { return };
    owner.set("SET default_transaction_read_only = on");
    refused_with("read-only", async || write(&client, "e-2").await).await;
    client.get("/audit-logs").await.expect(200);
    refused_with("read-only", async || client.get("/health/ready").await).await;
    assert!(program.log().iter().any(|line| line.contains("the database is read-only; writes are refused")));
    owner.set("RESET default_transaction_read_only");
    ready_again(&program).await;
    answered(async || write(&client, "e-2").await).await.expect(201);
}

#[actix_web::test]
async fn a_service_that_starts_on_a_read_only_database_waits_for_it() {
    let Some(database) = Database::postgres() else { return };
    let mut owner = Owner::of(&database);
    owner.set("SET default_transaction_read_only = on");
    let program = Program::serve(&database);
    program.anonymous().get("/health/live").await.expect(200);
    assert_unavailable(&program.anonymous().get("/health/ready").await);
    owner.set("RESET default_transaction_read_only");
    ready_again(&program).await;
    answered(async || write(&client(&program), "e-1").await).await.expect(201);
}

#[actix_web::test]
async fn a_canceled_statement_is_a_request_that_can_be_repeated() {
    let Some((_database, program, client, mut owner)) = serving().await else { return };
    owner.set("SET lock_timeout = 50");
    ready_again(&program).await;
    owner.run("BEGIN; LOCK TABLE log_heads");
    refused_with("unreachable", async || write(&client, "e-2").await).await;
    refused_with("unreachable", async || client.get("/audit-logs?doneById=u").await).await;
    owner.run("ROLLBACK");
    ready_again(&program).await;
    answered(async || write(&client, "e-2").await).await.expect(201);
    let log = program.log();
    assert!(!log.iter().any(|line| line.contains("a statement failed") || line.contains("incomplete")), "{log:?}");
}

#[actix_web::test]
async fn after_a_changed_column_type_requests_can_be_repeated() {
    let Some((_database, _program, client, mut owner)) = serving().await else { return };
    // Enough concurrent requests for every connection to prepare the statement. Returns the number of those that were refused.
    let read_until_all_succeed = async || {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut refused = 0;
        loop {
            let responses = join_all((0..50).map(|_| client.get("/audit-logs/e-1"))).await;
            let of_round: Vec<&Response> = responses.iter().filter(|response| response.status != 200).collect();
            of_round.iter().for_each(|response| assert_unavailable(response));
            if of_round.is_empty() {
                return refused;
            }
            assert!(Instant::now() < deadline, "{}", of_round[0].text());
            refused += of_round.len();
        }
    };
    // On a busy machine, the first requests may get no connection in time.
    read_until_all_succeed().await;
    owner.run("DROP VIEW audit_log; ALTER TABLE audit_events ALTER COLUMN id TYPE varchar(64)");
    assert!(read_until_all_succeed().await > 0, "no connection had prepared the statement");
}

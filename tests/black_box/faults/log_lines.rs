//! A fault of the database has few log lines, regardless of the number of requests that it refuses.

use std::{fs, path::Path, time::Duration};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{storage::batch, unreachable::ready_again};
use crate::{
    problem::Problem,
    support::{Client, Database, Program, SmallDisk, audit_event, both_databases, both_small_disks},
};

/// The number of requests that the fault refuses.
const REFUSED: usize = 200;

fn writer(program: &Program) -> Client {
    program.client("acme", &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"])
}

/// Writes and asks for readiness until [`REFUSED`] writes were refused.
async fn refuse(program: &Program, status: u16) {
    let client = writer(program);
    let mut refused = 0;
    for round in 0..100 {
        if refused >= REFUSED {
            return;
        }
        let batches: Vec<Value> = (0..20).map(|number| batch(round * 20 + number, 50)).collect();
        let responses = join_all(batches.iter().map(|batch| client.post("/audit-logs", batch))).await;
        for response in responses.into_iter().filter(|response| response.status != 201) {
            Problem::of(&response, status);
            refused += 1;
        }
        program.anonymous().get("/health/ready").await;
    }
    panic!("only {refused} writes were refused");
}

/// Asserts that the fault has a line, and that all lines together are few.
fn assert_few_lines(program: &Program, fault: &str) {
    let lines = program.faults();
    assert!(lines.iter().any(|line| line.contains(fault)), "{lines:#?}");
    // Also those about accesses, and about a fault that ended for a moment.
    assert!(lines.len() <= 8, "{lines:#?}");
}

/// Waits until the log says that the fault has ended, while requests succeed.
async fn assert_ended(program: &Program, line: &str) {
    ready_again(program).await;
    for number in 0.. {
        program.anonymous().get("/health/ready").await;
        let response = writer(program).post("/audit-logs", &json!({"events": [audit_event(&format!("after-{number}"))]})).await;
        if response.status == 201 && program.log().iter().any(|logged| logged.contains(line)) {
            return;
        }
        assert!(number < 600, "no line {line:?}: {:#?}", program.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

both_small_disks! {
    async fn a_full_disk(disk: SmallDisk, database: Database) {
        let program = Program::serve(database);
        writer(&program).post("/audit-logs", &json!({"events": [audit_event("first")]})).await.expect(201);
        disk.fill();
        refuse(&program, 507).await;
        assert_few_lines(&program, "the storage of the database is full; writes are refused");
        disk.free();
        assert_ended(&program, "the storage of the database has space again").await;
    }
}

#[actix_web::test]
async fn an_unreachable_server() {
    let Some(database) = Database::on_private_server() else { return };
    let program = Program::serve(&database);
    writer(&program).post("/audit-logs", &json!({"events": [audit_event("first")]})).await.expect(201);
    database.server().stop();
    refuse(&program, 503).await;
    assert_few_lines(&program, "the database is unavailable or too slow; requests are refused");
    database.server().start();
    assert_ended(&program, "the database is available again").await;
}

#[actix_web::test]
async fn a_removed_file() {
    let database = Database::sqlite();
    let program = Program::serve(&database);
    writer(&program).post("/audit-logs", &json!({"events": [audit_event("first")]})).await.expect(201);
    let move_files = |from: &Path, to: &Path| {
        for suffix in ["", "-wal", "-shm"] {
            fs::rename(format!("{}{suffix}", from.display()), format!("{}{suffix}", to.display())).unwrap();
        }
    };
    let moved = database.path().with_file_name("moved.db");
    move_files(database.path(), &moved);
    refuse(&program, 503).await;
    assert_few_lines(&program, "removed or replaced");
    move_files(&moved, database.path());
    assert_ended(&program, "the database is available again").await;
}

both_databases! {
    async fn a_missing_table(database: Database) {
        let program = Program::serve(&database);
        database.execute("ALTER TABLE facet_entries RENAME TO mislaid").unwrap();
        for _ in 0..REFUSED {
            Problem::of(&program.anonymous().get("/health/ready").await, 503);
        }
        assert_few_lines(&program, "the schema of the database is incomplete");
        database.execute("ALTER TABLE mislaid RENAME TO facet_entries").unwrap();
        assert_ended(&program, "the schema is complete again").await;
    }
}

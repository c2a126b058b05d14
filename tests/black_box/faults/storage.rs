//! Faults of the storage: a full disk, a missing table, and a SQLite file that is removed or replaced while it is open.

use std::{ffi::OsString, fs, path::PathBuf};

use serde_json::{Value, json};

use super::load::assert_unavailable;
use crate::{
    problem::Problem,
    support::{Client, Database, Response, Service, SmallDisk, audit_event, both_databases, both_small_disks},
};

/// All roles of one account.
fn all_roles(service: &Service) -> Client {
    service.client("acme", &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"])
}

/// A batch of events, each about 1 KiB in the database.
pub(super) fn batch(number: usize, events: usize) -> Value {
    let event = |index: usize| {
        let mut event = audit_event(&format!("b{number}-e{index}"));
        event["details"] = json!({"text": "x".repeat(500)});
        event
    };
    json!({"events": (0..events).map(event).collect::<Vec<_>>()})
}

/// Asserts that the service is not ready, and why.
async fn assert_not_ready(service: &Service, reason: &str) {
    let response = service.anonymous().get("/health/ready").await;
    assert_unavailable(&response);
    assert!(Problem::of(&response, 503).detail.contains(reason), "{}", response.text());
    service.anonymous().get("/health/live").await.expect(200);
}

both_small_disks! {
    async fn a_full_disk_refuses_writes_and_nothing_else_until_there_is_space(disk: SmallDisk, database: Database) {
        let service = Service::start(database).await;
        let client = all_roles(&service);
        client.post("/audit-logs", &batch(0, 1_000)).await.expect(201);
        disk.fill();
        let mut acknowledged = 1;
        // Free pages within the files can take some more batches.
        let refused = loop {
            assert!(acknowledged < 20, "the disk is not full");
            let response = client.post("/audit-logs", &batch(acknowledged, 1_000)).await;
            if response.status != 201 {
                break response;
            }
            acknowledged += 1;
        };
        let problem = Problem::of(&refused, 507);
        assert!(problem.detail.contains("full"), "{}", problem.detail);
        assert_eq!(refused.header("retry-after"), Some("5"));
        for _ in 0..2 {
            Problem::of(&client.post("/audit-logs", &batch(acknowledged, 1_000)).await, 507);
            assert_not_ready(&service, "storage").await;
            // Reads succeed, also of pages that are not cached.
            client.get(&format!("/audit-logs/b{}-e999", acknowledged - 1)).await.expect(200);
            let page = client.get("/audit-logs?orderBy=sequence:desc&limit=1").await.expect(200).json();
            assert_eq!(page["events"][0]["sequence"], acknowledged * 1_000);
        }
        disk.free();
        service.anonymous().get("/health/ready").await.expect(200);
        let receipts = client.post("/audit-logs", &batch(acknowledged, 1_000)).await.expect(201).json();
        assert_eq!(receipts["events"][0]["sequence"], acknowledged * 1_000 + 1, "the refused batches took no sequences");
        service.anonymous().get("/health/ready").await.expect(200);
    }
}

both_databases! {
    async fn a_service_whose_table_is_missing_is_not_ready(database: Database) {
        let service = Service::start(&database).await;
        for table in ["facet_entries", "audit_events", "accesses"] {
            service.anonymous().get("/health/ready").await.expect(200);
            database.execute(&format!("ALTER TABLE {table} RENAME TO mislaid")).unwrap();
            assert_not_ready(&service, "a table is missing").await;
            database.execute(&format!("ALTER TABLE mislaid RENAME TO {table}")).unwrap();
            service.anonymous().get("/health/ready").await.expect(200);
        }
    }
}

/// The database file and the files beside it.
fn files(database: &Database) -> Vec<PathBuf> {
    ["", "-wal", "-shm"].map(|suffix| OsString::from_iter([database.path().as_os_str(), suffix.as_ref()]).into()).to_vec()
}

async fn write(client: &Client, id: &str) -> Response {
    client.post("/audit-logs", &json!({"events": [audit_event(id)]})).await
}

/// Asserts that neither reads nor writes succeed.
async fn assert_nothing_is_served(service: &Service, client: &Client) {
    for _ in 0..3 {
        assert_unavailable(&write(client, "unsafe").await);
        for path in ["/audit-logs", "/audit-logs/first", "/audit-logs?limit=7", "/audit-logs/facets/doneBy"] {
            assert_unavailable(&client.get(path).await);
        }
        assert_not_ready(service, "removed or replaced").await;
    }
}

#[actix_web::test]
async fn a_moved_file_is_not_used_until_it_is_back() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = all_roles(&service);
    write(&client, "first").await.expect(201);
    let moved = |path: &PathBuf| path.with_file_name(format!("moved-{}", path.file_name().unwrap().display()));
    files(&database).iter().for_each(|path| fs::rename(path, moved(path)).unwrap());
    assert_nothing_is_served(&service, &client).await;
    assert!(files(&database).iter().all(|path| !path.exists()), "no new file is created");

    files(&database).iter().for_each(|path| fs::rename(moved(path), path).unwrap());
    service.anonymous().get("/health/ready").await.expect(200);
    // It may have been stored before the fault was detected, so it is sent again.
    let again = write(&client, "unsafe").await;
    assert!(matches!(again.status, 200 | 201), "{}", again.text());
    let page = client.get("/audit-logs?orderBy=sequence:asc").await.expect(200).json();
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn after_a_file_was_removed_or_replaced_no_write_is_acknowledged() {
    let other = Database::sqlite();
    drop(Service::start(&other).await);
    for replacement in [None, Some(other.path())] {
        let database = Database::sqlite();
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        write(&client, "first").await.expect(201);
        files(&database).iter().for_each(|path| fs::remove_file(path).unwrap());
        if let Some(other) = replacement {
            fs::copy(other, database.path()).unwrap();
        }
        assert_nothing_is_served(&service, &client).await;
        drop(service);
        // After a restart, the service uses the new file.
        let restarted = Service::start(&database).await;
        let client = all_roles(&restarted);
        assert_eq!(client.get("/audit-logs").await.expect(200).json()["events"], json!([]));
        write(&client, "second").await.expect(201);
    }
}

#[actix_web::test]
async fn while_the_write_ahead_log_is_removed_no_write_is_acknowledged() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = all_roles(&service);
    write(&client, "first").await.expect(201);
    fs::remove_file(&files(&database)[1]).unwrap();
    assert_nothing_is_served(&service, &client).await;
}

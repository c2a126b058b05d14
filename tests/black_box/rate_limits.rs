//! Limits of requests per account and role.

use std::fs;

use serde_json::json;

use crate::{
    problem::Problem,
    raw,
    support::{Database, Response, Service, audit_event, token},
};

/// The item of a role in `RateLimit` without the time, which depends on the clock.
fn remaining(response: &Response, role: &str) -> String {
    let header = response.header("ratelimit").expect("RateLimit");
    let item = header.split(", ").find(|item| item.starts_with(&format!("\"{role}\";"))).expect(header);
    let (item, time) = item.rsplit_once(";t=").expect(header);
    assert!(time.parse::<u32>().is_ok(), "{header}");
    item.to_owned()
}

/// Asserts that a response has both headers if a limit applies to the request, and neither otherwise.
#[track_caller]
fn assert_stated(what: &str, response: &Response, policy: Option<&str>) {
    assert_eq!(response.header("ratelimit-policy"), policy, "{what}: {}", response.status);
    assert_eq!(response.header("ratelimit").is_some(), policy.is_some(), "{what}: {}", response.status);
    assert!(!matches!(response.status, 429 | 503) || response.header("retry-after").is_some(), "{what}");
}

#[actix_web::test]
async fn an_account_has_a_limit_for_each_role() {
    const POLICIES: &str = "\"CONVERSATIONS_SETUP\";q=4;w=3600, \"LOGS_PRODUCER\";q=2;w=7200";
    let database = Database::sqlite();
    let service =
        Service::start_with(&database, &["--rate-limits=CONVERSATIONS_SETUP=4/1h,LOGS_PRODUCER=2/2h,LOGS_AUDITOR=1/1m"]).await;
    let client = service.client("acme", &["LOGS_PRODUCER", "CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR"]);

    // Every request counts, whatever its response is.
    for (path, status, left) in [
        ("/audit-logs", 200, 3),
        ("/audit-logs/unknown", 404, 2),
        ("/audit-logs?limit=0", 400, 1),
        ("/audit-logs/export?format=csv", 200, 0),
    ] {
        let response = client.get(path).await.expect(status);
        assert_stated(path, &response, Some(POLICIES));
        assert_eq!(remaining(&response, "CONVERSATIONS_SETUP"), format!("\"CONVERSATIONS_SETUP\";r={left}"), "{path}");
        assert_eq!(remaining(&response, "LOGS_PRODUCER"), "\"LOGS_PRODUCER\";r=2", "{path}");
    }
    let refused = client.get("/audit-logs").await;
    assert_eq!(remaining(&refused, "CONVERSATIONS_SETUP"), "\"CONVERSATIONS_SETUP\";r=0");
    let after: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&after), "{after}");
    assert!(Problem::of(&refused, 429).detail.contains("4 requests in 1h"));
    // Another user of the account has the same limit.
    Problem::of(&service.client("acme", &["CONVERSATIONS_SETUP"]).get("/audit-logs").await, 429);

    // Each role and each account has its own.
    let batch = json!({"events": [audit_event("one")]});
    let stored = client.post("/audit-logs", &batch).await.expect(201);
    assert_eq!(remaining(&stored, "LOGS_PRODUCER"), "\"LOGS_PRODUCER\";r=1");
    let refused = client.post("/audit-logs", &json!({})).await.expect(422);
    assert_eq!(remaining(&refused, "LOGS_PRODUCER"), "\"LOGS_PRODUCER\";r=0");
    Problem::of(&client.post("/audit-logs", &batch).await, 429);
    service.client("other", &["CONVERSATIONS_SETUP"]).get("/audit-logs").await.expect(200);
    let auditor = service.client("acme", &["LOGS_AUDITOR"]);
    auditor.get("/access-logs").await.expect(200);
    assert!(Problem::of(&auditor.get("/access-logs").await, 429).detail.contains("1 request in 1m with the role LOGS_AUDITOR"));

    // Requests that no role with a limit permits do not count, and state the limits too.
    for (path, status) in [("/conversation-logs", 200), ("/health/live", 200), ("/nothing", 404), ("/access-logs", 403)] {
        let response = client.get(path).await.expect(status);
        assert_stated(path, &response, Some(POLICIES));
        assert_eq!(remaining(&response, "LOGS_PRODUCER"), "\"LOGS_PRODUCER\";r=0", "{path}");
    }
}

#[actix_web::test]
async fn every_response_to_a_valid_token_states_the_limits_of_its_roles() {
    const POLICY: Option<&str> = Some("\"LOGS_PRODUCER\";q=1000;w=3600, \"CONVERSATIONS_SETUP\";q=999;w=3600");
    let database = Database::sqlite();
    let limits = "--rate-limits=LOGS_PRODUCER=1000/1h,CONVERSATIONS_SETUP=999/1h,LOGS_AUDITOR=1/1h";
    let service = Service::start_with(&database, &[limits, "--connections-per-address=50"]).await;
    let roles = ["CONVERSATIONS_SETUP", "LOGS_PRODUCER"];
    let client = service.client("acme", &roles);

    let batch = json!({"events": [audit_event("one")]});
    assert_stated("created", &client.post("/audit-logs", &batch).await.expect(201), POLICY);
    assert_stated("again", &client.post("/audit-logs", &batch).await.expect(200), POLICY);
    let etag = client.get("/audit-logs").await.expect(200).header("etag").unwrap().to_owned();
    let json = ("content-type", "application/json");
    let other = json!({"events": [{"id": "one", "occurredAt": "2026-03-29T12:34:56Z", "event": "QUEUE_CREATED",
        "doneBy": {"type": "SYSTEM"}, "item": {"type": "QUEUE", "id": "q"}}]})
    .to_string();
    let many = format!("[{}0]", "0,".repeat(200_000));
    let long = format!("/audit-logs?itemId={}", "x".repeat(9_000));
    let head = "x".repeat(20_000);
    for (method, path, headers, body, status) in [
        ("GET", "/audit-logs", &[][..], "", 200),
        ("HEAD", "/audit-logs", &[], "", 200),
        ("GET", "/audit-logs", &[("if-none-match", etag.as_str())], "", 304),
        ("GET", "/audit-logs/one", &[], "", 200),
        ("GET", "/audit-logs/one/related", &[], "", 200),
        ("GET", "/audit-logs/facets/doneBy", &[], "", 200),
        ("GET", "/audit-logs/event-types", &[], "", 200),
        ("GET", "/audit-logs/export?format=ndjson", &[], "", 200),
        ("GET", "/audit-logs/stream", &[], "", 200),
        ("GET", "/health/ready", &[], "", 200),
        ("GET", "/openapi.json", &[], "", 200),
        ("GET", "/", &[], "", 200),
        ("GET", "/audit-logs?limit=0", &[], "", 400),
        ("POST", "/audit-logs", &[json], "{", 400),
        ("GET", "/conversation-logs", &[], "", 403),
        ("GET", "/audit-logs/two", &[], "", 404),
        ("GET", "/nothing", &[], "", 404),
        ("DELETE", "/audit-logs", &[], "", 405),
        ("GET", "/audit-logs", &[("accept", "text/csv")], "", 406),
        ("POST", "/audit-logs", &[json], &other, 409),
        ("POST", "/audit-logs", &[json], &many, 413),
        ("GET", &long, &[], "", 414),
        ("POST", "/audit-logs", &[("content-type", "text/csv")], "", 415),
        ("POST", "/audit-logs", &[json], "{}", 422),
        ("GET", "/audit-logs", &[("x-long", head.as_str())], "", 431),
    ] {
        let response = client.send(method, path, headers, body).await.expect(status);
        assert_stated(&format!("{method} {:.40}", path), &response, POLICY);
    }
    // A role without a limit, and no account.
    let supervisor = service.client("acme", &["CONVERSATIONS_SUPERVISOR"]);
    assert_stated("no limit", &supervisor.get("/conversation-logs").await.expect(200), None);
    let anonymous = service.anonymous();
    for (path, status) in [("/audit-logs", 401), ("/health/live", 200), ("/nothing", 404), ("/", 200)] {
        assert_stated(path, &anonymous.get(path).await.expect(status), None);
    }
    assert_stated("bad token", &service.with_authorization("Bearer a.b.c").get("/audit-logs").await.expect(401), None);
    assert_stated("bad token", &service.with_authorization("Bearer a.b.c").get("/nothing").await.expect(404), None);
    // The framework's HTTP layer answers without a look at the token.
    let authorization = format!("Bearer {}", token("acme", &roles));
    let twice = [("authorization", authorization.as_bytes()), ("host", b"twice".as_slice())];
    let request = raw::request(&service, "GET /audit-logs HTTP/1.1", &twice, b"");
    assert_stated("two hosts", &raw::exchange(&service, request).await.expect(400), None);

    // Faults of the database.
    database.execute("ALTER TABLE audit_events RENAME TO mislaid").unwrap();
    assert_stated("no table", &client.get("/audit-logs?limit=3").await.expect(500), POLICY);
    database.execute("ALTER TABLE mislaid RENAME TO audit_events").unwrap();
    let moved = database.path().with_extension("moved");
    fs::rename(database.path(), &moved).unwrap();
    assert_stated("no file", &client.get("/audit-logs?limit=4").await.expect(503), POLICY);
    assert_stated("not ready", &client.get("/health/ready").await.expect(503), POLICY);
    // So that the service can record the accesses before it stops.
    fs::rename(moved, database.path()).unwrap();
}

#[actix_web::test]
async fn there_is_no_limit_by_default() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.client("acme", &["CONVERSATIONS_SETUP"]);
    for _ in 0..50 {
        assert_eq!(client.get("/audit-logs").await.expect(200).header("ratelimit"), None);
    }
}

//! Limits of requests per account and role, and requests from pages of other origins.

use serde_json::json;

use crate::{
    problem::Problem,
    support::{Client, Database, Response, Service, audit_event},
};

/// The header without the time, which depends on the clock.
fn remaining(response: &Response) -> String {
    let header = response.header("ratelimit").expect("RateLimit");
    let (item, time) = header.rsplit_once(";t=").expect(header);
    assert!(time.parse::<u32>().is_ok(), "{header}");
    item.to_owned()
}

#[actix_web::test]
async fn an_account_has_a_limit_for_each_role_and_every_response_states_it() {
    let database = Database::sqlite();
    let service =
        Service::start_with(&database, &["--rate-limits=CONVERSATIONS_SETUP=4/1h,LOGS_PRODUCER=2/2h,LOGS_AUDITOR=1/1m"]).await;
    let client = service.client("acme", &["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_PRODUCER"]);

    // Whatever the response is, the request counts.
    for (path, status, left) in [
        ("/audit-logs", 200, 3),
        ("/audit-logs/unknown", 404, 2),
        ("/audit-logs?limit=0", 400, 1),
        ("/audit-logs/export?format=csv", 200, 0),
    ] {
        let response = client.get(path).await.expect(status);
        assert_eq!(response.header("ratelimit-policy"), Some("\"CONVERSATIONS_SETUP\";q=4;w=3600"), "{path}");
        assert_eq!(remaining(&response), format!("\"CONVERSATIONS_SETUP\";r={left}"), "{path}");
    }
    let refused = client.get("/audit-logs").await;
    assert_eq!(remaining(&refused), "\"CONVERSATIONS_SETUP\";r=0");
    let after: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&after), "{after}");
    assert!(Problem::of(&refused, 429).detail.contains("4 requests in 1h"));
    // Another user of the account has the same limit.
    Problem::of(&service.client("acme", &["CONVERSATIONS_SETUP"]).get("/audit-logs").await, 429);

    // Each role and each account has its own.
    let batch = json!({"events": [audit_event("one")]});
    let stored = client.post("/audit-logs", &batch).await.expect(201);
    assert_eq!(remaining(&stored), "\"LOGS_PRODUCER\";r=1");
    assert_eq!(remaining(&client.post("/audit-logs", &json!({})).await.expect(422)), "\"LOGS_PRODUCER\";r=0");
    Problem::of(&client.post("/audit-logs", &batch).await, 429);
    service.client("other", &["CONVERSATIONS_SETUP"]).get("/audit-logs").await.expect(200);
    let auditor = service.client("acme", &["LOGS_AUDITOR"]);
    auditor.get("/access-logs").await.expect(200);
    assert!(Problem::of(&auditor.get("/access-logs").await, 429).detail.contains("1 request in 1m with the role LOGS_AUDITOR"));

    // Calls without a limit have no such headers.
    for (path, status) in [("/conversation-logs", 200), ("/health/live", 200), ("/nothing", 404)] {
        let response = client.get(path).await.expect(status);
        assert_eq!((response.header("ratelimit"), response.header("ratelimit-policy")), (None, None), "{path}");
    }
    assert_eq!(service.anonymous().get("/audit-logs").await.expect(401).header("ratelimit"), None);
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

const APP: &str = "https://app.example.com";

async fn from_origin(client: &Client, method: &str, path: &str, origin: &str, headers: &[(&str, &str)]) -> Response {
    client.send(method, path, &[&[("origin", origin)], headers].concat(), "").await
}

#[actix_web::test]
async fn pages_of_listed_origins_may_call_the_api() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, &["--cors-origins=https://app.example.com,http://localhost:5173"]).await;
    let client = service.client("acme", &["CONVERSATIONS_SETUP"]);
    for origin in [APP, "http://localhost:5173"] {
        for (path, status) in [("/audit-logs", 200), ("/audit-logs?x=1", 400), ("/conversation-logs", 403), ("/nothing", 404)] {
            let response = from_origin(&client, "GET", path, origin, &[]).await.expect(status);
            assert_eq!(response.header("access-control-allow-origin"), Some(origin), "{path}");
            assert_eq!(response.header("access-control-allow-credentials"), None);
            let exposed = response.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
            for name in [
                "link",
                "etag",
                "x-request-id",
                "retry-after",
                "ratelimit",
                "ratelimit-policy",
                "content-disposition",
                "www-authenticate",
            ] {
                assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name} in {exposed}");
            }
            let vary = response.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(",");
            assert!(vary.to_ascii_lowercase().contains("origin"), "{vary}");
        }
        for (method, headers) in [
            ("GET", "authorization,last-event-id"),
            ("POST", "authorization,content-type,x-request-id"),
            ("GET", "authorization,if-none-match"),
        ] {
            let asked = [("access-control-request-method", method), ("access-control-request-headers", headers)];
            let response = from_origin(&service.anonymous(), "OPTIONS", "/audit-logs", origin, &asked).await.expect(200);
            assert_eq!(response.header("access-control-allow-origin"), Some(origin));
            assert!(response.header("access-control-allow-methods").unwrap().contains(method));
            assert!(response.header("access-control-max-age").is_some());
            assert!(response.header("x-request-id").is_some());
        }
    }
}

#[actix_web::test]
async fn pages_of_other_origins_may_not_call_the_api() {
    let database = Database::sqlite();
    let asked = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
    for origins in [&["--cors-origins=https://app.example.com"][..], &[]] {
        let service = Service::start_with(&database, origins).await;
        let client = service.client("acme", &["CONVERSATIONS_SETUP"]);
        for origin in ["https://evil.example.com", "https://app.example.com.evil.example", "http://app.example.com", "null"] {
            let response = from_origin(&client, "GET", "/audit-logs", origin, &[]).await;
            assert_eq!(response.header("access-control-allow-origin"), None, "{origin}");
            let preflight = from_origin(&service.anonymous(), "OPTIONS", "/audit-logs", origin, &asked).await;
            assert_eq!(preflight.header("access-control-allow-origin"), None, "{origin}");
            Problem::of(&preflight, preflight.status);
        }
    }
}

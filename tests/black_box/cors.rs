//! Requests from pages of other origins (CORS).

use std::net::TcpStream;

use crate::{
    problem::{Problem, Violation},
    raw,
    support::{Client, Database, Response, Service},
};

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
            ("POST", "authorization,content-encoding,content-type,x-request-id"),
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
            let problem = Problem::of(&preflight, preflight.status);
            if origins.is_empty() {
                assert_eq!(preflight.status, 405);
                continue;
            }
            assert_eq!(preflight.status, 400);
            assert_eq!(preflight.header("vary"), Some(VARY));
            let message = format!("Pages of {origin:?} may not call this service; its setting cors-origins lists those that may");
            assert_eq!(problem.violations, [violation("origin", &message, &[])]);
        }
    }
}

const VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

fn violation(location: &str, message: &str, allowed: &[&str]) -> Violation {
    let allowed = allowed.iter().map(|&name| name.to_owned()).collect();
    Violation { location: location.to_owned(), message: message.to_owned(), allowed }
}

#[actix_web::test]
async fn a_refused_preflight_request_states_what_was_sent_and_what_is_allowed() {
    const METHODS: &[&str] = &["GET", "HEAD", "POST"];
    const HEADERS: &[&str] =
        &["accept", "authorization", "content-encoding", "content-type", "if-none-match", "last-event-id", "x-request-id"];
    let (method, headers) = ("access-control-request-method", "access-control-request-headers");
    let database = Database::sqlite();
    let service = Service::start_with(&database, &["--cors-origins=https://app.example.com"]).await;
    let client = service.anonymous();
    for (asked, expected) in [
        (
            &[("origin", APP), (method, "PUT")][..],
            violation(method, "\"PUT\" is not a method that pages of other origins may use", METHODS),
        ),
        (
            &[("origin", APP), (method, "GET"), (headers, "Authorization, X-Request-Ids")],
            violation(
                headers,
                "\"x-request-ids\" is not a header that pages of other origins may send; did you mean x-request-id?",
                HEADERS,
            ),
        ),
        (
            &[("origin", APP), (method, "GET"), (headers, "a b")],
            violation(headers, "\"a b\" is not a header that pages of other origins may send", HEADERS),
        ),
        (&[(method, "GET")], violation("origin", "is required", &[])),
    ] {
        let response = client.send("OPTIONS", "/audit-logs", asked, "").await;
        assert_eq!(Problem::of(&response, 400).violations, [expected]);
        assert_eq!(response.header("vary"), Some(VARY));
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
}

#[actix_web::test]
async fn pages_can_read_every_problem() {
    let database = Database::sqlite();
    let service = Service::start_with(
        &database,
        &["--cors-origins=https://app.example.com", "--rate-limits=CONVERSATIONS_SETUP=1/1h", "--connections=3"],
    )
    .await;
    let assert_readable = |response: &Response| {
        assert_eq!(response.header("access-control-allow-origin"), Some(APP), "{}", response.text());
        assert!(response.header("access-control-expose-headers").unwrap().contains("retry-after"), "{}", response.text());
        assert!(response.header("vary").unwrap().contains("Origin"), "{}", response.text());
    };
    let client = service.client("acme", &["CONVERSATIONS_SETUP"]);
    from_origin(&client, "GET", "/audit-logs", APP, &[]).await.expect(200);
    let long = format!("/nothing?{}", "x".repeat(9_000));
    let head = "x".repeat(20_000);
    for (client, path, headers, status) in [
        (&client, "/audit-logs", &[][..], 429),
        (&service.anonymous(), "/audit-logs", &[], 401),
        (&client, &long, &[], 414),
        (&client, "/nothing", &[("x-long", head.as_str())], 431),
    ] {
        let response = from_origin(client, "GET", path, APP, headers).await;
        Problem::of(&response, status);
        assert_readable(&response);
    }
    // A connection over the limit gets 429, which the preflight request does not hide, and is closed.
    let connections: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(service.address()).unwrap()).collect();
    for (line, status) in [("OPTIONS / HTTP/1.1", 200), ("GET / HTTP/1.1", 429)] {
        let asked = [("origin", APP.as_bytes()), ("access-control-request-method", b"GET".as_slice())];
        let request = raw::request(&service, line, &asked, b"");
        let kept = String::from_utf8(request).unwrap().replace("connection: close\r\n", "");
        let response = raw::exchange(&service, kept).await.expect(status);
        assert_eq!(response.header("access-control-allow-origin"), Some(APP));
        if status == 429 {
            Problem::of(&response, 429);
            assert_readable(&response);
        }
    }
    drop(connections);
}

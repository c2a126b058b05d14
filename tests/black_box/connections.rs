//! Connections: clients that do not read, limits, and the end of the service.

mod pipelining;
mod tls;

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    problem::Problem,
    raw,
    support::{Database, Program, Service, audit_event, token},
};

const MEBIBYTE: u64 = 1024 * 1024;

/// A request whose response is larger than the buffers of a connection.
const LARGE: &str = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";

const SMALL: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Connects, sends a request and does not read the response.
fn request(address: &str, request: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    connection
}

/// The status of the response; `None` if the connection is closed without one.
fn status(connection: &mut TcpStream) -> Option<u16> {
    let mut received = [0; 12];
    connection.read_exact(&mut received).ok()?;
    std::str::from_utf8(&received[9..]).ok()?.parse().ok()
}

/// Reads to the end of the connection. Panics if the service does not close it.
fn read_to_close(mut connection: TcpStream) {
    if let Err(error) = connection.read_to_end(&mut Vec::new()) {
        assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "the connection is open");
    }
}

#[actix_web::test]
async fn clients_that_never_read_use_little_memory_and_do_not_affect_others() {
    let database = Database::sqlite();
    let program = Program::serve(&database);
    let other = program.anonymous();
    other.get("/docs/swagger-ui-bundle.js").await.expect(200);
    let before = program.resident_memory();

    let mut clients: Vec<TcpStream> = Vec::new();
    for number in 1..=2000 {
        clients.push(request(program.address(), LARGE));
        if number % 500 == 0 {
            other.get("/health/ready").await.expect(200);
        }
    }
    other.get("/docs/swagger-ui-bundle.js").await.expect(200);
    let during = program.resident_memory();
    assert!(during < 256 * MEBIBYTE, "{} MiB", during / MEBIBYTE);

    drop(clients);
    let mut after = during;
    for _ in 0..300 {
        after = program.resident_memory();
        if after < before + 32 * MEBIBYTE {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    eprintln!("{} MiB before, {} during, {} after", before / MEBIBYTE, during / MEBIBYTE, after / MEBIBYTE);
    assert!(after < before + 32 * MEBIBYTE, "{} MiB before, {} after", before / MEBIBYTE, after / MEBIBYTE);
}

#[actix_web::test]
async fn clients_that_never_read_do_not_exhaust_file_descriptors() {
    let database = Database::sqlite();
    let program = Program::serve_with_descriptors(&database, 1024);
    let address = program.address();
    let clients: Vec<TcpStream> = (0..1128).map(|_| request(address, LARGE)).collect();
    let mut others: Vec<TcpStream> = (0..50).map(|_| request(address, SMALL)).collect();
    for other in &mut others {
        assert_eq!(status(other), Some(200));
    }
    drop(clients);
    program.anonymous().get("/audit-logs").await.expect(401);
    assert_eq!(program.faults(), [""; 0]);
}

#[actix_web::test]
async fn a_new_client_replaces_one_that_does_not_read() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, &["--connections=8", "--connections-per-address=8"]).await;
    let address = service.address();
    let clients: Vec<TcpStream> = (0..8).map(|_| request(&address, &LARGE.repeat(10))).collect();
    // Until the buffers of all connections are full.
    sleep(Duration::from_millis(500)).await;
    let mut others: Vec<TcpStream> = (0..8).map(|_| request(&address, SMALL)).collect();
    for other in &mut others {
        assert_eq!(status(other), Some(200));
    }
    clients.into_iter().for_each(read_to_close);
}

#[actix_web::test]
async fn an_address_has_a_maximum_of_connections() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, &["--connections=9", "--connections-per-address=5"]).await;
    let address = service.address();
    let mut clients: Vec<TcpStream> = (0..5).map(|_| request(&address, SMALL)).collect();
    for client in &mut clients {
        assert_eq!(status(client), Some(200));
    }
    let refused = service.anonymous().get("/health/live").await;
    assert!(refused.header("retry-after").is_some());
    assert!(Problem::of(&refused, 429).detail.contains("5 open connections"));
    assert_eq!(refused.header("connection"), Some("close"));

    drop(clients);
    for attempt in 0.. {
        if service.anonymous().get("/health/live").await.status == 200 {
            break;
        }
        assert!(attempt < 500, "the slots are not free again");
        sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn the_service_has_a_maximum_of_connections() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, &["--connections=3", "--connections-per-address=9"]).await;
    let address = service.address();
    let mut clients: Vec<TcpStream> = (0..3).map(|_| request(&address, SMALL)).collect();
    for client in &mut clients {
        assert_eq!(status(client), Some(200));
    }
    let refused = service.anonymous().get("/health/live").await;
    assert!(refused.header("retry-after").is_some());
    Problem::of(&refused, 503);
}

#[actix_web::test]
async fn the_service_stops_although_clients_do_not_read() {
    let database = Database::sqlite();
    let mut program = Program::serve_with(&database, &["--stop-timeout=300s"]);
    let clients: Vec<TcpStream> = (0..20).map(|_| request(program.address(), &LARGE.repeat(10))).collect();
    sleep(Duration::from_millis(500)).await;
    program.terminate();
    program.ended().await;
    clients.into_iter().for_each(read_to_close);
}

#[actix_web::test]
async fn large_headers_are_refused() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.anonymous();
    let header = "x".repeat(15 * 1024);
    client.send("GET", "/health/live", &[("x-large", &header)], "").await.expect(200);
    for path in ["/health/live", "/audit-logs", "/nothing"] {
        for size in [17, 60, 100] {
            let header = "x".repeat(size * 1024);
            let response = client.send("GET", path, &[("x-large", &header)], "").await;
            assert!(Problem::of(&response, 431).detail.contains("16384"), "{path}");
        }
    }
    let url = format!("/health/live?{}", "x".repeat(8_000));
    let header = "x".repeat(10 * 1024);
    Problem::of(&client.send("GET", &url, &[("x-large", &header)], "").await, 431);
}

#[actix_web::test]
async fn bodies_that_are_not_sent_completely_do_not_delay_other_producers() {
    let database = Database::sqlite();
    let program = Program::serve(&database);
    let token = token("acme", &["LOGS_PRODUCER"]);
    // More than a small body, so that memory is reserved for the rest.
    let begun = format!("[{}", " ".repeat(70_000));
    let announced =
        [("Content-Length: 4194304", "["), ("Content-Length: 4194304", &begun), ("Transfer-Encoding: chunked", "1\r\n[\r\n")];
    let waiting: Vec<TcpStream> = announced
        .iter()
        .cycle()
        .take(60)
        .map(|(length, start)| {
            let head = "POST /audit-logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
            request(program.address(), &format!("{head}\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n{start}"))
        })
        .collect();
    // Until the service has read them.
    sleep(Duration::from_millis(500)).await;
    let other = program.client("other", &["LOGS_PRODUCER"]);
    let mut events: Vec<Value> = (0..100).map(|number| audit_event(&format!("e-{number}"))).collect();
    events.iter_mut().for_each(|event| event["details"] = json!({"padding": "x".repeat(1_000)}));
    other.post("/audit-logs", &json!({"events": events})).await.expect(201);
    drop(waiting);
}

#[actix_web::test]
async fn large_pages_that_are_not_read_use_limited_memory() {
    let database = Database::sqlite();
    let program = Program::serve_with(&database, &["--database-timeout=60s"]);
    let client = program.client("acme", &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"]);
    for batch in 0..4 {
        let mut events: Vec<Value> = (0..250).map(|number| audit_event(&format!("e-{batch}-{number}"))).collect();
        events.iter_mut().for_each(|event| event["details"] = json!({"padding": "x".repeat(8_000)}));
        client.post("/audit-logs", &json!({"events": events})).await.expect(201);
    }
    let before = program.resident_memory();
    let token = token("acme", &["CONVERSATIONS_SETUP"]);
    let head = format!("GET /audit-logs?limit=1000 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut unread: Vec<TcpStream> = (0..100).map(|_| request(program.address(), &head)).collect();
    let statuses: Vec<Option<u16>> = unread.iter_mut().map(status).collect();
    let risen = program.resident_memory().saturating_sub(before);
    // All pages together have 800 MiB.
    assert!(risen < 400 * MEBIBYTE, "{} MiB", risen / MEBIBYTE);
    let count = |status| statuses.iter().filter(|seen| **seen == Some(status)).count();
    assert!(count(200) >= 5 && count(503) > 0 && count(200) + count(503) == 100, "{statuses:?}");
    client.get("/audit-logs?limit=10").await.expect(200);
    drop(unread);
    // The memory is free as soon as the service notices that the clients are gone.
    let deadline = Instant::now() + Duration::from_secs(60);
    while client.get("/audit-logs?limit=1000").await.status != 200 {
        assert!(Instant::now() < deadline, "the memory is not freed");
        sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn invalid_http_gets_a_status_without_a_body() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let long = "x".repeat(70_000);
    let headers: String = (0..200).map(|number| format!("X-{number}: 1\r\n")).collect();
    // The HTTP layer of the framework responds to these before any code of the service runs; see `docs/api-quirks.md`.
    for (request, expected) in [
        (
            "POST /audit-logs HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
            400,
        ),
        ("GET /health/live HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("not HTTP\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/3.7\r\nHost: x\r\n\r\n".to_owned(), 400),
        (format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", long.repeat(2)), 431),
        ("GET / HTTP/1.1\r\nHost: ".to_owned(), 408),
    ] {
        let response = raw::exchange(&service, request.clone()).await;
        assert_eq!((response.status, response.header("content-length")), (expected, Some("0")), "{request:.80}");
        assert_eq!(response.header("connection"), Some("close"), "{request:.80}");
    }
}

#[actix_web::test]
async fn a_response_over_http_1_0_is_not_chunked_and_ends_with_the_connection() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.client("acme", &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"]);
    client.post("/audit-logs", &json!({"events": [audit_event("e-1"), audit_event("e-2")]})).await.expect(201);
    let authorization = format!("Bearer {}", token("acme", &["CONVERSATIONS_SETUP"]));
    let expected = client.get("/audit-logs/export?format=ndjson").await.expect(200).body;
    let request = format!("GET /audit-logs/export?format=ndjson HTTP/1.0\r\nAuthorization: {authorization}\r\n\r\n");
    let response = raw::exchange(&service, request).await;
    assert_eq!((response.status, response.header("transfer-encoding")), (200, None));
    assert_eq!(response.text(), String::from_utf8(expected).unwrap());
}

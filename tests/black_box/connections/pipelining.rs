//! Several requests that are sent before their responses are read.

use std::{
    io::{Read, Write},
    time::Duration,
};

use serde_json::json;
use tokio::time::sleep;

use super::{SMALL, request};
use crate::{
    groups::write_lock::WriteLock,
    support::{Database, Service, audit_event, token},
};

#[actix_web::test]
async fn requests_that_arrive_while_many_others_wait_are_served() {
    /// More than 16, after which the HTTP layer of the framework stops parsing requests.
    const REQUESTS: usize = 20;
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let address = service.address();
    let body = json!({"events": [audit_event("e-1")]}).to_string();
    let write = format!(
        "POST /audit-logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        token("acme", &["LOGS_PRODUCER"]),
        body.len()
    );
    let last = SMALL.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");

    let lock = WriteLock::take(&database);
    let mut connection = request(&address, &(write + &SMALL.repeat(REQUESTS)));
    // Until the service has parsed these.
    sleep(Duration::from_millis(300)).await;
    connection.write_all((SMALL.repeat(REQUESTS) + &last).as_bytes()).unwrap();
    lock.release_soon().await;
    let mut received = String::new();
    connection.read_to_string(&mut received).unwrap();
    let statuses: Vec<&str> = received.split("HTTP/1.1 ").skip(1).map(|response| &response[..3]).collect();
    assert_eq!(statuses[0], "201");
    assert_eq!(statuses[1..], ["200"; 2 * REQUESTS + 1]);
}

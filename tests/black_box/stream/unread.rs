//! Streams whose clients never read: they harm no other client.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use super::events;
use crate::{
    logs::AUDIT_LOG,
    support::{Program, both_databases, token},
};

/// The number of streams.
const STREAMS: usize = 400;

fn open(program: &Program, token: &str) -> TcpStream {
    let mut connection = TcpStream::connect(program.address()).unwrap();
    let head = "GET /audit-logs/stream?lastEventId=0 HTTP/1.1\r\nHost: logbook\r\nConnection: close";
    write!(connection, "{head}\r\nAuthorization: Bearer {token}\r\n\r\n").unwrap();
    connection
}

both_databases! {
    async fn streams_that_are_never_read_harm_no_other_client(database: Database) {
        let arguments = ["--streams-per-account=500", "--connections=2000", "--connections-per-address=2000", "--database-timeout=60s"];
        let mut program = Program::serve_with(&database, &arguments);
        let token = token("acme", &["CONVERSATIONS_SETUP"]);
        let streams: Vec<TcpStream> = (0..STREAMS).map(|_| open(&program, &token)).collect();
        let client = program.client("acme", &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"]);
        let mut quick = client.stream("/audit-logs/stream?lastEventId=0", &[]).await.ok().expect("a stream");
        let mut stored = 0;
        for _ in 0..8 {
            let mut batch = events(AUDIT_LOG, stored..stored + 50);
            // Together more than the buffers of a connection.
            batch.iter_mut().for_each(|event| event["details"] = json!({"padding": "x".repeat(7_000)}));
            client.post("/audit-logs", &json!({"events": batch})).await.expect(201);
            stored += 50;
            let page = client.get("/audit-logs?limit=1&orderBy=sequence:desc").await.expect(200).json();
            assert_eq!(page["events"][0]["sequence"], stored);
            program.anonymous().get("/health/live").await.expect(200);
            assert_eq!(quick.messages(50).await.last().map(|message| message.id), Some(stored as i64));
        }
        // One that is read after all continues to the last event, unless it was not read for so long that it was closed.
        let mut late = streams[0].try_clone().unwrap();
        let last = format!("\"id\":\"e-{}\"", stored - 1);
        let received = tokio::task::spawn_blocking(move || {
            let (mut received, mut buffer) = (Vec::new(), [0; 65_536]);
            while let Ok(count @ 1..) = late.read(&mut buffer) {
                let seen = received.len();
                received.extend_from_slice(&buffer[..count]);
                if String::from_utf8_lossy(&received[seen.saturating_sub(100)..]).contains(&last) {
                    break;
                }
            }
            received
        });
        assert!(received.await.unwrap().starts_with(b"HTTP/1.1 200 OK"));
        assert_eq!(program.faults(), [""; 0]);
        program.terminate();
        program.ended().await;
        drop(streams);
    }
}

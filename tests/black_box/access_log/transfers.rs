//! Exports and streams: an access at the beginning, and one at the end with the number of rows that were sent.

use serde_json::{Value, json};

use super::{essence, events, everybody, recorded, until};
use crate::{
    logs::{AUDIT_LOG, LOGS, Log, producer},
    support::{Client, Service, both_databases},
};

/// The accesses of these calls.
fn of_call<'a>(accesses: &'a [Value], call: &str) -> Vec<&'a Value> {
    accesses.iter().filter(|access| access["call"] == call).collect()
}

/// Waits for the accesses of the beginning and of the end.
async fn both(auditor: &Client, log: Log, call: &str) -> [Value; 2] {
    let of_log = |accesses: &[Value]| -> Vec<Value> {
        of_call(accesses, call).into_iter().filter(|access| access["log"] == log.code).cloned().collect()
    };
    let accesses = until(auditor, |accesses| of_log(accesses).len() >= 2).await;
    of_log(&accesses).try_into().unwrap_or_else(|more| panic!("two accesses: {more:#?}"))
}

both_databases! {
    async fn an_export_is_recorded_at_its_beginning_and_at_its_end(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        for log in LOGS {
            for batch in events(log, 2_200).chunks(1_000) {
                log.post(&producer(&service, "acme"), batch).await;
            }
            let filter = log.subject_filter;
            let path = format!("{}/export?format=ndjson&{filter}=i-1", log.path);
            let file = client.send("GET", &path, &[("x-request-id", "export")], "").await.expect(200);
            assert_eq!(file.text().lines().count(), 1_100);
            let accesses = both(&client, log, "EXPORT").await;
            for (access, (outcome, rows, highest)) in accesses.iter().zip([("BEGAN", 0, None), ("COMPLETE", 1_100, Some(2_200))]) {
                assert_eq!(essence(access), json!({
                    "log": log.code, "call": "EXPORT", "path": format!("{}/export", log.path),
                    "filter": {"format": ["ndjson"], filter: ["i-1"]},
                    "outcome": outcome, "status": 200, "rows": rows, "highestSequence": highest, "lost": 0, "count": 1,
                }));
                assert_eq!(access["requestId"], "export");
            }
            assert!(accesses[0]["occurredAt"].as_str() < accesses[1]["occurredAt"].as_str());
        }
    }

    async fn an_export_whose_client_disconnects_is_recorded_as_cut(database: Database) {
        const EVENTS: usize = 4_000;
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        let mut events = events(AUDIT_LOG, EVENTS);
        for event in &mut events {
            // More than fit into the buffers of both sides.
            event["details"] = json!({"text": "x".repeat(7_000)});
        }
        for batch in events.chunks(400) {
            AUDIT_LOG.post(&producer(&service, "acme"), batch).await;
        }
        let mut response = client.begin("/audit-logs/export?format=ndjson&orderBy=sequence:asc").await;
        let mut received = String::new();
        while received.lines().count() < 10 {
            received.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
        }
        drop(response);
        let [began, cut] = both(&client, AUDIT_LOG, "EXPORT").await;
        assert_eq!((&began["outcome"], &cut["outcome"]), (&json!("BEGAN"), &json!("CUT")));
        let rows = cut["rows"].as_u64().unwrap() as usize;
        assert!((received.lines().count()..EVENTS).contains(&rows), "no fewer than the client received: {rows}");
        assert_eq!(cut["highestSequence"], rows, "in this order");
    }

    async fn a_stream_is_recorded_at_its_beginning_and_at_its_end(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 7)).await;
            let filter = log.subject_filter;
            let mut stream = client.stream(&format!("{}/stream?lastEventId=2&{filter}=i-0", log.path), &[]).await.ok().unwrap();
            stream.messages(3).await;
            let accesses = recorded(&client).await;
            let began = of_call(&accesses, "STREAM").into_iter().find(|access| access["log"] == log.code).unwrap();
            assert_eq!((&began["outcome"], &began["rows"]), (&json!("BEGAN"), &json!(0)), "while the stream is open");
            log.post(&producer(&service, "acme"), &[{
                let mut event = events(log, 9).pop().unwrap();
                event["id"] = json!("new");
                event
            }]).await;
            stream.messages(1).await;
            drop(stream);
            let [began, ended] = both(&client, log, "STREAM").await;
            assert_eq!(began["requestId"], ended["requestId"]);
            assert_eq!(essence(&ended), json!({
                "log": log.code, "call": "STREAM", "path": format!("{}/stream", log.path),
                "filter": {"lastEventId": ["2"], filter: ["i-0"]},
                "outcome": "CUT", "status": 200, "rows": 4, "highestSequence": 8, "lost": 0, "count": 1,
            }));
        }
    }

    async fn a_head_request_sends_no_row_of_an_export(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        AUDIT_LOG.post(&client, &events(AUDIT_LOG, 2)).await;
        client.send("HEAD", "/audit-logs/export?format=csv", &[], "").await.expect(200);
        let [_, ended] = both(&client, AUDIT_LOG, "EXPORT").await;
        assert_eq!((&ended["outcome"], &ended["rows"]), (&json!("CUT"), &json!(0)));
    }
}

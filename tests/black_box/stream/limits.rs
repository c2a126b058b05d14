//! Limits of streams: their duration, their number, and slow clients.

use std::time::{Duration, SystemTime};

use actix_web::rt::time::sleep;
use serde_json::{Value, json};

use super::{events, ids, open, position};
use crate::{
    logs::{AUDIT_LOG, LOGS, full_event, producer},
    problem::Problem,
    support::{EventStream, Service, both_databases, sign},
};

both_databases! {
    async fn a_stream_ends_when_the_token_expires(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            let token = sign(&json!({"sub": "tester", "accountId": "acme", "roles": [log.role], "exp": now + 3}));
            let client = service.with_authorization(&format!("Bearer {token}"));
            let path = format!("{}/stream", log.path);
            let mut stream = client.stream(&path, &[]).await.unwrap_or_else(|response| panic!("{}", response.text()));
            log.post(&producer(&service, "acme"), &[full_event(log, "in-time")]).await;
            assert_eq!(ids(&stream.messages(1).await), ["in-time"]);
            let mut comments = Vec::new();
            while let Some(block) = stream.next().await {
                assert_eq!(block.data, None);
                comments.extend(block.comment);
            }
            assert!(comments.last().is_some_and(|comment| comment.contains("expired")), "{comments:?}");
            // Other calls allow clock skew. A stream would end at once, and its client would reconnect forever.
            client.get(log.path).await.expect(200);
            let refused = client.stream(&path, &[]).await.err().expect("an error response");
            assert!(Problem::of(&refused, 401).detail.contains("expired"));
        }
    }

    async fn an_account_has_a_maximum_of_streams_and_closing_one_frees_its_slot(database: Database) {
        let service = Service::start_with(&database, &["--streams-per-account=3"]).await;
        let mut streams: Vec<EventStream> = Vec::new();
        for log in [LOGS[0], LOGS[1], LOGS[0]] {
            streams.push(open(log, &service, "acme", "", &[]).await);
        }
        for log in LOGS {
            let path = format!("{}/stream", log.path);
            let refused = log.reader(&service, "acme").stream(&path, &[]).await.err().expect("an error response");
            assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
            assert!(Problem::of(&refused, 429).detail.contains('3'));
            let _others = open(log, &service, "other", "", &[]).await;
        }
        for log in LOGS {
            streams.remove(0);
            let path = format!("{}/stream", log.path);
            let client = log.reader(&service, "acme");
            for attempt in 0.. {
                match client.stream(&path, &[]).await {
                    Ok(stream) => {
                        streams.push(stream);
                        break;
                    }
                    Err(response) => drop(Problem::of(&response, 429)),
                }
                assert!(attempt < 600, "the slot of a disconnected client is freed");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    async fn an_idle_stream_sends_heartbeats_that_advance_the_position(database: Database) {
        let service = Service::start_with(&database, &["--stream-heartbeat=200ms"]).await;
        for log in LOGS {
            let mut stream = open(log, &service, "acme", "?toValue=never", &[]).await;
            assert_eq!(position(&mut stream).await, 0);
            assert!(stream.next().await.unwrap().comment.is_some());
            assert!(stream.next().await.unwrap().comment.is_some());
            log.post(&producer(&service, "acme"), &events(log, 0..5)).await;
            while stream.last_event_id.as_deref() != Some("5") {
                let block = stream.next().await.unwrap();
                assert!(block.comment.is_some() || block.id.is_some(), "{block:?}");
                assert_eq!(block.data, None);
            }
            assert!(stream.next().await.unwrap().comment.is_some(), "then it is idle again");
        }
    }

    async fn a_slow_client_delays_no_other_client_and_gets_every_event(database: Database) {
        const COUNT: usize = 2_000;

        let service = Service::start_with(&database, &["--stream-heartbeat=100ms"]).await;
        let producer = producer(&service, "acme");
        let batch = |first: usize| -> Vec<Value> {
            let mut batch = events(AUDIT_LOG, first..first + 250);
            // Together far more than the socket buffers.
            batch.iter_mut().for_each(|event| event["details"] = json!({"padding": "x".repeat(7_000)}));
            batch
        };
        for first in (0..COUNT / 2).step_by(250) {
            AUDIT_LOG.post(&producer, &batch(first)).await;
        }
        let mut slow = Vec::new();
        for _ in 0..20 {
            slow.push(open(AUDIT_LOG, &service, "acme", "?lastEventId=0", &[]).await);
        }
        for first in (COUNT / 2..COUNT).step_by(250) {
            AUDIT_LOG.post(&producer, &batch(first)).await;
        }
        // Meanwhile another stream gets every event, and other calls succeed.
        let mut quick = open(AUDIT_LOG, &service, "acme", "?lastEventId=0", &[]).await;
        assert_eq!(quick.messages(COUNT).await.last().map(|message| message.id), Some(COUNT as i64));
        AUDIT_LOG.reader(&service, "acme").get("/audit-logs").await.expect(200);
        for mut stream in slow.into_iter().take(3) {
            let sequences: Vec<i64> = stream.messages(COUNT).await.iter().map(|message| message.id).collect();
            assert_eq!(sequences, (1..=COUNT as i64).collect::<Vec<_>>());
        }
    }
}

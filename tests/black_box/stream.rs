//! Streams: new events, in order, filtered, and only of the reader's account.

mod instances;
mod limits;
mod unread;

use serde_json::{Value, json};

use crate::{
    logs::{LOGS, Log, full_event, producer, stored},
    problem::Problem,
    support::{EventStream, Message, Service, both_databases_restricted},
};

/// Opens a stream of a log as a reader of this account. Panics if the service refuses.
async fn open(log: Log, service: &Service, account: &str, query: &str, headers: &[(&str, &str)]) -> EventStream {
    let path = format!("{}/stream{query}", log.path);
    match log.reader(service, account).stream(&path, headers).await {
        Ok(stream) => stream,
        Err(response) => panic!("{path}: {} {}", response.status, response.text()),
    }
}

/// Reads the beginning of a stream. Returns the position from which it starts.
async fn position(stream: &mut EventStream) -> i64 {
    let retry = stream.next().await.unwrap();
    assert!(retry.retry.is_some_and(|milliseconds| (1..60_000).contains(&milliseconds)), "{retry:?}");
    let position = stream.next().await.unwrap();
    assert_eq!(position.data, None, "the position is sent without a message");
    position.id.unwrap().parse().unwrap()
}

fn events(log: Log, numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers.map(|number| full_event(log, &format!("e-{number}"))).collect()
}

fn ids(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.data["id"].as_str().unwrap()).collect()
}

both_databases_restricted! {
    async fn a_stream_from_0_equals_the_list_by_sequence(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 0..350)).await;
            let mut stream = open(log, &service, "acme", "?lastEventId=0", &[]).await;
            assert_eq!(position(&mut stream).await, 0);
            let messages = stream.messages(350).await;
            for message in &messages {
                assert_eq!(message.data["sequence"], message.id);
            }
            let streamed: Vec<Value> = messages.into_iter().map(|message| message.data).collect();
            assert_eq!(streamed, stored(log, &service, "acme").await);
        }
    }

    async fn without_a_last_event_id_only_new_events_are_streamed(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let producer = producer(&service, "acme");
            log.post(&producer, &events(log, 0..3)).await;
            let mut stream = open(log, &service, "acme", "", &[]).await;
            assert_eq!(position(&mut stream).await, 3, "a client would reconnect with this position");
            log.post(&producer, &events(log, 3..5)).await;
            assert_eq!(ids(&stream.messages(2).await), ["e-3", "e-4"]);
            // A duplicate is not a new event.
            log.post(&producer, &events(log, 4..6)).await;
            assert_eq!(ids(&stream.messages(1).await), ["e-5"]);
        }
    }

    async fn a_stream_resumes_after_the_last_event_id(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 0..6)).await;
            let mut stream = open(log, &service, "acme", "", &[("last-event-id", "2")]).await;
            assert_eq!(ids(&stream.messages(4).await), ["e-2", "e-3", "e-4", "e-5"]);
            // An EventSource reconnects to its original URL, so the header takes precedence.
            let mut stream = open(log, &service, "acme", "?lastEventId=0", &[("last-event-id", "4")]).await;
            assert_eq!(ids(&stream.messages(2).await), ["e-4", "e-5"]);
            let mut stream = open(log, &service, "acme", "?lastEventId=5", &[]).await;
            assert_eq!(ids(&stream.messages(1).await), ["e-5"]);
        }
    }

    async fn a_stream_has_the_events_that_match_its_filters(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let producer = producer(&service, "acme");
            let batch = |numbers: std::ops::Range<usize>| {
                let mut batch = events(log, numbers);
                for (index, event) in batch.iter_mut().enumerate() {
                    event["to"] = json!({"value": format!("value {}", index % 7)});
                    event["doneBy"] = if index % 2 == 0 { json!({"type": "SYSTEM"}) } else { json!({"type": "USER", "id": "u-1"}) };
                    event["occurredAt"] = json!(format!("2026-03-{:02}T12:00:00Z", 1 + index % 28));
                }
                batch
            };
            log.post(&producer, &batch(0..300)).await;
            for filter in [
                "toValue=value+3&doneByType=SYSTEM",
                "toValue=value+1&toValue=value+2",
                "dateFrom=2026-03-10T00:00:00Z&dateTo=2026-03-12T00:00:00Z",
            ] {
                let listed = |page: Value| page["events"].as_array().unwrap().clone();
                let list = format!("{}?{filter}&orderBy=sequence:asc&limit=1000", log.path);
                let before = listed(log.reader(&service, "acme").get(&list).await.expect(200).json());
                assert!(before.len() > 10 && before.len() < 200, "{filter}");
                let mut stream = open(log, &service, "acme", &format!("?lastEventId=0&{filter}"), &[]).await;
                let mut streamed = stream.messages(before.len()).await;

                let first = stored(log, &service, "acme").await.len();
                log.post(&producer, &batch(first..first + 60)).await;
                let after = listed(log.reader(&service, "acme").get(&list).await.expect(200).json());
                assert!(after.len() > before.len(), "{filter}");
                streamed.extend(stream.messages(after.len() - before.len()).await);
                let streamed: Vec<Value> = streamed.into_iter().map(|message| message.data).collect();
                assert_eq!(streamed, after, "{filter}");
            }
        }
    }

    async fn a_stream_has_no_event_of_another_account_or_log(database: Database) {
        let service = Service::start(&database).await;
        let [first, second] = LOGS;
        for (log, other, third) in [(first, second, "third"), (second, first, "fourth")] {
            let mut stream = open(log, &service, "acme", "?lastEventId=0", &[]).await;
            let mut foreign = open(log, &service, "rival", "", &[]).await;
            log.post(&producer(&service, "rival"), &[full_event(log, "foreign")]).await;
            other.post(&producer(&service, third), &[full_event(other, "of-the-other-log")]).await;
            assert_eq!(ids(&foreign.messages(1).await), ["foreign"]);
            log.post(&producer(&service, "acme"), &[full_event(log, "own")]).await;
            assert_eq!(ids(&stream.messages(1).await), ["own"]);
            other.post(&producer(&service, third), &[full_event(other, "again")]).await;
            let mut stream = open(log, &service, third, "?lastEventId=0", &[]).await;
            log.post(&producer(&service, third), &[full_event(log, "of-this-log")]).await;
            assert_eq!(ids(&stream.messages(1).await)[0], "of-this-log", "though {} has more", other.path);
        }
    }
}

#[actix_web::test]
async fn an_invalid_last_event_id_is_named() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    for log in LOGS {
        for bad in ["-1", "1.5", "x", "+1", "9223372036854775808", ""] {
            let client = log.reader(&service, "acme");
            let path = format!("{}/stream", log.path);
            let of_header = client.stream(&path, &[("last-event-id", bad)]).await.err().expect("an error response");
            let violations = Problem::of(&of_header, 400).violations;
            assert_eq!(violations[0].location, "Last-Event-ID", "{bad:?}");
            assert!(violations[0].message.contains(&format!("{bad:?}")), "{}", violations[0].message);
            let of_parameter = client.stream(&format!("{path}?lastEventId={}", bad.replace('+', "%2B")), &[]).await;
            let violations = Problem::of(&of_parameter.err().expect("an error response"), 400).violations;
            assert_eq!(violations[0].location, "lastEventId", "{bad:?}");
        }
        for parameter in ["limit=1", "orderBy=sequence:asc", "cursor=x", "includeTotal=true"] {
            let path = format!("{}/stream?{parameter}", log.path);
            let refused = log.reader(&service, "acme").stream(&path, &[]).await.err().expect("an error response");
            assert_eq!(Problem::of(&refused, 400).violations[0].location, parameter.split('=').next().unwrap());
        }
    }
}

#[actix_web::test]
async fn a_stream_has_its_media_type_and_other_media_types_get_406() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    for log in LOGS {
        for accept in ["text/event-stream", "*/*", "text/*"] {
            let stream = open(log, &service, "acme", "", &[("accept", accept)]).await;
            assert_eq!(stream.status(), 200);
            assert_eq!(stream.headers()["cache-control"], "private, no-store");
            assert_eq!(stream.headers()["x-accel-buffering"], "no");
        }
        for coding in ["gzip", "br", "zstd"] {
            let stream = open(log, &service, "acme", "", &[("accept-encoding", coding)]).await;
            assert_eq!(stream.headers().get("content-encoding"), None, "each open stream would need an encoder");
        }
        for accept in ["application/json", "text/html", "text/event-stream;q=0, */*"] {
            let path = format!("{}/stream", log.path);
            let refused =
                log.reader(&service, "acme").stream(&path, &[("accept", accept)]).await.err().expect("an error response");
            assert!(Problem::of(&refused, 406).detail.contains("text/event-stream"), "{accept}");
        }
        // A HEAD response ends.
        let head = log.reader(&service, "acme").send("HEAD", &format!("{}/stream", log.path), &[], "").await.expect(200);
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
    }
}

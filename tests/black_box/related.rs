//! Related events: those of one item, of one conversation, or of one operation.

use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, LOGS, ORDERS, producer},
    support::{Client, Service, both_databases},
    walk::{By, Walk, entries, entries_back},
};

/// An audit event of an item.
fn of_item(id: &str, item_type: &str, item_id: &str) -> Value {
    let mut event = (AUDIT_LOG.event)(id);
    event["event"] = json!(format!("{item_type}_RENAMED"));
    event["item"] = json!({"type": item_type, "id": item_id});
    event
}

/// The identifiers of the related events, oldest first.
async fn related(client: &Client, path: &str, query: &[(&str, &str)]) -> Vec<String> {
    let query = [query, &[("orderBy", "sequence:asc")]].concat();
    let page = client.get_query(path, &query).await.expect(200).json();
    page["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

both_databases! {
    async fn events_with_the_same_item_type_and_id_are_related(database: Database) {
        let service = Service::start(&database).await;
        let events = [
            of_item("e-1", "QUEUE", "17"),
            of_item("e-2", "TAG", "17"),
            of_item("e-3", "QUEUE", "18"),
            of_item("e-4", "QUEUE", "17"),
            of_item("e-5", "ROUTE", "17"),
        ];
        AUDIT_LOG.post(&producer(&service, "acme"), &events).await;
        AUDIT_LOG.post(&producer(&service, "other"), &[of_item("e-9", "QUEUE", "17")]).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        assert_eq!(related(&reader, "/audit-logs/e-1/related", &[]).await, ["e-1", "e-4"]);
        assert_eq!(related(&reader, "/audit-logs/e-4/related", &[("by", "item")]).await, ["e-1", "e-4"]);
        assert_eq!(related(&reader, "/audit-logs/e-2/related", &[]).await, ["e-2"]);
    }

    async fn events_of_the_same_conversation_are_related(database: Database) {
        let service = Service::start(&database).await;
        let of_conversation = |id: &str, conversation: &str| {
            let mut event = (CONVERSATION_LOG.event)(id);
            event["conversation"]["id"] = json!(conversation);
            event
        };
        let events = [of_conversation("e-1", "c-1"), of_conversation("e-2", "C-1"), of_conversation("e-3", "c-1")];
        CONVERSATION_LOG.post(&producer(&service, "acme"), &events).await;
        let reader = CONVERSATION_LOG.reader(&service, "acme");
        assert_eq!(related(&reader, "/conversation-logs/e-3/related", &[]).await, ["e-1", "e-3"]);
        assert_eq!(related(&reader, "/conversation-logs/e-2/related", &[]).await, ["e-2"]);
    }

    async fn events_of_the_same_operation_are_related_across_items(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let part = log.subject;
            let of_operation = |id: &str, subject: &str, operation: Value| {
                let mut event = (log.event)(id);
                event[part]["id"] = json!(subject);
                event["operationId"] = operation;
                event
            };
            let events = [
                of_operation("e-1", "one", json!("op-1")),
                of_operation("e-2", "two", json!("op-1")),
                of_operation("e-3", "one", json!("op-2")),
                of_operation("e-4", "three", Value::Null),
                of_operation("e-5", "three", Value::Null),
            ];
            log.post(&producer(&service, "acme"), &events).await;
            let reader = log.reader(&service, "acme");
            let by_operation =
                async |id: &str| related(&reader, &format!("{}/{id}/related", log.path), &[("by", "operation")]).await;
            assert_eq!(by_operation("e-2").await, ["e-1", "e-2"]);
            assert_eq!(by_operation("e-3").await, ["e-3"]);
            // Events without an operation are not related to each other.
            assert!(!by_operation("e-4").await.contains(&"e-5".to_owned()));
        }
    }

    async fn filters_only_restrict_related_events(database: Database) {
        let service = Service::start(&database).await;
        let mut created = of_item("e-2", "QUEUE", "17");
        created["event"] = json!("QUEUE_CREATED");
        created["doneBy"]["id"] = json!("u-7");
        let events = [of_item("e-1", "QUEUE", "17"), created, of_item("e-3", "TAG", "18"), of_item("e-4", "QUEUE", "18")];
        AUDIT_LOG.post(&producer(&service, "acme"), &events).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        type Query<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Query<'_>, &[&str]); 7] = [
            (&[("event", "QUEUE_CREATED")], &["e-2"]),
            (&[("doneById", "u-1042")], &["e-1"]),
            (&[("event", "QUEUE_CREATED"), ("doneById", "u-1042")], &[]),
            (&[("itemId", "17"), ("itemType", "QUEUE")], &["e-1", "e-2"]),
            (&[("itemId", "17"), ("itemId", "18")], &["e-1", "e-2"]),
            (&[("itemId", "18")], &[]),
            (&[("itemType", "TAG")], &[]),
        ];
        for (query, expected) in cases {
            assert_eq!(related(&reader, "/audit-logs/e-1/related", query).await, expected, "{query:?}");
        }
    }

    async fn related_events_are_paged_forward_and_back_in_every_order(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let part = log.subject;
            let events: Vec<Value> = (0..40)
                .map(|number| {
                    let mut event = (log.event)(&format!("e-{number}"));
                    event[part]["id"] = json!(format!("{}", number % 2));
                    event["occurredAt"] = json!(format!("2026-01-01T00:00:{:02}Z", number * 7 % 20));
                    event
                })
                .collect();
            log.post(&producer(&service, "acme"), &events).await;
            let reader = log.reader(&service, "acme");
            for order in ORDERS {
                let path = format!("{}/e-3/related?orderBy={order}&limit=6", log.path);
                let whole = reader.get(&path.replace("limit=6", "limit=1000")).await.expect(200).json();
                let whole: Vec<i64> =
                    whole["events"].as_array().unwrap().iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
                assert_eq!(whole.len(), 20);
                let walk = Walk { client: &reader, first: &path, by: By::Link };
                let forward = walk.forward(false).await;
                let last = &forward[forward.len() - 1];
                let back = walk.back(last).await;
                for listed in [entries(&forward), entries_back(last, &back)] {
                    assert_eq!(listed.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), whole, "{path}");
                }
            }
        }
    }

    async fn a_cursor_of_the_events_of_one_item_is_refused_for_another_item(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let part = log.subject;
            let events: Vec<Value> = (0..10)
                .map(|number| {
                    let mut event = (log.event)(&format!("e-{number}"));
                    event[part]["id"] = json!(format!("{}", number % 2));
                    event["operationId"] = json!("op-1");
                    event
                })
                .collect();
            log.post(&producer(&service, "acme"), &events).await;
            let reader = log.reader(&service, "acme");
            let first = reader.get(&format!("{}/e-0/related?limit=2", log.path)).await.expect(200).json();
            let cursor = first["pagination"]["nextCursor"].as_str().unwrap();
            reader.get_query(&format!("{}/e-0/related", log.path), &[("cursor", cursor)]).await.expect(200);
            for (path, by) in [("/e-1/related", "item"), ("/e-0/related", "operation")] {
                reader.get_query(&format!("{}{path}", log.path), &[("by", by), ("cursor", cursor)]).await.expect(400);
            }
            reader.get_query(log.path, &[("cursor", cursor)]).await.expect(400);
        }
    }
}

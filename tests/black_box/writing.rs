//! Writing: receipts, duplicates, conflicts and violations.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    bodies::assert_body,
    logs::{AUDIT_LOG, LOGS, Log, full_event, producer, stored},
    support::{Client, Service, both_databases_restricted},
};

/// The locations that a problem names.
fn locations(problem: &Value) -> Vec<&str> {
    problem["violations"].as_array().unwrap().iter().map(|violation| violation["location"].as_str().unwrap()).collect()
}

async fn post(log: Log, client: &Client, events: &[Value], status: u16) -> Value {
    client.post(log.path, &json!({"events": events})).await.expect(status).json()
}

both_databases_restricted! {
    async fn a_new_event_is_accepted_and_the_same_event_again_is_a_duplicate(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let (first, second) = (full_event(log, "e-1"), full_event(log, "e-2"));
            let one = std::slice::from_ref(&first);
            let (new, same) = (post(log, &writer, one, 201).await, post(log, &writer, one, 200).await);
            assert_eq!(post(log, &writer, one, 200).await, same);
            let both = post(log, &writer, &[second, first], 201).await;
            assert_body("receipts", &json!([new, same, both]));
            assert_eq!(stored(log, &service, "acme").await.len(), 2);
        }
    }

    async fn an_event_has_the_time_at_which_it_was_recorded(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            for id in ["e-1", "e-2"] {
                let before = chrono::Utc::now();
                post(log, &producer(&service, "acme"), &[full_event(log, id)], 201).await;
                let event = log.reader(&service, "acme").get(&format!("{}/{id}", log.path)).await.expect(200).json();
                let recorded_at: chrono::DateTime<chrono::Utc> = event["recordedAt"].as_str().unwrap().parse().unwrap();
                // Stored times are truncated to microseconds.
                assert!((before - chrono::TimeDelta::microseconds(1)..=chrono::Utc::now()).contains(&recorded_at), "{recorded_at}");
            }
        }
    }

    async fn the_same_event_twice_in_one_batch_is_stored_once(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let (first, second) = (full_event(log, "e-1"), full_event(log, "e-2"));
            let batch = [first.clone(), second, first.clone(), first];
            assert_body("receipts_of_repeated_events", &post(log, &producer(&service, "acme"), &batch, 201).await);
            assert_eq!(stored(log, &service, "acme").await.len(), 2);
        }
    }

    async fn an_event_with_equivalent_json_is_a_duplicate(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let mut event = full_event(log, "e-1");
            event["from"] = Value::Null;
            event["doneBy"]["name"] = Value::Null;
            post(log, &writer, std::slice::from_ref(&event), 201).await;

            let mut absent = event.clone();
            absent.as_object_mut().unwrap().remove("from");
            absent["doneBy"].as_object_mut().unwrap().remove("name");
            let mut offset = event.clone();
            offset["occurredAt"] = json!("2026-03-29t18:19:56.789012+05:45");
            for same in [absent, offset] {
                post(log, &writer, std::slice::from_ref(&same), 200).await;
            }
            // The members in reverse order, with white space and escapes. Written as text, because a map has a fixed order.
            let mut members: Vec<String> =
                event.as_object().unwrap().iter().map(|(name, value)| format!("\"{name}\" :\n {value}")).collect();
            members.reverse();
            let body = format!("{{\"events\": [{{{}}}]}}", members.join(" ,\t")).replace("SOLVED", "S\\u004fLVED");
            writer.send("POST", log.path, &[("content-type", "application/json")], body).await.expect(200);
            assert_eq!(stored(log, &service, "acme").await.len(), 1);
        }

        let mut event = full_event(AUDIT_LOG, "e-2");
        event["details"] = json!({"a": 1, "b": {"c": [2, 3.5], "d": null}});
        post(AUDIT_LOG, &writer, &[event.clone()], 201).await;
        event["details"] = json!(null);
        let other_order = event.to_string().replace("\"details\":null", r#""details":{"b":{"d":null,"c":[2.0,3.50]},"a":1e0}"#);
        let body = format!("{{\"events\":[{other_order}]}}");
        writer.send("POST", "/audit-logs", &[("content-type", "application/json")], body).await.expect(200);
    }

    async fn other_content_with_the_same_id_is_a_conflict_that_names_the_ids(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let mut changes = vec![
                ("/occurredAt", json!("2026-03-29T12:34:56.789013Z")),
                ("/event", json!(if log.is_audit() { "QUEUE_CREATED" } else { "TAG_ADDED" })),
                ("/doneBy/type", json!("API_USER")),
                ("/doneBy/id", json!("U-1042")),
                ("/doneBy/name", json!("Ana Horvat ")),
                ("/doneBy/name", json!(null)),
                ("/from", json!(null)),
                ("/from/value", json!("")),
                ("/from/label", json!("")),
                ("/to/value", json!("solved")),
                ("/to/label", json!(null)),
                ("/operationId", json!(null)),
            ];
            if log.is_audit() {
                changes.extend([
                    ("/item/id", json!("q-18")),
                    ("/item/name", json!(null)),
                    ("/details", json!(null)),
                    ("/details", json!({})),
                    ("/details/ticket", json!("4711")),
                    ("/details/list", json!([1, null, "2"])),
                ]);
            } else {
                changes.push(("/conversation/id", json!("c-9021")));
            }
            let event = full_event(log, "e-1");
            post(log, &writer, &[event.clone(), full_event(log, "e-2")], 201).await;
            let before = stored(log, &service, "acme").await;
            for (pointer, value) in changes {
                let mut changed = event.clone();
                *changed.pointer_mut(pointer).unwrap() = value;
                let batch = [full_event(log, "new"), changed.clone(), full_event(log, "e-2")];
                let problem = post(log, &writer, &batch, 409).await;
                assert_eq!(locations(&problem), ["events[1].id"], "{pointer}: {problem}");
                assert!(problem.to_string().contains("e-1"), "{pointer}: {problem}");
            }
            let mut contradiction = full_event(log, "new");
            contradiction["operationId"] = json!("op-2");
            post(log, &writer, &[full_event(log, "new"), contradiction], 409).await;
            assert_eq!(stored(log, &service, "acme").await, before, "no event of a conflicting batch is stored");
            assert_eq!(post(log, &writer, &[full_event(log, "new")], 201).await["events"][0]["sequence"], 3);
        }
    }

    async fn an_event_without_an_id_gets_a_new_uuid_v7(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let mut event = full_event(log, "");
            event.as_object_mut().unwrap().remove("id");
            // Two events with equal content: without an id they are not duplicates.
            let mut null = event.clone();
            null["id"] = Value::Null;
            let receipts = post(log, &producer(&service, "acme"), &[event.clone(), event, null], 201).await;
            assert_eq!(receipts["accepted"], 3);
            let ids: HashSet<String> =
                receipts["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(ids.len(), 3);
            for id in &ids {
                let uuid = uuid::Uuid::parse_str(id).unwrap();
                assert_eq!((uuid.get_version_num(), uuid.hyphenated().to_string()), (7, id.clone()));
                log.reader(&service, "acme").get(&format!("{}/{id}", log.path)).await.expect(200);
            }
        }
    }

    async fn every_violation_of_a_batch_is_named_and_nothing_is_stored(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let mut batch: Vec<Value> = (0..10).map(|number| full_event(log, &format!("e-{number}"))).collect();
            let mut expected = vec!["events[2].doneBy.type", "events[4].from.value", "events[7].id", "events[7].occurredAt"];
            batch[2]["doneBy"]["type"] = json!("ROBOT");
            batch[4]["from"]["value"] = json!("a\u{0}b");
            batch[7]["id"] = json!("no spaces");
            batch[7]["occurredAt"] = json!("2026-03-29T12:34:56");
            if log.is_audit() {
                expected.push("events[9].item.type");
                batch[9]["item"]["type"] = json!("TAG");
            }
            let problem = post(log, &writer, &batch, 422).await;
            let mut locations = locations(&problem);
            locations.sort_unstable();
            assert_eq!(locations, expected, "{problem}");
            assert_eq!(stored(log, &service, "acme").await, Vec::<Value>::new());
        }
    }

    async fn a_batch_has_one_to_a_thousand_events(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let events: Vec<Value> = (1..=1_001).map(|number| (log.event)(&format!("e-{number}"))).collect();
            for size in [0, 1_001] {
                assert_eq!(locations(&post(log, &writer, &events[..size], 422).await), ["events"]);
            }
            let receipts = post(log, &writer, &events[..1_000], 201).await;
            assert_eq!(receipts["accepted"], 1_000);
            let sequences = receipts["events"].as_array().unwrap().iter().map(|receipt| receipt["sequence"].as_i64().unwrap());
            assert!(sequences.eq(1..=1_000), "sequences are in the order of the batch");
        }
    }

    async fn ids_are_independent_in_each_account_and_log(database: Database) {
        let service = Service::start(&database).await;
        for account in ["acme", "other", "ACME"] {
            for log in LOGS {
                let mut event = full_event(log, "e-1");
                event["operationId"] = json!(format!("op of {account}"));
                assert_eq!(post(log, &producer(&service, account), &[event], 201).await["events"][0]["sequence"], 1);
            }
        }
        for account in ["acme", "other", "ACME"] {
            for log in LOGS {
                let events = stored(log, &service, account).await;
                let operations: Vec<&Value> = events.iter().map(|event| &event["operationId"]).collect();
                assert_eq!(operations, [&json!(format!("op of {account}"))]);
            }
        }
    }

    async fn ids_that_differ_in_case_are_different(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let receipts = post(log, &producer(&service, "acme"), &[full_event(log, "E-1"), full_event(log, "e-1")], 201).await;
            assert_eq!(receipts["accepted"], 2);
            let event = log.reader(&service, "acme").get(&format!("{}/e-1", log.path)).await.expect(200).json();
            assert_eq!((&event["id"], &event["sequence"]), (&json!("e-1"), &json!(2)));
        }
    }

    async fn events_survive_a_restart_and_sequences_continue(database: Database) {
        for start in 0..3 {
            let service = Service::start(&database).await;
            for log in LOGS {
                let writer = producer(&service, "acme");
                let receipts = post(log, &writer, &[full_event(log, &format!("e-{start}"))], 201).await;
                assert_eq!(receipts["events"][0]["sequence"], start + 1);
                assert_eq!(post(log, &writer, &[full_event(log, "e-0")], 200).await["events"][0]["sequence"], 1);
                assert_eq!(stored(log, &service, "acme").await.len(), start + 1);
            }
        }
    }
}

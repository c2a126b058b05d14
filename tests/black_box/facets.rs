//! Facets, the entries of the drop-downs of filters: each actor, item and value once, with its newest name.

mod by_event;
pub mod events;
mod oracle;
pub mod query;

use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, LOGS, Log, producer},
    problem::Problem,
    support::{Client, Service, both_databases},
};

const FACETS: [(Log, &str); 5] = [
    (CONVERSATION_LOG, "/conversation-logs/facets/doneBy"),
    (CONVERSATION_LOG, "/conversation-logs/facets/fromValue"),
    (CONVERSATION_LOG, "/conversation-logs/facets/toValue"),
    (AUDIT_LOG, "/audit-logs/facets/doneBy"),
    (AUDIT_LOG, "/audit-logs/facets/item"),
];
const ITEMS: &str = "/audit-logs/facets/item";
const NEW_VALUES: &str = "/conversation-logs/facets/toValue";

/// The entries of a facet, on one page.
async fn values(client: &Client, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let page = client.get_query(path, query).await.expect(200).json();
    assert_eq!((&page["pagination"]["nextCursor"], &page["pagination"]["previousCursor"]), (&Value::Null, &Value::Null));
    page["values"].as_array().unwrap().clone()
}

/// An event of a queue on a day of March 2026.
fn queue_event(id: &str, day: u32, event: &str, queue: &str, name: Option<&str>) -> Value {
    json!({
        "id": id,
        "occurredAt": format!("2026-03-{day:02}T12:00:00Z"),
        "event": event,
        "doneBy": {"type": "USER", "id": "u-1"},
        "item": {"type": "QUEUE", "id": queue, "name": name},
    })
}

fn queue(id: &str, name: &str, deleted: bool) -> Value {
    json!({"type": "QUEUE", "id": id, "name": name, "deleted": deleted})
}

both_databases! {
    async fn a_renamed_item_shows_its_newest_name_and_is_found_by_earlier_names(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), AUDIT_LOG.reader(&service, "acme"));
        AUDIT_LOG.post(&writer, &[queue_event("e-1", 2, "QUEUE_CREATED", "q-17", Some("Billing"))]).await;
        let mut renamed = queue_event("e-2", 5, "QUEUE_RENAMED", "q-17", None);
        renamed["from"] = json!({"value": "Faktura"});
        renamed["to"] = json!({"value": "Invoices"});
        AUDIT_LOG.post(&writer, &[renamed]).await;
        let invoices = [queue("q-17", "Invoices", false)];
        assert_eq!(values(&reader, ITEMS, &[]).await, invoices, "a rename without the item's name takes it from the new value");
        // This event happened earlier, so its name is not the newest.
        AUDIT_LOG.post(&writer, &[queue_event("e-3", 1, "QUEUE_WORKING_HOURS_CHANGED", "q-17", Some("Straße 100%"))]).await;
        for search in ["invoices", "BILL", "illin", "Q-17", "-", "faktura", "STRASSE", "straße", "0%"] {
            assert_eq!(values(&reader, ITEMS, &[("search", search)]).await, invoices, "{search}");
        }
        for search in ["q_17", "%", "100_", "\\", "invoices billing", "x"] {
            let expected: &[Value] = if search == "%" { &invoices } else { &[] };
            assert_eq!(values(&reader, ITEMS, &[("search", search)]).await, expected, "{search} is matched literally");
        }
    }

    async fn a_deleted_item_is_marked_deleted_until_it_is_created_again(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), AUDIT_LOG.reader(&service, "acme"));
        let shown = async || values(&reader, ITEMS, &[]).await;
        AUDIT_LOG.post(&writer, &[queue_event("e-1", 10, "QUEUE_DELETED", "q-1", Some("Sales"))]).await;
        assert_eq!(shown().await, [queue("q-1", "Sales", true)]);
        AUDIT_LOG.post(&writer, &[queue_event("e-2", 2, "QUEUE_CREATED", "q-1", Some("Old sales"))]).await;
        assert_eq!(shown().await, [queue("q-1", "Sales", true)], "the creation happened before the deletion");
        AUDIT_LOG.post(&writer, &[queue_event("e-3", 11, "AGENT_ADDED_TO_QUEUE", "q-1", None)]).await;
        assert_eq!(shown().await, [queue("q-1", "Sales", true)], "other events do not undo the deletion");
        AUDIT_LOG.post(&writer, &[queue_event("e-4", 12, "QUEUE_CREATED", "q-1", None)]).await;
        assert_eq!(shown().await, [queue("q-1", "Sales", false)]);

        let mut capacity = queue_event("e-5", 13, "AGENT_CAPACITY_VOICE_DELETED", "u-7", Some("Ana"));
        capacity["item"]["type"] = json!("AGENT_CONFIGURATION");
        AUDIT_LOG.post(&writer, &[capacity]).await;
        let not_deleted = json!({"type": "AGENT_CONFIGURATION", "id": "u-7", "name": "Ana", "deleted": false});
        let query = [("itemType", "AGENT_CONFIGURATION")];
        assert_eq!(values(&reader, ITEMS, &query).await, [not_deleted], "the deletion of a capacity does not delete the configuration");
    }

    async fn a_refused_batch_adds_no_entries(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), AUDIT_LOG.reader(&service, "acme"));
        AUDIT_LOG.post(&writer, &[queue_event("e-1", 1, "QUEUE_CREATED", "q-1", Some("Sales"))]).await;
        let new = queue_event("e-2", 3, "QUEUE_CREATED", "q-2", Some("Refused"));
        let conflicting = queue_event("e-1", 2, "QUEUE_RENAMED", "q-1", Some("Refused"));
        writer.post("/audit-logs", &json!({"events": [new, conflicting]})).await.expect(409);
        assert_eq!(values(&reader, ITEMS, &[]).await, [queue("q-1", "Sales", false)]);
    }

    async fn a_value_has_its_newest_label_among_the_selected_event_types(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), CONVERSATION_LOG.reader(&service, "acme"));
        let event = |id: &str, day: u32, event: &str, value: Value| {
            json!({
                "id": id, "occurredAt": format!("2026-03-{day:02}T12:00:00Z"), "event": event, "to": value,
                "doneBy": {"type": "SYSTEM"}, "conversation": {"id": "c-1"},
            })
        };
        CONVERSATION_LOG.post(&writer, &[
            event("e-1", 5, "PRIORITY_CHANGED", json!({"value": "1", "label": "Urgent"})),
            event("e-2", 9, "QUEUE_CHANGED", json!({"value": "1", "label": "Billing"})),
            event("e-3", 7, "STATUS_CHANGED", json!({"value": "1"})),
            event("e-4", 1, "STATUS_CHANGED", json!({"value": ""})),
            event("e-5", 2, "PRIORITY_CHANGED", json!({"value": "2", "label": "High"})),
        ]).await;
        let value = |value: &str, label: Option<&str>| json!({"value": value, "label": label});
        let shown = async |query: &[(&str, &str)]| values(&reader, NEW_VALUES, query).await;
        assert_eq!(shown(&[]).await, [value("", None), value("1", Some("Billing")), value("2", Some("High"))]);
        let priorities = [value("2", Some("High")), value("1", Some("Urgent"))];
        assert_eq!(shown(&[("event", "PRIORITY_CHANGED")]).await, priorities);
        let both = [("event", "PRIORITY_CHANGED"), ("event", "STATUS_CHANGED")];
        assert_eq!(shown(&both).await, [value("", None), priorities[0].clone(), priorities[1].clone()]);
        assert_eq!(shown(&[("event", "STATUS_CHANGED")]).await, [value("", None), value("1", None)]);
        assert_eq!(shown(&[("search", "urg")]).await, [value("1", Some("Billing"))], "found by another of its labels");
        assert_eq!(shown(&[("search", "urg"), ("event", "QUEUE_CHANGED")]).await, [] as [Value; 0]);
        assert_eq!(values(&reader, "/conversation-logs/facets/fromValue", &[]).await, [] as [Value; 0]);
        let system = json!({"type": "SYSTEM", "id": null, "name": null});
        assert_eq!(values(&reader, "/conversation-logs/facets/doneBy", &[]).await, [system]);
    }

    async fn a_repeated_value_of_a_filter_has_no_effect(database: Database) {
        let service = Service::start(&database).await;
        AUDIT_LOG.post(&producer(&service, "acme"), &[queue_event("e-1", 1, "QUEUE_CREATED", "q-17", Some("Billing"))]).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        for (path, filter) in [(ITEMS, ("itemType", "QUEUE")), ("/audit-logs/facets/doneBy", ("doneByType", "USER"))] {
            let once = values(&reader, path, &[filter]).await;
            assert_eq!((once.len(), values(&reader, path, &[filter, filter]).await), (1, once), "{path}");
        }
    }

    async fn values_of_maximum_length_are_distinct_and_paged(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, &"ä".repeat(128)), CONVERSATION_LOG.reader(&service, &"ä".repeat(128)));
        let long: Vec<Value> = (0..5)
            .map(|number| json!({"value": format!("{}{number}", "𝄞".repeat(1023)), "label": "\u{390}".repeat(1024)}))
            .collect();
        let events = long.iter().enumerate().map(|(number, value)| {
            let mut event = (CONVERSATION_LOG.event)(&format!("e-{number}"));
            event["to"] = value.clone();
            event
        });
        CONVERSATION_LOG.post(&writer, &events.collect::<Vec<_>>()).await;
        let (mut seen, mut path) = (Vec::new(), format!("{NEW_VALUES}?limit=2"));
        loop {
            let page = reader.get(&path).await.expect(200).json();
            seen.extend(page["values"].as_array().unwrap().clone());
            let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
            assert!(cursor.len() <= 2048, "{}", cursor.len());
            path = format!("{NEW_VALUES}?limit=2&cursor={cursor}");
        }
        seen.sort_by_key(|value| value["value"].as_str().unwrap().to_owned());
        assert_eq!(seen, long);
        let search = "𝄞".repeat(128);
        assert_eq!(reader.get_query(NEW_VALUES, &[("search", &search)]).await.expect(200).json()["values"].as_array().unwrap().len(), 5);
    }

    async fn facets_are_separate_for_each_account_and_log(database: Database) {
        let service = Service::start(&database).await;
        for account in ["anna", "boris", "chen"] {
            for log in LOGS {
                let mut events = [(log.event)("e-1"), (log.event)("e-2")];
                let name = format!("{account} in {}", log.path);
                for (event, id) in events.iter_mut().zip(["u-1", "u-2"]) {
                    event["doneBy"] = json!({"type": "USER", "id": id, "name": name});
                    for side in ["from", "to"] {
                        event[side] = json!({"value": id, "label": name});
                    }
                    if log.is_audit() {
                        event["item"] = json!({"type": "QUEUE", "id": id, "name": name});
                    }
                }
                log.post(&producer(&service, account), &events).await;
            }
        }
        for (log, path) in FACETS {
            let mut cursor_of_anna = String::new();
            for account in ["anna", "boris", "chen"] {
                let reader = log.reader(&service, account);
                let found = values(&reader, path, &[("search", "IN /")]).await;
                let own = format!("{account} in {}", log.path);
                assert_eq!(found.len(), 2, "{account} {path}");
                assert!(found.iter().all(|value| value["name"] == own || value["label"] == own), "{account} {path}: {found:?}");
                let cursor = reader.get(&format!("{path}?limit=1")).await.expect(200).json()["pagination"]["nextCursor"].clone();
                if account == "anna" {
                    cursor_of_anna = cursor.as_str().expect("a next page").to_owned();
                }
                let status = reader.get(&format!("{path}?limit=1&cursor={cursor_of_anna}")).await.status;
                assert_eq!(status, if account == "anna" { 200 } else { 400 }, "{account} {path}");
            }
        }
    }

    async fn an_invalid_parameter_is_named(database: Database) {
        let service = Service::start(&database).await;
        let reader = service.client("acme", &[CONVERSATION_LOG.role, AUDIT_LOG.role]);
        let events: Vec<Value> = (0..3).map(|number| queue_event(&format!("e-{number}"), 1, "QUEUE_CREATED", &format!("q-{number}"), None)).collect();
        AUDIT_LOG.post(&producer(&service, "acme"), &events).await;
        let page = reader.get(&format!("{ITEMS}?limit=1")).await.expect(200).json();
        let cursor = page["pagination"]["nextCursor"].as_str().unwrap();
        let too_long = "x".repeat(129);
        let refused = [
            (ITEMS, "search", "", "has 0 characters; 1 to 128 are allowed"),
            (ITEMS, "search", too_long.as_str(), "has 129 characters; 1 to 128 are allowed"),
            (ITEMS, "search", "a\0", "must not contain the character NUL (U+0000)"),
            (ITEMS, "prefix", "", "has 0 characters; 1 to 128 are allowed"),
            (ITEMS, "limit", "0", "\"0\" is not an integer from 1 to 1000"),
            (ITEMS, "itemType", "QUEU", "\"QUEU\" is not an item type; did you mean QUEUE?"),
            (ITEMS, "event", "QUEUE_RENAMED", "\"event\" is not a parameter of this call"),
            (ITEMS, "orderBy", "name:asc", "\"orderBy\" is not a parameter of this call"),
            (ITEMS, "cursor", "", "must not be empty; omit it for the first page"),
            (ITEMS, "cursor", "AAAA", "is not a cursor of this list: "),
            ("/audit-logs", "cursor", cursor, "is not a cursor of this list: "),
            ("/audit-logs/facets/doneBy", "cursor", cursor, "is not a cursor of this list: "),
            ("/audit-logs/facets/doneBy", "itemType", "QUEUE", "\"itemType\" is not a parameter of this call"),
            (NEW_VALUES, "event", "QUEUE_RENAMED", "\"QUEUE_RENAMED\" is not an event type of this log"),
            (by_event::NEW_VALUES, "event", "QUEUE_RENAMED", "\"QUEUE_RENAMED\" is not an event type of this log"),
            (by_event::NEW_VALUES, "limit", "0", "\"0\" is not an integer from 1 to 1000"),
            (by_event::NEW_VALUES, "cursor", "", "\"cursor\" is not a parameter of this call"),
        ];
        for (path, parameter, value, message) in refused {
            let response = reader.get_query(path, &[(parameter, value)]).await;
            let violations = Problem::of(&response, 400).violations;
            assert_eq!(violations.len(), 1, "{path} {parameter}={value}: {}", response.text());
            assert_eq!(violations[0].location, parameter, "{path} {parameter}={value}");
            assert!(violations[0].message.starts_with(message), "{path} {parameter}={value}: {}", violations[0].message);
        }
        for filtered in [[("cursor", cursor), ("search", "q")], [("cursor", cursor), ("itemType", "QUEUE")]] {
            Problem::of(&reader.get_query(ITEMS, &filtered).await, 400);
        }
        reader.get_query(ITEMS, &[("cursor", cursor), ("limit", "2")]).await.expect(200);
        for unknown in ["/audit-logs/facets", "/audit-logs/facets/fromValue", "/conversation-logs/facets/item", "/conversation-logs/facets/doneby"] {
            Problem::of(&reader.get(unknown).await, 404);
        }
        let response = reader.post(ITEMS, &json!({})).await;
        Problem::of(&response, 405);
        assert_eq!(response.header("allow"), Some("GET, HEAD"));
    }
}

//! Values by event type: the first values of each type, regardless of the number of values of the others.

use serde_json::{Value, json};

use crate::{
    logs::{CONVERSATION_LOG, producer},
    support::{Client, Service, both_databases},
};

pub const NEW_VALUES: &str = "/conversation-logs/facets/toValue/byEvent";
const PREVIOUS_VALUES: &str = "/conversation-logs/facets/fromValue/byEvent";

/// Each group as its event type, its labels (or values that have no label), and whether there are more.
async fn groups(client: &Client, path: &str, query: &[(&str, &str)]) -> Vec<(String, Vec<String>, bool)> {
    let body = client.get_query(path, query).await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown = |value: &Value| text(if value["label"].is_null() { &value["value"] } else { &value["label"] });
    let groups = body["groups"].as_array().unwrap().iter();
    groups
        .map(|group| {
            let values = group["values"].as_array().unwrap().iter().map(shown).collect();
            (text(&group["event"]), values, group["hasMore"].as_bool().unwrap())
        })
        .collect()
}

fn group(event: &str, values: &[&str], has_more: bool) -> (String, Vec<String>, bool) {
    (event.to_owned(), values.iter().map(|value| (*value).to_owned()).collect(), has_more)
}

both_databases! {
    async fn every_event_type_has_its_first_values_even_if_another_has_many(database: Database) {
        let service = Service::start(&database).await;
        let (writer, reader) = (producer(&service, "acme"), CONVERSATION_LOG.reader(&service, "acme"));
        let event = |id: String, event: &str, from: Value, to: Value| {
            json!({
                "id": id, "occurredAt": "2026-03-01T12:00:00Z", "event": event, "from": from, "to": to,
                "doneBy": {"type": "SYSTEM"}, "conversation": {"id": "c-1"},
            })
        };
        let labelled = |value: &str, label: &str| json!({"value": value, "label": label});
        let mut events: Vec<Value> = (0..40)
            .map(|number| event(format!("n-{number}"), "NOTE_ADDED", Value::Null, json!({"value": format!("A note, number {number:02}")})))
            .collect();
        events.push(event("s-1".to_owned(), "STATUS_CHANGED", labelled("OPEN", "Open"), labelled("SOLVED", "Solved")));
        events.push(event("s-2".to_owned(), "STATUS_CHANGED", labelled("SOLVED", "Solved"), labelled("OPEN", "Open")));
        events.push(event("q-1".to_owned(), "QUEUE_CHANGED", Value::Null, labelled("q-1", "Under-open")));
        events.push(event("q-2".to_owned(), "QUEUE_CHANGED", Value::Null, labelled("q-2", "Opening")));
        events.push(event("q-3".to_owned(), "QUEUE_CHANGED", Value::Null, labelled("q-3", "After-open")));
        CONVERSATION_LOG.post(&writer, &events).await;

        let statuses = group("STATUS_CHANGED", &["Open", "Solved"], false);
        let queues = group("QUEUE_CHANGED", &["After-open", "Opening"], true);
        let notes = group("NOTE_ADDED", &["A note, number 00", "A note, number 01"], true);
        assert_eq!(groups(&reader, NEW_VALUES, &[("limit", "2")]).await, [statuses.clone(), queues, notes]);
        assert_eq!(groups(&reader, PREVIOUS_VALUES, &[]).await, std::slice::from_ref(&statuses));
        let status = ("event", "STATUS_CHANGED");
        assert_eq!(groups(&reader, NEW_VALUES, &[status, status]).await, std::slice::from_ref(&statuses));
        let backwards = groups(&reader, NEW_VALUES, &[("event", "QUEUE_CHANGED"), status]).await;
        assert_eq!(backwards[0], statuses, "in the order of the catalogue");

        let found = groups(&reader, NEW_VALUES, &[("search", "OPEN")]).await;
        let queues = group("QUEUE_CHANGED", &["Opening", "After-open", "Under-open"], false);
        assert_eq!(found, [group("STATUS_CHANGED", &["Open"], false), queues], "values with this prefix come first");
        let found = groups(&reader, NEW_VALUES, &[("search", "open"), ("limit", "1"), ("event", "QUEUE_CHANGED")]).await;
        assert_eq!(found, [group("QUEUE_CHANGED", &["Opening"], true)]);
        assert_eq!(groups(&reader, NEW_VALUES, &[("search", "nothing like it")]).await, []);
        let stranger = CONVERSATION_LOG.reader(&service, "other");
        assert_eq!(groups(&stranger, NEW_VALUES, &[]).await, []);
    }
}

//! The SQL views `conversation_log` and `audit_log`, for `psql` or `sqlite3`, show what the API shows.

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text},
};
use serde_json::{Value, json};

use crate::{
    facets::query::ACTOR_TYPES,
    logs::{AUDIT_EVENT_TYPES, CONVERSATION_EVENT_TYPES, LOGS, Log, code, full_event, producer, stored},
    support::{Database, Service, both_databases},
    text::{ODD_TEXTS, longest_identifier, longest_text},
};

/// A row of either view.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    occurred_at: String,
    #[diesel(sql_type = Text)]
    recorded_at: String,
    #[diesel(sql_type = Text)]
    event: String,
    #[diesel(sql_type = Text)]
    label: String,
    #[diesel(sql_type = Text)]
    done_by_type: String,
    #[diesel(sql_type = Nullable<Text>)]
    done_by_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    done_by_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    from_value: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    from_label: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    to_value: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    to_label: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    operation_id: Option<String>,
    #[diesel(sql_type = Text)]
    subject_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    item_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    item_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    details: Option<String>,
}

impl Row {
    /// The event in the form of the API.
    fn into_json(self, log: Log) -> Value {
        let value = |value: Option<String>, label: Option<String>| value.map(|value| json!({"value": value, "label": label}));
        let mut event = json!({
            "id": self.id,
            "sequence": self.sequence,
            "occurredAt": self.occurred_at,
            "recordedAt": self.recorded_at,
            "event": self.event,
            "label": self.label,
            "doneBy": {"type": self.done_by_type, "id": self.done_by_id, "name": self.done_by_name},
            "from": value(self.from_value, self.from_label),
            "to": value(self.to_value, self.to_label),
            "operationId": self.operation_id,
        });
        if log.is_audit() {
            event["item"] = json!({"type": self.item_type, "id": self.subject_id, "name": self.item_name});
            event["details"] = self.details.map_or(Value::Null, |details| serde_json::from_str(&details).unwrap());
        } else {
            event["conversation"] = json!({"id": self.subject_id});
        }
        event
    }
}

/// The rows of a log's view for one account, by sequence.
fn rows(database: &Database, log: Log, account: &str) -> Vec<Value> {
    let (view, subject) = if log.is_audit() {
        ("audit_log", "item_id AS subject_id, item_type, item_name, details")
    } else {
        let none = "CAST(NULL AS TEXT)";
        (
            "conversation_log",
            &*format!("conversation_id AS subject_id, {none} AS item_type, {none} AS item_name, {none} AS details"),
        )
    };
    let [occurred_at, recorded_at] = ["occurred_at", "recorded_at"].map(|time| {
        if database.is_postgres() {
            format!("to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS {time}")
        } else {
            time.to_owned()
        }
    });
    let query = format!(
        "SELECT sequence, id, {occurred_at}, {recorded_at}, event, label, done_by_type, done_by_id, done_by_name, from_value, \
         from_label, to_value, to_label, operation_id, {subject} FROM {view} WHERE account_id = '{account}' ORDER BY sequence"
    );
    database.load::<Row>(&query).into_iter().map(|row| row.into_json(log)).collect()
}

/// Asserts that the view shows what the API shows.
async fn compare(database: &Database, service: &Service, log: Log, account: &str, events: usize) {
    let mut shown = stored(log, service, account).await;
    assert_eq!(shown.len(), events);
    for event in &mut shown {
        if let Some(conversation) = event.get_mut("conversation") {
            // The URL of a conversation depends on the configuration of the service.
            conversation.as_object_mut().unwrap().remove("url");
        }
    }
    for (row, event) in rows(database, log, account).iter().zip(&shown) {
        assert_eq!(row, event);
    }
    assert_eq!(rows(database, log, account).len(), events);
}

/// Events of every type and every actor type, with and without optional members.
fn events(log: Log) -> Vec<Value> {
    let types: Vec<(&str, &str)> = if log.is_audit() {
        AUDIT_EVENT_TYPES.iter().flat_map(|(item, labels)| labels.iter().map(|label| (*item, *label))).collect()
    } else {
        CONVERSATION_EVENT_TYPES.iter().map(|label| ("", *label)).collect()
    };
    let mut events = Vec::new();
    for (number, (item, label)) in types.into_iter().enumerate() {
        let full = full_event(log, &format!("full-{number}"));
        let least = (log.event)(&format!("least-{number}"));
        for mut event in [full, least] {
            event["event"] = json!(code(label));
            event["doneBy"]["type"] = json!(ACTOR_TYPES[number % 3]);
            if log.is_audit() {
                event["item"]["type"] = json!(item);
            }
            events.push(event);
        }
    }
    let mut system = full_event(log, "system");
    system["doneBy"] = json!({"type": "SYSTEM"});
    events.push(system);
    events
}

both_databases! {
    async fn the_views_show_each_event_with_its_texts(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            for account in ["acme", "other"] {
                let mut events = events(log);
                if account == "other" {
                    events.truncate(9);
                }
                log.post(&producer(&service, account), &events).await;
                compare(&database, &service, log, account, events.len()).await;
            }
        }
    }

    async fn the_views_show_any_text(database: Database) {
        let service = Service::start(&database).await;
        let texts = ODD_TEXTS.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned());
        let texts: Vec<String> = texts.chain([longest_identifier()]).collect();
        for log in LOGS {
            let events = texts.iter().enumerate().map(|(number, text)| {
                let mut event = full_event(log, &format!("e-{number}"));
                event["doneBy"] = json!({"type": "USER", "id": text, "name": longest_text()});
                event["from"] = json!({"value": "", "label": ""});
                event["to"] = json!({"value": text, "label": text});
                event["operationId"] = json!(text);
                if log.is_audit() {
                    event["item"] = json!({"type": "QUEUE", "id": text, "name": text});
                    event["details"] = json!({"text": text});
                } else {
                    event["conversation"] = json!({"id": text});
                }
                event
            });
            log.post(&producer(&service, "acme"), &events.collect::<Vec<_>>()).await;
            compare(&database, &service, log, "acme", texts.len()).await;
        }
    }

    async fn the_views_show_any_time_to_the_microsecond(database: Database) {
        let times = [
            "2026-03-29T12:34:56.789012Z",
            "1970-01-01T00:00:00.000001Z",
            "1969-12-31T23:59:59.999999Z",
            "1903-06-01T00:00:00.250001Z",
            "0001-01-01T00:00:00.000001Z",
        ];
        let service = Service::start(&database).await;
        for log in LOGS {
            let events = times.iter().enumerate().map(|(number, time)| {
                let mut event = (log.event)(&format!("e-{number}"));
                event["occurredAt"] = json!(time);
                event
            });
            log.post(&producer(&service, "acme"), &events.collect::<Vec<_>>()).await;
            compare(&database, &service, log, "acme", times.len()).await;
        }
    }
}

//! An event as it is sent, read with the least work and no check; and the columns that it becomes.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::Catalogue;

/// A request.
#[derive(Deserialize)]
pub struct Batch {
    pub events: Vec<Sent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    pub id: String,
    occurred_at: String,
    event: String,
    pub done_by: Typed,
    #[serde(default)]
    pub from: Option<Labelled>,
    #[serde(default)]
    pub to: Option<Labelled>,
    pub item: Typed,
    #[serde(default)]
    pub operation_id: Option<String>,
    #[serde(default)]
    details: Option<Value>,
}

#[derive(Deserialize)]
pub struct Typed {
    r#type: String,
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Deserialize)]
pub struct Labelled {
    pub value: String,
    #[serde(default)]
    pub label: Option<String>,
}

/// The columns of the table, in the order in which both databases are given them.
pub const COLUMNS: &str = "account_id, sequence, id, occurred_at, recorded_at, event_type, done_by_type, done_by_id, done_by_name, \
                           from_value, from_label, to_value, to_label, item_id, item_name, operation_id, details";

impl Sent {
    pub fn occurred_at(&self) -> i64 {
        DateTime::parse_from_rfc3339(&self.occurred_at).map(|time| time.timestamp_micros()).unwrap_or_default()
    }

    pub fn event_type(&self, catalogue: &Catalogue) -> i16 {
        catalogue.number(&self.event).unwrap_or_default()
    }

    pub fn done_by_type(&self) -> i16 {
        match self.done_by.r#type.as_str() {
            "USER" => 1,
            "SYSTEM" => 2,
            _ => 3,
        }
    }

    pub fn details(&self) -> Option<String> {
        self.details.as_ref().map(Value::to_string)
    }
}

impl Labelled {
    /// Value and label of what may be missing.
    pub fn parts(labelled: Option<&Self>) -> (Option<&str>, Option<&str>) {
        (labelled.map(|labelled| labelled.value.as_str()), labelled.and_then(|labelled| labelled.label.as_deref()))
    }
}

//! An event as it is sent, parsed with as little work as possible and without validation.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

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
    pub event: String,
    pub done_by: Typed,
    #[serde(default)]
    from: Option<Labelled>,
    #[serde(default)]
    to: Option<Labelled>,
    pub item: Typed,
    #[serde(default)]
    pub operation_id: Option<String>,
    #[serde(default)]
    details: Option<Value>,
}

#[derive(Deserialize)]
pub struct Typed {
    pub r#type: String,
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Labelled {
    value: String,
    #[serde(default)]
    label: Option<String>,
}

impl Sent {
    pub fn occurred_at(&self) -> i64 {
        DateTime::parse_from_rfc3339(&self.occurred_at).map(|time| time.timestamp_micros()).unwrap_or_default()
    }

    /// Value and label.
    pub fn from(&self) -> (Option<&str>, Option<&str>) {
        parts(self.from.as_ref())
    }

    /// Value and label.
    pub fn to(&self) -> (Option<&str>, Option<&str>) {
        parts(self.to.as_ref())
    }

    pub fn details(&self) -> Option<String> {
        self.details.as_ref().map(Value::to_string)
    }
}

fn parts(labelled: Option<&Labelled>) -> (Option<&str>, Option<&str>) {
    (labelled.map(|labelled| labelled.value.as_str()), labelled.and_then(|labelled| labelled.label.as_deref()))
}

//! Events with new terms.

use serde_json::{Value, json};

use crate::logs::Log;

/// An event that uses the same text for all its terms: the identifiers of actor and subject, the values, and all names. So the
/// terms differ only by kind and qualifier.
pub fn event_of(log: Log, id: &str, text: &str) -> Value {
    let mut event = (log.event)(id);
    event["doneBy"] = json!({"type": "USER", "id": text, "name": text});
    event["from"] = json!({"value": text, "label": text});
    event["to"] = json!({"value": format!("{text} (new)"), "label": text});
    if log.is_audit() {
        event["item"] = json!({"type": "QUEUE", "id": text, "name": text});
    } else {
        event["conversation"] = json!({"id": text});
    }
    event
}

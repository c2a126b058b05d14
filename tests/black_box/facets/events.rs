//! Random events for facets: few identifiers and names, so that names change often, in random order of time.

use fastrand::Rng;
use serde_json::{Value, json};

use super::query::ACTOR_TYPES;
use crate::logs::{AUDIT_EVENT_TYPES, CONVERSATION_EVENT_TYPES, Log, code};

const NAMES: [&str; 12] =
    ["Billing", "billing", "BILLING 2", "Invoices", "100%", "100_", "a\\b", "Éclair", "éclair", "Zoë Ångström", "", "x y z"];

/// The event with the identifier `e-` and this number.
pub fn event(log: Log, number: usize, random: &mut Rng) -> Value {
    let id = |random: &mut Rng| format!("{}-{}", ["id", "ID", "Über"][random.usize(..3)], random.u8(..15));
    let actor_type = ACTOR_TYPES[random.usize(..3)];
    let actor_id = if actor_type == "SYSTEM" && random.bool() { Value::Null } else { json!(id(random)) };
    let mut event = json!({
        "id": format!("e-{number}"),
        // Few instants, so that many are equal, in random order.
        "occurredAt": format!("2026-03-{:02}T{:02}:00:00Z", random.u8(1..=28), random.u8(..24)),
        "doneBy": {"type": actor_type, "id": actor_id, "name": name(random)},
    });
    for side in ["from", "to"] {
        if random.u8(..4) > 0 {
            event[side] = json!({"value": id(random), "label": name(random)});
        }
    }
    if log.is_audit() {
        let (item_type, labels) = AUDIT_EVENT_TYPES[random.usize(..AUDIT_EVENT_TYPES.len())];
        event["event"] = json!(code(labels[random.usize(..labels.len().min(4))]));
        event["item"] = json!({"type": item_type, "id": id(random), "name": name(random)});
    } else {
        event["event"] = json!(code(CONVERSATION_EVENT_TYPES[random.usize(..5)]));
        event["conversation"] = json!({"id": id(random)});
    }
    event
}

fn name(random: &mut Rng) -> Option<&'static str> {
    random.bool().then(|| NAMES[random.usize(..NAMES.len())])
}

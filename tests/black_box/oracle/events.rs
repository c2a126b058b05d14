//! Events for the oracle: a few common values and many rare ones, equal times, unusual text.

use std::{cell::RefCell, collections::VecDeque};

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use fastrand::Rng;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::query::FILTERS;
use crate::{
    logs::{AUDIT_EVENT_TYPES, CONVERSATION_EVENT_TYPES, Log, code, label},
    support::Client,
    text::{ODD_TEXTS, longest_identifier, longest_text},
};

/// An accepted event, as the service must return it.
pub struct Stored {
    pub sequence: i64,
    /// Microseconds since 1970.
    pub occurred_at: i64,
    /// The JSON of the contract, without `recordedAt` (the time of the service) and `conversation.url` (which has its own test).
    pub json: Value,
    /// The value that each of [`FILTERS`] compares.
    pub fields: Vec<Option<String>>,
}

impl Stored {
    /// The stored form of a posted event.
    pub fn of(posted: &Value, id: &str, sequence: i64) -> Self {
        let occurred_at = DateTime::parse_from_rfc3339(posted["occurredAt"].as_str().unwrap()).unwrap().timestamp_micros();
        let value = |value: &Value| match value {
            Value::Null => Value::Null,
            value => json!({"value": value["value"], "label": value["label"]}),
        };
        let named = |value: &Value| json!({"type": value["type"], "id": value["id"], "name": value["name"]});
        let mut json = json!({
            "id": id,
            "sequence": sequence,
            "occurredAt": instant(occurred_at).to_rfc3339_opts(SecondsFormat::Micros, true),
            "event": posted["event"],
            "label": label(posted["event"].as_str().unwrap()),
            "doneBy": named(&posted["doneBy"]),
            "from": value(&posted["from"]),
            "to": value(&posted["to"]),
            "operationId": posted["operationId"],
        });
        if posted["item"].is_null() {
            json["conversation"] = json!({"id": posted["conversation"]["id"]});
        } else {
            json["item"] = named(&posted["item"]);
            json["details"] = posted["details"].clone();
        }
        let field = |(_, pointer): &(&str, &str)| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let fields = FILTERS.iter().map(field).collect();
        Self { sequence, occurred_at, json, fields }
    }

    /// The JSON of a returned event in the form of [`Stored::json`].
    pub fn without_recorded_at_and_url(mut returned: Value) -> Value {
        let recorded_at = returned.as_object_mut().unwrap().remove("recordedAt");
        assert!(recorded_at.is_some_and(|text| text.as_str().is_some_and(|text| text.ends_with('Z') && text.len() == 27)));
        if let Some(conversation) = returned.get_mut("conversation").and_then(Value::as_object_mut) {
            assert!(conversation.remove("url").is_some_and(|url| url.is_string()));
        }
        returned
    }
}

pub fn instant(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap()
}

/// Generates events of one log.
pub struct Maker {
    log: Log,
    actors: Vec<Value>,
    values: Vec<Value>,
    /// Conversations, or items.
    subjects: Vec<Value>,
    operations: Vec<String>,
    instants: Vec<i64>,
    count: usize,
}

/// 2020-01-01 to 2025-12-31, in microseconds since 1970.
const YEARS: std::ops::Range<i64> = 1_577_836_800_000_000..1_767_139_200_000_000;

impl Maker {
    pub fn new(log: Log, random: &mut Rng) -> Self {
        let mut identifiers = |prefix: &str, count: usize| -> Vec<String> {
            let mut all: Vec<String> = (0..count).map(|number| format!("{prefix}-{number}")).collect();
            all.extend(ODD_TEXTS.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()));
            all.push(longest_identifier());
            random.shuffle(&mut all);
            all
        };
        let mut actors: Vec<Value> = identifiers("u", 30)
            .into_iter()
            .map(|id| json!({"type": "USER", "id": id, "name": format!("Name of {id}")}))
            .collect();
        // A user and an API user may have the same identifier, and the system may have one or not.
        let programs = actors.iter().step_by(7).map(|actor| json!({"type": "API_USER", "id": actor["id"]}));
        let programs: Vec<Value> = programs.collect();
        actors.extend(programs);
        actors.insert(1, json!({"type": "SYSTEM"}));
        actors.insert(3, json!({"type": "SYSTEM", "id": null, "name": "Routing"}));
        actors.insert(9, json!({"type": "SYSTEM", "id": "u-1"}));
        let subjects = if log.is_audit() {
            let ids = identifiers("item", 40);
            // The same identifier with several item types is several items.
            let types = AUDIT_EVENT_TYPES.iter().cycle();
            let pairs = ids.iter().chain(&ids[..20]).zip(types);
            pairs.map(|(id, (item_type, _))| json!({"type": item_type, "id": id, "name": format!("Name of {id}")})).collect()
        } else {
            identifiers("c", 200).into_iter().map(|id| json!({"id": id})).collect()
        };
        let operations = identifiers("op", 300);
        let mut values: Vec<Value> = ODD_TEXTS.iter().map(|text| json!({"value": text, "label": text})).collect();
        values.extend((0..10).map(|number| json!({"value": format!("value {number}")})));
        values.push(json!({"value": longest_text(), "label": longest_text()}));
        // Long values with a common prefix.
        values.extend([63, 64, 65, 128, 1024].map(|count| json!({"value": "\u{e9}".repeat(count)})));
        values.extend(["a", "b", "B"].map(|end| json!({"value": format!("{}{end}", "x".repeat(64)), "label": null})));
        random.shuffle(&mut values);
        let mut instants: Vec<i64> = (0..60).map(|_| random.i64(YEARS)).collect();
        // The first microsecond of the calendar, the last before 1970 and the first after it.
        instants.extend([-62_135_596_800_000_000, -1, 0]);
        Self { log, actors, values, subjects, operations, instants, count: 0 }
    }

    pub fn event(&mut self, random: &mut Rng) -> Value {
        self.count += 1;
        let mut event = json!({
            "occurredAt": self.occurred_at(random),
            "doneBy": skewed(&self.actors, random),
        });
        if random.u8(0..10) > 0 {
            event["id"] = match random.u8(0..3) {
                0 => json!(format!("e.{}", self.count)),
                1 => json!(format!("{:-<64}", format!("Event:{}", self.count))),
                _ => json!(format!("{:032x}", u128::from(random.u64(..)) << 64 | self.count as u128)),
            };
        }
        let subject = skewed(&self.subjects, random).clone();
        if self.log.is_audit() {
            let (_, labels) = AUDIT_EVENT_TYPES.iter().find(|(item_type, _)| subject["type"] == *item_type).unwrap();
            event["event"] = json!(code(skewed::<&str>(labels, random)));
            event["item"] = subject;
            match random.u8(0..4) {
                0 => {
                    event["details"] =
                        json!({"note": skewed(&self.values, random)["value"], "number": random.i64(..), "list": [1.5, null, {}]})
                }
                1 => event["details"] = Value::Null,
                _ => {}
            }
        } else {
            event["event"] = json!(code(skewed::<&str>(&CONVERSATION_EVENT_TYPES, random)));
            event["conversation"] = subject;
        }
        for side in ["from", "to"] {
            match random.u8(0..10) {
                0 => event[side] = Value::Null,
                1 | 2 => {}
                _ => event[side] = skewed(&self.values, random).clone(),
            }
        }
        if random.bool() {
            event["operationId"] = json!(skewed(&self.operations, random));
        }
        event
    }

    /// Half of the events share a few instants. Each is written with a random offset and with at least the digits that it needs.
    fn occurred_at(&self, random: &mut Rng) -> String {
        let microseconds = if random.bool() { *skewed(&self.instants, random) } else { random.i64(YEARS) };
        let offset = match random.u8(0..3) {
            // With some offsets the first microsecond is outside the four-digit years.
            0 if microseconds > YEARS.start => FixedOffset::east_opt(random.i32(-14 * 60..=14 * 60) * 60).unwrap(),
            _ => FixedOffset::east_opt(0).unwrap(),
        };
        let format = if random.bool() { SecondsFormat::AutoSi } else { SecondsFormat::Micros };
        instant(microseconds).with_timezone(&offset).to_rfc3339_opts(format, random.bool())
    }
}

/// A random element of the list: the first are common, the last are rare.
fn skewed<'a, T>(list: &'a [T], random: &mut Rng) -> &'a T {
    let index = random.f64().powi(3) * list.len() as f64;
    &list[(index as usize).min(list.len() - 1)]
}

/// Posts the events in batches of up to `largest`, by concurrent writers. Returns them in the order of `events`, which is the
/// same in every run, unlike the order of the log.
pub async fn post(log: Log, writers: &[Client], events: Vec<Value>, largest: usize, random: &mut Rng) -> Vec<Stored> {
    let mut batches: VecDeque<(usize, Vec<Value>)> = VecDeque::new();
    let mut rest = events.into_iter().peekable();
    while rest.peek().is_some() {
        batches.push_back((batches.len(), rest.by_ref().take(random.usize(1..=largest)).collect()));
    }
    let batches = RefCell::new(batches);
    let next_batch = || batches.borrow_mut().pop_front();
    let written = join_all(writers.iter().map(|writer| async move {
        let mut written = Vec::new();
        while let Some((number, batch)) = next_batch() {
            let response = writer.post(log.path, &json!({"events": batch})).await.expect(201).json();
            let receipts = response["events"].as_array().unwrap();
            assert_eq!(receipts.len(), batch.len());
            let stored = batch.iter().zip(receipts).map(|(event, receipt)| {
                let id = receipt["id"].as_str().unwrap();
                assert!(event["id"].is_null() || event["id"] == id, "{event}: {receipt}");
                Stored::of(event, id, receipt["sequence"].as_i64().unwrap())
            });
            written.push((number, stored.collect::<Vec<_>>()));
        }
        written
    }));
    let mut written: Vec<(usize, Vec<Stored>)> = written.await.into_iter().flatten().collect();
    written.sort_by_key(|(number, _)| *number);
    written.into_iter().flat_map(|(_, stored)| stored).collect()
}

//! A page in the format of the service, written from borrowed columns with as little work as possible.

use std::{collections::HashMap, path::Path};

use chrono::{DateTime, Datelike, Timelike};
use serde::Serialize;
use serde_json::Value;

use crate::Outcome;

/// The columns of a page, in the order of the statements.
const COLUMNS: &str = "id, sequence, occurred_at, recorded_at, event_type, done_by_type, done_by_id, done_by_name, from_value, \
                       from_label, to_value, to_label, item_type, item_id, item_name, operation_id, details";

/// The number of rows to read: one more than the page contains, to find out whether there is a next page.
const ROWS: usize = 51;

/// The statement of the first page of an account, with the account and the earliest time as parameters.
pub fn first_page() -> String {
    format!(
        "SELECT {COLUMNS} FROM plain_audit_events WHERE account_id = $1 AND occurred_at >= $2 \
         ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}"
    )
}

/// The same for one event type, which is the third parameter.
pub fn page_of_event() -> String {
    format!(
        "SELECT {COLUMNS} FROM plain_audit_events WHERE account_id = $1 AND occurred_at >= $2 AND event_type = $3 \
         ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}"
    )
}

/// A request for a page.
pub struct Asked {
    pub account: String,
    /// Microseconds since 1970.
    pub from: i64,
    pub event: Option<String>,
}

/// The labels of the event types.
pub struct Catalogue(HashMap<String, String>);

impl Catalogue {
    /// Parses a response of `/audit-logs/event-types`.
    pub fn read(path: &Path) -> Outcome<Self> {
        let answer: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let list = answer["eventTypes"].as_array().ok_or("a list of event types")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self(list.iter().map(|row| (text(&row["code"]), text(&row["label"]))).collect()))
    }
}

/// A row, borrowed from the result of the database.
pub struct Row<'a> {
    pub id: &'a str,
    pub sequence: i64,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub event_type: &'a str,
    pub done_by_type: &'a str,
    pub done_by_id: Option<&'a str>,
    pub done_by_name: Option<&'a str>,
    pub from_value: Option<&'a str>,
    pub from_label: Option<&'a str>,
    pub to_value: Option<&'a str>,
    pub to_label: Option<&'a str>,
    pub item_type: &'a str,
    pub item_id: &'a str,
    pub item_name: Option<&'a str>,
    pub operation_id: Option<&'a str>,
    pub details: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    sequence: i64,
    occurred_at: Instant,
    recorded_at: Instant,
    event: &'a str,
    label: &'a str,
    done_by: Typed<'a>,
    from: Option<Labelled<'a>>,
    to: Option<Labelled<'a>>,
    item: Typed<'a>,
    operation_id: Option<&'a str>,
    details: Option<Value>,
}

#[derive(Serialize)]
struct Typed<'a> {
    r#type: &'a str,
    id: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Labelled<'a> {
    value: &'a str,
    label: Option<&'a str>,
}

/// Writes the digits one by one, because a general formatter costs more than the rest of the row.
struct Instant(i64);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = DateTime::from_timestamp_micros(self.0).unwrap_or_default().naive_utc();
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let parts = [
            (0, 4, time.year().unsigned_abs()),
            (5, 2, time.month()),
            (8, 2, time.day()),
            (11, 2, time.hour()),
            (14, 2, time.minute()),
            (17, 2, time.second()),
            (20, 6, time.nanosecond() / 1_000),
        ];
        for (begin, digits, mut number) in parts {
            for position in (begin..begin + digits).rev() {
                text[position] = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// A page that is being written.
pub struct PageWriter<'a> {
    catalogue: &'a Catalogue,
    json: Vec<u8>,
    rows: usize,
}

impl<'a> PageWriter<'a> {
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut json = Vec::with_capacity(32 * 1024);
        json.extend_from_slice(br#"{"events":["#);
        Self { catalogue, json, rows: 0 }
    }

    /// Adds a row, unless the page is full.
    pub fn add(&mut self, row: &Row<'_>) {
        self.rows += 1;
        if self.rows == ROWS {
            return;
        }
        if self.rows > 1 {
            self.json.push(b',');
        }
        let label = self.catalogue.0.get(row.event_type).map_or("", String::as_str);
        let labelled = |value: Option<_>, label| value.map(|value| Labelled { value, label });
        let shown = Shown {
            id: row.id,
            sequence: row.sequence,
            occurred_at: Instant(row.occurred_at),
            recorded_at: Instant(row.recorded_at),
            event: row.event_type,
            label,
            done_by: Typed { r#type: row.done_by_type, id: row.done_by_id, name: row.done_by_name },
            from: labelled(row.from_value, row.from_label),
            to: labelled(row.to_value, row.to_label),
            item: Typed { r#type: row.item_type, id: Some(row.item_id), name: row.item_name },
            operation_id: row.operation_id,
            details: row.details.and_then(|details| serde_json::from_str(details).ok()),
        };
        serde_json::to_writer(&mut self.json, &shown).unwrap_or_default();
    }

    /// The page. Its cursors are placeholders with the length of real ones.
    pub fn finish(mut self) -> Vec<u8> {
        let cursor = if self.rows == ROWS { r#""AQAABkE2bX8rgAAAAAAAAAAqAQAABkE2bX8rgAAAAAAAAAAqAQAABkE2bX8r""# } else { "null" };
        let end = format!(r#"],"pagination":{{"limit":50,"nextCursor":{cursor},"previousCursor":null}}}}"#);
        self.json.extend_from_slice(end.as_bytes());
        self.json
    }
}

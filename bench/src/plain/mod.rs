//! The plain table of the ceilings: texts are stored unencoded, with the two indexes that the compared queries need, as in a
//! typical hand-written schema. It is in a separate database and contains the same audit events as the service.

mod fill;
pub mod postgres;
mod sent;
pub mod sqlite;

use std::time::{SystemTime, UNIX_EPOCH};

pub use fill::open;
pub use sent::{Batch, Sent};

use crate::{Outcome, database::Database};

pub const TABLE: &str = "CREATE TABLE plain_audit_events (
    account_id   TEXT NOT NULL,
    sequence     BIGINT NOT NULL,
    id           TEXT NOT NULL,
    occurred_at  BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    event_type   TEXT NOT NULL,
    done_by_type TEXT NOT NULL,
    done_by_id   TEXT,
    done_by_name TEXT,
    from_value   TEXT,
    from_label   TEXT,
    to_value     TEXT,
    to_label     TEXT,
    item_type    TEXT NOT NULL,
    item_id      TEXT NOT NULL,
    item_name    TEXT,
    operation_id TEXT,
    details      TEXT
);";

/// For the first page, and for the page of one event type.
pub const INDEXES: &str = "
CREATE INDEX plain_audit_events_time ON plain_audit_events (account_id, occurred_at, sequence);
CREATE INDEX plain_audit_events_type ON plain_audit_events (account_id, event_type, occurred_at, sequence);";

/// The indexes that only a table for writes has.
const KEYS: &str = "
CREATE UNIQUE INDEX plain_audit_events_sequence ON plain_audit_events (account_id, sequence);
CREATE UNIQUE INDEX plain_audit_events_id ON plain_audit_events (account_id, id);
CREATE TABLE plain_heads (account_id TEXT NOT NULL PRIMARY KEY, last_sequence BIGINT NOT NULL);
INSERT INTO plain_heads SELECT account_id, max(sequence) FROM plain_audit_events GROUP BY account_id;";

/// All columns, in the order in which rows are written.
pub const COLUMNS: &str = "account_id, sequence, id, occurred_at, recorded_at, event_type, done_by_type, done_by_id, \
                           done_by_name, from_value, from_label, to_value, to_label, item_type, item_id, item_name, \
                           operation_id, details";

const COUNT: usize = 18;

/// The next sequence of an account.
pub const NEXT_SEQUENCE: &str =
    "UPDATE plain_heads SET last_sequence = last_sequence + 1 WHERE account_id = $1 RETURNING last_sequence";

/// A row to write. Its time and its id can differ from those of the event.
pub struct Row<'a> {
    pub account: &'a str,
    pub sequence: i64,
    pub id: String,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub event: &'a Sent,
}

/// An INSERT of one row.
pub fn insert() -> String {
    let parameters: Vec<String> = (1..=COUNT).map(|position| format!("${position}")).collect();
    format!("INSERT INTO plain_audit_events ({COLUMNS}) VALUES ({})", parameters.join(", "))
}

/// Makes a copy of the table writable.
pub async fn add_keys(database: &Database) -> Outcome<()> {
    database.execute(KEYS).await
}

/// Microseconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

//! The rows of new events.

use diesel::{
    QueryResult,
    sql_types::{BigInt, Bool, Integer, Nullable, SmallInt, Text},
};

use super::{conditions::operation_number, connection::Db, log::LogTable, schema::LogKey, statement::insert_rows};
use crate::domain::{event::Event, numbered::Numbered, text::Identifier};

/// A new event and the numbers that were assigned to it.
#[derive(Debug)]
pub(super) struct NewRow<'a> {
    pub log: LogKey,
    pub sequence: i64,
    /// In microseconds.
    pub recorded_at: i64,
    pub event: &'a Event,
    pub terms: EventTerms,
}

/// The numbers of an event's terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventTerms {
    pub actor: i32,
    pub actor_text: Option<i32>,
    pub subject: i32,
    pub subject_text: Option<i32>,
    pub from_value: Option<i32>,
    pub from_text: Option<i32>,
    pub to_value: Option<i32>,
    pub to_text: Option<i32>,
}

impl NewRow<'_> {
    fn operation_id(&self) -> Option<&str> {
        self.event.operation_id.as_ref().map(Identifier::as_str)
    }
}

/// Inserts new events and their details.
pub(super) fn insert(db: &mut Db, log: &LogTable, new: &[NewRow<'_>]) -> QueryResult<()> {
    /// In the order of the values below.
    const COLUMNS: &str = "(log_key, sequence, id, occurred_at, recorded_at, event_type, actor_type, actor, actor_text, subject, \
        subject_text, from_value, from_text, to_value, to_text, operation, operation_id, has_details)";

    let into = format!("INSERT INTO {} {COLUMNS}", log.table);
    insert_rows!(&mut *db, new, into.clone(), "", |new| (
        Integer: new.log,
        BigInt: new.sequence,
        Text: new.event.id.as_str(),
        BigInt: new.event.occurred_at.microseconds(),
        BigInt: new.recorded_at,
        SmallInt: new.event.event_type,
        SmallInt: new.event.done_by.actor_type.number(),
        Integer: new.terms.actor,
        Nullable<Integer>: new.terms.actor_text,
        Integer: new.terms.subject,
        Nullable<Integer>: new.terms.subject_text,
        Nullable<Integer>: new.terms.from_value,
        Nullable<Integer>: new.terms.from_text,
        Nullable<Integer>: new.terms.to_value,
        Nullable<Integer>: new.terms.to_text,
        Nullable<BigInt>: new.operation_id().map(operation_number),
        Nullable<Text>: new.operation_id(),
        Bool: new.event.details.is_some(),
    ))?;
    let details = |new: &NewRow<'_>| Some((new.log, new.sequence, new.event.details.as_ref()?.as_json().to_owned()));
    let details: Vec<(LogKey, i64, String)> = new.iter().filter_map(details).collect();
    if details.is_empty() {
        return Ok(());
    }
    insert_rows!(db, details, "INSERT INTO event_details (log_key, sequence, details)", "", |details| (
        Integer: details.0,
        BigInt: details.1,
        Text: details.2.as_str(),
    ))
}

//! Events as rows: read with what their terms stand for, and turned back into what producers sent.

use std::borrow::Cow;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{auto_type, case_when},
    result::Error as QueryError,
    sql_types::{BigInt, Integer, Text as SqlText},
};

use super::{
    connection::{Db, Dialect},
    fragment::among,
    log::LogTable,
    on::{On, Source},
    schema::{LogKey, event_details, events},
    statement::{End, Statement, column, rows},
    terms::{Dictionary, NamedTerm, TermPair, TermTexts, invalid},
};
use crate::domain::{
    event::{Actor, ActorType, Event, LabelledValue, Recorded, Subject},
    page::{Entry, Position},
    text::{Details, EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// A row of an event, in numbers.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub(super) struct EventRow {
    sequence: i64,
    id: String,
    occurred_at: i64,
    recorded_at: i64,
    event_type: i16,
    actor_type: i16,
    actor: i32,
    actor_text: Option<i32>,
    subject: i32,
    subject_text: Option<i32>,
    from_value: Option<i32>,
    from_text: Option<i32>,
    to_value: Option<i32>,
    to_text: Option<i32>,
    operation_id: Option<String>,
}

/// The details of an event, which is a look at another table only for an event that has some.
#[auto_type]
pub(super) fn details() -> _ {
    let of_event = event_details::table
        .filter(event_details::log_key.eq(events::log_key))
        .filter(event_details::sequence.eq(events::sequence))
        .select(event_details::details)
        .single_value();
    case_when(events::has_details, of_event)
}

/// A stored event. What it refers to by terms is JSON already.
#[derive(Debug)]
pub struct StoredEvent {
    /// Its position in the log.
    pub sequence: i64,
    /// Its identifier.
    pub id: String,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// When it was stored, by this service's clock.
    pub recorded_at: Timestamp,
    /// The number of its type in the catalogue.
    pub event_type: i16,
    /// What kind of actor did it.
    pub actor_type: ActorType,
    /// Who or what did it.
    pub done_by: NamedTerm,
    /// The item or the conversation.
    pub subject: NamedTerm,
    /// The previous value.
    pub from: Option<NamedTerm>,
    /// The new value.
    pub to: Option<NamedTerm>,
    /// The operation that it is a part of.
    pub operation_id: Option<String>,
    /// Additional information: a JSON object.
    pub details: Option<Details>,
}

impl Entry for StoredEvent {
    fn position(&self) -> Position {
        Position { occurred_at: self.occurred_at, sequence: self.sequence }
    }
}

impl EventRow {
    /// The terms that it refers to, with their names: actor, subject, previous and new value.
    fn terms(&self) -> [Option<TermPair>; 4] {
        let pair = |term: i32, name: Option<i32>| (term, name.unwrap_or_default());
        [
            Some(pair(self.actor, self.actor_text)),
            Some(pair(self.subject, self.subject_text)),
            self.from_value.map(|value| pair(value, self.from_text)),
            self.to_value.map(|value| pair(value, self.to_text)),
        ]
    }

    /// Adds what [`Self::terms`] stand for.
    fn with_terms(self, terms: [Option<NamedTerm>; 4], details: Option<String>) -> QueryResult<StoredEvent> {
        let [done_by, subject, from, to] = terms;
        let actor_type = ActorType::from_number(self.actor_type);
        let details = details.map(Details::from_stored).transpose();
        Ok(StoredEvent {
            sequence: self.sequence,
            id: self.id,
            occurred_at: Timestamp::from_microseconds(self.occurred_at),
            recorded_at: Timestamp::from_microseconds(self.recorded_at),
            event_type: self.event_type,
            actor_type: actor_type
                .ok_or_else(|| invalid(format!("actor type {} is unknown to this version", self.actor_type)))?,
            done_by: done_by.ok_or(QueryError::NotFound)?,
            subject: subject.ok_or(QueryError::NotFound)?,
            from,
            to,
            operation_id: self.operation_id,
            details: details.map_err(invalid)?,
        })
    }
}

/// Adds what their terms stand for to rows, in the same order.
pub(super) fn with_terms(
    db: &mut Db,
    dictionary: &Dictionary,
    table: &LogTable,
    log: LogKey,
    rows: Vec<(EventRow, Option<String>)>,
) -> QueryResult<Vec<StoredEvent>> {
    let wanted: Vec<TermPair> = rows.iter().flat_map(|(row, _)| row.terms()).flatten().collect();
    let mut named = dictionary.named(db, table.show_subject, log, &wanted)?.into_iter();
    let event = |(row, details): (EventRow, Option<String>)| {
        let terms = row.terms().map(|term| term.and_then(|_| named.next()));
        row.with_terms(terms, details)
    };
    rows.into_iter().map(event).collect()
}

impl StoredEvent {
    /// The event as its producer sent it.
    pub(super) fn into_recorded(self, log: &LogTable) -> serde_json::Result<Recorded> {
        let text = |text: Cow<'_, str>| Text::from_stored(text.into_owned());
        let identifier = |id: Cow<'_, str>| Identifier::from_stored(id.into_owned());
        let value = |value: &Option<NamedTerm>| -> serde_json::Result<Option<LabelledValue>> {
            let Some(TermTexts { id, name }) = value.as_ref().map(NamedTerm::texts).transpose()? else { return Ok(None) };
            Ok(Some(LabelledValue { value: text(id.unwrap_or_default()), label: name.map(text) }))
        };
        let (done_by, subject) = (self.done_by.texts()?, self.subject.texts()?);
        let event = Event {
            occurred_at: self.occurred_at,
            event_type: self.event_type,
            done_by: Actor { actor_type: self.actor_type, id: done_by.id.map(identifier), name: done_by.name.map(text) },
            from: value(&self.from)?,
            to: value(&self.to)?,
            subject: Subject {
                kind: (log.subject_kind)(self.event_type),
                id: identifier(subject.id.unwrap_or_default()),
                name: subject.name.map(text),
            },
            operation_id: self.operation_id.map(Identifier::from_stored),
            details: self.details,
            id: EventId::from_stored(self.id),
        };
        Ok(Recorded { sequence: self.sequence, event })
    }
}

/// The sequences of those events that are stored, under the locks of the logs' heads.
pub(super) fn sequences(db: &mut Db, log: &LogTable, wanted: &[(LogKey, &EventId)]) -> QueryResult<Vec<(LogKey, i64)>> {
    if let Db::Postgres(connection) = db {
        let found = format!(
            " AS wanted (log_key, id) CROSS JOIN LATERAL (SELECT sequence FROM {0} \
             WHERE {0}.log_key = wanted.log_key AND {0}.id = wanted.id LIMIT 1) AS found",
            log.table
        );
        let wanted = rows((
            column::<Integer, _>(wanted.iter().map(|(log, _)| *log)),
            column::<SqlText, _>(wanted.iter().map(|(_, id)| id.as_str())),
        ));
        let statement = Statement::new("SELECT wanted.log_key, found.sequence FROM", wanted, End(found));
        return statement.answering::<(Integer, BigInt)>().load(connection);
    }
    let mut found = Vec::new();
    for (key, id) in wanted {
        let query = events::table.filter(events::log_key.eq(key)).filter(events::id.eq(id.as_str())).select(events::sequence);
        let sequence: Option<i64> = On::new(Source::table(log), query).get_result(db).optional()?;
        found.extend(sequence.map(|sequence| (*key, sequence)));
    }
    Ok(found)
}

/// The events of these sequences of a log, in any order.
pub(super) fn load(
    db: &mut Db,
    dictionary: &Dictionary,
    log: &LogTable,
    key: LogKey,
    sequences: Vec<i64>,
) -> QueryResult<Vec<StoredEvent>> {
    let query = events::table
        .filter(events::log_key.eq(key))
        .filter(among("events.sequence", &sequences, Dialect::of(db)))
        .select((EventRow::as_select(), details()));
    let rows = On::new(Source::table(log), query).load::<(EventRow, Option<String>)>(db)?;
    with_terms(db, dictionary, log, key, rows)
}

/// The event of that identifier.
pub(super) fn find(
    db: &mut Db,
    dictionary: &Dictionary,
    log: &LogTable,
    key: LogKey,
    id: &EventId,
) -> QueryResult<Option<StoredEvent>> {
    let query = events::table
        .filter(events::log_key.eq(key))
        .filter(events::id.eq(id.as_str()))
        .select((EventRow::as_select(), details()));
    let row = On::new(Source::table(log), query).get_result::<(EventRow, Option<String>)>(db).optional()?;
    Ok(with_terms(db, dictionary, log, key, row.into_iter().collect())?.pop())
}

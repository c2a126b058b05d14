//! Reads stored events with the texts of their terms.

use std::borrow::Cow;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{auto_type, case_when},
    result::Error as QueryError,
    sql_types::{BigInt, Integer, Text as SqlText},
};

use super::{
    connection::{Db, Dialect},
    fragment::Fragment,
    log::LogTable,
    schema::{LogKey, event_details, events},
    source::Source,
    statement::{Statement, column, rows},
    terms::{Dictionary, NamedTerm, TermPair, TermTexts, invalid},
};
use crate::domain::{
    event::{Actor, ActorType, Event, LabelledValue, Recorded, Subject},
    numbered::Numbered,
    page::{Position, Positioned},
    text::{Details, EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// A row of the table of events. Texts are numbers of terms.
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

/// The details of an event. The other table is read only for events that have details.
#[auto_type]
pub(super) fn details() -> _ {
    let of_event = event_details::table
        .filter(event_details::log_key.eq(events::log_key))
        .filter(event_details::sequence.eq(events::sequence))
        .select(event_details::details)
        .single_value();
    case_when(events::has_details, of_event)
}

/// A stored event. Actor, subject and values are already encoded as JSON.
#[derive(Debug)]
pub struct StoredEvent {
    /// The position in the log.
    pub sequence: i64,
    pub id: String,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// When it was stored, by this service's clock.
    pub recorded_at: Timestamp,
    /// The number of the event type in the catalogue.
    pub event_type: i16,
    pub actor_type: ActorType,
    pub done_by: NamedTerm,
    /// An item or a conversation.
    pub subject: NamedTerm,
    /// The previous value.
    pub from: Option<NamedTerm>,
    /// The new value.
    pub to: Option<NamedTerm>,
    pub operation_id: Option<String>,
    pub details: Option<Details>,
}

impl Positioned for StoredEvent {
    type Position = Position;

    fn position(&self) -> Position {
        Position { occurred_at: self.occurred_at, sequence: self.sequence }
    }
}

impl EventRow {
    /// The terms of actor, subject, previous value and new value, each with its name.
    fn terms(&self) -> [Option<TermPair>; 4] {
        let pair = |term: i32, name: Option<i32>| (term, name.unwrap_or_default());
        [
            Some(pair(self.actor, self.actor_text)),
            Some(pair(self.subject, self.subject_text)),
            self.from_value.map(|value| pair(value, self.from_text)),
            self.to_value.map(|value| pair(value, self.to_text)),
        ]
    }

    /// Adds the texts of [`Self::terms`].
    fn with_terms(self, terms: [Option<NamedTerm>; 4], details: Option<String>) -> QueryResult<StoredEvent> {
        let [done_by, subject, from, to] = terms;
        let actor_type = ActorType::of(self.actor_type);
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

/// Adds the texts of the terms to rows, in the same order.
pub(super) fn with_terms(
    db: &mut Db,
    dictionary: &Dictionary,
    table: &LogTable,
    log: LogKey,
    rows: Vec<(EventRow, Option<String>)>,
) -> QueryResult<Vec<StoredEvent>> {
    let wanted: Vec<TermPair> = rows.iter().flat_map(|(row, _)| row.terms()).flatten().collect();
    let mut named = dictionary.named(db, table.encode_subject, log, &wanted)?.into_iter();
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

/// The sequences of those events that are stored. The caller must hold the locks of the logs' heads.
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
        let statement = Statement::new("SELECT wanted.log_key, found.sequence FROM", wanted, found);
        return statement.typed::<(Integer, BigInt)>().load(connection);
    }
    let mut found = Vec::new();
    for (key, id) in wanted {
        let query =
            events::table.filter(events::log_key.eq(*key)).filter(events::id.eq(id.as_str().to_owned())).select(events::sequence);
        let sequence: Option<i64> = Source::table(log, Dialect::Sqlite, *key).read(query).get_result(db).optional()?;
        found.extend(sequence.map(|sequence| (*key, sequence)));
    }
    Ok(found)
}

/// The events that match a condition, in any order.
pub(super) fn load(
    db: &mut Db,
    dictionary: &Dictionary,
    log: &LogTable,
    key: LogKey,
    condition: Fragment,
) -> QueryResult<Vec<StoredEvent>> {
    let query = events::table.filter(events::log_key.eq(key)).filter(condition).select((EventRow::as_select(), details()));
    let rows = Source::table(log, Dialect::of(db), key).read(query).load(db)?;
    with_terms(db, dictionary, log, key, rows)
}

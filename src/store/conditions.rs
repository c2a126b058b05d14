//! Filters: first as texts, then resolved to term numbers.

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryResult;

use super::{
    connection::Db,
    schema::LogKey,
    terms::{Dictionary, Kind, Term},
};
use crate::domain::{
    catalogue::EventType,
    filter::{AnyOf, Filter, Period, SharedFilter},
    numbered::Numbered,
    text::{Identifier, Text},
    timestamp::Timestamp,
};

/// A filter in the form that both logs share, before its texts are looked up.
#[derive(Debug, Default)]
pub struct EventFilter<'a> {
    /// The conditions on everything but terms.
    pub(super) conditions: Conditions,
    /// The columns that must have one of these terms.
    terms: Vec<(Column, Vec<Term<'a>>)>,
}

/// A column that filters compare, the usually most selective first. Time and sequence are not included, because every index has
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Operation,
    Subject,
    Actor,
    To,
    From,
    EventType,
    ActorType,
}

/// A resolved filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    /// The numbers that columns of an event row must have. A column that is not listed matches every value.
    pub values: BTreeMap<Column, Vec<i64>>,
    /// The identifiers of the operations, because two operations can have the same number.
    pub operation_ids: Option<Vec<String>>,
    /// Inclusive, in microseconds.
    pub date_from: Option<i64>,
    /// Exclusive, in microseconds.
    pub date_to: Option<i64>,
}

/// The result of resolving a filter.
#[derive(Debug)]
pub(super) struct Resolved {
    /// `None`: no event can match.
    pub conditions: Option<Conditions>,
    /// If set, the conditions are complete only up to this sequence: a later event may have a term that did not exist yet.
    pub newest: Option<i64>,
}

impl<'a> EventFilter<'a> {
    /// The conditions of the filters that both logs share.
    pub fn of<T: EventType, O>(Filter { event, shared, period, own: _ }: &'a Filter<T, O>) -> Self {
        // No `..`: a new filter does not compile until it is handled here.
        let SharedFilter { done_by_id, done_by_type, from_value, to_value, operation_id } = shared;
        // The time zone is already applied to the dates.
        let Period { date_from, date_to, time_zone: _ } = period;
        let mut filter = Self::default();
        filter.conditions.date_from = date_from.map(Timestamp::microseconds);
        filter.conditions.date_to = date_to.map(Timestamp::microseconds);
        if let Some(types) = event.values() {
            filter.conditions.require(Column::EventType, types.iter().map(|event| event.number()));
        }
        if let Some(ids) = done_by_id.values() {
            // An actor's term implies its type.
            filter.require_terms(Column::Actor, Kind::Actor, &numbers_of(done_by_type), ids.iter().map(Identifier::as_str));
        } else if let Some(types) = done_by_type.values() {
            filter.conditions.require(Column::ActorType, types.iter().map(|actor| actor.number()));
        }
        if let Some(values) = from_value.values() {
            filter.require_terms(Column::From, Kind::Value, &[0], values.iter().map(Text::as_str));
        }
        if let Some(values) = to_value.values() {
            filter.require_terms(Column::To, Kind::Value, &[0], values.iter().map(Text::as_str));
        }
        if let Some(ids) = operation_id.values() {
            filter.conditions.require(Column::Operation, ids.iter().map(|id| operation_number(id.as_str())));
            filter.conditions.operation_ids = Some(ids.iter().map(|id| id.as_str().to_owned()).collect());
        }
        filter
    }

    /// Requires one of these terms in a column: the combinations of a text and a qualifier.
    pub(super) fn require_terms(&mut self, column: Column, kind: Kind, qualifiers: &[i16], texts: impl Iterator<Item = &'a str>) {
        let with = |text| qualifiers.iter().map(move |qualifier| Term { kind, qualifier: (*qualifier).into(), text });
        self.terms.push((column, texts.flat_map(with).collect()));
    }

    /// Resolves texts to the numbers of their terms. A text that the log does not contain matches no event.
    pub(super) fn resolve(self, db: &mut Db, dictionary: &Dictionary, log: LogKey) -> QueryResult<Resolved> {
        let Self { mut conditions, terms } = self;
        let wanted: Vec<Term<'_>> = terms.iter().flat_map(|(_, terms)| terms).copied().collect();
        let found = dictionary.look_up(db, log, &wanted)?;
        let mut numbers = found.numbers.into_iter();
        for (column, terms) in terms {
            conditions.require(column, numbers.by_ref().take(terms.len()).flatten());
        }
        let matches_nothing = conditions.values.values().any(Vec::is_empty);
        Ok(Resolved { conditions: (!matches_nothing).then_some(conditions), newest: found.newest })
    }
}

impl Column {
    /// The column's name in the tables.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::EventType => "event_type",
            Self::ActorType => "actor_type",
            Self::Actor => "actor",
            Self::Subject => "subject",
            Self::From => "from_value",
            Self::To => "to_value",
            Self::Operation => "operation",
        }
    }
}

impl Conditions {
    /// Requires one of these numbers in a column, in addition to earlier requirements.
    pub(super) fn require(&mut self, column: Column, numbers: impl IntoIterator<Item = impl Into<i64>>) {
        let mut numbers: BTreeSet<i64> = numbers.into_iter().map(Into::into).collect();
        if let Some(earlier) = self.of(column) {
            numbers.retain(|number| earlier.contains(number));
        }
        self.values.insert(column, numbers.into_iter().collect());
    }

    /// The filter's values for a column, if it has any.
    pub(super) fn of(&self, column: Column) -> Option<&[i64]> {
        self.values.get(&column).map(Vec::as_slice)
    }

    /// Whether every event matches.
    pub(super) fn match_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// The numbers of a filter's values: of all values if it has none.
pub(super) fn numbers_of<T: Numbered>(filter: &AnyOf<T>) -> Vec<i16> {
    let all = || T::all().map(T::number).collect();
    filter.values().map_or_else(all, |values| values.iter().map(|value| value.number()).collect())
}

/// The number of an operation in the index: the first 64 bits of a digest. A collision is unlikely but possible.
pub(super) fn operation_number(id: &str) -> i64 {
    super::terms::digest_of(&[id.as_bytes()]).first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

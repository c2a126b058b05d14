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
    event::ActorType,
    filter::{AnyOf, Filter, Period, SharedFilter},
    numbered::Numbered,
    text::{Identifier, Text},
    timestamp::Timestamp,
};

/// A filter in the form that both logs share. `None` matches every value, an empty list matches none.
#[derive(Debug, Default)]
pub struct EventFilter<'a> {
    pub event_types: Option<BTreeSet<i16>>,
    pub actor_types: Option<BTreeSet<i16>>,
    pub actors: Option<Vec<&'a str>>,
    pub subjects: Option<Subjects<'a>>,
    pub from_values: Option<Vec<&'a str>>,
    pub to_values: Option<Vec<&'a str>>,
    pub operations: Option<Vec<&'a str>>,
    pub date_from: Option<Timestamp>,
    pub date_to: Option<Timestamp>,
}

/// Items or conversations.
#[derive(Debug)]
pub struct Subjects<'a> {
    /// The numbers of the item types to match; 0 is a conversation.
    pub kinds: Vec<i16>,
    pub ids: Vec<&'a str>,
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
    /// Restricts the filter to these types, in addition to earlier restrictions.
    pub fn narrow_event_types(&mut self, types: impl Iterator<Item = i16>) {
        let types: BTreeSet<i16> = types.collect();
        match &mut self.event_types {
            Some(known) => known.retain(|number| types.contains(number)),
            None => self.event_types = Some(types),
        }
    }

    /// The conditions of the filters that both logs share.
    pub fn of<T: EventType, O>(Filter { event, shared, period, own: _ }: &'a Filter<T, O>) -> Self {
        let SharedFilter { done_by_id, done_by_type, from_value, to_value, operation_id } = shared;
        // The time zone is already applied to the dates.
        let Period { date_from, date_to, time_zone: _ } = period;
        let identifiers = |ids: &'a AnyOf<Identifier>| ids.values().map(|ids| ids.iter().map(Identifier::as_str).collect());
        let texts = |texts: &'a AnyOf<Text>| texts.values().map(|texts| texts.iter().map(Text::as_str).collect());
        Self {
            event_types: event.values().map(|types| types.iter().map(|event| event.number()).collect()),
            actors: identifiers(done_by_id),
            actor_types: done_by_type.values().map(|types| types.iter().map(|actor| actor.number()).collect()),
            from_values: texts(from_value),
            to_values: texts(to_value),
            operations: identifiers(operation_id),
            date_from: *date_from,
            date_to: *date_to,
            ..Self::default()
        }
    }

    /// Resolves texts to the numbers of their terms. A text that the log does not contain matches no event.
    pub(super) fn resolve(&self, db: &mut Db, dictionary: &Dictionary, log: LogKey) -> QueryResult<Resolved> {
        let Self { event_types, actor_types, actors, subjects, from_values, to_values, operations, date_from, date_to } = self;
        let any_actor: Vec<i16> = ActorType::all().map(|actor| actor.number()).collect();
        let types_of_actors = actor_types.as_ref().map_or(any_actor, |types| types.iter().copied().collect());
        let actors = actors.as_ref().map(|ids| named(Kind::Actor, &types_of_actors, ids));
        let subjects = subjects.as_ref().map(|Subjects { kinds, ids }| named(Kind::Subject, kinds, ids));
        let values = |values: &Option<Vec<&'a str>>| values.as_ref().map(|values| named(Kind::Value, &[0], values));
        let lists = [actors, subjects, values(from_values), values(to_values)];

        let wanted: Vec<Term<'_>> = lists.iter().flatten().flatten().copied().collect();
        let found = dictionary.look_up(db, log, &wanted)?;
        let mut numbers = found.numbers.into_iter();
        let [actors, subjects, from_values, to_values] = lists.map(|list| {
            let list = list?;
            let mut known: Vec<i64> = numbers.by_ref().take(list.len()).flatten().map(i64::from).collect();
            known.sort_unstable();
            known.dedup();
            Some(known)
        });
        let operation_numbers = |ids: &Vec<&str>| ids.iter().map(|id| operation_number(id)).collect::<BTreeSet<_>>();
        let values = [
            (Column::EventType, event_types.as_ref().map(numbers_of)),
            // An actor's term implies its type.
            (Column::ActorType, actor_types.as_ref().filter(|_| actors.is_none()).map(numbers_of)),
            (Column::Actor, actors),
            (Column::Subject, subjects),
            (Column::From, from_values),
            (Column::To, to_values),
            (Column::Operation, operations.as_ref().map(|ids| operation_numbers(ids).into_iter().collect())),
        ];
        let conditions = Conditions {
            values: values.into_iter().filter_map(|(column, values)| Some((column, values?))).collect(),
            operation_ids: operations.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect()),
            date_from: date_from.map(Timestamp::microseconds),
            date_to: date_to.map(Timestamp::microseconds),
        };
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
    /// The filter's values for a column, if it has any.
    pub(super) fn of(&self, column: Column) -> Option<&[i64]> {
        self.values.get(&column).map(Vec::as_slice)
    }

    /// Whether every event matches.
    pub(super) fn match_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// The terms for every combination of a text and a qualifier.
fn named<'a>(kind: Kind, qualifiers: &[i16], texts: &[&'a str]) -> Vec<Term<'a>> {
    let under = |text: &'a str| qualifiers.iter().map(move |qualifier| Term { kind, qualifier: (*qualifier).into(), text });
    texts.iter().flat_map(|text| under(text)).collect()
}

fn numbers_of(numbers: &BTreeSet<i16>) -> Vec<i64> {
    numbers.iter().map(|number| i64::from(*number)).collect()
}

/// The number of an operation in the index: the first 64 bits of a digest. A collision is unlikely but possible.
pub(super) fn operation_number(id: &str) -> i64 {
    super::terms::digest_of(&[id.as_bytes()]).first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

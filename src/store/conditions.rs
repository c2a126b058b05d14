//! Filters: first as texts, then resolved to term numbers.

use std::collections::BTreeSet;

use diesel::QueryResult;

use super::{
    connection::Db,
    schema::LogKey,
    terms::{Dictionary, Kind, Term},
};
use crate::domain::{
    catalogue::EventType,
    event::ActorType,
    facet::Kind as _,
    filter::{AnyOf, Filter, Period, SharedFilter},
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

/// A resolved filter: the numbers that the columns of an event row must have. `None` matches every value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    pub event_types: Option<Vec<i64>>,
    pub actor_types: Option<Vec<i64>>,
    pub actors: Option<Vec<i64>>,
    pub subjects: Option<Vec<i64>>,
    pub from_values: Option<Vec<i64>>,
    pub to_values: Option<Vec<i64>>,
    pub operations: Option<Operations>,
    /// Inclusive, in microseconds.
    pub date_from: Option<i64>,
    /// Exclusive, in microseconds.
    pub date_to: Option<i64>,
}

/// Operations, by number for the index and by identifier, because two operations can have the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operations {
    pub numbers: Vec<i64>,
    pub ids: Vec<String>,
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
        let conditions = Conditions {
            event_types: event_types.as_ref().map(numbers_of),
            // An actor's term implies its type.
            actor_types: actor_types.as_ref().filter(|_| actors.is_none()).map(numbers_of),
            actors,
            subjects,
            from_values,
            to_values,
            operations: operations.as_ref().map(|ids| Operations {
                numbers: ids.iter().map(|id| operation_number(id)).collect::<BTreeSet<_>>().into_iter().collect(),
                ids: ids.iter().map(ToString::to_string).collect(),
            }),
            date_from: date_from.map(Timestamp::microseconds),
            date_to: date_to.map(Timestamp::microseconds),
        };
        Ok(Resolved { conditions: Some(conditions).filter(|conditions| !conditions.match_nothing()), newest: found.newest })
    }
}

impl Conditions {
    fn match_nothing(&self) -> bool {
        let Self { event_types, actor_types, actors, subjects, from_values, to_values, operations, date_from: _, date_to: _ } =
            self;
        let lists = [event_types, actor_types, actors, subjects, from_values, to_values];
        lists.into_iter().flatten().any(Vec::is_empty) || operations.as_ref().is_some_and(|operations| operations.ids.is_empty())
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

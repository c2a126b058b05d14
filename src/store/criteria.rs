//! What a filter asks of a table's columns: the same words for both logs, so that the rest stands once.

use std::collections::BTreeSet;

use super::row;
use crate::domain::{
    event::ActorType,
    facet::Kind,
    filter::AnyOf,
    text::{Identifier, Text},
    timestamp::Timestamp,
};

/// A column that filters ask about. Both logs have them all; [`Column::Item`] is the conversation in the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Event,
    ActorType,
    Actor,
    FromKey,
    ToKey,
    Operation,
    Item,
    /// The whole previous value: no index has it.
    From,
    /// The whole new value: no index has it.
    To,
}

/// The values that one column may have, each once.
#[derive(Debug, Clone)]
pub enum Values<'a> {
    Numbers(BTreeSet<i16>),
    Texts(BTreeSet<&'a str>),
}

/// One column has one of these values.
#[derive(Debug, Clone)]
pub struct Condition<'a> {
    pub column: Column,
    pub values: Values<'a>,
}

/// All that a filter asks: every condition holds, within a period.
#[derive(Debug, Clone)]
pub struct Criteria<'a> {
    pub conditions: Vec<Condition<'a>>,
    /// Every event type of the log, for indexes whose key has one where the filter names none.
    event_types: BTreeSet<i16>,
    /// Inclusive, microseconds.
    pub date_from: Option<i64>,
    /// Exclusive, microseconds.
    pub date_to: Option<i64>,
}

impl Values<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

impl<'a> Criteria<'a> {
    /// Lets everything of a log with these event types through.
    pub fn new(event_types: impl Iterator<Item = i16>) -> Self {
        Self { conditions: Vec::new(), event_types: event_types.collect(), date_from: None, date_to: None }
    }

    /// The values of that column, where the filter names some.
    pub fn of(&self, column: Column) -> Option<&Condition<'a>> {
        self.conditions.iter().find(|condition| condition.column == column)
    }

    /// The values of a key of an index: all of that column, where the filter names none.
    pub fn key(&self, column: Column) -> Values<'a> {
        match (self.of(column), column) {
            (Some(condition), _) => condition.values.clone(),
            (None, Column::ActorType) => Values::Numbers(ActorType::all().map(Kind::number).collect()),
            (None, _) => Values::Numbers(self.event_types.clone()),
        }
    }

    /// Whether no event can match, because a list has no value.
    pub fn match_nothing(&self) -> bool {
        self.conditions.iter().any(|condition| condition.values.len() == 0)
    }

    /// Whether every event matches.
    pub fn match_everything(&self) -> bool {
        self.conditions.is_empty() && self.date_from.is_none() && self.date_to.is_none()
    }

    /// The event types of a filter; of two filters those that are in both.
    pub fn events(&mut self, numbers: Option<impl Iterator<Item = i16>>) {
        let Some(numbers) = numbers else { return };
        let numbers: BTreeSet<i16> = numbers.collect();
        let known = self.conditions.iter_mut().find(|condition| condition.column == Column::Event);
        match known.map(|condition| &mut condition.values) {
            Some(Values::Numbers(known)) => known.retain(|number| numbers.contains(number)),
            _ => self.conditions.push(Condition { column: Column::Event, values: Values::Numbers(numbers) }),
        }
    }

    /// The kinds of actors of a filter.
    pub fn actor_types(&mut self, filter: &AnyOf<ActorType>) {
        if let Some(types) = filter.values() {
            let numbers = types.iter().map(|actor| Kind::number(*actor)).collect();
            self.conditions.push(Condition { column: Column::ActorType, values: Values::Numbers(numbers) });
        }
    }

    /// The identifiers of a filter.
    pub fn identifiers(&mut self, column: Column, filter: &'a AnyOf<Identifier>) {
        if let Some(ids) = filter.values() {
            self.texts(column, ids.iter().map(Identifier::as_str));
        }
    }

    /// The previous values of a filter.
    pub fn previous_values(&mut self, filter: &'a AnyOf<Text>) {
        self.values(Column::FromKey, Column::From, filter);
    }

    /// The new values of a filter.
    pub fn new_values(&mut self, filter: &'a AnyOf<Text>) {
        self.values(Column::ToKey, Column::To, filter);
    }

    /// The period of a filter.
    pub fn period(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) {
        self.date_from = from.map(Timestamp::microseconds);
        self.date_to = to.map(Timestamp::microseconds);
    }

    /// Values are found by their beginnings. Only where one is longer than that the whole must be compared, too.
    fn values(&mut self, key: Column, whole: Column, filter: &'a AnyOf<Text>) {
        let Some(values) = filter.values() else { return };
        self.texts(key, values.iter().map(row::key));
        if values.iter().any(row::is_longer_than_key) {
            self.texts(whole, values.iter().map(Text::as_str));
        }
    }

    fn texts(&mut self, column: Column, texts: impl Iterator<Item = &'a str>) {
        self.conditions.push(Condition { column, values: Values::Texts(texts.collect()) });
    }
}

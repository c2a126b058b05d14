//! Which index serves which filters: the one file that decides it.

use super::conditions::Conditions;
use crate::domain::{event::ActorType, facet::Kind};

/// A column that filters compare. Times and sequences are not among them: every index has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    EventType,
    ActorType,
    Actor,
    Subject,
    From,
    To,
    Operation,
}

/// The indexes of a log. Each begins with the log's key, then come its keys, then the time and the sequence, then the columns
/// behind, which are compared without reading the row.
///
/// | index | keys | behind | serves | why |
/// |---|---|---|---|---|
/// | `Operation` | operation | all that filters compare | `operationId`, with any other | an operation has few events |
/// | `Subject` | item or conversation | event type, actor type, actor, values | `itemId`, `conversationId`, with any other | few are busy |
/// | `ActorEvent` | actor, event type | | `doneById` with `event` or `itemType` | a busy actor and a type that it never has would be a walk through all that it did |
/// | `Actor` | actor | event type, values | `doneById`, with values; long lists | one arm per actor |
/// | `To` | new value | event type, actor type, actor, previous value | `toValue`, with any other | |
/// | `From` | previous value | event type, actor type, actor | `fromValue`, with any other | |
/// | `Event` | actor type, event type | | `event`, `doneByType`, `itemType`, and together | |
/// | `Time` | | | no filter, `dateFrom`, `dateTo` | |
/// | `Sequence` | (the primary key) | | followers, and orders by sequence where many match | |
///
/// A key that the filter does not name has all its values. Where several indexes serve, [`Index::candidates`] has them from the
/// one that usually lets the fewest events through; `page` asks the database which of them really does, and takes
/// [`Index::with_fewest_arms`] where none lets few through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    Operation,
    Subject,
    ActorEvent,
    Actor,
    To,
    From,
    Event,
    Time,
    Sequence,
}

/// The most arms that an additional key is worth.
const ARMS: usize = 200;

impl Column {
    /// Its name in the tables.
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

impl Index {
    /// The indexes that serve these conditions, the most selective first; at least one.
    pub(super) fn candidates(conditions: &Conditions, event_types: &[i64]) -> Vec<Self> {
        // Every condition is named, so that a new one does not compile until it has an index.
        let Conditions {
            event_types: types,
            actor_types,
            actors,
            subjects,
            from_values,
            to_values,
            operations,
            date_from: _,
            date_to: _,
        } = conditions;
        let mut candidates = Vec::new();
        if operations.is_some() {
            candidates.push(Self::Operation);
        }
        if subjects.is_some() {
            candidates.push(Self::Subject);
        }
        if actors.is_some() {
            candidates.push(Self::of_actors(conditions, event_types));
        }
        if to_values.is_some() {
            candidates.push(Self::To);
        }
        if from_values.is_some() {
            candidates.push(Self::From);
        }
        // The actors' terms have their types, and the index of actors has the event types.
        if actors.is_none() && (types.is_some() || actor_types.is_some()) {
            candidates.push(Self::Event);
        }
        if candidates.is_empty() {
            candidates.push(Self::Time);
        }
        candidates
    }

    /// Of several candidates none of which lets few events through: the one with the fewest arms, because each is a walk, of
    /// those that have all columns to compare.
    pub(super) fn with_fewest_arms(candidates: &[Self], conditions: &Conditions, event_types: &[i64]) -> Self {
        let has = |index: Self, column| index.keys().contains(&column) || index.behind().contains(&column);
        let compared = conditions.columns();
        let complete = candidates.iter().filter(|index| compared.iter().all(|column| has(**index, *column)));
        *complete.min_by_key(|index| index.arms(conditions, event_types)).unwrap_or(&candidates[0])
    }

    /// One arm per combination of its keys.
    fn arms(self, conditions: &Conditions, event_types: &[i64]) -> usize {
        self.keys().iter().map(|column| conditions.key(*column, event_types).len()).product()
    }

    /// The index of actors: with the event types as a key where the filter names some, unless that makes too many arms or the
    /// filter names values, which only the other one has.
    fn of_actors(conditions: &Conditions, event_types: &[i64]) -> Self {
        let by_event = conditions.event_types.is_some() && conditions.from_values.is_none() && conditions.to_values.is_none();
        if by_event && Self::ActorEvent.arms(conditions, event_types) <= ARMS { Self::ActorEvent } else { Self::Actor }
    }

    /// The columns between the log's key and the time.
    pub(super) fn keys(self) -> &'static [Column] {
        match self {
            Self::Operation => &[Column::Operation],
            Self::Subject => &[Column::Subject],
            Self::To => &[Column::To],
            Self::From => &[Column::From],
            Self::ActorEvent => &[Column::Actor, Column::EventType],
            Self::Actor => &[Column::Actor],
            Self::Event => &[Column::ActorType, Column::EventType],
            Self::Time | Self::Sequence => &[],
        }
    }

    /// The columns behind the sequence.
    pub(super) fn behind(self) -> &'static [Column] {
        use Column::{Actor, ActorType, EventType, From, Subject, To};

        match self {
            Self::Operation => &[EventType, ActorType, Actor, Subject, To, From],
            Self::Subject => &[EventType, ActorType, Actor, To, From],
            Self::Actor => &[EventType, To, From],
            Self::To => &[EventType, ActorType, Actor, From],
            Self::From => &[EventType, ActorType, Actor],
            Self::ActorEvent | Self::Event | Self::Time | Self::Sequence => &[],
        }
    }

    /// What its name has behind the name of the table; `None` of the primary key.
    pub(super) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Operation => Some("_operation"),
            Self::Subject => Some("_subject"),
            Self::ActorEvent => Some("_actor_event"),
            Self::Actor => Some("_actor"),
            Self::To => Some("_to"),
            Self::From => Some("_from"),
            Self::Event => Some("_event"),
            Self::Time => Some("_time"),
            Self::Sequence => None,
        }
    }
}

impl Conditions {
    /// The values of a column, if the filter names some.
    pub(super) fn of(&self, column: Column) -> Option<&[i64]> {
        match column {
            Column::EventType => self.event_types.as_deref(),
            Column::ActorType => self.actor_types.as_deref(),
            Column::Actor => self.actors.as_deref(),
            Column::Subject => self.subjects.as_deref(),
            Column::From => self.from_values.as_deref(),
            Column::To => self.to_values.as_deref(),
            Column::Operation => self.operations.as_ref().map(|operations| operations.numbers.as_slice()),
        }
    }

    /// The values of a key: all that the column can have, if the filter names none.
    pub(super) fn key(&self, column: Column, event_types: &[i64]) -> Vec<i64> {
        match (self.of(column), column) {
            (Some(values), _) => values.to_vec(),
            (None, Column::ActorType) => ActorType::all().map(|actor| actor.number().into()).collect(),
            (None, _) => event_types.to_vec(),
        }
    }

    /// The columns for which the filter names values.
    fn columns(&self) -> Vec<Column> {
        use Column::{Actor, ActorType, EventType, From, Operation, Subject, To};

        let columns = [EventType, ActorType, Actor, Subject, From, To, Operation];
        columns.into_iter().filter(|column| self.of(*column).is_some()).collect()
    }

    /// Whether every event matches.
    pub(super) fn match_everything(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;

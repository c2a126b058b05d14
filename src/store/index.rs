//! The indexes of a log, and which of them serve a filter.

use super::conditions::Conditions;

/// A column that filters compare. Time and sequence are not included, because every index has them.
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

/// An index of a log. Its columns are the log's key, its own key (if it has one), the time, the sequence, and *trailing* columns,
/// which are compared without reading the row.
///
/// | index | key | trailing columns |
/// |---|---|---|
/// | `Operation` | operation | all columns that filters compare, because an operation has few events |
/// | `Subject` | item or conversation | event type, actor type, actor, values |
/// | `Actor` | actor | event type, values |
/// | `To` | new value | event type, actor type, actor, previous value |
/// | `From` | previous value | event type, actor type, actor |
/// | `EventType` | event type | actor type |
/// | `ActorType` | actor type | event type |
/// | `Time` | | |
/// | `Sequence` | (the primary key) | |
///
/// An index serves filters on its key. If several indexes serve a filter, [`Index::candidates`] orders them by how selective they
/// usually are. `page` asks the database which of them is selective for the given values, and uses [`Index::with_fewest_arms`] if
/// none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    Operation,
    Subject,
    Actor,
    To,
    From,
    EventType,
    ActorType,
    Time,
    Sequence,
}

impl Column {
    /// Ordered by usual selectivity, the most selective first.
    const ALL: [Self; 7] = [Self::Operation, Self::Subject, Self::Actor, Self::To, Self::From, Self::EventType, Self::ActorType];

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

    /// The index whose key is this column.
    fn index(self) -> Index {
        match self {
            Self::EventType => Index::EventType,
            Self::ActorType => Index::ActorType,
            Self::Actor => Index::Actor,
            Self::Subject => Index::Subject,
            Self::From => Index::From,
            Self::To => Index::To,
            Self::Operation => Index::Operation,
        }
    }
}

impl Index {
    /// The indexes that serve these conditions, usually the most selective first. Never empty.
    pub(super) fn candidates(conditions: &Conditions) -> Vec<Self> {
        let candidates: Vec<Self> = conditions.columns().map(Column::index).collect();
        if candidates.is_empty() { vec![Self::Time] } else { candidates }
    }

    /// The candidate with the fewest arms, among those that contain all compared columns. This is the best choice if no candidate
    /// is selective, because each arm is a scan of its own.
    pub(super) fn with_fewest_arms(candidates: &[Self], conditions: &Conditions) -> Self {
        let has = |index: Self, column| index.key() == Some(column) || index.trailing().contains(&column);
        let complete = candidates.iter().filter(|index| conditions.columns().all(|column| has(**index, column)));
        let arms = |index: &&Self| index.key().and_then(|key| conditions.of(key)).map_or(1, <[i64]>::len);
        *complete.min_by_key(arms).unwrap_or(&candidates[0])
    }

    /// The column between the log's key and the time.
    pub(super) fn key(self) -> Option<Column> {
        Column::ALL.into_iter().find(|column| column.index() == self)
    }

    /// The columns after the sequence.
    pub(super) fn trailing(self) -> &'static [Column] {
        use Column::{Actor, ActorType, EventType, From, Subject, To};

        match self {
            Self::Operation => &[EventType, ActorType, Actor, Subject, To, From],
            Self::Subject => &[EventType, ActorType, Actor, To, From],
            Self::Actor => &[EventType, To, From],
            Self::To => &[EventType, ActorType, Actor, From],
            Self::From => &[EventType, ActorType, Actor],
            Self::EventType => &[ActorType],
            Self::ActorType => &[EventType],
            Self::Time | Self::Sequence => &[],
        }
    }

    /// The suffix of the index's name, after the name of the table; `None` for the primary key.
    pub(super) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Operation => Some("_operation"),
            Self::Subject => Some("_subject"),
            Self::Actor => Some("_actor"),
            Self::To => Some("_to"),
            Self::From => Some("_from"),
            Self::EventType => Some("_event_type"),
            Self::ActorType => Some("_actor_type"),
            Self::Time => Some("_time"),
            Self::Sequence => None,
        }
    }
}

impl Conditions {
    /// The filter's values for a column, if it has any.
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

    /// The columns for which the filter has values, in the order of [`Column::ALL`].
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(|column| self.of(*column).is_some())
    }

    /// Whether every event matches.
    pub(super) fn match_everything(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;

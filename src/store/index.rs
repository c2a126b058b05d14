//! The indexes of a log, and which of them serve a filter.

use super::conditions::{Column, Conditions};

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
    /// The index whose key is this column.
    By(Column),
    Time,
    Sequence,
}

impl Index {
    /// The indexes that serve these conditions, usually the most selective first. Never empty.
    pub(super) fn candidates(conditions: &Conditions) -> Vec<Self> {
        let candidates: Vec<Self> = conditions.values.keys().copied().map(Self::By).collect();
        if candidates.is_empty() { vec![Self::Time] } else { candidates }
    }

    /// The candidate with the fewest arms, among those that contain all compared columns. This is the best choice if no candidate
    /// is selective, because each arm is a scan of its own.
    pub(super) fn with_fewest_arms(candidates: &[Self], conditions: &Conditions) -> Self {
        let has = |index: Self, column: Column| index.key() == Some(column) || index.trailing().contains(&column);
        let complete = candidates.iter().filter(|index| conditions.values.keys().all(|column| has(**index, *column)));
        let arms = |index: &&Self| index.key().and_then(|key| conditions.of(key)).map_or(1, <[i64]>::len);
        *complete.min_by_key(arms).unwrap_or(&candidates[0])
    }

    /// The column between the log's key and the time.
    pub(super) fn key(self) -> Option<Column> {
        match self {
            Self::By(column) => Some(column),
            Self::Time | Self::Sequence => None,
        }
    }

    /// The columns after the sequence.
    pub(super) fn trailing(self) -> &'static [Column] {
        use Column::{Actor, ActorType, EventType, From, Operation, Subject, To};

        match self.key() {
            Some(Operation) => &[EventType, ActorType, Actor, Subject, To, From],
            Some(Subject) => &[EventType, ActorType, Actor, To, From],
            Some(Actor) => &[EventType, To, From],
            Some(To) => &[EventType, ActorType, Actor, From],
            Some(From) => &[EventType, ActorType, Actor],
            Some(EventType) => &[ActorType],
            Some(ActorType) => &[EventType],
            None => &[],
        }
    }

    /// The suffix of the index's name, after the name of the table; `None` for the primary key.
    pub(super) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::By(Column::Operation) => Some("_operation"),
            Self::By(Column::Subject) => Some("_subject"),
            Self::By(Column::Actor) => Some("_actor"),
            Self::By(Column::To) => Some("_to"),
            Self::By(Column::From) => Some("_from"),
            Self::By(Column::EventType) => Some("_event_type"),
            Self::By(Column::ActorType) => Some("_actor_type"),
            Self::Time => Some("_time"),
            Self::Sequence => None,
        }
    }
}

#[cfg(test)]
mod tests;

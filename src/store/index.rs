//! Which index serves which filters: the one file that decides it.

use super::conditions::Conditions;

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

/// The indexes of a log. Each begins with the log's key, then come its own key (if it has one), the time, the sequence, and the
/// columns behind, which are compared without reading the row.
///
/// | index | key | behind |
/// |---|---|---|
/// | `Operation` | operation | all that filters compare: an operation has few events |
/// | `Subject` | item or conversation | event type, actor type, actor, values |
/// | `Actor` | actor | event type, values |
/// | `To` | new value | event type, actor type, actor, previous value |
/// | `From` | previous value | event type, actor type, actor |
/// | `EventType` | event type | actor type |
/// | `ActorType` | actor type | event type |
/// | `Time` | | |
/// | `Sequence` | (the primary key) | |
///
/// A filter on a column is served by the index with that key. Where several serve, [`Index::candidates`] has them from the one
/// that usually lets the fewest events through; `page` asks the database which of them really does, and takes
/// [`Index::with_fewest_arms`] where none lets few through.
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
    const ALL: [Self; 7] = [Self::Operation, Self::Subject, Self::Actor, Self::To, Self::From, Self::EventType, Self::ActorType];

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

    /// The index that has it as its key.
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
    /// The indexes that serve these conditions, the most selective first; at least one.
    pub(super) fn candidates(conditions: &Conditions) -> Vec<Self> {
        let candidates: Vec<Self> = conditions.columns().map(Column::index).collect();
        if candidates.is_empty() { vec![Self::Time] } else { candidates }
    }

    /// Of several candidates none of which lets few events through: the one with the fewest arms, because each is a walk, of
    /// those that have all columns to compare.
    pub(super) fn with_fewest_arms(candidates: &[Self], conditions: &Conditions) -> Self {
        let has = |index: Self, column| index.key() == Some(column) || index.behind().contains(&column);
        let complete = candidates.iter().filter(|index| conditions.columns().all(|column| has(**index, column)));
        let arms = |index: &&Self| index.key().and_then(|key| conditions.of(key)).map_or(1, <[i64]>::len);
        *complete.min_by_key(arms).unwrap_or(&candidates[0])
    }

    /// The column between the log's key and the time.
    pub(super) fn key(self) -> Option<Column> {
        Column::ALL.into_iter().find(|column| column.index() == self)
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
            Self::EventType => &[ActorType],
            Self::ActorType => &[EventType],
            Self::Time | Self::Sequence => &[],
        }
    }

    /// What its name has behind the name of the table; `None` of the primary key.
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

    /// The columns for which the filter names values, from the one that usually lets the fewest events through.
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

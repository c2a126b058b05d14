//! Which index serves which filters: the one place that decides it.

use super::criteria::{Column, Criteria};

/// The indexes of a log that lists are read by. Each begins with the account, then come its keys, then the time and the
/// sequence, then the columns behind, which are compared without a look at the row.
///
/// | index | keys | behind | serves | why |
/// |---|---|---|---|---|
/// | `Operation` | operation | | `operationId` and all with it | an operation has few events, which lie together |
/// | `Item` | item or conversation | event, actor type, actor, values | `itemId`, `conversationId` and all with them | |
/// | `To` | beginning of the new value | event, actor type, actor, previous value | `toValue`, with `fromValue`, `doneBy…`, `event` | |
/// | `From` | beginning of the previous value | event, actor type, actor | `fromValue`, with `doneBy…`, `event` | |
/// | `Actor` | actor, actor type, event | | `doneById`, with `doneByType`, `event`, `itemType` | a busy actor and a type it never has meet nowhere |
/// | `Event` | actor type, event | | `event`, `doneByType`, `itemType` and their pairs | |
/// | `Time` | | | no filter, `dateFrom`, `dateTo` | |
/// | `Sequence` | (the primary key) | | followers, and orders by sequence with many matches | |
///
/// A key that the filter does not name has all its values. Of several that serve, [`Index::candidates`] has the order, from the
/// one that mostly lets the fewest through; `reading` asks which of them really does, where more than one serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    Operation,
    Item,
    To,
    From,
    Actor,
    Event,
    Time,
    Sequence,
}

impl Index {
    /// Those that serve a filter, the most selective first; at least one.
    pub fn candidates(criteria: &Criteria<'_>) -> Vec<Self> {
        let mut candidates: Vec<Self> = Vec::new();
        // Every condition is named, so that a new one does not compile until it has an index.
        for condition in &criteria.conditions {
            let serves = match condition.column {
                Column::Operation => Self::Operation,
                Column::Item => Self::Item,
                Column::ToKey => Self::To,
                Column::FromKey => Self::From,
                Column::Actor => Self::Actor,
                // Keys of the actors' index, too.
                Column::Event | Column::ActorType if criteria.of(Column::Actor).is_some() => Self::Actor,
                Column::Event | Column::ActorType => Self::Event,
                // They stand beside their beginnings.
                Column::From | Column::To => continue,
            };
            candidates.push(serves);
        }
        candidates.sort_unstable_by_key(|index| *index as u8);
        candidates.dedup();
        if candidates.is_empty() {
            candidates.push(Self::Time);
        }
        candidates
    }

    /// The columns between the account and the time.
    pub fn keys(self) -> &'static [Column] {
        match self {
            Self::Operation => &[Column::Operation],
            Self::Item => &[Column::Item],
            Self::To => &[Column::ToKey],
            Self::From => &[Column::FromKey],
            Self::Actor => &[Column::Actor, Column::ActorType, Column::Event],
            Self::Event => &[Column::ActorType, Column::Event],
            Self::Time | Self::Sequence => &[],
        }
    }

    /// The columns behind the sequence.
    pub fn behind(self) -> &'static [Column] {
        match self {
            Self::Item => &[Column::Event, Column::ActorType, Column::Actor, Column::ToKey, Column::FromKey],
            Self::To => &[Column::Event, Column::ActorType, Column::Actor, Column::FromKey],
            Self::From => &[Column::Event, Column::ActorType, Column::Actor],
            Self::Operation | Self::Actor | Self::Event | Self::Time | Self::Sequence => &[],
        }
    }
}

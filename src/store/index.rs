//! Which index serves which filters: the one place that decides it.

use super::criteria::{Column, Criteria};

/// The indexes of a log that lists are read by. Each begins with the account, then come its keys, then the time and the
/// sequence, then the columns behind, which are compared without a look at the row.
///
/// | index | keys | behind | serves | why |
/// |---|---|---|---|---|
/// | `Operation` | operation | all that filters ask about | `operationId`, with any other | an operation has few events |
/// | `Item` | item or conversation | event, actor type, actor, values | `itemId`, `conversationId`, with any other | few are busy |
/// | `ActorEvent` | actor, actor type, event | | `doneById` with `event`, `itemType`, `doneByType` | a busy actor and a type that it never has would be a walk through all it did |
/// | `Actor` | actor | event, actor type, values | `doneById`, with values; long lists | one arm for each actor |
/// | `To` | beginning of the new value | event, actor type, actor, previous value | `toValue`, with any other | |
/// | `From` | beginning of the previous value | event, actor type, actor | `fromValue`, with any other | |
/// | `Event` | actor type, event | | `event`, `doneByType`, `itemType`, and together | |
/// | `Time` | | | no filter, `dateFrom`, `dateTo` | |
/// | `Sequence` | (the primary key) | | followers, and orders by sequence where many match | |
///
/// A key that the filter does not name has all its values. Of several that serve, [`Index::candidates`] has the order, from the
/// one that mostly lets the fewest through; `reading` asks which of them really does, where more than one serves, and takes
/// [`Index::with_fewest_arms`] where none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    Operation,
    Item,
    ActorEvent,
    Actor,
    To,
    From,
    Event,
    Time,
    Sequence,
}

/// The most arms that are worth a key more.
const ARMS: usize = 200;

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
                Column::Actor => Self::of_actors(criteria),
                // The actors' indexes have them, too.
                Column::Event | Column::ActorType if criteria.of(Column::Actor).is_some() => continue,
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

    /// Of those that serve, if none of them lets few through: the one with the fewest arms, because each is a walk, among those
    /// that can compare all the rest without a look at the row.
    pub fn with_fewest_arms(candidates: &[Self], criteria: &Criteria<'_>) -> Self {
        let has = |index: Self, column| index.keys().contains(&column) || index.behind().contains(&column);
        let compares_all =
            candidates.iter().filter(|index| criteria.conditions.iter().all(|condition| has(**index, condition.column)));
        *compares_all.min_by_key(|index| index.arms(criteria)).unwrap_or(&candidates[0])
    }

    /// One for each combination of its keys.
    fn arms(self, criteria: &Criteria<'_>) -> usize {
        self.keys().iter().map(|column| criteria.key(*column).len()).product()
    }

    /// The actors' index: with the event types in its key where the filter names some, unless that makes too many arms, or
    /// values are asked for, too, which only the other one has.
    fn of_actors(criteria: &Criteria<'_>) -> Self {
        let asks = |column| criteria.of(column).is_some();
        let arms = Self::ActorEvent.arms(criteria);
        let by_event = (asks(Column::Event) || asks(Column::ActorType)) && !asks(Column::FromKey) && !asks(Column::ToKey);
        if by_event && arms <= ARMS { Self::ActorEvent } else { Self::Actor }
    }

    /// The columns between the account and the time.
    pub fn keys(self) -> &'static [Column] {
        match self {
            Self::Operation => &[Column::Operation],
            Self::Item => &[Column::Item],
            Self::To => &[Column::ToKey],
            Self::From => &[Column::FromKey],
            Self::ActorEvent => &[Column::Actor, Column::ActorType, Column::Event],
            Self::Actor => &[Column::Actor],
            Self::Event => &[Column::ActorType, Column::Event],
            Self::Time | Self::Sequence => &[],
        }
    }

    /// The columns behind the sequence.
    pub fn behind(self) -> &'static [Column] {
        use Column::{Actor, ActorType, Event, FromKey, Item, ToKey};

        match self {
            Self::Operation => &[Event, ActorType, Actor, Item, ToKey, FromKey],
            Self::Item => &[Event, ActorType, Actor, ToKey, FromKey],
            Self::Actor => &[Event, ActorType, ToKey, FromKey],
            Self::To => &[Event, ActorType, Actor, FromKey],
            Self::From => &[Event, ActorType, Actor],
            Self::ActorEvent | Self::Event | Self::Time | Self::Sequence => &[],
        }
    }
}

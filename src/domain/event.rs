//! What the events of both logs are made of.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    facet::{Facet, Kind, Mention},
    fault::Fault,
    sent::Sent,
    text::{Details, EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// An event of either log. Both logs store the same parts; each has constructors and a catalogue of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event's identifier, unique per account and log.
    pub id: EventId,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// The number of its type in the catalogue of its log.
    pub event_type: i16,
    /// Who or what did it.
    pub done_by: Actor,
    /// The previous value.
    pub from: Option<LabelledValue>,
    /// The new value.
    pub to: Option<LabelledValue>,
    /// The item or the conversation that it happened to.
    pub subject: Subject,
    /// The operation that it is a part of.
    pub operation_id: Option<Identifier>,
    /// Additional information; always `None` in the conversation log.
    pub details: Option<Details>,
}

/// The item or the conversation that an event happened to.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The number of the item's type; 0 for a conversation.
    pub kind: i16,
    /// The identifier.
    pub id: Identifier,
    /// The item's name. Conversations have none.
    pub name: Option<Text>,
}

/// A stored event. It never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its position in the account's log: 1, 2, 3 … in commit order, without gaps.
    pub sequence: i64,
    /// The event as the producer sent it.
    pub event: Event,
}

/// What kind of actor made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActorType {
    /// A person who is signed in.
    User,
    /// The product itself.
    System,
    /// A program with an API key.
    ApiUser,
}

impl ActorType {
    /// Every actor type, with the number that it is stored as and its name in the contract.
    const ALL: [(Self, i16, &str); 3] = [(Self::User, 1, "USER"), (Self::System, 2, "SYSTEM"), (Self::ApiUser, 3, "API_USER")];

    /// The number that it is stored as.
    pub fn number(self) -> i16 {
        self.row().1
    }

    /// Its name in the contract.
    pub fn code(self) -> &'static str {
        self.row().2
    }

    /// The actor type that is stored as this number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.1 == number).map(|row| row.0)
    }

    fn row(self) -> (Self, i16, &'static str) {
        Self::ALL[self as usize]
    }
}

impl Kind for ActorType {
    fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|row| row.0)
    }

    fn number(self) -> i16 {
        self.row().1
    }
}

impl std::str::FromStr for ActorType {
    type Err = Fault;

    fn from_str(code: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|row| row.2 == code);
        found.map(|row| row.0).ok_or_else(|| Fault::not_one_of("an actor type", code, Self::ALL.into_iter().map(|row| row.2)))
    }
}

/// Who or what made a change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({"type": "USER", "id": "u-1042", "name": "Ana Horvat"})))]
pub struct Actor {
    /// What kind of actor it is.
    #[serde(rename = "type")]
    pub actor_type: ActorType,
    /// The actor's identifier; null only for `SYSTEM`.
    #[schema(required = true)]
    pub id: Option<Identifier>,
    /// What people call the actor.
    #[schema(required = true)]
    pub name: Option<Text>,
}

impl Actor {
    /// What an event with this actor states about the facet of actors. An actor without an identifier has the empty one, which no
    /// other actor can have.
    pub fn mention(&self) -> Mention<'_> {
        let id = self.id.as_ref().map_or("", Identifier::as_str);
        Mention::new(Facet::DoneBy, self.actor_type.number(), id, self.name.as_ref())
    }
}

/// How producers send an [`Actor`].
pub type ActorInput = Sent<Actor>;

/// A previous or a new value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({"value": "OPEN", "label": "Open"})))]
pub struct LabelledValue {
    /// What machines compare: a status, an agent's identifier.
    pub value: Text,
    /// What people read.
    #[schema(required = true)]
    pub label: Option<Text>,
}

impl LabelledValue {
    /// What people are shown: the label, or the value where there is none.
    pub fn shown(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.value).as_str()
    }
}

/// How producers send a [`LabelledValue`].
pub type LabelledValueInput = Sent<LabelledValue>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_types_stand_at_their_place_in_the_table() {
        for (actor_type, number, code) in ActorType::ALL {
            assert_eq!((actor_type.number(), actor_type.code()), (number, code));
            assert_eq!(ActorType::from_number(number), Some(actor_type));
            assert_eq!(code.parse(), Ok(actor_type));
            assert_eq!(serde_json::to_value(actor_type).unwrap(), code);
        }
    }
}

//! The parts of events.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};
use utoipa::ToSchema;

use super::{
    facet::{Facet, Mention},
    fault::Fault,
    numbered::Numbered,
    sent::Sent,
    text::{Details, EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// An event of any log. Each log has a catalogue of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event's identifier, unique per account and log.
    pub id: EventId,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// The number of its type in the catalogue of its log.
    pub event_type: i16,
    pub done_by: Actor,
    pub from: Option<LabelledValue>,
    pub to: Option<LabelledValue>,
    pub subject: Subject,
    pub operation_id: Option<Identifier>,
    /// Always `None` in the conversation log.
    pub details: Option<Details>,
}

impl Event {
    /// The size of its names, values and details, in bytes.
    pub fn size(&self) -> usize {
        let text = |text: &Option<Text>| text.as_ref().map_or(0, |text| text.as_str().len());
        let value = |value: &Option<LabelledValue>| {
            value.as_ref().map_or(0, |LabelledValue { value, label }| value.as_str().len() + text(label))
        };
        let details = self.details.as_ref().map_or(0, |details| details.as_json().len());
        text(&self.done_by.name) + text(&self.subject.name) + value(&self.from) + value(&self.to) + details
    }
}

/// The item or the conversation of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The number of the item's type; 0 for a conversation.
    pub kind: i16,
    pub id: Identifier,
    /// Always `None` for a conversation.
    pub name: Option<Text>,
}

/// A stored event. It never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its position in the account's log: 1, 2, 3 … in commit order, without gaps.
    pub sequence: i64,
    pub event: Event,
}

/// The type of an actor.
// Its number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, ToSchema, VariantArray, VariantNames)]
#[repr(i16)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", parse_err_ty = Fault, parse_err_fn = unknown_actor_type)]
pub enum ActorType {
    /// A person who is signed in.
    User = 1,
    /// The product itself.
    System = 2,
    /// A program with an API key.
    ApiUser = 3,
}

fn unknown_actor_type(code: &str) -> Fault {
    Fault::not_one_of("an actor type", code, <ActorType as VariantNames>::VARIANTS.iter().copied())
}

impl ActorType {
    /// Its name in the contract.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

impl Numbered for ActorType {
    fn all() -> impl Iterator<Item = Self> {
        <Self as VariantArray>::VARIANTS.iter().copied()
    }

    fn number(self) -> i16 {
        self as i16
    }
}

/// Who or what caused an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({"type": "USER", "id": "u-1042", "name": "Ana Horvat"})))]
pub struct Actor {
    /// The type of the actor.
    #[serde(rename = "type")]
    pub actor_type: ActorType,
    /// The actor's identifier; null only for `SYSTEM`.
    #[schema(required = true)]
    pub id: Option<Identifier>,
    /// The name of the actor.
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

/// An [`Actor`] as producers send it.
pub type ActorInput = Sent<Actor>;

/// A previous or a new value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({"value": "OPEN", "label": "Open"})))]
pub struct LabelledValue {
    /// The value that programs compare: a status, an agent's identifier.
    pub value: Text,
    /// The text for display.
    #[schema(required = true)]
    pub label: Option<Text>,
}

impl LabelledValue {
    /// The text to display: the label, or the value if there is none.
    pub fn shown(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.value).as_str()
    }
}

/// A [`LabelledValue`] as producers send it.
pub type LabelledValueInput = Sent<LabelledValue>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_types_have_fixed_numbers_and_codes() {
        for (actor_type, number, code) in
            [(ActorType::User, 1, "USER"), (ActorType::System, 2, "SYSTEM"), (ActorType::ApiUser, 3, "API_USER")]
        {
            assert_eq!((actor_type.number(), actor_type.code()), (number, code));
            assert_eq!((ActorType::of(number), code.parse()), (Some(actor_type), Ok(actor_type)));
            assert_eq!(serde_json::to_value(actor_type).unwrap(), code);
        }
    }
}

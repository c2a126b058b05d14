//! The conversation log: its catalogue and its events.

use std::iter;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    catalogue::event_type,
    event::{Actor, ActorInput, Event, LabelledValue, LabelledValueInput, Subject},
    facet::{Facet, Mention},
    text::{EventId, Identifier},
    timestamp::Timestamp,
};

/// A type of event in the conversation log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationEventType {
    number: i16,
    code: &'static str,
    label: &'static str,
}

/// To add a type, add a line. A number is assigned once and never reused. There is no migration.
#[rustfmt::skip]
static CATALOGUE: [ConversationEventType; 17] = [
    entry( 1, "CONVERSATION_CREATED", "Conversation created"),
    entry( 2, "STATUS_CHANGED",       "Status changed"),
    entry( 3, "ASSIGNMENT_CHANGED",   "Assignment changed"),
    entry( 4, "QUEUE_CHANGED",        "Queue changed"),
    entry( 5, "PRIORITY_CHANGED",     "Priority changed"),
    entry( 6, "TOPIC_CHANGED",        "Topic changed"),
    entry( 7, "SUMMARY_CHANGED",      "Summary changed"),
    entry( 8, "TAG_ADDED",            "Tag added"),
    entry( 9, "TAG_REMOVED",          "Tag removed"),
    entry(10, "NOTE_ADDED",           "Note added"),
    entry(11, "NOTE_UPDATED",         "Note updated"),
    entry(12, "NOTE_REMOVED",         "Note removed"),
    entry(13, "CUSTOMER_CHANGED",     "Customer changed"),
    entry(14, "FORM_CHANGED",         "Form changed"),
    entry(15, "SLA_POLICY_CHANGED",   "SLA policy changed"),
    entry(16, "MESSAGE_UPDATED",      "Message updated"),
    entry(17, "CONVERSATION_DELETED", "Conversation deleted"),
];

const fn entry(number: i16, code: &'static str, label: &'static str) -> ConversationEventType {
    ConversationEventType { number, code, label }
}

event_type!(ConversationEventType, CATALOGUE, "STATUS_CHANGED", "A type of event in the conversation log.", |_| None);

/// A change to a conversation, as a producer sends it.
#[derive(Debug, Clone, PartialEq, ToSchema)]
#[schema(as = ConversationEventInput, rename_all = "camelCase", examples(json!({
    "occurredAt": "2026-03-29T12:34:56.789012Z",
    "event": "STATUS_CHANGED",
    "doneBy": {"type": "USER", "id": "u-1042", "name": "Ana Horvat"},
    "from": {"value": "OPEN", "label": "Open"},
    "to": {"value": "SOLVED", "label": "Solved"},
    "conversation": {"id": "c-90210"},
    "operationId": "op-7f3a"
})))]
pub struct ConversationEvent {
    /// The event's identifier; without it the service generates a UUIDv7. With it, sending the event again changes nothing.
    #[schema(required = false, value_type = Option<EventId>)]
    pub id: EventId,
    /// When it happened, by the producer's clock; at most 5 minutes ahead of the clock of the service.
    pub occurred_at: Timestamp,
    /// What happened.
    #[schema(rename = "event")]
    pub event_type: ConversationEventType,
    /// Who or what caused it.
    #[schema(value_type = ActorInput)]
    pub done_by: Actor,
    /// The previous value, if there was one.
    #[schema(value_type = Option<LabelledValueInput>)]
    pub from: Option<LabelledValue>,
    /// The new value, if there is one.
    #[schema(value_type = Option<LabelledValueInput>)]
    pub to: Option<LabelledValue>,
    /// The conversation.
    #[schema(value_type = ConversationReference)]
    pub conversation: Identifier,
    /// The operation (one click or API call) that the event is part of.
    pub operation_id: Option<Identifier>,
}

/// A reference to a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"id": "c-90210"})))]
pub struct ConversationReference {
    /// The conversation's identifier.
    pub id: Identifier,
}

impl From<ConversationEvent> for Event {
    fn from(event: ConversationEvent) -> Self {
        let ConversationEvent { id, occurred_at, event_type, done_by, from, to, conversation, operation_id } = event;
        let subject = Subject { kind: 0, id: conversation, name: None };
        Self { id, occurred_at, event_type: event_type.number, done_by, from, to, subject, operation_id, details: None }
    }
}

/// What an event of the conversation log states about its actor and its values.
pub fn mentions(event: &Event) -> Vec<Mention<'_>> {
    let values = [(Facet::FromValue, &event.from), (Facet::ToValue, &event.to)];
    let values = values.into_iter().filter_map(|(facet, value)| Some((facet, value.as_ref()?)));
    let values = values
        .map(|(facet, LabelledValue { value, label })| Mention::new(facet, event.event_type, value.as_str(), label.as_ref()));
    iter::once(event.done_by.mention()).chain(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_follows_the_rules() {
        super::super::catalogue::check_catalogue::<ConversationEventType>();
    }
}

//! How the conversation log is asked, written and shown.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    domain::{
        catalogue::EventType,
        conversation_event::{ConversationEvent, ConversationEventType},
        event::{Actor, LabelledValue},
        filter::{AnyOf, ConversationLogFilter},
        text::{EventId, Identifier},
        timestamp::Timestamp,
    },
    http::{
        conversation_links::ConversationLinks,
        ingest,
        json::{Json, Object, Path, Violations},
        parameters::Parameters,
        period::Period,
        resource::{Relation, Resource, ShowError},
    },
    store::{ConversationLog, NamedTerm, StoredEvent},
};

impl Resource for ConversationLog {
    type Input = ConversationEvent;
    type Body<'a> = ConversationEventBody<'a>;

    fn filter(parameters: &mut Parameters) -> ConversationLogFilter {
        let period = Period::read(parameters);
        ConversationLogFilter {
            event: parameters.any_of("event"),
            done_by_id: parameters.any_of("doneById"),
            done_by_type: parameters.any_of("doneByType"),
            from_value: parameters.any_of("fromValue"),
            to_value: parameters.any_of("toValue"),
            operation_id: parameters.any_of("operationId"),
            date_from: period.date_from,
            date_to: period.date_to,
            time_zone: period.time_zone,
            conversation_id: parameters.any_of("conversationId"),
        }
    }

    fn narrow(filter: &mut ConversationLogFilter, event: &StoredEvent, by: Relation) -> Result<(), ShowError> {
        match by {
            Relation::Item => {
                filter.conversation_id.narrow_to(event.subject.identifier()?);
            }
            // An event that is part of no operation is related to nothing in this respect.
            Relation::Operation => match &event.operation_id {
                Some(operation) => filter.operation_id.narrow_to(Identifier::from_stored(operation.clone())),
                None => filter.operation_id = AnyOf::these(Vec::new()),
            },
        }
        Ok(())
    }

    fn event(json: Json<'_>, path: Path<'_>, violations: &mut Violations) -> Option<ConversationEvent> {
        Object::read(json, path, violations, |event| {
            let id = ingest::event_id(event);
            let occurred_at = ingest::occurred_at(event);
            let event_type = event.text("event");
            let done_by = ingest::done_by(event);
            let from = ingest::value(event, "from");
            let to = ingest::value(event, "to");
            let conversation = event.object("conversation", |conversation| conversation.text("id"));
            let operation_id = event.optional_text("operationId");
            Some(ConversationEvent {
                id: id?,
                occurred_at: occurred_at?,
                event_type: event_type?,
                done_by: done_by?,
                from: from?,
                to: to?,
                conversation: conversation?,
                operation_id: operation_id?,
            })
        })
    }

    fn body<'a>(event: &'a StoredEvent, links: &ConversationLinks) -> Result<ConversationEventBody<'a>, ShowError> {
        let event_type = event_type(event)?;
        let conversation = event.subject.identifier()?;
        Ok(ConversationEventBody {
            id: &event.id,
            sequence: event.sequence,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            event: event_type.code(),
            label: event_type.label(),
            done_by: event.done_by.as_json(),
            from: event.from.as_ref().map(NamedTerm::as_json),
            to: event.to.as_ref().map(NamedTerm::as_json),
            conversation: ConversationBody { url: links.to(conversation.as_str()), id: conversation },
            operation_id: event.operation_id.as_deref(),
        })
    }
}

/// The type of an event.
pub(super) fn event_type(event: &StoredEvent) -> Result<ConversationEventType, ShowError> {
    ConversationEventType::from_number(event.event_type).ok_or(ShowError::UnknownEventType(event.event_type))
}

/// Something that happened to a conversation, as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConversationEvent, examples(json!({
    "id": "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55",
    "sequence": 42,
    "occurredAt": "2026-03-29T12:34:56.789012Z",
    "recordedAt": "2026-03-29T12:34:57.001500Z",
    "event": "STATUS_CHANGED",
    "label": "Status changed",
    "doneBy": {"type": "USER", "id": "u-1042", "name": "Ana Horvat"},
    "from": {"value": "OPEN", "label": "Open"},
    "to": {"value": "SOLVED", "label": "Solved"},
    "conversation": {"id": "c-90210", "url": "/conversations/c-90210"},
    "operationId": "op-7f3a"
})))]
pub struct ConversationEventBody<'a> {
    /// The event's identifier, unique in the account's log.
    #[schema(value_type = EventId)]
    id: &'a str,
    /// Its place in the account's log: 1, 2, 3 … in the order in which events came in, without gaps.
    #[schema(example = 42, minimum = 1)]
    sequence: i64,
    /// When it happened, by the producer's clock.
    occurred_at: Timestamp,
    /// When it was stored, by the service's clock.
    recorded_at: Timestamp,
    /// What happened.
    #[schema(value_type = ConversationEventType)]
    event: &'static str,
    /// What happened, as people read it.
    #[schema(example = "Status changed")]
    label: &'static str,
    /// Who or what did it.
    #[schema(value_type = Actor)]
    done_by: &'a RawValue,
    /// The previous value, where there was one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    from: Option<&'a RawValue>,
    /// The new value, where there is one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    to: Option<&'a RawValue>,
    /// The conversation that it happened to.
    conversation: ConversationBody,
    /// The operation (one click or API call) that it is a part of.
    #[schema(required = true, value_type = Option<Identifier>)]
    operation_id: Option<&'a str>,
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation, examples(json!({"id": "c-90210", "url": "/conversations/c-90210"})))]
pub struct ConversationBody {
    /// The conversation's identifier.
    id: Identifier,
    /// The direct link to it.
    #[schema(example = "/conversations/c-90210")]
    url: String,
}

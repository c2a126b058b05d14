//! `/conversation-logs`: what happened to conversations.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    conversation_links::ConversationLinks,
    endpoints::{About, Endpoints},
    export::row::Row,
    facets,
    json::Object,
    parameters::Parameters,
    query::Parsed,
    resource::{Names, Resource, ShowError},
    values::{self, Values},
};
use crate::{
    domain::{
        access::AccessedLog,
        audit_event::ItemType,
        catalogue::EventType,
        conversation_event::{ConversationEvent, ConversationEventType},
        event::{Actor, LabelledValue, Subject},
        filter::ConversationFilter,
        role::Permission,
        text::{Details, EventId, Identifier},
        timestamp::Timestamp,
    },
    store::{ConversationLog, NamedTerm, StoredEvent},
};

impl Resource for ConversationLog {
    const NAMES: Names = Names {
        path: "conversation-logs",
        tag: "Conversation logs",
        about: "Changes of conversations. Read by the role CONVERSATIONS_SUPERVISOR.",
        id: "Conversation",
        log: "conversation log",
        subject: "conversation",
    };
    const READ: Permission = Permission::ReadConversationLogs;
    const ACCESSED: AccessedLog = AccessedLog::ConversationLogs;
    const COLUMNS: &[&str] = &["conversationId", "conversationUrl", "operationId"];

    type OwnFilter = ConversationFilter;
    type EventType = ConversationEventType;
    type Input = ConversationEvent;
    type Body<'a> = ConversationEventBody<'a>;

    fn facets(endpoints: &mut Endpoints) {
        let about = |operation_id: &str, summary: String, description: String| About {
            tag: Self::NAMES.tag,
            operation_id: operation_id.to_owned(),
            summary,
            description,
        };
        let list = |operation_id, which, filter| {
            let summary = format!("List the {which} values of the conversation log");
            let description = format!(
                "Each value once, with its newest label, for the drop-down of the filter `{filter}`. The order is by label without \
                 regard to case, then by value."
            );
            about(operation_id, summary, description)
        };
        let groups = |operation_id, which| {
            let summary = format!("List the {which} values of the conversation log by event type");
            let description = "A group for each event type that has values, so that an event type with very many values does not hide \
                               those of the others.";
            about(operation_id, summary, description.to_owned())
        };
        endpoints
            .get(
                "/conversation-logs/facets/fromValue",
                list("listPreviousValues", "previous", "fromValue"),
                facets::list::<Self, Values<false>>,
            )
            .get("/conversation-logs/facets/toValue", list("listNewValues", "new", "toValue"), facets::list::<Self, Values<true>>)
            .get(
                "/conversation-logs/facets/fromValue/byEvent",
                groups("listPreviousValuesByEvent", "previous"),
                values::groups::<false>,
            )
            .get("/conversation-logs/facets/toValue/byEvent", groups("listNewValuesByEvent", "new"), values::groups::<true>);
    }

    fn group(_: ConversationEventType) -> Option<ItemType> {
        None
    }

    fn narrow_to_subject(filter: &mut Self::Filter, event: &StoredEvent) -> Result<(), ShowError> {
        filter.own.conversation_id.narrow_to(event.subject.identifier()?);
        Ok(())
    }

    fn subject(event: &mut Object<'_>, _: Option<ConversationEventType>) -> Option<Subject> {
        let id = event.object("conversation", |conversation| conversation.text("id"))?;
        Some(Subject { kind: 0, id, name: None })
    }

    fn details(_: &mut Object<'_>) -> Option<Option<Details>> {
        Some(None)
    }

    fn body<'a>(event: &'a StoredEvent, links: &ConversationLinks) -> Result<ConversationEventBody<'a>, ShowError> {
        let event_type = Self::event_type(event)?;
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

    fn fill(row: &mut Row, event: &StoredEvent, links: &ConversationLinks) -> Result<(), ShowError> {
        let conversation = event.subject.texts()?.id;
        row.optional(conversation.as_deref());
        row.optional(conversation.map(|id| links.to(&id)).as_deref());
        row.optional(event.operation_id.as_deref());
        Ok(())
    }
}

impl Parsed for ConversationFilter {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { conversation_id: parameters.any_of("conversationId") }
    }
}

/// A change of a conversation.
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
    /// Its number in the account's log: 1, 2, 3 … in the order of storing, without gaps.
    #[schema(example = 42, minimum = 1)]
    sequence: i64,
    /// When it happened, by the producer's clock.
    occurred_at: Timestamp,
    /// When it was stored, by the clock of the service.
    recorded_at: Timestamp,
    /// What happened.
    #[schema(value_type = ConversationEventType)]
    event: &'static str,
    /// What happened, for people.
    #[schema(example = "Status changed")]
    label: &'static str,
    /// Who or what caused it.
    #[schema(value_type = Actor)]
    done_by: &'a RawValue,
    /// The previous value, if there was one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    from: Option<&'a RawValue>,
    /// The new value, if there is one.
    #[schema(required = true, value_type = Option<LabelledValue>)]
    to: Option<&'a RawValue>,
    /// The conversation.
    conversation: ConversationBody,
    /// The operation (one click or API call) that the event is part of.
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

//! `/conversation-logs`: what happened to conversations.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    conversation_links::ConversationLinks,
    endpoints::{About, Endpoints},
    event_body::event_body,
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
        catalogue::EventType,
        conversation_event::{ConversationEvent, ConversationEventType},
        event::Subject,
        filter::ConversationFilter,
        role::Permission,
        text::{Details, Identifier},
    },
    store::{ConversationLog, StoredEvent},
};

impl Resource for ConversationLog {
    const NAMES: Names = Names {
        path: "conversation-logs",
        tag: "Conversation logs",
        about: "Changes to conversations. Reading requires the role CONVERSATIONS_SUPERVISOR.",
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
        let id = event.subject.identifier()?;
        let conversation = ConversationBody { url: links.to(id.as_str()), id };
        Ok(ConversationEventBody::of(event, Self::event_type(event)?, conversation))
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

event_body! {
    /// A change to a conversation.
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
        "operationId": "op-7f3a",
        "conversation": {"id": "c-90210", "url": "/conversations/c-90210"}
    })))]
    pub struct ConversationEventBody<'a> of ConversationEventType {
        /// The conversation.
        conversation: ConversationBody,
    }
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

//! `/conversation-logs`: what happened to conversations.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    auth::{Caller, ReadConversationLogs, WriteEvents},
    event::{self, EventPath},
    event_types::{self, EventTypesBody},
    ingest::{self, Batch, BatchReceipt},
    json::{Json, Object, Path, Violations},
    list::{self, PageBody, PageParameters, RelatedParameters},
    negotiation::AcceptsJson,
    parameters::Parameters,
    problem::Problem,
    resource::{Relation, Resource},
    responses::{EventProblems, ReadProblems, WriteProblems},
    state::{ConversationLinks, State},
};
use crate::{
    domain::{
        catalogue::EventType,
        conversation_event::{ConversationEvent, ConversationEventType},
        event::{Actor, LabelledValue, Recorded},
        filter::{AnyOf, ConversationLogFilter},
        text::{EventId, Identifier},
        timestamp::Timestamp,
    },
    store::ConversationLog,
};

/// List what happened to conversations
///
/// A page of the account's conversation log, newest first. Different filters must all fit; a repeated filter lets through any of its values.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listConversationLogs",
    params(ConversationLogFilter, PageParameters),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = ConversationLogPage,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems
    )
)]
#[get("/conversation-logs")]
pub async fn list_conversation_logs(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    list::list::<ConversationLog>(&request, caller.account, &state).await
}

/// Record conversation events
///
/// Stores 1 to 1,000 events, all or none, and answers when they are durable. An event that is sent again with the same `id` and
/// content is a duplicate and does no harm, so a batch can be repeated until it is answered.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "recordConversationEvents",
    request_body(content = ConversationEventBatch, description = "The events."),
    responses(
        (status = 201, description = "The events are stored; at least one is new.", body = BatchReceipt),
        (status = 200, description = "All the events were there already.", body = BatchReceipt),
        WriteProblems
    )
)]
#[post("/conversation-logs")]
pub async fn record_conversation_events(
    caller: Caller<WriteEvents>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    ingest::record::<ConversationLog>(&request, caller.account, &state, payload).await
}

/// List the conversation event types
///
/// The catalogue for the drop-down of the event filter.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listConversationEventTypes",
    responses((status = 200, description = "The catalogue.", body = EventTypesBody), ReadProblems)
)]
#[get("/conversation-logs/event-types")]
pub async fn list_conversation_event_types(
    _: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    event_types::answer(&request, |_: ConversationEventType| None)
}

/// Get a conversation event
///
/// One event of the account's conversation log.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "getConversationEvent",
    params(EventPath),
    responses((status = 200, description = "The event.", body = ConversationEventBody), ReadProblems, EventProblems)
)]
#[get("/conversation-logs/{id}")]
pub async fn get_conversation_event(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    event::get::<ConversationLog>(&request, caller.account, &state).await
}

/// List the events that are related to a conversation event
///
/// A page of the events of the same conversation, or with `by=operation` of the same operation, the event itself among them.
/// The list's filters narrow it further.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listRelatedConversationEvents",
    params(EventPath, RelatedParameters, ConversationLogFilter, PageParameters),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = ConversationLogPage,
            headers(("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."))),
        ReadProblems,
        EventProblems
    )
)]
#[get("/conversation-logs/{id}/related")]
pub async fn list_related_conversation_events(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    list::related::<ConversationLog>(&request, caller.account, &state).await
}

/// Under names without parameters, the OpenAPI document refers to the event instead of copying it.
type ConversationLogPage = PageBody<ConversationEventBody>;
type ConversationEventBatch = Batch<ConversationEvent>;

impl Resource for ConversationLog {
    type Body = ConversationEventBody;

    fn filter(parameters: &mut Parameters) -> ConversationLogFilter {
        let filter = ConversationLogFilter {
            event: parameters.any_of("event"),
            done_by_id: parameters.any_of("doneById"),
            done_by_type: parameters.any_of("doneByType"),
            from_value: parameters.any_of("fromValue"),
            to_value: parameters.any_of("toValue"),
            operation_id: parameters.any_of("operationId"),
            date_from: parameters.one("dateFrom"),
            date_to: parameters.one("dateTo"),
            conversation_id: parameters.any_of("conversationId"),
        };
        list::check_period(parameters, filter.date_from, filter.date_to);
        filter
    }

    fn narrow(filter: &mut ConversationLogFilter, event: ConversationEvent, by: Relation) {
        match by {
            Relation::Item => filter.conversation_id.narrow_to(event.conversation),
            // An event that is part of no operation is related to nothing in this respect.
            Relation::Operation => match event.operation_id {
                Some(operation) => filter.operation_id.narrow_to(operation),
                None => filter.operation_id = AnyOf::these(Vec::new()),
            },
        }
    }

    fn event(json: Json, path: Path<'_>, violations: &mut Violations) -> Option<ConversationEvent> {
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

    fn body(
        Recorded { sequence, recorded_at, event }: Recorded<ConversationEvent>,
        links: &ConversationLinks,
    ) -> ConversationEventBody {
        ConversationEventBody {
            id: event.id,
            sequence,
            occurred_at: event.occurred_at,
            recorded_at,
            event: event.event_type.code(),
            label: event.event_type.label(),
            done_by: event.done_by,
            from: event.from,
            to: event.to,
            conversation: ConversationBody { url: links.to(&event.conversation), id: event.conversation },
            operation_id: event.operation_id,
        }
    }
}

/// Something that happened to a conversation, as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConversationEvent)]
pub struct ConversationEventBody {
    /// The event's identifier, unique in the account's log.
    id: EventId,
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
    done_by: Actor,
    /// The previous value, where there was one.
    #[schema(required = true)]
    from: Option<LabelledValue>,
    /// The new value, where there is one.
    #[schema(required = true)]
    to: Option<LabelledValue>,
    /// The conversation that it happened to.
    conversation: ConversationBody,
    /// The operation (one click or API call) that it is a part of.
    #[schema(required = true, example = "op-7f3a")]
    operation_id: Option<Identifier>,
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationBody {
    /// The conversation's identifier.
    #[schema(example = "c-90210")]
    id: Identifier,
    /// The direct link to it.
    #[schema(example = "/conversations/c-90210")]
    url: String,
}

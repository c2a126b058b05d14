//! `/conversation-logs`: what happened to conversations.

pub mod export;
pub mod facets;
mod resource;
pub mod stream;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Payload},
};

use self::resource::ConversationEventBody;
use super::{
    auth::{Caller, ReadConversationLogs, WriteEvents},
    event::{self, EventPath},
    event_types::{self, EventTypesBody},
    ingest::{self, Batch, BatchReceipt},
    list::{self, PageParameters, RelatedParameters},
    negotiation::AcceptsJson,
    pagination::PageBody,
    problem::Problem,
    responses::{EventProblems, IfNoneMatchHeader, ReadProblems, WriteProblems},
    state::State,
};
use crate::{
    domain::{
        conversation_event::{ConversationEvent, ConversationEventType},
        filter::ConversationLogFilter,
    },
    store::ConversationLog,
};

/// Under names without parameters, the OpenAPI document refers to the event instead of copying it.
type ConversationLogPage = PageBody<ConversationEventBody<'static>>;
type ConversationEventBatch = Batch<ConversationEvent>;

/// List what happened to conversations
///
/// A page of the account's conversation log, newest first. Different filters must all fit; a repeated filter lets through any of its values.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "listConversationLogs",
    params(ConversationLogFilter, PageParameters, IfNoneMatchHeader),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = ConversationLogPage,
            headers(
                ("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."),
                ("ETag" = String, description = "Tells this page from every other; for `If-None-Match`.")
            )),
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
/// content is a duplicate and does no harm, so a batch can be repeated until it is answered. An `id` must not be `event-types`,
/// `facets`, `export`, `stream`, `.` or `..`, because these words are part of paths.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "recordConversationEvents",
    request_body(content = ConversationEventBatch, description = "The events; at most 4 MiB, counted after decompression if they come with `Content-Encoding: gzip`."),
    responses(
        (status = 201, description = "The events are stored; at least one is new.", body = BatchReceipt),
        (status = 200, description = "All the events were there already.", body = BatchReceipt,
            example = json!({"accepted": 0, "duplicates": 1, "events": [{"id": "queues-4711", "sequence": 42, "status": "DUPLICATE"}]})),
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
    params(EventPath, RelatedParameters, ConversationLogFilter, PageParameters, IfNoneMatchHeader),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = ConversationLogPage,
            headers(
                ("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."),
                ("ETag" = String, description = "Tells this page from every other; for `If-None-Match`.")
            )),
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

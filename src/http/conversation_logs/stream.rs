//! `/conversation-logs/stream`: what happens to conversations, as it comes in.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};

use crate::{
    domain::filter::ConversationLogFilter,
    http::{
        auth::{Caller, ReadConversationLogs},
        negotiation::AcceptsEventStream,
        problem::Problem,
        responses::{ReadProblems, StreamProblems},
        state::State,
        stream::{self, ResumeHeader, ResumeParameters},
    },
    store::ConversationLog,
};

/// Follow what happens to conversations
///
/// Server-sent events, for EventSource and its like: a message (of the default type, so `onmessage` gets it) for each event that
/// comes in and matches, in the order of the log. Its `id` is the event's `sequence`, its `data` the event as JSON, as in the
/// list. A client that comes back with its `Last-Event-ID` misses nothing and repeats nothing. While nothing comes there are
/// comments as signs of life, and `id` lines without data, which move on the place to come back to. The stream ends when the token
/// expires, when the service stops, or when the database is away for long.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "streamConversationEvents",
    params(ConversationLogFilter, ResumeParameters, ResumeHeader),
    responses(
        (status = 200, description = "The stream.", body = String, content_type = "text/event-stream",
            example = "retry: 1500\n\nid: 41\n\nid: 42\ndata: {\"id\": \"desk-90210\", \"sequence\": 42, \"event\": \"STATUS_CHANGED\"}\n\n: nothing new\n\n"),
        ReadProblems,
        StreamProblems
    )
)]
#[get("/conversation-logs/stream")]
pub async fn stream_conversation_events(
    caller: Caller<ReadConversationLogs>,
    _: AcceptsEventStream,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    stream::stream::<ConversationLog>(&request, caller.account, caller.expires_at, &state).await
}

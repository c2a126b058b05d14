//! `/conversation-logs/export`: the conversation log as a file.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};

use crate::{
    domain::{
        catalogue::EventType, conversation_event::ConversationEvent, event::Recorded, filter::ConversationLogFilter,
        time_zone::TimeZone,
    },
    http::{
        auth::{Caller, ReadConversationLogs},
        export::{self, ExportParameters, Exported, Row},
        problem::Problem,
        responses::{ExportProblems, ReadProblems},
        state::{ConversationLinks, State},
    },
    store::ConversationLog,
};

/// Export what happened to conversations
///
/// All events that match and are there when it begins, streamed as a file to save: CSV for spreadsheets, with times in `timeZone`
/// and cells that would be formulas made text by a `'`, or NDJSON for programs. Should anything go wrong after the beginning, the
/// transfer ends incomplete: a file that was received whole is whole.
#[utoipa::path(
    tag = "Conversation logs",
    operation_id = "exportConversationLogs",
    params(ExportParameters, ConversationLogFilter),
    responses(
        (status = 200, description = "The file. CSV begins with the names of the columns.",
            content((String = "text/csv"), (String = "application/x-ndjson")),
            headers(("Content-Disposition" = String, description = "`attachment` with a name for the file: the log, the time and the format."))),
        ReadProblems,
        ExportProblems
    )
)]
#[get("/conversation-logs/export")]
pub async fn export_conversation_logs(
    caller: Caller<ReadConversationLogs>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    export::export::<ConversationLog>(&request, caller.account, &state).await
}

impl Exported for ConversationLog {
    const FILE_NAME: &str = "conversation-logs";
    const COLUMNS: &[&str] = &[
        "id",
        "sequence",
        "occurredAt",
        "recordedAt",
        "event",
        "label",
        "doneByType",
        "doneById",
        "doneByName",
        "fromValue",
        "fromLabel",
        "toValue",
        "toLabel",
        "conversationId",
        "conversationUrl",
        "operationId",
    ];

    fn time_zone(filter: &ConversationLogFilter) -> TimeZone {
        filter.time_zone
    }

    fn fill(row: &mut Row, recorded: &Recorded<ConversationEvent>, links: &ConversationLinks) {
        let Recorded { sequence, recorded_at, event } = recorded;
        let ConversationEvent { id, occurred_at, event_type, done_by, from, to, conversation, operation_id } = event;
        row.text(id.as_str());
        row.number(*sequence);
        row.time(*occurred_at);
        row.time(*recorded_at);
        row.text(event_type.code());
        row.text(event_type.label());
        row.actor(done_by);
        row.value(from.as_ref());
        row.value(to.as_ref());
        row.text(conversation.as_str());
        row.text(&links.to(conversation));
        row.optional(operation_id.as_ref().map(|id| id.as_str()));
    }
}

//! `/conversation-logs/export`: the conversation log as a file.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};

use super::resource::event_type;
use crate::{
    domain::{catalogue::EventType, filter::ConversationLogFilter, time_zone::TimeZone},
    http::{
        auth::{Caller, ReadConversationLogs},
        conversation_links::ConversationLinks,
        export::{self, ExportParameters, Exported, Row},
        problem::Problem,
        resource::ShowError,
        responses::{ExportProblems, ReadProblems},
        state::State,
    },
    store::{ConversationLog, StoredEvent},
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
            content(
                (String = "text/csv", example = "id,sequence,occurredAt,recordedAt,event,label,…\nstatus-90210,42,2026-03-29T14:34:56.789012+02:00,2026-03-29T14:34:57.001500+02:00,STATUS_CHANGED,Status changed,…\n"),
                (String = "application/x-ndjson", example = "{\"id\":\"status-90210\",\"sequence\":42,\"event\":\"STATUS_CHANGED\", …}\n")
            ),
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

    fn fill(row: &mut Row, event: &StoredEvent, links: &ConversationLinks) -> Result<(), ShowError> {
        let event_type = event_type(event)?;
        row.beginning(event, event_type.code(), event_type.label())?;
        let conversation = event.subject.texts()?.id;
        row.optional(conversation.as_deref());
        row.optional(conversation.map(|id| links.to(&id)).as_deref());
        row.optional(event.operation_id.as_deref());
        Ok(())
    }
}

//! `/audit-logs/export`: the audit log as a file.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};

use super::resource::event_type;
use crate::{
    domain::{catalogue::EventType, filter::AuditLogFilter, text::Details, time_zone::TimeZone},
    http::{
        auth::{Caller, ReadAuditLogs},
        conversation_links::ConversationLinks,
        export::{self, ExportParameters, Exported, Row},
        problem::Problem,
        resource::ShowError,
        responses::{ExportProblems, ReadProblems},
        state::State,
    },
    store::{AuditLog, StoredEvent},
};

/// Export changes of the configuration
///
/// All events that match and are there when it begins, streamed as a file to save: CSV for spreadsheets, with times in `timeZone`
/// and cells that would be formulas made text by a `'`, or NDJSON for programs. Should anything go wrong after the beginning, the
/// transfer ends incomplete: a file that was received whole is whole.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "exportAuditLogs",
    params(ExportParameters, AuditLogFilter),
    responses(
        (status = 200, description = "The file. CSV begins with the names of the columns.",
            content(
                (String = "text/csv", example = "id,sequence,occurredAt,recordedAt,event,label,…\nqueues-4711,42,2026-03-29T14:34:56.789012+02:00,2026-03-29T14:34:57.001500+02:00,QUEUE_RENAMED,Queue renamed,…\n"),
                (String = "application/x-ndjson", example = "{\"id\":\"queues-4711\",\"sequence\":42,\"event\":\"QUEUE_RENAMED\", …}\n")
            ),
            headers(("Content-Disposition" = String, description = "`attachment` with a name for the file: the log, the time and the format."))),
        ReadProblems,
        ExportProblems
    )
)]
#[get("/audit-logs/export")]
pub async fn export_audit_logs(
    caller: Caller<ReadAuditLogs>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    export::export::<AuditLog>(&request, caller.account, &state).await
}

impl Exported for AuditLog {
    const FILE_NAME: &str = "audit-logs";
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
        "itemType",
        "itemId",
        "itemName",
        "operationId",
        "details",
    ];

    fn time_zone(filter: &AuditLogFilter) -> TimeZone {
        filter.time_zone
    }

    fn fill(row: &mut Row, event: &StoredEvent, _: &ConversationLinks) -> Result<(), ShowError> {
        let event_type = event_type(event)?;
        row.beginning(event, event_type.code(), event_type.label())?;
        row.text(event_type.item_type().code());
        row.term(Some(&event.subject))?;
        row.optional(event.operation_id.as_deref());
        row.optional(event.details.as_ref().map(Details::as_json));
        Ok(())
    }
}

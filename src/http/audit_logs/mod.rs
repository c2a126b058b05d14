//! `/audit-logs`: who changed the configuration.

pub mod export;
pub mod facets;
mod resource;
pub mod stream;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Payload},
};

use self::resource::AuditEventBody;
use super::{
    auth::{Caller, ReadAuditLogs, WriteEvents},
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
        audit_event::{AuditEvent, AuditEventType},
        filter::AuditLogFilter,
    },
    store::AuditLog,
};

/// Under names without parameters, the OpenAPI document refers to the event instead of copying it.
type AuditLogPage = PageBody<AuditEventBody<'static>>;
type AuditEventBatch = Batch<AuditEvent>;

/// List changes of the configuration
///
/// A page of the account's audit log, newest first. Different filters must all fit; a repeated filter lets through any of its values.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "listAuditLogs",
    params(AuditLogFilter, PageParameters, IfNoneMatchHeader),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = AuditLogPage,
            headers(
                ("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."),
                ("ETag" = String, description = "Tells this page from every other; for `If-None-Match`.")
            )),
        ReadProblems
    )
)]
#[get("/audit-logs")]
pub async fn list_audit_logs(
    caller: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    list::list::<AuditLog>(&request, caller.account, &state).await
}

/// Record audit events
///
/// Stores 1 to 1,000 events, all or none, and answers when they are durable. An event that is sent again with the same `id` and
/// content is a duplicate and does no harm, so a batch can be repeated until it is answered. An `id` must not be `event-types`,
/// `facets`, `export`, `stream`, `.` or `..`, because these words are part of paths.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "recordAuditEvents",
    request_body(content = AuditEventBatch, description = "The events; at most 4 MiB, counted after decompression if they come with `Content-Encoding: gzip`."),
    responses(
        (status = 201, description = "The events are stored; at least one is new.", body = BatchReceipt),
        (status = 200, description = "All the events were there already.", body = BatchReceipt,
            example = json!({"accepted": 0, "duplicates": 1, "events": [{"id": "queues-4711", "sequence": 42, "status": "DUPLICATE"}]})),
        WriteProblems
    )
)]
#[post("/audit-logs")]
pub async fn record_audit_events(
    caller: Caller<WriteEvents>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    ingest::record::<AuditLog>(&request, caller.account, &state, payload).await
}

/// List the audit event types
///
/// The catalogue for the drop-down of the event filter, grouped by item type.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "listAuditEventTypes",
    responses((status = 200, description = "The catalogue.", body = EventTypesBody), ReadProblems)
)]
#[get("/audit-logs/event-types")]
pub async fn list_audit_event_types(
    _: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    event_types::answer(&request, |event: AuditEventType| Some(event.item_type()))
}

/// Get an audit event
///
/// One event of the account's audit log.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "getAuditEvent",
    params(EventPath),
    responses((status = 200, description = "The event.", body = AuditEventBody), ReadProblems, EventProblems)
)]
#[get("/audit-logs/{id}")]
pub async fn get_audit_event(
    caller: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    event::get::<AuditLog>(&request, caller.account, &state).await
}

/// List the events that are related to an audit event
///
/// A page of the events of the same item, or with `by=operation` of the same operation, the event itself among them.
/// The list's filters narrow it further.
#[utoipa::path(
    tag = "Audit logs",
    operation_id = "listRelatedAuditEvents",
    params(EventPath, RelatedParameters, AuditLogFilter, PageParameters, IfNoneMatchHeader),
    responses(
        (status = 200, description = "A page of events, with links to the next and the previous one.", body = AuditLogPage,
            headers(
                ("Link" = String, description = "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query."),
                ("ETag" = String, description = "Tells this page from every other; for `If-None-Match`.")
            )),
        ReadProblems,
        EventProblems
    )
)]
#[get("/audit-logs/{id}/related")]
pub async fn list_related_audit_events(
    caller: Caller<ReadAuditLogs>,
    _: AcceptsJson,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    list::related::<AuditLog>(&request, caller.account, &state).await
}

//! `/access-logs`: who read what.

use actix_web::web::Data;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    access::Reading,
    auth::{Caller, ReadAccessLogs},
    database,
    endpoints::Content,
    list::ListParameters,
    negotiation::AcceptsJson,
    pagination::{Linked, Pagination},
    parameters::Parameters,
    problem::Problem,
    query::{And, Checked, Paged, Parsed},
    state::State,
};
use crate::{
    domain::{
        access::{AccessFilter, AccessedLog, Call, Outcome, Principal, Returned},
        filter::Period,
        page::{Page, Start},
        text::{Identifier, Text},
        timestamp::Timestamp,
    },
    store::RecordedAccess,
};

impl Parsed for AccessFilter {
    fn parse(parameters: &mut Parameters) -> Self {
        Self {
            done_by_id: parameters.any_of("doneById"),
            log: parameters.any_of("log"),
            conversation_id: parameters.any_of("conversationId"),
            item_id: parameters.any_of("itemId"),
        }
    }
}

/// Answers with a page of the account's accesses.
pub async fn list(
    caller: Caller<ReadAccessLogs>,
    _: AcceptsJson,
    query: Paged<And<AccessFilter, Period>, ListParameters>,
    state: Data<State>,
) -> Result<Linked<AccessPage>, Problem> {
    let Checked { filter: And(filter, period), page, start, binding, parameters } =
        query.check(&caller.account, &state.cursors)?;
    let reading = Reading::new(&caller, AccessedLog::AccessLogs, Call::List, &parameters, &state);
    let request = page.request(start);
    let account = caller.account;
    let page = database::run(&state.store, move |store| store.accesses(&account, &filter, &period, &request)).await?;
    let Page { entries: accesses, next, previous, total, .. } = page;
    let cursor = |start: &Start| state.cursors.encode(start, &binding);
    let pagination = Pagination::new(request.limit, total, [next, previous], cursor);
    let links = pagination.links(&parameters);
    let returned = Returned::events(accesses.iter().map(|access| access.sequence));
    let accesses = accesses.into_iter().map(AccessBody::of).collect::<Result<_, _>>().map_err(|error| {
        tracing::error!(%error, "an access cannot be shown");
        Problem::internal()
    })?;
    let page = Linked::new(&AccessPage { accesses, pagination }, links, &reading.account, &state)?;
    reading.answered(returned);
    Ok(page)
}

/// A page of accesses.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessPage {
    /// The accesses, in the requested order.
    #[schema(max_items = 1000)]
    accesses: Vec<AccessBody>,
    pagination: Pagination,
}

impl Content for AccessPage {
    const DESCRIPTION: &str = "A page of accesses, with links to the next and the previous page.";
}

/// Who read what. An export or a stream has two accesses with the same `requestId`: one when it began, one when it ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Access, examples(json!({
    "sequence": 42,
    "occurredAt": "2026-03-29T12:34:56.789012Z",
    "recordedAt": "2026-03-29T12:34:57.001500Z",
    "doneBy": {"id": "u-1042", "name": "Ana Horvat"},
    "log": "CONVERSATION_LOGS",
    "call": "LIST",
    "path": "/conversation-logs",
    "filter": {"conversationId": ["c-90210"]},
    "outcome": "COMPLETE",
    "status": 200,
    "rows": 17,
    "highestSequence": 4711,
    "requestId": "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55",
    "lost": 0,
    "count": 1
})))]
struct AccessBody {
    /// Its number in the account: 1, 2, 3 … in the order in which accesses were recorded, without gaps.
    #[schema(example = 42, minimum = 1)]
    sequence: i64,
    /// When the call began; for the end of an export or a stream, when it ended.
    occurred_at: Timestamp,
    /// When it was stored.
    recorded_at: Timestamp,
    /// Who called.
    done_by: Principal,
    /// What was read.
    #[schema(value_type = AccessedLog)]
    log: String,
    /// How it was read.
    #[schema(value_type = Call)]
    call: String,
    /// The path of the request.
    #[schema(example = "/conversation-logs", max_length = 8192)]
    path: String,
    /// The parameters of the request with their values, except `limit`, `orderBy`, `cursor` and `includeTotal`.
    #[schema(value_type = HashMap<String, Vec<String>>, example = json!({"conversationId": ["c-90210"]}))]
    filter: Box<RawValue>,
    /// Whether the response was complete, or the beginning or the early end of an export or a stream.
    #[schema(value_type = Outcome)]
    outcome: String,
    /// The status of the response: 200, or 304 if the client had the page already.
    #[schema(example = 200, minimum = 200, maximum = 304)]
    status: i16,
    /// The number of rows that the response returned: events, values of a facet, or accesses.
    #[schema(example = 17, minimum = 0)]
    rows: i64,
    /// The highest sequence of these rows; null if there are none, and for values of a facet.
    #[schema(required = true, example = 4711, minimum = 1)]
    highest_sequence: Option<i64>,
    /// The identifier of the request, as in the header `X-Request-Id` and in the log lines of the service.
    #[schema(example = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55", max_length = 128)]
    request_id: String,
    /// The number of accesses of this account that were lost between the previous recorded access and this one. Accesses are
    /// lost if the database stores none for so long that the queue of the service is full.
    #[schema(example = 0, minimum = 0)]
    lost: i64,
    /// The number of equal calls within about a second that this access represents: those with the same caller, path, filter
    /// and result. The other members are those of the first call. Always 1 for exports and streams.
    #[schema(example = 1, minimum = 1)]
    count: i64,
}

impl AccessBody {
    fn of(access: RecordedAccess) -> serde_json::Result<Self> {
        Ok(Self {
            sequence: access.sequence,
            occurred_at: Timestamp::from_microseconds(access.occurred_at),
            recorded_at: Timestamp::from_microseconds(access.recorded_at),
            done_by: Principal {
                id: Identifier::from_stored(access.done_by_id),
                name: access.done_by_name.map(Text::from_stored),
            },
            log: access.log,
            call: access.call,
            path: access.path,
            filter: RawValue::from_string(access.filter)?,
            outcome: access.outcome,
            status: access.status,
            rows: access.row_count,
            highest_sequence: access.highest_sequence,
            request_id: access.request_id,
            lost: access.lost,
            count: access.call_count,
        })
    }
}

//! Exports: all events that match, streamed as a file.

mod csv;
mod format;
pub mod row;
mod walk;

use std::io;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header,
    web::{Bytes, Data},
};
use futures_util::{StreamExt, stream::LocalBoxStream};
use strum::VariantNames;
use utoipa::{
    IntoParams,
    openapi::{ContentBuilder, ObjectBuilder, ResponseBuilder, Type},
};

use self::{format::Format, walk::Walk};
use super::{
    access::Reading,
    auth::{Caller, Read},
    endpoints::{self, Describe, Description},
    negotiation::AcceptHeader,
    parameters::Parameters,
    problem::Problem,
    query::{And, Parsed, Query},
    resource::Resource,
    slots::Slots,
    state::State,
};
use crate::domain::{access::Call, page::Order, timestamp::Timestamp};

/// The parameters of an export besides the filters.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ExportParameters {
    /// The format of the file: `csv` for spreadsheets (RFC 4180), `ndjson` for programs (each event as in the list, one per line).
    #[param(required = true, inline, example = "csv")]
    format: Format,
    /// The order of the file; ties are ordered by sequence.
    #[param(required = false, inline, example = "occurredAt:desc")]
    order_by: Order,
}

impl Parsed for ExportParameters {
    fn parse(parameters: &mut Parameters) -> Self {
        Self {
            format: parameters.required("format", Format::VARIANTS).unwrap_or(Format::Csv),
            order_by: parameters.one("orderBy").unwrap_or_default(),
        }
    }
}

/// Answers with all events of the log that match and were stored before the export began.
pub async fn export<R: Resource>(
    caller: Caller<Read<R>>,
    accepts: AcceptHeader,
    query: Query<And<R::Filter, ExportParameters>>,
    state: Data<State>,
) -> Result<File, Problem> {
    let Query(And(filter, ExportParameters { format, order_by }), parameters) = query;
    accepts.require(&format.media_type())?;
    let reading = Reading::new(&caller, R::ACCESSED, Call::Export, &parameters, &state);
    let slot = state.exports.take(&caller.account)?;
    let walk = Walk::<R> { account: caller.account, filter, format, links: state.conversation_links.clone() };
    let content = walk::start(walk, order_by, state, slot, reading).await?.boxed_local();
    let began = Timestamp::now().utc().format("%Y-%m-%dT%H%MZ");
    Ok(File { name: format!("{}-{began}.{}", R::NAMES.path, format.extension()), format, content })
}

/// A file to save.
pub struct File {
    name: String,
    format: Format,
    content: LocalBoxStream<'static, io::Result<Bytes>>,
}

impl Responder for File {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, self.format.content_type()))
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name)))
            .streaming(self.content)
    }
}

impl Describe for File {
    fn describe(description: &mut Description) {
        const CSV: &str = "id,sequence,occurredAt,recordedAt,event,label,…\nqueues-4711,42,2026-03-29T14:34:56.789012+02:00,\
            2026-03-29T14:34:57.001500+02:00,QUEUE_RENAMED,Queue renamed,…\n";
        const NDJSON: &str = "{\"id\":\"queues-4711\",\"sequence\":42,\"event\":\"QUEUE_RENAMED\", …}\n";
        let text = |example: &str| {
            let schema = ObjectBuilder::new().schema_type(Type::String);
            ContentBuilder::new().schema(Some(schema)).example(Some(example.into())).build()
        };
        let disposition = endpoints::text_header("`attachment` with a file name: the log, the time and the format.");
        let response = ResponseBuilder::new()
            .description("The file. CSV begins with the names of the columns.")
            .content("text/csv", text(CSV))
            .content("application/x-ndjson", text(NDJSON))
            .header("Content-Disposition", disposition);
        description.response(200, response.build());
        description.problem("The header Accept excludes the format.", &Problem::not_acceptable("text/csv"));
        description.problem("The account has the maximum number of open exports.", &Slots::too_many(10, "exports"));
    }
}

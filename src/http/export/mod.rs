//! Exports: everything that matches, streamed as a file.

mod csv;
mod format;
mod walk;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use utoipa::IntoParams;

pub use self::csv::Row;
use self::{format::Format, walk::Walk};
use super::{
    conversation_links::ConversationLinks,
    negotiation,
    parameters::Parameters,
    problem::Problem,
    resource::{Resource, ShowError},
    state::State,
};
use crate::{
    domain::{account::AccountId, page::Order, time_zone::TimeZone, timestamp::Timestamp},
    store::StoredEvent,
};

/// A log that can be exported.
pub trait Exported: Resource {
    /// Its name in file names.
    const FILE_NAME: &str;
    /// The first row of a CSV file.
    const COLUMNS: &[&str];

    /// Where the times of the file are local.
    fn time_zone(filter: &Self::Filter) -> TimeZone;

    /// Fills the row of an event, one cell for each column.
    fn fill(row: &mut Row, event: &StoredEvent, links: &ConversationLinks) -> Result<(), ShowError>;
}

/// The parameters of an export besides the filters.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ExportParameters {
    /// What the file is to be: `csv` for spreadsheets (RFC 4180), `ndjson` for programs (each event as the list has it, one a
    /// line).
    #[param(required = true, inline, example = "csv")]
    format: Format,
    /// The order of the file; ties are settled by sequence.
    #[param(required = false, inline, example = "occurredAt:desc")]
    order_by: Order,
}

/// Answers with all events of the log that match and were there when it began.
pub async fn export<E: Exported>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let filter = E::filter(&mut parameters);
    let format = parameters.required("format", &Format::NAMES);
    let order = parameters.one("orderBy").unwrap_or_default();
    parameters.finish()?;
    // Without a format there was a fault to tell of.
    let ExportParameters { format, order_by } =
        format.map(|format| ExportParameters { format, order_by: order }).ok_or_else(Problem::internal)?;
    negotiation::demand(request, &format.media_type())?;

    let walk = Walk::<E>::new(account, filter, order_by, format, state.conversation_links.clone());
    let body = walk::start(walk, Arc::clone(&state.store)).await?;
    let began = Timestamp::now().utc().format("%Y-%m-%dT%H%MZ");
    let file = format!("attachment; filename=\"{}-{began}.{}\"", E::FILE_NAME, format.extension());
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, format.content_type())).insert_header((header::CONTENT_DISPOSITION, file));
    Ok(response.streaming(body))
}

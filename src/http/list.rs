//! Pages of events: the list, and what is related to one event.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderValue, web::Data};
use form_urlencoded::Serializer;
use futures_util::TryFutureExt;
use serde::Serialize;
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use super::{
    cursor::{Binding, Place},
    database,
    pagination::{PageBody, Pagination},
    parameters::Parameters,
    problem::Problem,
    resource::{Relation, Resource},
    state::State,
};
use crate::{
    domain::{
        account::AccountId,
        fault::Fault,
        page::{Limit, Order, Page, PageRequest, Start},
    },
    store::Store,
};

/// The parameters of every call that answers with a page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct PageParameters {
    /// The most events of the page.
    #[param(required = false, inline, example = 50)]
    limit: Limit,
    /// The order of the list; ties are settled by sequence. `sequence:asc` is the order for followers.
    #[param(required = false, example = "occurredAt:desc")]
    order_by: Order,
    /// A cursor of an earlier answer: the page after or before it. The filters and the order must be the same as there.
    #[param(required = false, inline, example = "AQAABkE2bX8rgAAAAAAAAAAq")]
    cursor: Option<CursorText>,
    /// Whether to count all that match.
    #[param(required = false, default = false, example = true)]
    include_total: bool,
}

impl PageParameters {
    fn read(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.one("limit").unwrap_or_default(),
            order_by: parameters.one("orderBy").unwrap_or_default(),
            cursor: parameters.one("cursor"),
            include_total: parameters.flag("includeTotal"),
        }
    }
}

/// The parameter that only `related` has.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RelatedParameters {
    /// In what respect: the same item (for the conversation log: the same conversation), or the same operation.
    #[param(required = false, example = "item")]
    by: Relation,
}

/// Answers with a page of the log.
pub async fn list<R: Resource>(request: &HttpRequest, account: AccountId, state: &Data<State>) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let filter = R::filter(&mut parameters);
    let asked = Asked::read(request, &account, state, &mut parameters)?;
    answer::<R>(request, account, state, &parameters, asked, async || Ok(filter)).await
}

/// Answers with a page of the events that are related to one.
pub async fn related<R: Resource>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let mut filter = R::filter(&mut parameters);
    let RelatedParameters { by } = RelatedParameters { by: parameters.one("by").unwrap_or_default() };
    let asked = Asked::read(request, &account, state, &mut parameters)?;
    let find = super::event::find::<R>(request, account.clone(), state);
    let narrowed = async move || {
        R::narrow(&mut filter, &find.await?, by)?;
        Ok(filter)
    };
    answer::<R>(request, account, state, &parameters, asked, narrowed).await
}

/// A page that was asked for, and what its cursors are bound to.
struct Asked {
    page: PageRequest,
    binding: Binding,
}

impl Asked {
    /// Reads what is left of the parameters after the filters, and refuses what is then still left.
    fn read(request: &HttpRequest, account: &AccountId, state: &State, parameters: &mut Parameters) -> Result<Self, Problem> {
        let PageParameters { limit, order_by: order, cursor, include_total } = PageParameters::read(parameters);
        let binding = binding(request, account, order.code(), parameters);
        let start = start(state, cursor, &binding, parameters);
        parameters.finish()?;
        Ok(Self { page: PageRequest { order, limit, start, include_total, newest: None }, binding })
    }
}

/// A cursor before it is looked at.
#[derive(Debug)]
pub struct CursorText(String);

impl FromStr for CursorText {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            Err(Fault::new("must not be empty; leave it out for the first page"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl PartialSchema for CursorText {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new().schema_type(openapi::schema::Type::String).min_length(Some(1)).max_length(Some(2048)).into()
    }
}

impl ToSchema for CursorText {}

/// Where the page begins that a cursor asks for; one of another list is refused.
pub fn start<P: Place>(
    state: &State,
    cursor: Option<CursorText>,
    binding: &Binding,
    parameters: &mut Parameters,
) -> Option<Start<P>> {
    let CursorText(cursor) = cursor?;
    let start = state.cursors.decode(&cursor, binding);
    if start.is_none() {
        let message = "was not made for this list: an account, a call, filters and an order take only their own cursors. \
                       Begin again without it";
        parameters.refuse("cursor", Fault::new(message));
    }
    start
}

/// A cursor fits the account, the path, the filters as a set, and the order; a page's size may change on the way.
pub fn binding(request: &HttpRequest, account: &AccountId, order: &str, parameters: &Parameters) -> Binding {
    let mut filters: Vec<&(String, String)> = parameters.without(&["limit", "cursor", "includeTotal", "orderBy"]).collect();
    filters.sort_unstable();
    filters.dedup();
    let filters = filters.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    Binding::new([account.as_str(), request.path(), order].into_iter().chain(filters))
}

/// Reads the page, unless the client has it already, or it was read for somebody before and the log has not gone on since.
async fn answer<R: Resource>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
    parameters: &Parameters,
    Asked { page: asked, binding }: Asked,
    filter: impl AsyncFnOnce() -> Result<R::Filter, Problem>,
) -> Result<HttpResponse, Problem> {
    let question = state.page_cache.question(request, &account);
    let kept = state.page_cache.get(&question);
    if kept.is_some() || question.is_conditional() {
        let newest = database::in_time(&state.store, state.store.newest::<R>(&account).map_err(Problem::from)).await?;
        if let Some(not_modified) = question.not_modified(newest) {
            return Ok(not_modified);
        }
        if let Some(page) = kept.filter(|page| page.holds(newest)) {
            return Ok(question.answer(&page));
        }
    }

    let filter = filter().await?;
    let shared = Data::clone(state);
    // Encoded where it was read: what a thread has just written is still near it.
    let read = move |store: &Store| {
        let Page { events, next, previous, total, newest } = store.page::<R>(&account, &filter, &asked)?;
        let bodies: Result<Vec<_>, _> = events.iter().map(|event| R::body(event, &shared.conversation_links)).collect();
        let cursor = |start: Option<Start>| start.map(|start| shared.cursors.encode(&start, &binding));
        let pagination =
            Pagination { total: total.map(Into::into), ..Pagination::new(asked.limit, cursor(next), cursor(previous)) };
        let page = PageBody { events: bodies?, pagination };
        Ok::<_, Problem>((encode(&page)?, page.pagination, newest))
    };
    let (json, pagination, newest) = database::run(&state.store, read).await?;
    let links = links(request, parameters, &pagination);
    Ok(question.answer(&*state.page_cache.keep(&question, newest, json, links).await?))
}

/// The size of an event as JSON, a little more than is usual, in bytes: a buffer that need not grow is not copied.
pub const EVENT: usize = 512;

fn encode<B: Serialize>(page: &PageBody<B>) -> Result<Vec<u8>, Problem> {
    let mut json = Vec::with_capacity((page.events.len() + 1) * EVENT);
    serde_json::to_writer(&mut json, page).map_err(|error| {
        tracing::error!(%error, "a page cannot be written as JSON");
        Problem::internal()
    })?;
    Ok(json)
}

/// Says for the headers too how to go on.
pub fn links(request: &HttpRequest, parameters: &Parameters, pagination: &Pagination) -> Vec<HeaderValue> {
    let ways = [("next", &pagination.next_cursor), ("prev", &pagination.previous_cursor)];
    let links = ways.into_iter().filter_map(|(relation, cursor)| Some(link(request, parameters, cursor.as_deref()?, relation)));
    // A query of a request has nothing that a header could not carry.
    links.filter_map(|link| HeaderValue::from_str(&link).ok()).collect()
}

/// A link of RFC 8288 to another page, with the whole query.
fn link(request: &HttpRequest, parameters: &Parameters, cursor: &str, relation: &str) -> String {
    let query =
        Serializer::new(String::new()).extend_pairs(parameters.without(&["cursor"])).append_pair("cursor", cursor).finish();
    format!("<{}?{query}>; rel=\"{relation}\"", request.path())
}

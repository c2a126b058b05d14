//! Pages of events: the list, and what is related to one event.

use std::{borrow::Cow, str::FromStr};

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web::Data};
use form_urlencoded::Serializer;
use serde::Serialize;
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use super::{
    cursor::{Binding, Place},
    database,
    parameters::Parameters,
    problem::Problem,
    resource::{Relation, Resource},
    state::State,
};
use crate::domain::{
    account::AccountId,
    fault::Fault,
    page::{Limit, Order, Page, PageRequest, Start, Total},
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

/// A page of events.
#[derive(Debug, Serialize)]
pub struct PageBody<E> {
    events: Vec<E>,
    pagination: Pagination,
}

impl<E: ToSchema> PartialSchema for PageBody<E> {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let events = openapi::schema::ArrayBuilder::new()
            .description(Some("The events, in the order that was asked for."))
            .items(openapi::Ref::from_schema_name(E::name()))
            .max_items(Some(Limit::MAXIMUM.into()));
        openapi::ObjectBuilder::new()
            .description(Some("A page of events."))
            .property("events", events)
            .required("events")
            .property("pagination", openapi::Ref::from_schema_name(Pagination::name()))
            .required("pagination")
            .into()
    }
}

impl<E: ToSchema> ToSchema for PageBody<E> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", E::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, openapi::RefOr<openapi::Schema>)>) {
        schemas.extend([(E::name().into(), E::schema()), (Pagination::name().into(), Pagination::schema())]);
        E::schemas(schemas);
        Pagination::schemas(schemas);
    }
}

/// How to go on from a page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The most entries of the page, as asked for.
    #[schema(example = 50, minimum = 1, maximum = 1000)]
    limit: u16,
    /// The cursor of the next page; null on the last one. In a list with `orderBy=sequence:asc` it is never null: asked again
    /// later, it gives what was added since.
    #[schema(required = true, example = "AQAABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    next_cursor: Option<String>,
    /// The cursor of the previous page; null on the first one.
    #[schema(required = true, example = "AQEABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    previous_cursor: Option<String>,
    /// How many events match, if `includeTotal` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    total: Option<TotalBody>,
}

impl Pagination {
    /// Without a total.
    pub fn new(limit: Limit, next_cursor: Option<String>, previous_cursor: Option<String>) -> Self {
        Self { limit: limit.get(), next_cursor, previous_cursor, total: None }
    }
}

/// How many events match.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Total)]
pub struct TotalBody {
    /// The number of events; at most 10,000.
    #[schema(example = 1234, minimum = 0, maximum = 10000)]
    count: i64,
    /// Whether there are just as many, or counting stopped.
    #[schema(example = "EXACT")]
    relation: TotalRelation,
}

/// What a count says.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TotalRelation {
    /// Exactly so many.
    Exact,
    /// So many or more.
    AtLeast,
}

impl From<Total> for TotalBody {
    fn from(total: Total) -> Self {
        match total {
            Total::Exact(count) => Self { count, relation: TotalRelation::Exact },
            Total::AtLeast(count) => Self { count, relation: TotalRelation::AtLeast },
        }
    }
}

/// Answers with a page of the log.
pub async fn list<R: Resource>(request: &HttpRequest, account: AccountId, state: &Data<State>) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let filter = R::filter(&mut parameters);
    let asked = Asked::read(request, &account, state, &mut parameters)?;
    answer::<R>(request, account, state, filter, &parameters, asked).await
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
    let event = super::event::find::<R>(request, account.clone(), state).await?;
    R::narrow(&mut filter, event.event, by);
    answer::<R>(request, account, state, filter, &parameters, asked).await
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

async fn answer<R: Resource>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
    filter: R::Filter,
    parameters: &Parameters,
    Asked { page: asked, binding }: Asked,
) -> Result<HttpResponse, Problem> {
    let page = database::run(&state.store, move |store| store.page::<R>(&account, &filter, &asked)).await?;
    let Page { events, next, previous, total } = page;
    let cursor = |start: Option<Start>| start.map(|start| state.cursors.encode(&start, &binding));
    let pagination = Pagination { total: total.map(Into::into), ..Pagination::new(asked.limit, cursor(next), cursor(previous)) };
    let mut response = HttpResponse::Ok();
    add_links(&mut response, request, parameters, &pagination);
    let events: Vec<R::Body> = events.into_iter().map(|recorded| R::body(recorded, &state.conversation_links)).collect();
    Ok(response.json(PageBody { events, pagination }))
}

/// Says in the headers too how to go on.
pub fn add_links(response: &mut HttpResponseBuilder, request: &HttpRequest, parameters: &Parameters, pagination: &Pagination) {
    for (relation, cursor) in [("next", &pagination.next_cursor), ("prev", &pagination.previous_cursor)] {
        if let Some(cursor) = cursor {
            response.append_header((header::LINK, link(request, parameters, cursor, relation)));
        }
    }
}

/// A link of RFC 8288 to another page, with the whole query.
fn link(request: &HttpRequest, parameters: &Parameters, cursor: &str, relation: &str) -> String {
    let query =
        Serializer::new(String::new()).extend_pairs(parameters.without(&["cursor"])).append_pair("cursor", cursor).finish();
    format!("<{}?{query}>; rel=\"{relation}\"", request.path())
}

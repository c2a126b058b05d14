//! Pages of events: the list, and the events that are related to one.

use std::{marker::PhantomData, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, web::Data};
use futures_util::TryFutureExt;
use utoipa::IntoParams;

use super::{
    access::Reading,
    auth::{Caller, Read},
    body_memory::Reserved,
    cache_headers::CacheHeaders,
    cursor::Binding,
    database,
    endpoints::{Describe, Description},
    event::{self, EventPath},
    negotiation::AcceptsJson,
    page_cache::{EncodedPage, PageAnswer},
    pagination::{EVENT, LINK, PageBody, Pagination, encode},
    parameters::Parameters,
    problem::Problem,
    query::{And, Checked, CursorText, PageParameters, Paged, Parsed},
    resource::{Relation, Resource, ShowError},
    state::State,
};
use crate::{
    domain::{
        access::{Call, Returned},
        page::{Limit, Order, Page, PageRequest, Position, Start},
        text::Identifier,
    },
    store::Store,
};

/// The parameters of every page of events.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ListParameters {
    /// The maximum number of entries of the page.
    #[param(required = false, inline, example = 50)]
    limit: Limit,
    /// The order of the list; ties are ordered by sequence. `sequence:asc` is the order for followers.
    #[param(required = false, example = "occurredAt:desc")]
    order_by: Order,
    /// A cursor of an earlier response: the page after or before it. The filters and the order must be the same as there.
    #[param(required = false, inline, example = "AQAABkE2bX8rgAAAAAAAAAAq")]
    cursor: Option<CursorText>,
    /// Whether to count all entries that match.
    #[param(required = false, default = false, example = true)]
    include_total: bool,
}

impl Parsed for ListParameters {
    fn parse(parameters: &mut Parameters) -> Self {
        Self {
            limit: parameters.one("limit").unwrap_or_default(),
            order_by: parameters.one("orderBy").unwrap_or_default(),
            cursor: parameters.one("cursor"),
            include_total: parameters.flag("includeTotal"),
        }
    }
}

impl ListParameters {
    /// The request for the page that begins at `start`.
    pub fn request(self, start: Option<Start>) -> PageRequest {
        let Self { limit, order_by, include_total, .. } = self;
        PageRequest { order: order_by, limit, start, include_total, newest: None, above: 0 }
    }
}

impl PageParameters for ListParameters {
    type Position = Position;

    fn cursor(&mut self) -> Option<CursorText> {
        self.cursor.take()
    }

    fn order(&self) -> &'static str {
        self.order_by.code()
    }
}

/// The parameter that only `related` has.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RelatedParameters {
    /// How the events are related: the same item (in the conversation log, the same conversation), or the same operation.
    #[param(required = false, example = "item")]
    by: Relation,
}

impl Parsed for RelatedParameters {
    fn parse(parameters: &mut Parameters) -> Self {
        Self { by: parameters.one("by").unwrap_or_default() }
    }
}

/// Answers with a page of the log.
pub async fn list<R: Resource>(
    caller: Caller<Read<R>>,
    _: AcceptsJson,
    query: Paged<R::Filter, ListParameters>,
    headers: CacheHeaders,
    state: Data<State>,
) -> Result<EventPage<R>, Problem> {
    let query = query.check(&caller.account, &state.cursors)?;
    let Checked { filter, page, start, binding, parameters } = query;
    let reading = Reading::new(&caller, R::ACCESSED, Call::List, &parameters, &state);
    let asked = (page.request(start), binding);
    answer::<R>(reading, &state, &parameters, headers, asked, async || Ok((filter, None))).await
}

/// Answers with a page of the events that are related to one.
pub async fn related<R: Resource>(
    caller: Caller<Read<R>>,
    _: AcceptsJson,
    id: EventPath,
    query: Paged<And<R::Filter, RelatedParameters>, ListParameters>,
    headers: CacheHeaders,
    state: Data<State>,
) -> Result<EventPage<R>, Problem> {
    let query = query.check(&caller.account, &state.cursors)?;
    let Checked { filter: And(mut filter, RelatedParameters { by }), page, start, binding, parameters } = query;
    let reading = Reading::new(&caller, R::ACCESSED, Call::Related, &parameters, &state);
    let find = event::find::<R>(&state, caller.account, id);
    let narrowed = async move || {
        let event = find.await?;
        match by {
            Relation::Item => R::narrow_to_subject(&mut filter, &event)?,
            Relation::Operation => filter.shared.narrow_to_operation(event.operation_id.map(Identifier::from_stored)),
        }
        Ok((filter, Some(event.subject.identifier().map_err(ShowError::from)?)))
    };
    let asked = (page.request(start), binding);
    answer::<R>(reading, &state, &parameters, headers, asked, narrowed).await
}

/// A page of events of a log, or 304 for a client that has it already.
pub struct EventPage<R>(PageAnswer, PhantomData<R>);

impl<R> Responder for EventPage<R> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

impl<R: Resource> Describe for EventPage<R> {
    fn describe(description: &mut Description) {
        const HEADERS: [(&str, &str); 2] = [
            LINK,
            (
                "ETag",
                "The version of the page. It changes with every new event of the log. \
                 A request that sends it in `If-None-Match` gets 304 as long as the log has no new event.",
            ),
        ];
        description.content::<PageBody<R::Body<'static>>>(&HEADERS);
    }
}

/// Reads the page, unless the client or the cache has it and the log has no new events.
async fn answer<R: Resource>(
    reading: Reading,
    state: &Data<State>,
    parameters: &Parameters,
    headers: CacheHeaders,
    (asked, binding): (PageRequest, Binding),
    // Also returns the item or the conversation of the event that the path names.
    filter: impl AsyncFnOnce() -> Result<(R::Filter, Option<Identifier>), Problem>,
) -> Result<EventPage<R>, Problem> {
    let answer = |answer| Ok(EventPage(answer, PhantomData));
    let account = reading.account.clone();
    let question = state.page_cache.question(&account, parameters.url(), headers);
    let cached = state.page_cache.get(&question);
    let respond = |reading: Reading, page: Arc<EncodedPage>, memory: Option<Reserved>| {
        let found = question.answer(page, memory);
        match found.page() {
            Some(page) => reading.answered(page.returned.clone()),
            None => reading.not_modified(),
        }
        answer(found)
    };
    if cached.is_some() || question.is_conditional() {
        let version = database::in_time(&state.store, state.store.version::<R>(&account).map_err(Problem::from)).await?;
        if let Some(not_modified) = question.not_modified(version) {
            reading.not_modified();
            return answer(not_modified);
        }
        if let Some(page) = cached.filter(|page| page.is_current(version)) {
            return respond(reading, page, None);
        }
    }

    let (filter, subject) = filter().await?;
    let shared = Data::clone(state);
    // Encoded on the thread that read it, whose caches have the rows.
    let read = move |store: &Store| {
        let (Page { entries: events, next, previous, total }, version) = store.page::<R>(&account, &filter, &asked)?;
        let returned = Returned { subject, ..Returned::events(events.iter().map(|event| event.sequence)) };
        let bodies: Result<Vec<_>, _> = events.iter().map(|event| R::body(event, &shared.conversation_links)).collect();
        let cursor = |start: &Start| shared.cursors.encode(start, &binding);
        let pagination = Pagination::new(asked.limit, total, [next, previous], cursor);
        let page = PageBody { events: bodies?, pagination };
        let json = encode(&page, (page.events.len() + 1) * EVENT)?;
        Ok::<_, Problem>((json, page.pagination, version, returned))
    };
    let (json, pagination, version, returned) = database::run(&state.store, read).await?;
    let links = pagination.links(parameters);
    let page = state.page_cache.keep(&question, version, json, links, returned).await?;
    let memory = state.page_memory.for_page(&reading.account, page.size())?;
    respond(reading, page, memory)
}

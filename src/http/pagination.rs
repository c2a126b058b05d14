//! The body of a page: its events, and the cursors of the pages beside it.

use std::marker::PhantomData;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body_memory::{Reserved, held},
    endpoints::{Content, Describe, Description},
    parameters::Parameters,
    problem::Problem,
    state::State,
};
use crate::domain::{
    account::AccountId,
    page::{Limit, Start, Total},
};

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageBody<E> {
    /// The events, in the requested order.
    #[schema(max_items = 1000)]
    pub events: Vec<E>,
    pub pagination: Pagination,
}

impl<E: ToSchema> Content for PageBody<E> {
    const DESCRIPTION: &str = "A page of events, with links to the next and the previous page.";

    fn schema_name() -> String {
        format!("{}Page", E::name())
    }

    fn arguments(description: &mut Description) {
        description.schema::<E>(&E::name());
    }
}

/// A page with links to the pages beside it.
pub struct Linked<B> {
    json: Bytes,
    memory: Option<Reserved>,
    /// The values of the header `Link`.
    links: Vec<HeaderValue>,
    body: PhantomData<B>,
}

impl<B: Serialize> Linked<B> {
    /// Encodes a page of an account, and reserves memory if it is large.
    pub fn new(body: &B, links: Vec<HeaderValue>, account: &AccountId, state: &State) -> Result<Self, Problem> {
        let json = encode(body, 0)?;
        let memory = state.page_memory.for_page(account, json.len())?;
        Ok(Self { json: json.into(), memory, links, body: PhantomData })
    }
}

impl<B> Responder for Linked<B> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for link in self.links {
            response.append_header((header::LINK, link));
        }
        response.content_type("application/json").body(held(self.json, self.memory))
    }
}

impl<B: Content> Describe for Linked<B> {
    fn describe(description: &mut Description) {
        description.content::<B>(&[LINK]);
    }
}

/// Slightly more than the usual size of an event as JSON, in bytes, so that buffers seldom grow.
pub const EVENT: usize = 512;

/// A body as JSON. `size`: its likely size in bytes, so that the buffer seldom grows.
pub fn encode(body: &impl Serialize, size: usize) -> Result<Vec<u8>, Problem> {
    let mut json = Vec::with_capacity(size);
    serde_json::to_writer(&mut json, body).map_err(|error| {
        tracing::error!(%error, "a body cannot be written as JSON");
        Problem::internal()
    })?;
    Ok(json)
}

/// The header `Link`, for the OpenAPI document.
pub const LINK: (&str, &str) = ("Link", "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query.");

/// The cursors of the next and the previous page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The maximum number of entries of the page, as requested.
    #[schema(example = 50, minimum = 1, maximum = 1000)]
    pub limit: u16,
    /// The cursor of the next page; null on the last one. In a list with `orderBy=sequence:asc` it is never null: requested
    /// later, it returns the events added since.
    #[schema(required = true, example = "AQAABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    pub next_cursor: Option<String>,
    /// The cursor of the previous page; null on the first one.
    #[schema(required = true, example = "AQEABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    pub previous_cursor: Option<String>,
    /// The number of entries that match, with `includeTotal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub total: Option<Total>,
}

impl Pagination {
    /// `beside`: the beginnings of the next and the previous page, which `encode` converts to cursors.
    pub fn new<P>(
        limit: Limit,
        total: Option<Total>,
        beside: [Option<Start<P>>; 2],
        encode: impl Fn(&Start<P>) -> String,
    ) -> Self {
        let [next_cursor, previous_cursor] = beside.map(|start| start.as_ref().map(&encode));
        Self { limit: limit.get(), next_cursor, previous_cursor, total }
    }

    /// The values of the header `Link`.
    pub fn links(&self, parameters: &Parameters) -> Vec<HeaderValue> {
        let ways = [("next", &self.next_cursor), ("prev", &self.previous_cursor)];
        let links = ways.into_iter().filter_map(|(relation, cursor)| Some(link(parameters, cursor.as_deref()?, relation)));
        // The query of a valid request is valid in a header.
        links.filter_map(|link| HeaderValue::from_str(&link).ok()).collect()
    }
}

/// A link (RFC 8288) to another page, with the whole query.
fn link(parameters: &Parameters, cursor: &str, relation: &str) -> String {
    format!("<{}?{}cursor={cursor}>; rel=\"{relation}\"", parameters.path(), parameters.query_without_cursor())
}

//! The body of a page: its events, and the cursors of the pages beside it.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, HeaderValue},
};
use form_urlencoded::Serializer;
use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi};

use super::{
    endpoints::{Content, Describe, Description},
    parameters::Parameters,
};
use crate::domain::page::{Limit, Start, Total};

/// A page of events.
#[derive(Debug, Serialize)]
pub struct PageBody<E> {
    pub events: Vec<E>,
    pub pagination: Pagination,
}

impl<E: ToSchema> PartialSchema for PageBody<E> {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let events = openapi::schema::ArrayBuilder::new()
            .description(Some("The events, in the requested order."))
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

/// A page with links to the pages beside it.
pub struct Linked<B> {
    pub body: B,
    /// The values of the header `Link`.
    pub links: Vec<HeaderValue>,
}

impl<B: Serialize> Responder for Linked<B> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for link in self.links {
            response.append_header((header::LINK, link));
        }
        response.json(self.body)
    }
}

impl<B: Content> Describe for Linked<B> {
    fn describe(description: &mut Description) {
        description.json::<B>(200, B::DESCRIPTION, &[LINK]);
    }
}

/// The header `Link`, for the OpenAPI document.
pub const LINK: (&str, &str) = ("Link", "RFC 8288: `rel=\"next\"` and `rel=\"prev\"`, with the whole query.");

/// The cursors of the pages beside a page.
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
    pub total: Option<TotalBody>,
}

impl Pagination {
    /// `beside`: where the next and the previous page begin, of which `encode` makes cursors.
    pub fn new<P>(
        limit: Limit,
        total: Option<Total>,
        beside: [Option<Start<P>>; 2],
        encode: impl Fn(&Start<P>) -> String,
    ) -> Self {
        let [next_cursor, previous_cursor] = beside.map(|start| start.as_ref().map(&encode));
        Self { limit: limit.get(), next_cursor, previous_cursor, total: total.map(Into::into) }
    }

    /// The values of the header `Link`.
    pub fn links(&self, parameters: &Parameters) -> Vec<HeaderValue> {
        let ways = [("next", &self.next_cursor), ("prev", &self.previous_cursor)];
        let links = ways.into_iter().filter_map(|(relation, cursor)| Some(link(parameters, cursor.as_deref()?, relation)));
        // The query of a valid request is valid in a header.
        links.filter_map(|link| HeaderValue::from_str(&link).ok()).collect()
    }
}

/// The number of entries that match.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Total)]
pub struct TotalBody {
    /// The number of entries; at most 10,000.
    #[schema(example = 1234, minimum = 0, maximum = 10000)]
    count: i64,
    /// Whether the number is exact or a lower bound.
    #[schema(example = "EXACT")]
    relation: TotalRelation,
}

/// The meaning of a count.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TotalRelation {
    /// The exact number.
    Exact,
    /// Counting stopped at this number.
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

/// A link (RFC 8288) to another page, with the whole query.
fn link(parameters: &Parameters, cursor: &str, relation: &str) -> String {
    let query =
        Serializer::new(String::new()).extend_pairs(parameters.without(&["cursor"])).append_pair("cursor", cursor).finish();
    format!("<{}?{query}>; rel=\"{relation}\"", parameters.path())
}

//! What a page looks like: its events, and how to go on from it.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi};

use crate::domain::page::{Limit, Total};

/// A page of events.
#[derive(Debug, Serialize)]
pub struct PageBody<E> {
    pub events: Vec<E>,
    pub pagination: Pagination,
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
    pub limit: u16,
    /// The cursor of the next page; null on the last one. In a list with `orderBy=sequence:asc` it is never null: asked again
    /// later, it gives what was added since.
    #[schema(required = true, example = "AQAABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    pub next_cursor: Option<String>,
    /// The cursor of the previous page; null on the first one.
    #[schema(required = true, example = "AQEABkE2bX8rgAAAAAAAAAAq", max_length = 2048)]
    pub previous_cursor: Option<String>,
    /// How many events match, if `includeTotal` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub total: Option<TotalBody>,
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

//! The named queries, and the expected result of each.

mod lists;
mod prepare;

pub use prepare::{Prepared, path, prepare};

use crate::world::{
    World,
    filter::{Asked, Found, find},
};

/// The queries that goals refer to.
pub const FIRST_PAGE: &str = "first page";
pub const FIRST_PAGE_CACHED: &str = "first page, cached";
pub const FIRST_PAGE_UNCACHED: &str = "first page, uncached";
pub const NOT_MODIFIED: &str = "first page, If-None-Match";
pub const EVENT_PAGE: &str = "event: common";
pub const EVENT_PAGE_UNCACHED: &str = "page of one event type, uncached";
pub const DEEP_PAGE: &str = "deep page, by date";
pub const TOTAL: &str = "first page with total";

/// A list, and the forms in which it is requested.
pub struct ListQuery {
    pub name: &'static str,
    pub asked: Vec<Asked>,
    /// Parameters beyond the filters.
    pub more: &'static str,
    /// Whether each request differs from all others, so that none is served from the cache of pages.
    pub varied: bool,
}

/// All lists.
pub fn lists(world: &World) -> Vec<ListQuery> {
    lists::all(world)
}

/// The expected results of all lists, in order.
pub fn answers(world: &World) -> Vec<Found> {
    let asked: Vec<Asked> = lists(world).into_iter().flat_map(|query| query.asked).collect();
    find(world, &asked)
}

/// The number of events before the deep page.
pub fn depth(world: &World) -> u32 {
    (world.events(0, crate::world::Log::Audit) / 10 * 9).min(1_000_000)
}

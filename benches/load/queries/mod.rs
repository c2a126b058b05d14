//! The named queries, and what each must answer.

mod lists;
mod prepare;

pub use prepare::{path, prepare};

use crate::world::{World, filter::Asked};

/// The queries that the goals name.
pub const FIRST_PAGE: &str = "first page";
pub const FIRST_PAGE_AGAIN: &str = "first page, asked again";
/// By a service that keeps neither pages nor events.
pub const FIRST_PAGE_ANEW: &str = "first page, nothing kept";
pub const NOT_MODIFIED: &str = "first page, If-None-Match";
pub const EVENT_PAGE: &str = "event: common";
pub const EVENT_PAGE_ANEW: &str = "event: common, nothing kept";
pub const DEEP_PAGE: &str = "deep page, by date";
pub const TOTAL: &str = "first page with total";

/// A list that is asked for in several ways, one after the other.
pub struct ListQuery {
    pub name: &'static str,
    pub asked: Vec<Asked>,
    /// Parameters beyond the filters.
    pub more: &'static str,
    /// Whether each request is to be unlike all others: then no cache can know its answer.
    pub varied: bool,
}

/// All lists.
pub fn lists(world: &World) -> Vec<ListQuery> {
    lists::all(world)
}

/// How many events down the deep page is.
pub fn depth(world: &World) -> u32 {
    (world.events(0, crate::world::Log::Audit) / 10 * 9).min(1_000_000)
}

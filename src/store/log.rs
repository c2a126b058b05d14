//! What the store needs to know of each of the two logs.

use diesel::QueryResult;

use super::{
    arms::Rows,
    comparison::Table,
    connection::Db,
    criteria::Criteria,
    writer::{Job, Request},
};
use crate::domain::{
    account::AccountId,
    event::{Event, Recorded},
    facet::Mentions,
    page::PageRequest,
    text::EventId,
};

/// A log: its table, its events and its filters.
pub trait Log: 'static {
    /// Its name in `log_heads`.
    const NAME: &str;
    /// Its table.
    const TABLE: Table;
    /// Its events, as producers send them.
    type Event: Event + Mentions + PartialEq + Send + 'static;
    /// Its filters.
    type Filter: Default + Send + Sync + 'static;

    /// What a filter asks of the table's columns.
    fn criteria(filter: &Self::Filter) -> Criteria<'_>;

    /// Those rows of a page, in the order of reading, one more than the page has if there are so many.
    fn load(db: &mut Db, rows: Rows<'_>, request: &PageRequest) -> QueryResult<Vec<Recorded<Self::Event>>>;

    /// The events of these identifiers that are there, each with the index at which it is wanted, in any order.
    fn find(db: &mut Db, wanted: &[(&AccountId, &EventId)]) -> QueryResult<Vec<(usize, Recorded<Self::Event>)>>;

    /// Inserts numbered events.
    fn insert(db: &mut Db, events: &[(&AccountId, Recorded<&Self::Event>)]) -> QueryResult<()>;

    /// The request as the writers take it.
    fn job(request: Request<Self::Event>) -> Job;
}

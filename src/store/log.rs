//! What the store needs to know of each of the two logs.

use diesel::QueryResult;

use super::{
    connection::Db,
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
    /// Its events, as producers send them.
    type Event: Event + Mentions + PartialEq + Send + 'static;
    /// Its filters.
    type Filter: Send + Sync + 'static;

    /// The events of a page that match, in the order of reading, one more than the page has if there are so many.
    fn select(
        db: &mut Db,
        account: &AccountId,
        filter: &Self::Filter,
        request: &PageRequest,
    ) -> QueryResult<Vec<Recorded<Self::Event>>>;

    /// How many events match; stops counting at `at_most`.
    fn count(db: &mut Db, account: &AccountId, filter: &Self::Filter, at_most: i64) -> QueryResult<i64>;

    /// The events of these identifiers that are there, each with the index at which it is wanted, in any order.
    fn find(db: &mut Db, wanted: &[(&AccountId, &EventId)]) -> QueryResult<Vec<(usize, Recorded<Self::Event>)>>;

    /// Inserts numbered events.
    fn insert(db: &mut Db, events: &[(&AccountId, Recorded<&Self::Event>)]) -> QueryResult<()>;

    /// The request as the writers take it.
    fn job(request: Request<Self::Event>) -> Job;
}

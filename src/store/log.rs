//! What the store has to know of each log.

use super::{conditions::EventFilter, terms::ShowSubject};
use crate::domain::{catalogue::CatalogueEntry, event::Event, facet::Mention};

/// A log as callers name it.
pub trait Log: 'static {
    /// Its table and its catalogue.
    const TABLE: &'static LogTable;
    /// Its filters.
    type Filter: Default + Send + Sync + 'static;

    /// The filters in the words that both logs share.
    fn event_filter(filter: &Self::Filter) -> EventFilter<'_>;
}

/// A log's table and its catalogue.
#[derive(Debug)]
pub struct LogTable {
    /// The log's name in `log_heads`.
    pub name: &'static str,
    /// The table of its events.
    pub table: &'static str,
    /// Its event types.
    pub catalogue: fn() -> Vec<CatalogueEntry>,
    /// The number of the type of the items that an event type happens to; 0 in the conversation log.
    pub subject_kind: fn(i16) -> i16,
    /// The JSON that events show of their subject.
    pub show_subject: ShowSubject,
    /// What an event states about entries of facets.
    pub mentions: for<'a> fn(&'a Event) -> Vec<Mention<'a>>,
    /// The numbers of the event types that rename their subject.
    pub renaming_types: fn() -> Vec<i16>,
    /// The numbers of the event types that create or delete their subject.
    pub life_cycle_types: fn() -> Vec<i16>,
}

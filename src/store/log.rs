//! The properties of a log.

use super::{conditions::EventFilter, terms::EncodeSubject};
use crate::domain::{event::Event, facet::Mention};

/// A log, as a type parameter of the methods of [`Store`](super::Store).
pub trait Log: 'static {
    const TABLE: &'static LogTable;
    type Filter: Default + Send + Sync + 'static;

    /// The filter in the form that both logs share.
    fn event_filter(filter: &Self::Filter) -> EventFilter<'_>;
}

/// The table of a log, and what depends on its event types.
#[derive(Debug)]
pub struct LogTable {
    /// The log's name in `log_heads`.
    pub name: &'static str,
    /// The table of its events.
    pub table: &'static str,
    /// The number of an event type's item type; 0 in the conversation log.
    pub subject_kind: fn(i16) -> i16,
    /// Encodes a subject as the JSON of its log's events.
    pub encode_subject: EncodeSubject,
    /// What an event states about entries of facets.
    pub mentions: for<'a> fn(&'a Event) -> Vec<Mention<'a>>,
    /// The numbers of the event types that rename their subject.
    pub renaming_types: fn() -> Vec<i16>,
    /// The numbers of the event types that create or delete their subject.
    pub life_cycle_types: fn() -> Vec<i16>,
}

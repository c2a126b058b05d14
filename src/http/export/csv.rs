//! Events as rows of CSV.

use std::io;

use csv::{Terminator, WriterBuilder};

use super::row::{FIRST_COLUMNS, Row};
use crate::{
    domain::{catalogue::EventType, time_zone::TimeZone},
    http::{conversation_links::ConversationLinks, resource::Resource},
    store::StoredEvent,
};

/// Renders events, after the names of the columns if the file begins here.
pub fn render<R: Resource>(
    events: &[StoredEvent],
    with_header: bool,
    zone: TimeZone,
    links: &ConversationLinks,
) -> csv::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if with_header {
        writer.write_record(FIRST_COLUMNS.iter().chain(R::COLUMNS))?;
    }
    let mut row = Row::new(zone);
    for event in events {
        let event_type = R::event_type(event).map_err(io::Error::other)?;
        row.clear();
        row.beginning(event, event_type.code(), event_type.label()).map_err(io::Error::other)?;
        R::fill(&mut row, event, links).map_err(io::Error::other)?;
        writer.write_record(row.cells())?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

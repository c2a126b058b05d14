//! Events as rows of CSV (RFC 4180), safe to open in a spreadsheet.

use std::io;

use csv::{StringRecord, Terminator, WriterBuilder};

use super::Exported;
use crate::{
    domain::{time_zone::TimeZone, timestamp::Timestamp},
    http::conversation_links::ConversationLinks,
    store::{NamedTerm, StoredEvent},
};

/// Renders events, under the names of the columns if this is where the file begins.
pub fn render<E: Exported>(
    events: &[StoredEvent],
    with_header: bool,
    zone: TimeZone,
    links: &ConversationLinks,
) -> csv::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if with_header {
        writer.write_record(E::COLUMNS)?;
    }
    let mut row = Row { cells: StringRecord::new(), zone };
    for event in events {
        row.cells.clear();
        E::fill(&mut row, event, links).map_err(io::Error::other)?;
        writer.write_record(&row.cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A row that is being filled, cell by cell.
#[derive(Debug)]
pub struct Row {
    cells: StringRecord,
    zone: TimeZone,
}

impl Row {
    /// A cell of text. One that a spreadsheet would take for a formula gets a `'` in front, which makes it text there.
    pub fn text(&mut self, text: &str) {
        const BEGINS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
        if text.starts_with(BEGINS_FORMULA) {
            self.cells.push_field(&format!("'{text}"));
        } else {
            self.cells.push_field(text);
        }
    }

    /// A cell that can be empty.
    pub fn optional(&mut self, text: Option<&str>) {
        self.text(text.unwrap_or_default());
    }

    /// A cell with a whole number.
    pub fn number(&mut self, number: i64) {
        self.cells.push_field(&number.to_string());
    }

    /// A cell with a time, as clocks of the file's zone show it.
    pub fn time(&mut self, instant: Timestamp) {
        let shown = self.zone.show(instant);
        self.text(&shown);
    }

    /// Two cells: an identifier and a name, or a value and its label. What is missing is an empty cell.
    pub fn term(&mut self, term: Option<&NamedTerm>) -> serde_json::Result<()> {
        let texts = term.map(NamedTerm::texts).transpose()?.unwrap_or_default();
        self.optional(texts.id.as_deref());
        self.optional(texts.name.as_deref());
        Ok(())
    }

    /// The cells that both logs have in front: from `id` to `toLabel`.
    pub fn beginning(&mut self, event: &StoredEvent, code: &str, label: &str) -> serde_json::Result<()> {
        self.text(&event.id);
        self.number(event.sequence);
        self.time(event.occurred_at);
        self.time(event.recorded_at);
        self.text(code);
        self.text(label);
        self.text(event.actor_type.code());
        self.term(Some(&event.done_by))?;
        self.term(event.from.as_ref())?;
        self.term(event.to.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_becomes_text() {
        let mut row = Row { cells: StringRecord::new(), zone: TimeZone::default() };
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1", "'=1", ""] {
            row.text(text);
        }
        let cells: Vec<&str> = row.cells.iter().collect();
        assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "a=1", "'=1", ""]);
    }
}

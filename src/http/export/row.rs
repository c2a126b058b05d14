//! A row of CSV (RFC 4180), safe to open in a spreadsheet.

use csv::StringRecord;

use crate::{
    domain::{time_zone::TimeZone, timestamp::Timestamp},
    store::{NamedTerm, StoredEvent},
};

/// The columns that the file of every log begins with.
pub const FIRST_COLUMNS: [&str; 13] = [
    "id",
    "sequence",
    "occurredAt",
    "recordedAt",
    "event",
    "label",
    "doneByType",
    "doneById",
    "doneByName",
    "fromValue",
    "fromLabel",
    "toValue",
    "toLabel",
];

/// A row that is being filled, cell by cell.
#[derive(Debug)]
pub struct Row {
    cells: StringRecord,
    zone: TimeZone,
}

impl Row {
    /// An empty row of a file with times in `zone`.
    pub fn new(zone: TimeZone) -> Self {
        Self { cells: StringRecord::new(), zone }
    }

    /// Removes all cells.
    pub fn clear(&mut self) {
        self.cells.clear();
    }

    /// The row.
    pub fn cells(&self) -> &StringRecord {
        &self.cells
    }

    /// A cell of text. Text that a spreadsheet would interpret as a formula gets a `'` before it.
    pub fn text(&mut self, text: &str) {
        /// As OWASP lists them ("CSV Injection"), with the full-width forms, which some spreadsheets interpret too.
        const BEGINS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
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

    /// A cell with an integer.
    pub fn number(&mut self, number: i64) {
        self.cells.push_field(&number.to_string());
    }

    /// A cell with a time, in the time zone of the file.
    pub fn time(&mut self, instant: Timestamp) {
        let shown = self.zone.show(instant);
        self.text(&shown);
    }

    /// Two cells: an identifier and a name, or a value and its label. They are empty if there is none.
    pub fn term(&mut self, term: Option<&NamedTerm>) -> serde_json::Result<()> {
        let texts = term.map(NamedTerm::texts).transpose()?.unwrap_or_default();
        self.optional(texts.id.as_deref());
        self.optional(texts.name.as_deref());
        Ok(())
    }

    /// The cells of [`FIRST_COLUMNS`].
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
    fn formulas_become_text() {
        let mut row = Row::new(TimeZone::default());
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "a=1", "'=1", ""] {
            row.text(text);
        }
        let cells: Vec<&str> = row.cells().iter().collect();
        assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "'\n=1", "'＝1", "a=1", "'=1", ""]);
    }
}

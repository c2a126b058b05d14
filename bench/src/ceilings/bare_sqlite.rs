//! The bare statements on SQLite, with rusqlite. Each thread has a connection, which prepares them once.

use rusqlite::{Connection, OpenFlags};

use super::page::{Asked, Catalogue, PageWriter, Row, first_page, page_of_event};
use crate::Outcome;

/// The connection of one thread.
pub struct Sqlite {
    connection: Connection,
    page: String,
    of_event: String,
}

impl Sqlite {
    pub fn open(path: &str) -> Outcome<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        Ok(Self { connection, page: first_page(), of_event: page_of_event() })
    }

    /// The newest page of an account, or of one of its event types.
    pub fn page(&self, asked: &Asked, catalogue: &Catalogue) -> Outcome<Vec<u8>> {
        let mut statement = self.connection.prepare_cached(if asked.event.is_some() { &self.of_event } else { &self.page })?;
        let mut rows = match &asked.event {
            None => statement.query((&asked.account, asked.from))?,
            Some(event) => statement.query((&asked.account, asked.from, event))?,
        };
        let mut writer = PageWriter::new(catalogue);
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column).ok().and_then(|value| value.as_str().ok());
            writer.add(&Row {
                id: text(0).unwrap_or_default(),
                sequence: row.get(1)?,
                occurred_at: row.get(2)?,
                recorded_at: row.get(3)?,
                event_type: text(4).unwrap_or_default(),
                done_by_type: text(5).unwrap_or_default(),
                done_by_id: text(6),
                done_by_name: text(7),
                from_value: text(8),
                from_label: text(9),
                to_value: text(10),
                to_label: text(11),
                item_type: text(12).unwrap_or_default(),
                item_id: text(13).unwrap_or_default(),
                item_name: text(14),
                operation_id: text(15),
                details: text(16),
            });
        }
        Ok(writer.finish())
    }
}

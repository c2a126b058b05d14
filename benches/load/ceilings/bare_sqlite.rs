//! The bare statements on SQLite, by rusqlite: prepared once for each connection, of which each thread has one.

use rusqlite::{Connection, OpenFlags};

use super::page::{COLUMNS, Catalogue, PageWriter, ROWS, Row};
use crate::Outcome;

/// The connection of one thread.
pub struct Sqlite {
    connection: Connection,
    page: String,
    of_event: String,
}

impl Sqlite {
    pub fn open(path: &str) -> Outcome<Self> {
        let page = format!(
            "SELECT {COLUMNS} FROM audit_events WHERE account_id = ?1 ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}"
        );
        let arm = |actor_type| {
            format!(
                "SELECT * FROM (SELECT {COLUMNS} FROM audit_events WHERE account_id = ?1 AND done_by_type = {actor_type} \
                 AND event_type = ?2 ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS})"
            )
        };
        let of_event =
            format!("{} UNION ALL {} UNION ALL {} ORDER BY occurred_at DESC, sequence DESC LIMIT {ROWS}", arm(1), arm(2), arm(3));
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        Ok(Self { connection, page, of_event })
    }

    /// The newest page of an account, or of one of its event types.
    pub fn page(&self, account: &str, event_type: Option<i16>, catalogue: &Catalogue) -> Outcome<Vec<u8>> {
        let mut statement = self.connection.prepare_cached(if event_type.is_some() { &self.of_event } else { &self.page })?;
        let mut rows = match event_type {
            None => statement.query([account])?,
            Some(event_type) => statement.query((account, event_type))?,
        };
        let mut writer = PageWriter::new(catalogue);
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column).ok().and_then(|value| value.as_str().ok());
            writer.add(&Row {
                id: text(0).unwrap_or_default(),
                sequence: row.get(1)?,
                occurred_at: row.get(2)?,
                recorded_at: row.get(3)?,
                event_type: row.get(4)?,
                done_by_type: row.get(5)?,
                done_by_id: text(6),
                done_by_name: text(7),
                from_value: text(8),
                from_label: text(9),
                to_value: text(10),
                to_label: text(11),
                item_id: text(12).unwrap_or_default(),
                item_name: text(13),
                operation_id: text(14),
                details: text(15),
            });
        }
        Ok(writer.finish())
    }
}

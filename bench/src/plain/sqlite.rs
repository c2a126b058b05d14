//! Rows of the plain table on SQLite.

use rusqlite::{Connection, params};

use super::{Row, insert};

/// Opens the file with the durability of the service.
pub fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(connection)
}

/// Inserts one row.
pub fn write(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<()> {
    let event = row.event;
    connection.prepare_cached(&insert())?.execute(params![
        row.account,
        row.sequence,
        row.id,
        row.occurred_at,
        row.recorded_at,
        event.event,
        event.done_by.r#type,
        event.done_by.id,
        event.done_by.name,
        event.from().0,
        event.from().1,
        event.to().0,
        event.to().1,
        event.item.r#type,
        event.item.id,
        event.item.name,
        event.operation_id,
        event.details(),
    ])?;
    Ok(())
}

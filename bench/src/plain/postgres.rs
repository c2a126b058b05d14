//! Rows of the plain table on PostgreSQL: one by one, in arrays, or by COPY.

use std::{fmt::Write, io::Cursor, pin::pin};

use futures_util::SinkExt;
use tokio_postgres::{Client, GenericClient, Statement, types::ToSql};

use super::{COLUMNS, Row};
use crate::Outcome;

/// Prepares an INSERT of any number of rows.
pub async fn prepare_insert(client: &Client) -> Outcome<Statement> {
    const TYPES: &str = "text int8 text int8 int8 text text text text text text text text text text text text text";
    let arrays: Vec<String> = TYPES.split(' ').enumerate().map(|(index, of)| format!("${}::{of}[]", index + 1)).collect();
    let insert = format!("INSERT INTO plain_audit_events ({COLUMNS}) SELECT * FROM unnest({})", arrays.join(", "));
    Ok(client.prepare(&insert).await?)
}

/// Inserts rows by the statement of [`prepare_insert`].
pub async fn write_all(client: &Client, insert: &Statement, rows: &[Row<'_>]) -> Outcome<()> {
    fn column<'a, T: ToSql + Sync + 'a>(rows: &'a [Row<'a>], of: impl Fn(&'a Row<'a>) -> T) -> Box<dyn ToSql + Sync + 'a> {
        Box::new(rows.iter().map(of).collect::<Vec<T>>())
    }
    let columns = [
        column(rows, |row| row.account),
        column(rows, |row| row.sequence),
        column(rows, |row| row.id.as_str()),
        column(rows, |row| row.occurred_at),
        column(rows, |row| row.recorded_at),
        column(rows, |row| row.event.event.as_str()),
        column(rows, |row| row.event.done_by.r#type.as_str()),
        column(rows, |row| row.event.done_by.id.as_deref()),
        column(rows, |row| row.event.done_by.name.as_deref()),
        column(rows, |row| row.event.from().0),
        column(rows, |row| row.event.from().1),
        column(rows, |row| row.event.to().0),
        column(rows, |row| row.event.to().1),
        column(rows, |row| row.event.item.r#type.as_str()),
        column(rows, |row| row.event.item.id.as_deref()),
        column(rows, |row| row.event.item.name.as_deref()),
        column(rows, |row| row.event.operation_id.as_deref()),
        column(rows, |row| row.event.details()),
    ];
    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column).collect();
    client.execute(insert, &parameters).await?;
    Ok(())
}

/// Inserts one row.
pub async fn write(client: &impl GenericClient, insert: &Statement, row: &Row<'_>) -> Result<(), tokio_postgres::Error> {
    let event = row.event;
    let parameters: [&(dyn ToSql + Sync); super::COUNT] = [
        &row.account,
        &row.sequence,
        &row.id,
        &row.occurred_at,
        &row.recorded_at,
        &event.event,
        &event.done_by.r#type,
        &event.done_by.id,
        &event.done_by.name,
        &event.from().0,
        &event.from().1,
        &event.to().0,
        &event.to().1,
        &event.item.r#type,
        &event.item.id,
        &event.item.name,
        &event.operation_id,
        &event.details(),
    ];
    client.execute(insert, &parameters).await?;
    Ok(())
}

/// Copies rows that are lines of [`write_line`]; returns their number.
pub async fn copy(client: &Client, lines: String) -> Outcome<usize> {
    let mut sink = pin!(client.copy_in(&format!("COPY plain_audit_events ({COLUMNS}) FROM STDIN")).await?);
    sink.send(Cursor::new(lines.into_bytes())).await?;
    Ok(usize::try_from(sink.finish().await?)?)
}

/// Appends a row in COPY's format. The texts of the generated events need no escaping.
pub fn write_line(row: &Row<'_>, lines: &mut String) {
    let event = row.event;
    let (from, to, details) = (event.from(), event.to(), event.details());
    // Writing to a string does not fail.
    let _ = write!(lines, "{}\t{}\t{}\t{}\t{}", row.account, row.sequence, row.id, row.occurred_at, row.recorded_at);
    let texts = [
        Some(event.event.as_str()),
        Some(event.done_by.r#type.as_str()),
        event.done_by.id.as_deref(),
        event.done_by.name.as_deref(),
        from.0,
        from.1,
        to.0,
        to.1,
        Some(event.item.r#type.as_str()),
        event.item.id.as_deref(),
        event.item.name.as_deref(),
        event.operation_id.as_deref(),
        details.as_deref(),
    ];
    for text in texts {
        lines.push('\t');
        lines.push_str(text.unwrap_or("\\N"));
    }
    lines.push('\n');
}

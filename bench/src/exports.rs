//! The section of exports: all events of the big account, compared with a bare read of the plain table.

use std::{pin::pin, time::Instant};

use futures_util::StreamExt;

use crate::{
    Outcome,
    client::{self, Connection},
    postgres::connect,
    results::Section,
    service::Service,
    setting::Setting,
    world::{Log, account},
};

pub const EXPORT: &str = "export, rows/s";
pub const EXPORT_CSV: &str = "export as CSV, rows/s";
/// SQLite has no `COPY … TO STDOUT`; there the ceiling is a bare statement that reads every column.
pub const COPY_OUT: &str = "ceiling: COPY … TO STDOUT, rows/s";
pub const READ_OUT: &str = "ceiling: a bare SELECT of every column, rows/s";
pub const RISE: &str = "rise of memory by an export, MiB";

pub async fn measure(setting: &Setting<'_>) -> Outcome<Section> {
    let Setting { world, plan, progress, plain, service: side, .. } = setting;
    let mut section = Section::default();
    let service = side.start().await?;
    let rows = world.events(0, Log::Audit);
    progress.begin("exports", plan.rounds);
    for _ in 0..plan.rounds {
        for (name, format) in [(EXPORT, "ndjson"), (EXPORT_CSV, "csv")] {
            let before = service.process.usage().resident;
            service.process.forget_peak();
            let begin = Instant::now();
            let lines = export(&service, &side.program.tokens[0], format).await?;
            section.figure(name, f64::from(rows) / begin.elapsed().as_secs_f64());
            section.figure(RISE, service.process.usage().peak - before);
            let header = u32::from(format == "csv");
            if lines != u64::from(rows + header) {
                return Err(format!("the export has {lines} lines instead of {}", rows + header).into());
            }
        }
        let begin = Instant::now();
        let (name, read) = match plain.url.strip_prefix("sqlite://") {
            Some(path) => (READ_OUT, read_out(path)?),
            None => (COPY_OUT, copy_out(&plain.url).await?),
        };
        if read != u64::from(rows) {
            return Err(format!("{name}: {read} rows instead of {rows}").into());
        }
        section.figure(name, f64::from(rows) / begin.elapsed().as_secs_f64());
        progress.step();
    }
    Ok(section)
}

/// Reads an export to its end; returns the number of its lines.
async fn export(service: &Service, token: &str, format: &str) -> Outcome<u64> {
    let mut connection = Connection::open(service.address).await?;
    let mut lines = 0u64;
    let request = client::get(&format!("/audit-logs/export?format={format}"), token, "");
    let status = connection.stream(&request, |piece| lines += memchr::memchr_iter(b'\n', piece).count() as u64).await?;
    if status == 200 { Ok(lines) } else { Err(format!("the export returned status {status}").into()) }
}

async fn copy_out(url: &str) -> Outcome<u64> {
    let client = connect(url).await?;
    let select =
        format!("SELECT * FROM plain_audit_events WHERE account_id = '{}' ORDER BY occurred_at DESC, sequence DESC", account(0));
    let mut pieces = pin!(client.copy_out(&format!("COPY ({select}) TO STDOUT")).await?);
    let mut lines = 0;
    while let Some(piece) = pieces.next().await {
        lines += memchr::memchr_iter(b'\n', &piece?).count() as u64;
    }
    Ok(lines)
}

fn read_out(path: &str) -> Outcome<u64> {
    let connection = rusqlite::Connection::open(path)?;
    let mut statement =
        connection.prepare("SELECT * FROM plain_audit_events WHERE account_id = ?1 ORDER BY occurred_at DESC, sequence DESC")?;
    let columns = statement.column_count();
    let mut rows = statement.query([account(0)])?;
    let (mut count, mut bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        count += 1;
        for column in 0..columns {
            bytes += row.get_ref(column)?.as_bytes_or_null().ok().flatten().map_or(8, <[u8]>::len);
        }
    }
    if bytes == 0 { Err("nothing was read".into()) } else { Ok(count) }
}

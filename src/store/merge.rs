//! Several arms merged inside the database, and how many events they have.
//!
//! PostgreSQL reads the first entries of each arm (`LATERAL`) and takes the first of all. SQLite has no `LATERAL`, but its
//! recursive queries with an order are priority queues: the queue holds the next entry of each arm, and an entry that leaves it
//! is followed by the next one of its arm.

use diesel::{ExpressionMethods, QueryDsl, sql_types::BigInt};

use super::{
    arms::{Arms, EventQuery, KeySource},
    fragment::Fragment,
    on::Dialect,
    schema::events,
};
use crate::domain::page::PageRequest;

/// The rows whose sequences are among the first of all arms, up to a page and one more, as a condition.
pub(super) fn merged(arms: &Arms<'_>, page: &PageRequest) -> Fragment {
    match arms.dialect {
        Dialect::Sqlite => Fragment::new("events.sequence IN (").then(queue(arms, page)).sql(")"),
        // As a join PostgreSQL would weigh it by its own estimate of how many arms there are, and read the whole log instead.
        Dialect::Postgres => Fragment::new("events.sequence = ANY (ARRAY(").then(laterals(arms, page)).sql("))"),
    }
}

/// The sequences of the first entries of each arm, and of those the first.
fn laterals(arms: &Arms<'_>, page: &PageRequest) -> Fragment<BigInt> {
    let direction = direction(page);
    let order = format!(" ORDER BY occurred_at {direction}, sequence {direction} LIMIT ");
    let arm = by_time(arms.in_range(KeySource::Lists, page), page.reads_descending());
    Fragment::new("SELECT sequence FROM (SELECT arm.occurred_at, arm.sequence FROM ")
        .then(lists(arms))
        .sql("LATERAL (")
        .query(arm.select((events::occurred_at, events::sequence)))
        .sql(format!(" LIMIT {}) AS arm{order}", rounded(page.rows())))
        .number(page.rows())
        .sql(") AS found")
}

/// The sequences that leave the queue: it begins with the first entry of each arm, and each entry that leaves it is followed by
/// the next one of its arm.
fn queue(arms: &Arms<'_>, page: &PageRequest) -> Fragment<BigInt> {
    let columns =
        |pattern: &str| arms.lists().map(|(place, _)| pattern.replace('#', &place.to_string())).collect::<Vec<_>>().concat();
    let direction = direction(page);
    let beyond = if page.reads_descending() { "<" } else { ">" };
    let beyond = Fragment::new(format!("(events.occurred_at, events.sequence) {beyond} (queue.occurred_at, queue.sequence)"));
    let first = by_time(arms.in_range(KeySource::Lists, page), page.reads_descending());
    let next = by_time(arms.in_range(KeySource::Queue, page).filter::<Fragment>(beyond), page.reads_descending());
    let entry = format!("{} AS entry WHERE entry.log_key = {} AND entry.sequence = (", arms.log.table, arms.key);
    let (time, sequence) = (arms.lists().count() + 1, arms.lists().count() + 2);
    Fragment::new(format!("WITH RECURSIVE {}, queue({}occurred_at, sequence) AS (", arms.source().sql(), columns("k#, ")))
        .sql(format!("SELECT {}entry.occurred_at, entry.sequence FROM ", columns("k#.value, ")))
        .then(lists(arms))
        .sql(entry.clone())
        .query(first.select(events::sequence))
        .sql(" LIMIT 1) UNION ALL ")
        .sql(format!("SELECT {}entry.occurred_at, entry.sequence FROM queue CROSS JOIN ", columns("queue.k#, ")))
        .sql(entry)
        .query(next.select(events::sequence))
        .sql(format!(" LIMIT 1) ORDER BY {time} {direction}, {sequence} {direction} LIMIT "))
        .number(page.rows())
        .sql(") SELECT sequence FROM queue")
}

/// How many events lie in the range of a page, up to a limit.
pub(super) fn count(arms: &Arms<'_>, page: &PageRequest, limit: i64) -> Fragment<BigInt> {
    counted(sequences(arms, page, limit))
}

/// How many events the keys of the index and the period let through, up to a limit: at least as many as match.
pub(super) fn count_by_keys(arms: &Arms<'_>, limit: i64) -> Fragment<BigInt> {
    counted(limited(arms, arms.by_keys(joined(arms)), limit))
}

/// The sequences of the events in the range of a page, in any order, up to a limit.
pub(super) fn sequences(arms: &Arms<'_>, page: &PageRequest, limit: i64) -> Fragment<BigInt> {
    limited(arms, arms.in_range(joined(arms), page), limit)
}

fn counted(sequences: Fragment<BigInt>) -> Fragment<BigInt> {
    Fragment::new("SELECT COUNT(*) FROM (").then(sequences).sql(") AS counted")
}

fn joined(arms: &Arms<'_>) -> KeySource {
    match arms.dialect {
        Dialect::Sqlite => KeySource::Rows,
        Dialect::Postgres => KeySource::Lists,
    }
}

fn limited(arms: &Arms<'_>, arm: EventQuery<'static>, limit: i64) -> Fragment<BigInt> {
    let statement = match (arms.dialect, arms.lists().next()) {
        (Dialect::Sqlite, None) => Fragment::new("").query(arm.select(events::sequence)).sql(" LIMIT "),
        (Dialect::Sqlite, Some(_)) => {
            let columns: String = arms.lists().map(|(place, _)| format!("k{place}.value AS k{place}, ")).collect();
            Fragment::new(format!("SELECT sequence FROM (WITH events AS NOT MATERIALIZED (SELECT {columns}entry.* FROM "))
                .then(lists(arms))
                .sql(format!("{0} AS entry INDEXED BY {0}{1}) ", arms.log.table, arms.index.suffix().unwrap_or_default()))
                .query(arm.select(events::sequence))
                .sql(") LIMIT ")
        }
        // In the order of its index, PostgreSQL reads no more than the limit.
        (Dialect::Postgres, list) => {
            let arm = by_time(arm, false).select(events::sequence);
            match list {
                None => Fragment::new("").query(arm).sql(" LIMIT "),
                Some(_) => Fragment::new("SELECT arm.sequence FROM ")
                    .then(lists(arms))
                    .sql("LATERAL (")
                    .query(arm)
                    .sql(format!(" LIMIT {}) AS arm LIMIT ", rounded(limit))),
            }
        }
    };
    statement.number(limit)
}

/// The lists of keys as tables; each combination of their values is an arm.
fn lists(arms: &Arms<'_>) -> Fragment<BigInt> {
    arms.lists().fold(Fragment::new(""), |tables, (place, values)| {
        let list = arms.dialect.list(values);
        match arms.dialect {
            Dialect::Sqlite => tables.sql("json_each(").text(list).sql(format!(") AS k{place} CROSS JOIN ")),
            Dialect::Postgres => {
                tables.sql("unnest(CAST(").text(list).sql(format!(" AS bigint[])) AS k{place}(value) CROSS JOIN "))
            }
        }
    })
}

/// PostgreSQL plans badly for a limit that it does not know, so it is part of the text; rounded, so that there are few texts.
fn rounded(limit: i64) -> u64 {
    limit.unsigned_abs().next_power_of_two()
}

fn direction(page: &PageRequest) -> &'static str {
    if page.reads_descending() { "DESC" } else { "ASC" }
}

/// A query in the order of time.
pub(super) fn by_time(query: EventQuery<'_>, descending: bool) -> EventQuery<'_> {
    if descending {
        query.order((events::occurred_at.desc(), events::sequence.desc()))
    } else {
        query.order((events::occurred_at.asc(), events::sequence.asc()))
    }
}

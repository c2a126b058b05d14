//! Merges arms inside the database, and counts their events.
//!
//! PostgreSQL reads the first entries of each arm (`LATERAL`), then sorts and limits them. SQLite has no `LATERAL`, but a
//! recursive query with `ORDER BY` is a priority queue: it holds the next entry of each arm, and a removed entry is replaced by
//! its successor in the same arm.

use diesel::{ExpressionMethods, QueryDsl, sql_types::BigInt};

use super::{
    arms::{Arms, EventQuery, KeySource},
    connection::Dialect,
    fragment::Fragment,
    schema::events,
};
use crate::domain::page::PageRequest;

/// A condition for the first rows of all arms together: a page and one more.
pub(super) fn merged(arms: &Arms<'_>, page: &PageRequest) -> Fragment {
    match arms.dialect {
        Dialect::Sqlite if arms.list().is_some() => Fragment::new("events.sequence IN (").then(queue(arms, page)).sql(")"),
        Dialect::Sqlite => {
            let arm = by_time(arms.in_range(KeySource::List, page), page.reads_descending());
            Fragment::new(format!("events.sequence IN (WITH {} ", arms.source().sql()))
                .query(arm.select(events::sequence))
                .sql(" LIMIT ")
                .number(page.rows())
                .sql(")")
        }
        // Not a join, because PostgreSQL would misestimate the number of arms and read the whole log.
        Dialect::Postgres => Fragment::new("events.sequence = ANY (ARRAY(").then(laterals(arms, page)).sql("))"),
    }
}

/// The first sequences of all arms together.
fn laterals(arms: &Arms<'_>, page: &PageRequest) -> Fragment<BigInt> {
    let direction = direction(page);
    let order = format!(" ORDER BY occurred_at {direction}, sequence {direction} LIMIT ");
    let arm = by_time(arms.in_range(KeySource::List, page), page.reads_descending());
    Fragment::new("SELECT sequence FROM (SELECT arm.occurred_at, arm.sequence FROM ")
        .then(list(arms))
        .sql("LATERAL (")
        .query(arm.select((events::occurred_at, events::sequence)))
        .sql(format!(" LIMIT {}) AS arm{order}", rounded(page.rows())))
        .number(page.rows())
        .sql(") AS found")
}

/// The sequences in the order in which they leave the queue. It starts with the first entry of each arm.
fn queue(arms: &Arms<'_>, page: &PageRequest) -> Fragment<BigInt> {
    let direction = direction(page);
    let beyond = if page.reads_descending() { "<" } else { ">" };
    let beyond = Fragment::new(format!("(events.occurred_at, events.sequence) {beyond} (queue.occurred_at, queue.sequence)"));
    let first = by_time(arms.in_range(KeySource::List, page), page.reads_descending());
    let next = by_time(arms.in_range(KeySource::Queue, page).filter::<Fragment>(beyond), page.reads_descending());
    let entry = || {
        let of_log = Fragment::<BigInt>::new(format!("{} AS entry WHERE entry.log_key = ", arms.log.table));
        of_log.number(arms.key.into()).sql(" AND entry.sequence = (")
    };
    Fragment::new(format!("WITH RECURSIVE {}, queue(key, occurred_at, sequence) AS (", arms.source().sql()))
        .sql("SELECT keys.value, entry.occurred_at, entry.sequence FROM ")
        .then(list(arms))
        .then(entry())
        .query(first.select(events::sequence))
        .sql(" LIMIT 1) UNION ALL SELECT queue.key, entry.occurred_at, entry.sequence FROM queue CROSS JOIN ")
        .then(entry())
        .query(next.select(events::sequence))
        .sql(format!(" LIMIT 1) ORDER BY 2 {direction}, 3 {direction} LIMIT "))
        .number(page.rows())
        .sql(") SELECT sequence FROM queue")
}

/// The number of events in the range of a page, up to a limit.
pub(super) fn count(arms: &Arms<'_>, page: &PageRequest, limit: i64) -> Fragment<BigInt> {
    counted(sequences(arms, page, limit))
}

/// The number of events that match the index's key and the period, up to a limit. This is an upper bound for the matches.
pub(super) fn count_by_keys(arms: &Arms<'_>, limit: i64) -> Fragment<BigInt> {
    counted(limited(arms, arms.by_keys(joined(arms)), limit))
}

/// The sequences of the events in the range of a page, in any order, up to a limit.
pub(super) fn sequences(arms: &Arms<'_>, page: &PageRequest, limit: i64) -> Fragment<BigInt> {
    limited(arms, arms.in_range(joined(arms), page), limit)
}

/// The sequences of a page in sequence order and one more, in the order of reading.
pub(super) fn first_sequences(arms: &Arms<'_>, page: &PageRequest) -> Fragment<BigInt> {
    /// More than a log can have.
    const ALL: i64 = 1 << 60;
    Fragment::new("SELECT sequence FROM (")
        .then(sequences(arms, page, ALL))
        .sql(format!(") AS found ORDER BY sequence {} LIMIT ", direction(page)))
        .number(page.rows())
}

fn counted(sequences: Fragment<BigInt>) -> Fragment<BigInt> {
    Fragment::new("SELECT COUNT(*) FROM (").then(sequences).sql(") AS counted")
}

fn joined(arms: &Arms<'_>) -> KeySource {
    match arms.dialect {
        Dialect::Sqlite => KeySource::Rows,
        Dialect::Postgres => KeySource::List,
    }
}

fn limited(arms: &Arms<'_>, arm: EventQuery<'static>, limit: i64) -> Fragment<BigInt> {
    let statement = match (arms.dialect, arms.list()) {
        (Dialect::Sqlite, None) => Fragment::new("").query(arm.select(events::sequence)).sql(" LIMIT "),
        (Dialect::Sqlite, Some(_)) => {
            Fragment::new("SELECT sequence FROM (WITH events AS NOT MATERIALIZED (SELECT keys.value AS key, entry.* FROM ")
                .then(list(arms))
                .sql(format!("{0} AS entry INDEXED BY {0}{1}) ", arms.log.table, arms.index.suffix().unwrap_or_default()))
                .query(arm.select(events::sequence))
                .sql(") LIMIT ")
        }
        // Ordered by the index, so that PostgreSQL stops reading at the limit.
        (Dialect::Postgres, None) => Fragment::new("").query(by_time(arm, false).select(events::sequence)).sql(" LIMIT "),
        (Dialect::Postgres, Some(_)) => Fragment::new("SELECT arm.sequence FROM ")
            .then(list(arms))
            .sql("LATERAL (")
            .query(by_time(arm, false).select(events::sequence))
            .sql(format!(" LIMIT {}) AS arm LIMIT ", rounded(limit))),
    };
    statement.number(limit)
}

/// The values of the key as a table, followed by `CROSS JOIN`; empty for a single value. Each value is an arm.
fn list(arms: &Arms<'_>) -> Fragment<BigInt> {
    let Some(values) = arms.list() else { return Fragment::new("") };
    let list = arms.dialect.list(values);
    match arms.dialect {
        Dialect::Sqlite => Fragment::new("json_each(").text(list).sql(") AS keys CROSS JOIN "),
        Dialect::Postgres => Fragment::new("unnest(CAST(").text(list).sql(" AS bigint[])) AS keys(value) CROSS JOIN "),
    }
}

/// A limit for the text of a statement, because PostgreSQL plans badly if a limit is bound. It is rounded up to a power of two, so
/// that there are few distinct statements.
fn rounded(limit: i64) -> u64 {
    limit.unsigned_abs().next_power_of_two()
}

fn direction(page: &PageRequest) -> &'static str {
    if page.reads_descending() { "DESC" } else { "ASC" }
}

/// Orders a query by time.
pub(super) fn by_time(query: EventQuery<'_>, descending: bool) -> EventQuery<'_> {
    if descending {
        query.order((events::occurred_at.desc(), events::sequence.desc()))
    } else {
        query.order((events::occurred_at.asc(), events::sequence.asc()))
    }
}

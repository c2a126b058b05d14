//! Several arms merged inside the database, and how many events they have.

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool},
};

use super::{
    arms::{Arms, EventQuery, KeySource, Pass, condition},
    connection::{Backend, Db},
    on::Dialect,
    schema::events,
};
use crate::domain::page::PageRequest;

/// Rows whose sequences are among the first of all arms, as a condition.
pub(super) struct Merged<'a> {
    arms: &'a Arms<'a>,
    /// What follows the first entry of each arm, up to the limit.
    first: Box<dyn QueryFragment<Backend> + Send + 'a>,
    /// For SQLite: the next entry of an arm in the queue.
    next: Box<dyn QueryFragment<Backend> + Send + 'a>,
    direction: &'static str,
    limit: i64,
}

/// The sequences of events that match, in any order, up to a limit.
pub(super) struct Sequences<'a> {
    arms: &'a Arms<'a>,
    arm: Box<dyn QueryFragment<Backend> + Send + 'a>,
    limit: i64,
}

/// How many there are.
pub(super) struct Count<'a>(pub Sequences<'a>);

/// A query in the order of time.
fn by_time(query: EventQuery<'static>, descending: bool) -> EventQuery<'static> {
    if descending {
        query.order((events::occurred_at.desc(), events::sequence.desc()))
    } else {
        query.order((events::occurred_at.asc(), events::sequence.asc()))
    }
}

impl<'a> Merged<'a> {
    pub(super) fn new(arms: &'a Arms<'a>, page: &PageRequest) -> Self {
        let descending = page.reads_descending();
        let entries = |source| by_time(arms.in_range(source, page), descending);
        let (first, next): (Box<dyn QueryFragment<Backend> + Send>, Box<dyn QueryFragment<Backend> + Send>) = match arms.dialect {
            Dialect::Postgres => {
                let entry = (events::occurred_at, events::sequence);
                (Box::new(entries(KeySource::Lists).select(entry)), Box::new(entries(KeySource::Lists).select(entry)))
            }
            Dialect::Sqlite => {
                let beyond = arms.in_range(KeySource::Queue, page).filter(BeyondQueue { descending });
                let next = by_time(beyond, descending).select(events::sequence);
                (Box::new(entries(KeySource::Lists).select(events::sequence)), Box::new(next))
            }
        };
        Self { arms, first, next, direction: if descending { "DESC" } else { "ASC" }, limit: page.rows() }
    }

    /// The first entries of each arm, and of those the first.
    fn push_lateral<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let order = format!(" ORDER BY occurred_at {0}, sequence {0} LIMIT ", self.direction);
        out.push_sql("SELECT sequence FROM (SELECT arm.occurred_at, arm.sequence FROM ");
        push_lists(self.arms, &mut out)?;
        out.push_sql("LATERAL (");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}) AS arm{order}", rounded(self.limit)));
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(") AS found");
        Ok(())
    }

    /// The queue: the first entry of each arm; each entry that leaves it is followed by the next one of its arm.
    fn push_queue<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let Self { arms, first, next, direction, limit } = self;
        let columns =
            |pattern: &str| arms.lists().map(|(place, _)| pattern.replace('#', &place.to_string())).collect::<Vec<_>>().concat();
        let lists = arms.lists().count();
        let entry = format!("{} AS entry WHERE entry.log_key = ", arms.log.table);
        out.push_sql("WITH RECURSIVE ");
        arms.source().push(&mut out);
        out.push_sql(&format!(", queue({}occurred_at, sequence) AS (SELECT ", columns("k#, ")));
        out.push_sql(&format!("{}entry.occurred_at, entry.sequence FROM ", columns("k#.value, ")));
        push_lists(arms, &mut out)?;
        out.push_sql(&format!("{entry}{} AND entry.sequence = (", arms.key));
        first.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT 1) UNION ALL SELECT {}", columns("queue.k#, ")));
        out.push_sql(&format!("entry.occurred_at, entry.sequence FROM queue CROSS JOIN {entry}{}", arms.key));
        out.push_sql(" AND entry.sequence = (");
        next.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT 1) ORDER BY {} {direction}, {} {direction} LIMIT ", lists + 1, lists + 2));
        out.push_bind_param::<BigInt, _>(limit)?;
        out.push_sql(") SELECT sequence FROM queue");
        Ok(())
    }
}

impl<'a> Sequences<'a> {
    /// All that match within the range of a page.
    pub(super) fn in_range(arms: &'a Arms<'a>, page: &PageRequest, limit: i64) -> Self {
        Self::of(arms, arms.in_range(Self::keys(arms), page), limit)
    }

    /// What the keys of the index and the period let through, which is at least as much as matches.
    pub(super) fn by_keys(arms: &'a Arms<'a>, limit: i64) -> Self {
        Self::of(arms, arms.by_keys(Self::keys(arms)), limit)
    }

    fn keys(arms: &Arms<'_>) -> KeySource {
        match arms.dialect {
            Dialect::Sqlite => KeySource::Rows,
            Dialect::Postgres => KeySource::Lists,
        }
    }

    fn of(arms: &'a Arms<'a>, arm: EventQuery<'static>, limit: i64) -> Self {
        // In the order of its index, PostgreSQL reads no more than the limit. SQLite would sort the rows of several arms.
        let arm = if arms.dialect == Dialect::Postgres { by_time(arm, false) } else { arm };
        Self { arms, arm: Box::new(arm.select(events::sequence)), limit }
    }
}

/// The lists of keys as tables; each combination of their values is an arm.
fn push_lists<'b>(arms: &'b Arms<'_>, out: &mut Pass<'_, 'b>) -> QueryResult<()> {
    for (place, list) in arms.lists() {
        arms.dialect.push_table(list, &format!("k{place}"), out)?;
        out.push_sql(" CROSS JOIN ");
    }
    Ok(())
}

/// PostgreSQL plans badly for a limit that it does not know, so it is part of the text; rounded, so that there are few texts.
fn rounded(limit: i64) -> u64 {
    limit.unsigned_abs().next_power_of_two()
}

impl QueryFragment<Backend> for Merged<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        events::sequence.walk_ast(out.reborrow())?;
        match self.arms.dialect {
            Dialect::Sqlite => {
                out.push_sql(" IN (");
                self.push_queue(out.reborrow())?;
                out.push_sql(")");
            }
            // As a join PostgreSQL would weigh it by its own estimate of how many arms there are, and read the whole log instead.
            Dialect::Postgres => {
                out.push_sql(" = ANY (ARRAY(");
                self.push_lateral(out.reborrow())?;
                out.push_sql("))");
            }
        }
        Ok(())
    }
}

impl QueryFragment<Backend> for Sequences<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let Self { arms, arm, limit } = self;
        match (arms.dialect, arms.lists().next()) {
            (_, None) => {
                arm.walk_ast(out.reborrow())?;
                out.push_sql(" LIMIT ");
            }
            (Dialect::Postgres, Some(_)) => {
                out.push_sql("SELECT arm.sequence FROM ");
                push_lists(arms, &mut out)?;
                out.push_sql("LATERAL (");
                arm.walk_ast(out.reborrow())?;
                out.push_sql(&format!(" LIMIT {}) AS arm LIMIT ", rounded(*limit)));
            }
            (Dialect::Sqlite, Some(_)) => {
                out.push_sql("SELECT sequence FROM (WITH events AS NOT MATERIALIZED (SELECT ");
                arms.lists().for_each(|(place, _)| out.push_sql(&format!("k{place}.value AS k{place}, ")));
                out.push_sql("entry.* FROM ");
                push_lists(arms, &mut out)?;
                out.push_sql(&format!("{0} AS entry INDEXED BY {0}", arms.log.table));
                out.push_sql(arms.index.suffix().unwrap_or_default());
                out.push_sql(") ");
                arm.walk_ast(out.reborrow())?;
                out.push_sql(") LIMIT ");
            }
        }
        out.push_bind_param::<BigInt, _>(limit)
    }
}

impl QueryFragment<Backend> for Count<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

/// Beyond the entry that leaves the queue.
#[derive(Debug, Clone, Copy)]
struct BeyondQueue {
    descending: bool,
}

impl QueryFragment<Backend> for BeyondQueue {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        out.push_sql("(");
        events::occurred_at.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        events::sequence.walk_ast(out.reborrow())?;
        out.push_sql(if self.descending { ") < " } else { ") > " });
        out.push_sql("(queue.occurred_at, queue.sequence)");
        Ok(())
    }
}

condition!(BeyondQueue);

impl Expression for Merged<'_> {
    type SqlType = Bool;
}

impl<Tables> AppearsOnTable<Tables> for Merged<'_> {}

impl<Tables> SelectableExpression<Tables> for Merged<'_> {}

impl<GroupBy> ValidGrouping<GroupBy> for Merged<'_> {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Merged<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryId for Sequences<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryId for Count<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sequences<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<Db> for Sequences<'_> {}

impl Query for Count<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<Db> for Count<'_> {}

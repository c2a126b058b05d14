//! Several arms made one, in the ways that the two databases have.

use diesel::{QueryResult, sql_types::BigInt};

use super::{Arms, Pass};
use crate::domain::page::PageRequest;

impl Arms<'_> {
    /// The first rows of each arm, and of those the first.
    pub(super) fn push_first_of_each<'b>(&'b self, rows: &'b i64, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let limit = rounded(*rows);
        let order = direction(self.page);
        out.push_sql("SELECT sequence FROM (SELECT arm.occurred_at, arm.sequence FROM ");
        self.push_lists(out.reborrow())?;
        out.push_sql("LATERAL (SELECT occurred_at, sequence");
        self.push_where(out.reborrow())?;
        out.push_sql(&format!(" ORDER BY occurred_at {order}, sequence {order} LIMIT {limit}) AS arm"));
        out.push_sql(&format!(" ORDER BY occurred_at {order}, sequence {order} LIMIT {limit}) AS found"));
        out.push_sql(&format!(" ORDER BY occurred_at {order}, sequence {order} LIMIT "));
        out.push_bind_param::<BigInt, _>(rows)
    }

    /// The queue: the first of each arm, each followed by the next of its arm when it is taken.
    pub(super) fn push_queue<'b>(&'b self, rows: &'b i64, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let order = direction(self.page);
        let lists: Vec<usize> = (0..self.keys.len()).filter(|number| self.keys[*number].operand.is_list()).collect();
        let columns = |name: &str| lists.iter().map(|number| name.replace('#', &number.to_string())).collect::<String>();
        let table = self.table.name;
        let next = |out: &mut Pass<'_, 'b>| {
            out.push_sql(&format!("{table} AS entry WHERE entry.rowid = (SELECT rowid FROM {table} WHERE "));
        };
        let nearest = format!(" ORDER BY occurred_at {order}, sequence {order} LIMIT 1)");

        out.push_sql(&format!("WITH RECURSIVE queue({}occurred_at, sequence) AS (", columns("k#, ")));
        out.push_sql(&format!("SELECT {}entry.occurred_at, entry.sequence FROM ", columns("k#.value, ")));
        self.push_lists(out.reborrow())?;
        next(&mut out);
        self.push_conditions(|number| format!("k{number}.value"), out.reborrow())?;
        self.push_start(out.reborrow())?;
        out.push_sql(&nearest);
        out.push_sql(&format!(
            " UNION ALL SELECT {}entry.occurred_at, entry.sequence FROM queue CROSS JOIN ",
            columns("queue.k#, ")
        ));
        next(&mut out);
        self.push_conditions(|number| format!("queue.k{number}"), out.reborrow())?;
        let beyond = if order == "DESC" { "<" } else { ">" };
        out.push_sql(&format!(" AND (occurred_at, sequence) {beyond} (queue.occurred_at, queue.sequence)"));
        out.push_sql(&nearest);
        out.push_sql(&format!(" ORDER BY {0} {order}, {1} {order} LIMIT ", lists.len() + 1, lists.len() + 2));
        out.push_bind_param::<BigInt, _>(rows)?;
        out.push_sql(") SELECT sequence FROM queue");
        Ok(())
    }
}

fn direction(page: Option<&PageRequest>) -> &'static str {
    if page.is_some_and(PageRequest::reads_descending) { "DESC" } else { "ASC" }
}

/// A limit that stands in the statement, for PostgreSQL plans badly for one that it does not know; rounded, so that there are
/// few statements to prepare.
pub(super) fn rounded(rows: i64) -> u64 {
    rows.unsigned_abs().next_power_of_two()
}

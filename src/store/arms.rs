//! The statement that finds events by an index: one arm for each combination of its keys, and the arms merged.
//!
//! An arm is a short walk through the index in the order of reading: a page costs what it has, not what matches. One arm alone
//! is a plain condition. Several are merged in the ways that the databases have: PostgreSQL reads the newest rows of each
//! (LATERAL) and takes the newest of all; SQLite, which has no LATERAL, has recursive queries with an order: a queue in which
//! the first of each arm stands, and whoever leaves it is followed by the next of its arm. Lists are JSON texts, so that one
//! statement serves any number of values.

mod merge;

use diesel::{
    QueryResult, RunQueryDsl,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
};

use self::merge::rounded;
use super::{
    comparison::{Comparison, Dialect, Operand, Table},
    connection::{Backend, Db},
    criteria::Criteria,
    index::Index,
    row_order::RowOrder,
};
use crate::domain::page::{OrderKey, PageRequest};

type Pass<'a, 'b> = AstPass<'a, 'b, Backend>;

/// The events of an account's log that match, by one index.
#[derive(Debug, Clone)]
pub struct Arms<'a> {
    dialect: Dialect,
    table: Table,
    account: &'a str,
    index: Index,
    keys: Vec<Comparison>,
    others: Vec<Comparison>,
    date_from: Option<i64>,
    date_to: Option<i64>,
    page: Option<&'a PageRequest>,
    /// Time and sequence of the page's start.
    start: Option<(i64, i64)>,
}

/// What tells the rows of a page, as a condition.
#[derive(Debug, Clone)]
pub enum Rows<'a> {
    /// Those of one arm.
    OfOne(Arms<'a>),
    /// The first so many of all arms.
    OfAll(Arms<'a>, i64),
    /// Those of these sequences of an account's log: a JSON array.
    Listed(Dialect, &'a str, String),
}

/// The sequences of rows in an order, at most so many.
#[derive(Debug, Clone)]
pub struct InOrder<'a> {
    pub rows: Rows<'a>,
    pub order: RowOrder,
    pub limit: i64,
}

/// At most so many sequences of events that match, in any order.
#[derive(Debug, Clone)]
pub struct Sequences<'a>(pub Arms<'a>, pub i64);

/// How many there are.
#[derive(Debug, Clone)]
pub struct Count<'a>(pub Sequences<'a>);

impl<'a> Arms<'a> {
    /// All that match, by that index.
    pub fn new(dialect: Dialect, table: Table, account: &'a str, criteria: &Criteria<'_>, index: Index) -> Self {
        let keys = index.keys().iter().map(|column| Comparison::of_key(table, *column, criteria)).collect();
        let others = criteria.conditions.iter().filter(|condition| !index.keys().contains(&condition.column));
        let others = others.map(|condition| Comparison::of_other(dialect, table, condition, index)).collect();
        let (date_from, date_to) = (criteria.date_from, criteria.date_to);
        Self { dialect, table, account, index, keys, others, date_from, date_to, page: None, start: None }
    }

    /// Only what the index's keys and the period let through, which is at least as much.
    pub fn by_keys_alone(mut self) -> Self {
        self.others.clear();
        self
    }

    /// Only what is beyond the page's start, and up to its newest sequence.
    pub fn of_page(mut self, page: &'a PageRequest) -> Self {
        self.page = Some(page);
        self.start = page.start.map(|start| (start.position.occurred_at.microseconds(), start.position.sequence));
        self
    }

    /// The first rows of the page.
    pub fn first(self, rows: i64) -> Rows<'a> {
        let lists_behind = self.others.iter().any(|other| other.is_list_in_index);
        let one = self.keys.iter().all(|key| !key.operand.is_list());
        // PostgreSQL compares lists without a look at the row only where it reads nothing but the index.
        let row_by_row = self.dialect == Dialect::Postgres && lists_behind;
        if one && !row_by_row { Rows::OfOne(self) } else { Rows::OfAll(self, rows) }
    }

    /// The lists of keys, each a table, and the arm that goes with each combination.
    fn push_lists<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        for (number, key) in self.keys.iter().enumerate() {
            if let Operand::Texts(json) | Operand::Numbers(json) = &key.operand {
                self.dialect.push_elements(json, &format!("k{number}"), out.reborrow())?;
                out.push_sql(" CROSS JOIN ");
            }
        }
        Ok(())
    }

    /// The condition of one arm; `key` tells where the key of that number stands, if there are several arms.
    fn push_conditions<'b>(&'b self, key: impl Fn(usize) -> String, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        push_account(self.account, out.reborrow())?;
        for (number, comparison) in self.keys.iter().enumerate() {
            out.push_sql(" AND ");
            comparison.push_key(self.dialect, &key(number), out.reborrow())?;
        }
        for comparison in &self.others {
            out.push_sql(" AND ");
            comparison.push(self.dialect, out.reborrow())?;
        }
        // Hidden from an index that they are no key of.
        let (time_hidden, sequence_hidden) = (self.index == Index::Sequence, self.index != Index::Sequence);
        for (comparison, bound) in [("occurred_at >= ", &self.date_from), ("occurred_at < ", &self.date_to)] {
            if let Some(bound) = bound {
                push_bound(comparison, bound, time_hidden, out.reborrow())?;
            }
        }
        if let Some(newest) = self.page.and_then(|page| page.newest.as_ref()) {
            push_bound("sequence <= ", newest, sequence_hidden, out.reborrow())?;
        }
        Ok(())
    }

    /// Beyond the start of the page.
    fn push_start<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let (Some(page), Some((occurred_at, sequence))) = (self.page, &self.start) else { return Ok(()) };
        let comparison = comparison(page);
        match page.order.key {
            OrderKey::OccurredAt => {
                out.push_sql(" AND (occurred_at, sequence)");
                out.push_sql(comparison);
                out.push_sql("(");
                out.push_bind_param::<BigInt, _>(occurred_at)?;
                out.push_sql(", ");
                out.push_bind_param::<BigInt, _>(sequence)?;
                out.push_sql(")");
                Ok(())
            }
            OrderKey::Sequence => push_bound(&format!("sequence{comparison}"), sequence, self.index != Index::Sequence, out),
        }
    }

    fn push_where<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        out.push_sql(" FROM ");
        out.push_sql(self.table.name);
        out.push_sql(" WHERE ");
        self.push_conditions(|number| format!("k{number}.value"), out.reborrow())?;
        self.push_start(out)
    }
}

impl Rows<'_> {
    /// The order in which they are read.
    ///
    /// Of rows that were found before it must not look like an index's: SQLite would walk through the log in that order, to meet
    /// them. The `+` hides the columns from it.
    pub fn order(&self, request: &PageRequest) -> RowOrder {
        RowOrder(match (self, request.order.key, request.reads_descending()) {
            (Self::OfOne(_), OrderKey::OccurredAt, true) => "occurred_at DESC, sequence DESC",
            (Self::OfOne(_), OrderKey::OccurredAt, false) => "occurred_at ASC, sequence ASC",
            (Self::OfOne(_), OrderKey::Sequence, true) => "sequence DESC",
            (Self::OfOne(_), OrderKey::Sequence, false) => "sequence ASC",
            (_, OrderKey::OccurredAt, true) => "+occurred_at DESC, +sequence DESC",
            (_, OrderKey::OccurredAt, false) => "+occurred_at ASC, +sequence ASC",
            (_, OrderKey::Sequence, true) => "+sequence DESC",
            (_, OrderKey::Sequence, false) => "+sequence ASC",
        })
    }
}

impl Rows<'_> {
    /// The sequences of those that are found before they are read, in their order.
    fn push_sequences<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        match self {
            Self::OfOne(_) => Ok(()),
            Self::OfAll(arms, rows) if arms.dialect == Dialect::Sqlite => arms.push_queue(rows, out),
            Self::OfAll(arms, rows) => arms.push_first_of_each(rows, out),
            Self::Listed(dialect, _, json) => {
                out.push_sql("SELECT CAST(value AS bigint) FROM ");
                dialect.push_elements(json, "listed", out)
            }
        }
    }
}

impl QueryFragment<Backend> for Rows<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let (dialect, account) = match self {
            Self::OfOne(arm) => {
                arm.push_conditions(|_| String::new(), out.reborrow())?;
                return arm.push_start(out);
            }
            Self::OfAll(arms, _) => (arms.dialect, arms.account),
            Self::Listed(dialect, account, _) => (*dialect, *account),
        };
        push_account(account, out.reborrow())?;
        // As a join PostgreSQL would weigh it by its own idea of how many arms there are, and read the whole log instead.
        let (begin, end) = match dialect {
            Dialect::Sqlite => (" AND sequence IN (", ")"),
            Dialect::Postgres => (" AND sequence = ANY (ARRAY(", "))"),
        };
        out.push_sql(begin);
        self.push_sequences(out.reborrow())?;
        out.push_sql(end);
        Ok(())
    }
}

impl QueryFragment<Backend> for InOrder<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let Rows::OfOne(arm) = &self.rows else { return self.rows.push_sequences(out) };
        out.push_sql("SELECT sequence FROM ");
        out.push_sql(arm.table.name);
        out.push_sql(" WHERE ");
        self.rows.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY ");
        self.order.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl QueryFragment<Backend> for Sequences<'_> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let Self(arms, rows) = self;
        out.push_sql("SELECT sequence FROM ");
        arms.push_lists(out.reborrow())?;
        match arms.dialect {
            // Ordered, so that it goes by the index; from which it comes in order, without a sort.
            Dialect::Postgres => {
                out.push_sql("LATERAL (SELECT sequence");
                arms.push_where(out.reborrow())?;
                out.push_sql(&format!(" ORDER BY occurred_at, sequence LIMIT {}) AS arm", rounded(*rows)));
            }
            Dialect::Sqlite => {
                out.push_sql(arms.table.name);
                out.push_sql(" WHERE ");
                arms.push_conditions(|number| format!("k{number}.value"), out.reborrow())?;
                arms.push_start(out.reborrow())?;
            }
        }
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(rows)
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

fn push_account<'b>(account: &'b str, mut out: Pass<'_, 'b>) -> QueryResult<()> {
    out.push_sql("account_id = ");
    out.push_bind_param::<Text, _>(account)
}

/// `comparison bound`, hidden from the planner or not.
fn push_bound<'b>(comparison: &str, bound: &'b i64, hidden: bool, mut out: Pass<'_, 'b>) -> QueryResult<()> {
    out.push_sql(if hidden { " AND (" } else { " AND " });
    out.push_sql(comparison);
    out.push_bind_param::<BigInt, _>(bound)?;
    out.push_sql(if hidden { ") IS TRUE" } else { "" });
    Ok(())
}

fn comparison(page: &PageRequest) -> &'static str {
    match (page.reads_descending(), page.start.is_some_and(|start| start.inclusive)) {
        (true, false) => " < ",
        (true, true) => " <= ",
        (false, false) => " > ",
        (false, true) => " >= ",
    }
}

impl Expression for Rows<'_> {
    type SqlType = Bool;
}

impl<Tables> AppearsOnTable<Tables> for Rows<'_> {}

impl<Tables> SelectableExpression<Tables> for Rows<'_> {}

impl<GroupBy> ValidGrouping<GroupBy> for Rows<'_> {
    type IsAggregate = is_aggregate::Never;
}

/// What a statement is cannot be told by its type: connections find it again by its text.
macro_rules! told_by_its_text {
    ($($name:ident),+) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )+};
}
told_by_its_text!(Rows, InOrder, Sequences, Count);

impl Query for InOrder<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<Db> for InOrder<'_> {}

impl Query for Sequences<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<Db> for Sequences<'_> {}

impl Query for Count<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<Db> for Count<'_> {}

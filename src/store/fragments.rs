//! Pieces of SQL that diesel has no words for, the same on both databases and for both logs.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    dsl::sql,
    expression::{AppearsOnTable, Expression, SelectableExpression, SqlLiteral, ValidGrouping, is_aggregate},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Bool, HasSqlType, Integer, Nullable, Text},
};

use super::connection::Db;
use crate::domain::page::{OrderKey, PageRequest};

/// The order in which a page's rows are read. Columns are unqualified: both logs have them.
pub(super) fn reading_order(request: &PageRequest) -> SqlLiteral<Integer> {
    sql(match (request.order.key, request.reads_descending()) {
        (OrderKey::OccurredAt, true) => "occurred_at DESC, sequence DESC",
        (OrderKey::OccurredAt, false) => "occurred_at ASC, sequence ASC",
        (OrderKey::Sequence, true) => "sequence DESC",
        (OrderKey::Sequence, false) => "sequence ASC",
    })
}

/// How many characters of a value its index holds: a whole one can be larger than an index entry of PostgreSQL.
pub(super) const INDEXED_CHARACTERS: usize = 64;

/// What the index on the previous value holds. It must be spelled as in the migrations to be found.
pub(super) fn indexed_from_value() -> SqlLiteral<Nullable<Text>> {
    sql("substr(from_value, 1, 64)")
}

/// What the index on the new value holds. It must be spelled as in the migrations to be found.
pub(super) fn indexed_to_value() -> SqlLiteral<Nullable<Text>> {
    sql("substr(to_value, 1, 64)")
}

/// The rows beyond a page's start, in the order of reading: `(occurred_at, sequence) < (?, ?)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beyond {
    comparison: &'static str,
    key: OrderKey,
    occurred_at: i64,
    sequence: i64,
}

impl Beyond {
    /// `None` for the first page, which begins at the first row.
    pub(super) fn start_of(request: &PageRequest) -> Option<Self> {
        let start = request.start?;
        let comparison = match (request.reads_descending(), start.inclusive) {
            (true, false) => " < ",
            (true, true) => " <= ",
            (false, false) => " > ",
            (false, true) => " >= ",
        };
        let occurred_at = start.position.occurred_at.microseconds();
        Some(Self { comparison, key: request.order.key, occurred_at, sequence: start.position.sequence })
    }
}

impl<DB> QueryFragment<DB> for Beyond
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self.key {
            OrderKey::OccurredAt => {
                out.push_sql("(occurred_at, sequence)");
                out.push_sql(self.comparison);
                out.push_sql("(");
                out.push_bind_param::<BigInt, _>(&self.occurred_at)?;
                out.push_sql(", ");
                out.push_bind_param::<BigInt, _>(&self.sequence)?;
                out.push_sql(")");
            }
            OrderKey::Sequence => {
                out.push_sql("sequence");
                out.push_sql(self.comparison);
                out.push_bind_param::<BigInt, _>(&self.sequence)?;
            }
        }
        Ok(())
    }
}

impl Expression for Beyond {
    type SqlType = Bool;
}

impl<Tables> AppearsOnTable<Tables> for Beyond {}

impl<Tables> SelectableExpression<Tables> for Beyond {}

impl<GroupBy> ValidGrouping<GroupBy> for Beyond {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Beyond {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// How many rows a query finds: `SELECT COUNT(*) FROM (query)`.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct Count<Q>(pub(super) Q);

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Count<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q> Query for Count<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Db> for Count<Q> {}

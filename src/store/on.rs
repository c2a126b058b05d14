//! Binds a query on `events` to the table of one log.
//!
//! The two tables have the same columns, so each query is written once, for a table named `events`. It is prefixed with
//! `WITH events AS NOT MATERIALIZED (SELECT * FROM audit_events)`, which both databases replace by the table itself. For SQLite,
//! the prefix also names the index to use (`INDEXED BY`).

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::{
    connection::{Backend, Db, Dialect},
    index::Index,
    log::LogTable,
};

/// A query on `events`, bound to the table of a log.
#[derive(Debug)]
pub(super) struct On<Q> {
    source: Source,
    query: Q,
}

/// The table that the name `events` refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    table: &'static str,
    /// For SQLite only. PostgreSQL chooses the index from the conditions: see `arms`.
    index: Option<Index>,
}

impl Source {
    /// The table of a log.
    pub(super) fn table(log: &LogTable) -> Self {
        Self { table: log.table, index: None }
    }

    /// The table of a log, read through one of its indexes.
    pub(super) fn by_index(log: &LogTable, dialect: Dialect, index: Index) -> Self {
        Self { table: log.table, index: (dialect == Dialect::Sqlite).then_some(index) }
    }

    /// `events AS …`, for a `WITH` clause.
    pub(super) fn sql(self) -> String {
        let Self { table, index } = self;
        let index = index.and_then(Index::suffix).map(|suffix| format!(" INDEXED BY {table}{suffix}"));
        format!("events AS NOT MATERIALIZED (SELECT * FROM {table}{})", index.unwrap_or_default())
    }
}

impl<Q> On<Q> {
    pub(super) fn new(source: Source, query: Q) -> Self {
        Self { source, query }
    }
}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for On<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(&format!("WITH {} ", self.source.sql()));
        self.query.walk_ast(out)
    }
}

/// Connections cache prepared statements by their text.
impl<Q> QueryId for On<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for On<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Db> for On<Q> {}

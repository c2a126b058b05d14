//! Binds a query on `events` to the table of one log.
//!
//! The two tables have the same columns, so each query is written once, for a table named `events`. It is prefixed with
//! `WITH events AS NOT MATERIALIZED (SELECT * FROM audit_events)`, which both databases replace by the table itself. For SQLite,
//! the prefix also names the index to use (`INDEXED BY`), and for PostgreSQL the log that is read (`row_security`).

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::{
    connection::{Backend, Db, Dialect},
    fragment::Fragment,
    index::Index,
    log::LogTable,
    row_security::names_log,
    schema::LogKey,
};

/// A query on `events`, bound to the table of a log.
pub(super) struct On<Q> {
    with: Fragment,
    query: Q,
}

/// The table that the name `events` refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    table: &'static str,
    dialect: Dialect,
    key: LogKey,
    /// For SQLite only. PostgreSQL chooses the index from the conditions: see `arms`.
    index: Option<Index>,
}

impl Source {
    /// The table of a log.
    pub(super) fn table(log: &LogTable, dialect: Dialect, key: LogKey) -> Self {
        Self { table: log.table, dialect, key, index: None }
    }

    /// The table of a log, read through one of its indexes.
    pub(super) fn by_index(log: &LogTable, dialect: Dialect, key: LogKey, index: Index) -> Self {
        Self { index: (dialect == Dialect::Sqlite).then_some(index), ..Self::table(log, dialect, key) }
    }

    /// `events AS …`, for a `WITH` clause of SQLite within a statement.
    pub(super) fn sql(self) -> String {
        let Self { table, index, .. } = self;
        let index = index.and_then(Index::suffix).map(|suffix| format!(" INDEXED BY {table}{suffix}"));
        format!("events AS NOT MATERIALIZED (SELECT * FROM {table}{})", index.unwrap_or_default())
    }

    /// The `WITH` clause of a statement.
    fn with_clause(self) -> Fragment {
        match names_log(self.dialect, self.key) {
            None => Fragment::new(format!("WITH {} ", self.sql())),
            Some(condition) => Fragment::new(format!("WITH events AS NOT MATERIALIZED (SELECT * FROM {} WHERE ", self.table))
                .then(condition)
                .sql(") "),
        }
    }
}

impl<Q> On<Q> {
    pub(super) fn new(source: Source, query: Q) -> Self {
        Self { with: source.with_clause(), query }
    }
}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for On<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.with.walk_ast(out.reborrow())?;
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

//! Binds a query on `events` to the table of one log.
//!
//! The two tables have the same columns, so each query is written once, for a table named `events`. It is prefixed with
//! `WITH events AS NOT MATERIALIZED (SELECT * FROM audit_events)`, which both databases replace by the table itself. For SQLite,
//! the prefix also names the index to use (`INDEXED BY`), and for PostgreSQL the log that is read (`row_security`).

use diesel::query_builder::{Query, QueryFragment};

use super::{
    connection::{Backend, Dialect},
    fragment::Fragment,
    index::Index,
    log::LogTable,
    row_security::names_log,
    schema::LogKey,
};

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

    /// A query on `events`, bound to this table.
    pub(super) fn read<Q>(self, query: Q) -> Fragment<Q::SqlType>
    where
        Q: Query + QueryFragment<Backend> + Send + 'static,
    {
        let with = match names_log(self.dialect, self.key) {
            None => Fragment::new(format!("WITH {} ", self.sql())),
            Some(condition) => Fragment::new(format!("WITH events AS NOT MATERIALIZED (SELECT * FROM {} WHERE ", self.table))
                .then(condition)
                .sql(") "),
        };
        with.query(query)
    }
}

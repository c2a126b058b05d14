//! Errors of the store, grouped by what a caller can do about them.

use std::sync::Arc;

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as QueryError};
use thiserror::Error;

use crate::domain::batch::Conflict;

/// A failed database operation.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// No connection was free in time, because other requests use all of them. A retry succeeds when some of them have ended.
    #[error("no connection to the database was free in time")]
    Busy,
    /// The database is unreachable or slow. A retry may succeed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The storage of the database is full. Nothing was stored. A retry succeeds when there is space again.
    #[error("the storage of the database is full: {0}")]
    Full(String),
    /// The database permits only reads, for example because another server is the primary now.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// The file of the database was removed or replaced while it was open.
    #[error("the file of the database was removed or replaced; move it back, or restart the service to use the new one")]
    Moved,
    /// The database has a setting with which it cannot be used.
    #[error("{0}")]
    Unsuitable(String),
    /// The schema could not be migrated.
    #[error("the schema cannot be migrated: {0}")]
    Migration(String),
    /// The migrations ran, but a table is missing, or this role must not read it.
    #[error("{0}; restore a missing table from a backup, or grant this role the privileges that docs/security.md lists")]
    Incomplete(Arc<QueryError>),
    /// The database rejected a statement, or returned what this version cannot read. A retry does not help.
    #[error("a statement failed: {0}")]
    Failed(#[source] Arc<QueryError>),
}

#[derive(Debug, Error)]
pub enum RecordError {
    /// Events with the same identifiers but other content are already stored.
    #[error("identifiers are already used by other events")]
    Conflict(Conflict),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue of events is full.
    #[error("too many events are waiting to be stored")]
    Busy,
    /// The writer panicked. It is unknown whether the batch was stored.
    #[error("the writer failed")]
    WriterFailed,
}

impl StoreError {
    /// Whether the database cannot be used for a permanent reason, such as a wrong password or an unknown parameter of the URL.
    pub fn is_refusal(&self) -> bool {
        const TEMPORARY: [&str; 6] =
            ["starting up", "shutting down", "in recovery", "not yet accepting", "too many", "connection slots"];
        if let Self::Unsuitable(_) = self {
            return true;
        }
        let Self::Unavailable(message) = self else { return false };
        const OF_LIBRARY: [&str; 2] = ["invalid URI", "invalid connection option"];
        if OF_LIBRARY.iter().any(|words| message.contains(words)) {
            return true;
        }
        message.contains("FATAL:") && !TEMPORARY.iter().any(|words| message.contains(words))
    }

    /// The error of a statement that only reads the schema.
    pub(super) fn of_schema(self) -> Self {
        match self {
            Self::Failed(error) => Self::Incomplete(error),
            error => error,
        }
    }

    /// Whether the connection should be discarded.
    pub(super) fn breaks_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_) | Self::ReadOnly(_))
    }
}

impl From<QueryError> for StoreError {
    fn from(error: QueryError) -> Self {
        /// Messages of transient errors that diesel does not classify: locks, canceled statements, a server that is shutting
        /// down, starting or unreachable, and statements that were prepared before the schema changed.
        const TRANSIENT: [&str; 11] = [
            "database is locked",
            "database table is locked",
            "deadlock detected",
            "canceling statement",
            "cached plan must not change result type",
            "prepared statement",
            "terminating connection",
            "the database system is",
            "server closed the connection",
            "connection to server",
            "could not receive data",
        ];
        /// A full disk, on SQLite and on PostgreSQL (SQLSTATE 53100, which diesel does not report).
        const FULL: [&str; 2] = ["database or disk is full", "No space left on device"];
        /// A SQLite file without permission to write.
        const READ_ONLY: [&str; 1] = ["attempt to write a readonly database"];
        let message = |words: &[&str], error: &QueryError| match error {
            QueryError::DatabaseError(_, information) => words.iter().any(|words| information.message().contains(words)),
            _ => false,
        };
        if message(&FULL, cause(&error)) {
            return Self::Full(error.to_string());
        }
        let is_read_only = matches!(cause(&error), QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _));
        if is_read_only || message(&READ_ONLY, cause(&error)) {
            return Self::ReadOnly(error.to_string());
        }
        let transient = match &error {
            QueryError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | QueryError::BrokenTransactionManager
            | QueryError::RollbackErrorOnCommit { .. } => true,
            error => message(&TRANSIENT, error),
        };
        if transient { Self::Unavailable(error.to_string()) } else { Self::Failed(Arc::new(error)) }
    }
}

/// The error that made a transaction fail.
fn cause(error: &QueryError) -> &QueryError {
    match error {
        QueryError::RollbackErrorOnCommit { commit_error, .. } => commit_error,
        error => error,
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    /// The pool appends the reason if it could not connect. Otherwise, other calls use all connections.
    fn from(error: diesel::r2d2::PoolError) -> Self {
        match error.to_string() {
            message if message == "timed out waiting for connection" => Self::Busy,
            message => Self::Unavailable(message),
        }
    }
}

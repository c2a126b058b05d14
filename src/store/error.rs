//! What can go wrong with the database, sorted by what a caller can do about it.

use std::sync::Arc;

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as QueryError};
use thiserror::Error;

use crate::domain::batch::Conflict;

/// The database did not do what it was asked.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// It is away, too busy or too slow: trying again later can help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It answered with a fault that trying again will not mend.
    #[error("the database refused a statement: {0}")]
    Failed(#[source] Arc<QueryError>),
}

/// A batch that was not stored.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Some of its identifiers are taken by events with other content.
    #[error("identifiers are taken by other events")]
    Conflict(Conflict),
    /// The database did not store it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue is full.
    #[error("too many events wait to be stored")]
    Busy,
    /// Its writer failed. Whether it was stored is unknown.
    #[error("the writer failed")]
    BrokenOff,
}

impl StoreError {
    /// Whether the connection it came over is better given up.
    pub(super) fn breaks_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<QueryError> for StoreError {
    fn from(error: QueryError) -> Self {
        /// What the two databases say, where diesel has no kind for it: a lock or a deadline that was waited for in vain, a
        /// server that is going down or coming up.
        const PASSING: [&str; 8] = [
            "database is locked",
            "database table is locked",
            "statement timeout",
            "terminating connection",
            "the database system is",
            "server closed the connection",
            "connection to server",
            "could not receive data",
        ];
        let passing = match &error {
            QueryError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            )
            | QueryError::BrokenTransactionManager => true,
            QueryError::DatabaseError(_, information) => PASSING.iter().any(|words| information.message().contains(words)),
            QueryError::RollbackErrorOnCommit { .. } => true,
            _ => false,
        };
        if passing { Self::Unavailable(error.to_string()) } else { Self::Failed(Arc::new(error)) }
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

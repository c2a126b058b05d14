//! The pools of connections, and the faults of the database that their use shows.

use std::{fmt, sync::Arc, time::Duration};

use diesel::{
    ConnectionError,
    r2d2::{HandleError, Pool},
};

use super::{
    connection::{Db, Manager, run_on},
    error::StoreError,
    faults::Faults,
};

/// A pool of connections to one database. Clones share the connections.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    pool: Pool<Manager>,
    faults: Arc<Faults>,
}

impl ConnectionPool {
    /// Connects on first use. `wait`: the maximum time to wait for a connection.
    pub(super) fn new(manager: Manager, size: u32, wait: Duration, faults: &Arc<Faults>) -> Self {
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(wait)
            .test_on_check_out(true)
            .error_handler(Box::new(NoteFault(Arc::clone(faults))))
            .build_unchecked(manager);
        Self { pool, faults: Arc::clone(faults) }
    }

    /// Runs a query on a connection, after waiting for one.
    pub(super) fn run<T, E>(&self, query: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, StoreError>
    where
        StoreError: From<E>,
    {
        let outcome = match self.pool.get() {
            Ok(connection) => run_on(connection, query),
            Err(error) => Err(error.into()),
        };
        self.faults.observe(&outcome);
        outcome
    }

    /// The maximum number of connections.
    pub(super) fn size(&self) -> u32 {
        self.pool.max_size()
    }

    /// The maximum time to wait for a connection.
    pub(super) fn wait(&self) -> Duration {
        self.pool.connection_timeout()
    }
}

impl fmt::Debug for ConnectionPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.state().fmt(formatter)
    }
}

/// Why the pool cannot connect. Requests only see a timeout.
#[derive(Debug)]
struct NoteFault(Arc<Faults>);

impl HandleError<ConnectionError> for NoteFault {
    fn handle_error(&self, error: ConnectionError) {
        self.0.unavailable.note(error);
    }
}

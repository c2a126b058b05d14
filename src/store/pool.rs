//! The pools of connections, and the faults of the database that their use shows.

use std::{fmt, sync::Arc, time::Duration};

use diesel::{
    ConnectionError,
    r2d2::{HandleError, Pool},
};

use super::{
    caches::{Caches, CurrentCaches},
    connection::{Db, Manager, Pooled},
    error::StoreError,
    faults::Faults,
};

/// A pool of connections to one database. Clones share the connections.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    pool: Pool<Manager>,
    faults: Arc<Faults>,
    caches: Arc<CurrentCaches>,
}

impl ConnectionPool {
    /// Connects in the background. `wait`: the maximum time to wait for a connection.
    pub(super) fn new(manager: Manager, size: u32, wait: Duration, faults: &Arc<Faults>, caches: &Arc<CurrentCaches>) -> Self {
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(wait)
            .test_on_check_out(true)
            .error_handler(Box::new(NoteFault(Arc::clone(faults))))
            .build_unchecked(manager);
        Self { pool, faults: Arc::clone(faults), caches: Arc::clone(caches) }
    }

    /// Runs a query on a connection, after waiting for one. See [`Self::run_cached`].
    pub(super) fn run<T, E>(&self, query: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, StoreError>
    where
        StoreError: From<E>,
    {
        self.run_cached(|db, _| query(db))
    }

    /// Runs a query on a connection with its caches, after waiting for one. The pool discards the connection if it is broken.
    ///
    /// A result is returned only if the files of the database were still at their paths after the query. Otherwise it belongs to a
    /// removed file, and a commit would be lost. Such a connection stays open, because the file exists as long as it is open.
    pub(super) fn run_cached<T, E>(&self, query: impl FnOnce(&mut Db, &Caches) -> Result<T, E>) -> Result<T, StoreError>
    where
        StoreError: From<E>,
    {
        let outcome = self.pool.get().map_err(|error| error.into()).and_then(|mut connection| {
            let Pooled { db, incarnation, files, broken, .. } = &mut *connection;
            let result = query(db, &self.caches.of(*incarnation)).map_err(StoreError::from);
            let is_moved = files.as_ref().is_some_and(|files| !files.are_in_place());
            let result = if is_moved { Err(StoreError::Moved) } else { result };
            *broken = result.as_ref().is_err_and(StoreError::breaks_connection);
            result
        });
        self.faults.observe(&outcome);
        outcome
    }

    /// What is wrong with the database.
    pub(super) fn faults(&self) -> &Faults {
        &self.faults
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::store::{
        connection::{Observed, Use, ping},
        database_url::DatabaseUrl,
    };

    fn pool(path: &std::path::Path) -> ConnectionPool {
        let manager = Manager {
            url: DatabaseUrl::Sqlite(path.display().to_string()),
            used_for: Use::Write,
            statement_timeout: Duration::from_secs(1),
            observed: Observed::default(),
        };
        let wait = Duration::from_millis(500);
        ConnectionPool::new(manager, 1, wait, &Arc::default(), &Arc::new(CurrentCaches::new(0)))
    }

    #[test]
    fn a_pool_whose_connections_are_in_use_is_busy_and_the_database_is_not_at_fault() {
        let directory = tempfile::tempdir().unwrap();
        let pool = pool(&directory.path().join("log.db"));
        pool.run(ping).unwrap();
        let (begun, begins) = channel();
        let (end, ends) = channel::<()>();
        let user = pool.clone();
        let use_it = std::thread::spawn(move || {
            user.run(|db| {
                begun.send(()).unwrap();
                ends.recv().unwrap();
                ping(db)
            })
        });
        begins.recv().unwrap();
        assert!(matches!(pool.run(ping), Err(StoreError::Busy)));
        assert!(!pool.faults().unavailable.lasts());
        end.send(()).unwrap();
        use_it.join().unwrap().unwrap();
        pool.run(ping).unwrap();
    }

    #[test]
    fn a_database_that_cannot_be_opened_is_unavailable() {
        let directory = tempfile::tempdir().unwrap();
        let pool = pool(&directory.path().join("missing").join("log.db"));
        assert!(matches!(pool.run(ping), Err(StoreError::Unavailable(_))));
        assert!(pool.faults().unavailable.lasts());
    }
}

//! Connections to either database, and how the pool opens and checks them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::{CacheSize, InstrumentationEvent, SimpleConnection, get_default_instrumentation},
    dsl::sql,
    r2d2::ManageConnection,
    sql_types::BigInt,
};
use secrecy::ExposeSecret;

use super::{
    database_file::{DatabaseFiles, OpenedFiles},
    database_url::{DatabaseUrl, after_user},
    error::StoreError,
};

/// A connection to SQLite or PostgreSQL. [`on_each_backend!`] gives access to the concrete connection.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The backend of [`Db`]: SQLite or PostgreSQL, decided at run time.
pub(super) type Backend = <Db as Connection>::Backend;

/// Runs an expression on the concrete connection inside a [`Db`]. Batch inserts, `ON CONFLICT` and `RETURNING` need this, because
/// diesel supports them for concrete backends only.
macro_rules! on_each_backend {
    ($db:expr, $connection:ident => $expression:expr) => {
        match $db {
            $crate::store::connection::Db::Sqlite($connection) => $expression,
            $crate::store::connection::Db::Postgres($connection) => $expression,
        }
    };
}
pub(super) use on_each_backend;

/// Selects the SQL where the two databases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(super) fn of(db: &Db) -> Self {
        match db {
            Db::Sqlite(_) => Self::Sqlite,
            Db::Postgres(_) => Self::Postgres,
        }
    }
}

/// Planner settings for PostgreSQL.
///
/// The planner assumes that every account has the average number of rows, but accounts differ widely. So plans that read all
/// matches, to sort them or to build a bitmap, are disabled: every statement scans an index in the requested order. One generic
/// plan then suits all values and is made once.
const PLANNING: &str =
    "SET jit = off; SET enable_bitmapscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan";

/// How long plans are cached. A plan made for empty tables reads a whole account to find one identifier.
const PLAN_LIFETIME: Duration = Duration::from_secs(1);

/// The number of statements after which a connection forgets those that it has prepared. Each combination of filters has a
/// statement of its own, so their number, and the memory for them, would have no limit.
const PREPARED: usize = 100;

/// Settings for SQLite's readers. Each has its own page cache. 512 KiB is enough, because the operating system caches the file as
/// well.
const READING: &str = "PRAGMA query_only = true; PRAGMA cache_size = -512;";

/// Settings for SQLite's writer. It checkpoints the write-ahead log after 16 MiB instead of 4 MiB, so that a page that changes
/// often is copied to the database file less often. A higher value would be faster, but the commit that runs the checkpoint would
/// take too long on a slow disk.
const WRITING: &str = "PRAGMA wal_autocheckpoint = 4096;";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Reads only. SQLite rejects writes.
    Read,
    /// Writes data and changes the schema.
    Write,
}

/// Opens connections for a pool.
#[derive(Debug)]
pub(super) struct Manager {
    pub url: DatabaseUrl,
    pub used_for: Use,
    /// PostgreSQL's timeout for one statement.
    pub statement_timeout: Duration,
    pub observed: Observed,
}

/// State that the connections of all pools of a database share.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    /// The number of connections that broke so far.
    breaks: Arc<AtomicU64>,
    files: Arc<OpenedFiles>,
}

/// Identifies the server process, by its start, and the database in it. It changes when a server is restarted, another one takes over,
/// or a database is created anew.
pub type Incarnation = (i64, i64);

/// A connection of the pool, and whether it can be reused.
pub(super) struct Pooled {
    pub(super) db: Db,
    pub(super) incarnation: Incarnation,
    pub(super) broken: bool,
    /// `None` on PostgreSQL.
    pub(super) files: Option<Arc<DatabaseFiles>>,
    /// The value of [`Observed::breaks`] when this connection was last known to work.
    breaks_when_valid: u64,
    /// When the plans were last discarded.
    planned_at: Instant,
    /// The number of statements that are prepared.
    prepared: Arc<AtomicUsize>,
}

impl Manager {
    /// Opens and configures a connection. A commit returns only after its data is on disk.
    pub(super) fn open(&self) -> Result<Db, ConnectionError> {
        let db = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                if !self.observed.files.are_in_place() {
                    return Err(moved());
                }
                let mut connection = SqliteConnection::establish(path)
                    .map_err(|error| ConnectionError::BadConnection(format!("{path}: {error}")))?;
                let of_use = match self.used_for {
                    Use::Read => READING,
                    Use::Write => WRITING,
                };
                connection
                    .batch_execute(&format!(
                        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {of_use}"
                    ))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Db::Sqlite(connection)
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(&limited(url.expose_secret()))?;
                let timeout = self.statement_timeout.as_millis();
                connection
                    .batch_execute(&format!(
                        "SET synchronous_commit = on; SET standard_conforming_strings = on; SET statement_timeout = {timeout}; \
                         SET idle_in_transaction_session_timeout = {timeout}; {PLANNING}"
                    ))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Db::Postgres(connection)
            }
        };
        Ok(db)
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Pooled, ConnectionError> {
        // Read before connecting: a break in the meantime may affect this connection too.
        let breaks_when_valid = self.observed.breaks.load(Ordering::Relaxed);
        let mut db = self.open()?;
        let files = match &mut db {
            Db::Sqlite(connection) => {
                let files = self.observed.files.of(connection).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Some(files.ok_or_else(moved)?)
            }
            Db::Postgres(_) => None,
        };
        let incarnation = incarnation(&mut db).map_err(ConnectionError::CouldntSetupConfiguration)?;
        let prepared = count_prepared(&mut db);
        Ok(Pooled { db, incarnation, broken: false, files, breaks_when_valid, planned_at: Instant::now(), prepared })
    }

    /// Called before every use. Pings only if another connection has broken since this one was last known to work: a server
    /// restart breaks all connections, and one failed request is enough to detect it.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectionError> {
        let breaks = self.observed.breaks.load(Ordering::Relaxed);
        if pooled.breaks_when_valid != breaks {
            ping(&mut pooled.db).map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.breaks_when_valid = breaks;
        }
        if pooled.planned_at.elapsed() > PLAN_LIFETIME {
            discard_plans(&mut pooled.db).map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.planned_at = Instant::now();
        }
        if pooled.prepared.load(Ordering::Relaxed) > PREPARED {
            forget_statements(&mut pooled.db).map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.prepared.store(0, Ordering::Relaxed);
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        let broken = pooled.broken || std::thread::panicking();
        if broken {
            self.observed.breaks.fetch_add(1, Ordering::Relaxed);
        }
        broken
    }
}

fn moved() -> ConnectionError {
    ConnectionError::BadConnection(StoreError::Moved.to_string())
}

/// Reads the incarnation. On SQLite it never changes, because [`DatabaseFiles`] detect another file.
fn incarnation(db: &mut Db) -> QueryResult<Incarnation> {
    const QUERY: &str = "SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000000 AS bigint), CAST(oid AS bigint) \
        FROM pg_database WHERE datname = current_database()";
    match db {
        Db::Sqlite(_) => Ok((0, 0)),
        Db::Postgres(connection) => sql::<(BigInt, BigInt)>(QUERY).get_result(connection),
    }
}

/// Adds timeouts to a PostgreSQL URL, in seconds (`tcp_user_timeout` in milliseconds). Without them, a connection waits a quarter
/// of an hour on a network that does not respond. The URL's own parameters take precedence over them.
pub(super) fn limited(url: &str) -> String {
    const LIMITS: &str = "connect_timeout=2&tcp_user_timeout=3000&keepalives_idle=5&keepalives_interval=1&keepalives_count=3";
    let rest = after_user(url);
    match rest.find('?').map(|mark| url.split_at(url.len() - rest.len() + mark)) {
        Some((base, parameters)) => format!("{base}?{LIMITS}&{}", &parameters[1..]),
        None => format!("{url}?{LIMITS}"),
    }
}

/// Makes PostgreSQL plan its statements again, with the current sizes of the tables.
fn discard_plans(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(connection) => connection.batch_execute("DISCARD PLANS"),
    }
}

/// Counts the statements that a connection prepares and keeps.
fn count_prepared(db: &mut Db) -> Arc<AtomicUsize> {
    let prepared = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&prepared);
    let mut default = get_default_instrumentation();
    db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(default) = &mut default {
            default.on_connection_event(event);
        }
    });
    prepared
}

/// Frees all prepared statements of a connection.
fn forget_statements(db: &mut Db) -> QueryResult<()> {
    db.set_prepared_statement_cache_size(CacheSize::Disabled);
    db.set_prepared_statement_cache_size(CacheSize::Unbounded);
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(connection) => connection.batch_execute("DEALLOCATE ALL"),
    }
}

/// Checks that the database responds.
pub(super) fn ping(db: &mut Db) -> QueryResult<()> {
    diesel::sql_query("SELECT 1").execute(db).map(drop)
}

#[cfg(test)]
mod tests {
    use diesel::{r2d2::Pool, sql_types::BigInt};

    use super::{super::fragment::Fragment, *};

    #[test]
    fn a_connection_keeps_a_limited_number_of_prepared_statements() {
        let directory = tempfile::tempdir().unwrap();
        let manager = Manager {
            url: DatabaseUrl::Sqlite(directory.path().join("log.db").display().to_string()),
            used_for: Use::Read,
            statement_timeout: Duration::from_secs(1),
            observed: Observed::default(),
        };
        let pool = Pool::builder().max_size(1).test_on_check_out(true).build(manager).unwrap();
        for number in 0..3 * PREPARED {
            let mut connection = pool.get().unwrap();
            let statement = Fragment::<BigInt>::new(format!("SELECT {number} + ")).number(1);
            assert_eq!(statement.get_result::<i64>(&mut connection.db).unwrap(), number as i64 + 1);
            let prepared = connection.prepared.load(Ordering::Relaxed);
            assert!((1..=PREPARED + 1).contains(&prepared), "{prepared}");
        }
    }

    #[test]
    fn timeouts_are_added_before_the_parameters_of_a_url() {
        for (url, base, parameters) in [
            ("postgres://u:p@h/d", "postgres://u:p@h/d", ""),
            ("postgres://h", "postgres://h", ""),
            ("postgres:///d?host=/run/a@b", "postgres:///d", "&host=/run/a@b"),
            ("postgres://u:p?@h/d?connect_timeout=9", "postgres://u:p?@h/d", "&connect_timeout=9"),
        ] {
            let limited = limited(url);
            assert!(limited.starts_with(&format!("{base}?connect_timeout=2&")), "{limited}");
            assert!(limited.ends_with(&format!("=3{parameters}")), "{limited}");
        }
    }
}

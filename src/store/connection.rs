//! A connection to either database, how it is opened, and the pool's view of it.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ManageConnection, PooledConnection},
};

use super::error::StoreError;

/// A connection to SQLite or to PostgreSQL. What a query needs to know of the difference is in [`on_each_backend!`].
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// The database of production.
    Postgres(PgConnection),
}

/// The backend of [`Db`], which is that of the one or the other at run time.
pub(super) type Backend = <Db as Connection>::Backend;

/// Runs one expression on the connection inside a [`Db`]: for batch inserts, `ON CONFLICT` and `RETURNING`, which diesel
/// writes for one database at a time.
macro_rules! on_each_backend {
    ($db:expr, $connection:ident => $expression:expr) => {
        match $db {
            $crate::store::connection::Db::Sqlite($connection) => $expression,
            $crate::store::connection::Db::Postgres($connection) => $expression,
        }
    };
}
pub(super) use on_each_backend;

/// The two databases, where their SQL differs.
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

/// Where the database is. Its password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The path of a file.
    Sqlite(String),
    /// A connection URL of libpq.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("sqlite", path)) if path.contains(":memory:") => {
                Err("a database in memory is lost with its connection: give a file, such as sqlite://logbook.db".to_owned())
            }
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.to_owned())),
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => Ok(Self::Postgres(url.to_owned())),
            _ => {
                Err("not a database URL: sqlite:///path/to/file, sqlite://file or postgres://user:password@host/database"
                    .to_owned())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite://{path}"),
            Self::Postgres(_) => formatter.write_str("postgres://…"),
        }
    }
}

/// How PostgreSQL plans. Its idea of how many rows an account has is that of an average account, and no account is; so what
/// reads all that matches, to sort it or to make a bitmap of it, is shut out, and every statement walks along an index in the
/// order that is asked for. Then one plan is right for all values, and is made once.
const PLANNING: &str =
    "SET jit = off; SET enable_bitmapscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan";

/// How long plans are kept: one from when the tables were empty reads whole accounts to find an identifier.
const PLANS_LAST: Duration = Duration::from_secs(1);

/// SQLite's readers: each has a cache of its own, for which 512 KiB are as good as more, because the system keeps the file's
/// pages too.
const READING: &str = "PRAGMA query_only = true; PRAGMA cache_size = -512;";

/// SQLite's writer: it moves what it wrote into the file after 16 MiB instead of 4, so that a page that is written to again
/// and again is moved once. More would be faster still, but the commit that does it must not take too long on a slow disk.
const WRITING: &str = "PRAGMA wal_autocheckpoint = 4096;";

/// What a connection is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Reading: SQLite refuses anything else on it.
    Read,
    /// Writing, also of the schema.
    Write,
}

/// Opens connections for a pool.
#[derive(Debug)]
pub(super) struct Manager {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// What the connections are for.
    pub used_for: Use,
    /// How long PostgreSQL works on one statement before it gives up.
    pub statement_timeout: Duration,
    /// How many connections were found broken, by all pools of the database.
    pub breaks: Arc<AtomicU64>,
}

/// A connection of the pool, which knows whether it can be used again.
pub(super) struct Pooled {
    pub(super) db: Db,
    pub(super) broken: bool,
    /// What [`Manager::breaks`] was when this connection was known to be good.
    good_at: u64,
    /// When plans were last dropped.
    planned_at: Instant,
}

impl Manager {
    /// Opens a connection and makes it durable: an answer is given only after what it says is on disk.
    pub(super) fn open(&self) -> Result<Db, ConnectionError> {
        let db = match &self.url {
            DatabaseUrl::Sqlite(path) => {
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
                let mut connection = PgConnection::establish(&limited(url))?;
                let timeout = self.statement_timeout.as_millis();
                connection
                    .batch_execute(&format!(
                        "SET synchronous_commit = on; SET statement_timeout = {timeout}; \
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
        // Read before connecting: what breaks meanwhile may have broken this one too.
        let good_at = self.breaks.load(Ordering::Relaxed);
        self.open().map(|db| Pooled { db, broken: false, good_at, planned_at: Instant::now() })
    }

    /// Called before every use. A connection is asked only if another broke since it was last known to be good: a server that
    /// was restarted broke them all, and one failed request is enough to find out.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectionError> {
        let breaks = self.breaks.load(Ordering::Relaxed);
        if pooled.good_at != breaks {
            ping(&mut pooled.db).map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.good_at = breaks;
        }
        if pooled.planned_at.elapsed() > PLANS_LAST {
            forget_plans(&mut pooled.db).map_err(ConnectionError::CouldntSetupConfiguration)?;
            pooled.planned_at = Instant::now();
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        let broken = pooled.broken || std::thread::panicking();
        if broken {
            self.breaks.fetch_add(1, Ordering::Relaxed);
        }
        broken
    }
}

/// Runs a query on a connection of a pool, and drops the connection if it is broken.
pub(super) fn run_on<T>(
    mut connection: PooledConnection<Manager>,
    query: impl FnOnce(&mut Db) -> QueryResult<T>,
) -> Result<T, StoreError> {
    let result = query(&mut connection.db).map_err(StoreError::from);
    connection.broken = result.as_ref().is_err_and(StoreError::breaks_connection);
    result
}

/// The URL of PostgreSQL with limits (in seconds; `tcp_user_timeout` in milliseconds) to what a silent network costs, which by
/// default is a quarter of an hour for each connection. The URL's own parameters come after these, and win.
pub(super) fn limited(url: &str) -> String {
    const LIMITS: &str = "connect_timeout=2&tcp_user_timeout=3000&keepalives_idle=5&keepalives_interval=1&keepalives_count=3";
    // As libpq reads it: user and password end with the first @ that no slash precedes, and may hold question marks.
    let user = url.find("://").map_or(0, |end| end + 3);
    let host = url[user..].find(['@', '/']).filter(|end| url[user + end..].starts_with('@')).map_or(user, |end| user + end);
    match url[host..].find('?').map(|mark| url.split_at(host + mark)) {
        Some((place, parameters)) => format!("{place}?{LIMITS}&{}", &parameters[1..]),
        None => format!("{url}?{LIMITS}"),
    }
}

/// Makes PostgreSQL plan its statements again, by how large the tables are now.
fn forget_plans(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        Db::Postgres(connection) => connection.batch_execute("DISCARD PLANS"),
    }
}

/// Asks the database for a sign of life.
pub(super) fn ping(db: &mut Db) -> QueryResult<()> {
    diesel::sql_query("SELECT 1").execute(db).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        assert_eq!("sqlite:///var/lib/l.db".parse(), Ok(DatabaseUrl::Sqlite("/var/lib/l.db".to_owned())));
        assert_eq!("sqlite://l.db".parse(), Ok(DatabaseUrl::Sqlite("l.db".to_owned())));
        assert_eq!("postgres://u:p@h/d".parse(), Ok(DatabaseUrl::Postgres("postgres://u:p@h/d".to_owned())));
        for bad in ["", "l.db", "sqlite://", "sqlite://:memory:", "mysql://h/d", "postgres://"] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_come_before_the_parameters_of_a_url() {
        for (url, place, parameters) in [
            ("postgres://u:p@h/d", "postgres://u:p@h/d", ""),
            ("postgres://h", "postgres://h", ""),
            ("postgres:///d?host=/run/a@b", "postgres:///d", "&host=/run/a@b"),
            ("postgres://u:p?@h/d?connect_timeout=9", "postgres://u:p?@h/d", "&connect_timeout=9"),
        ] {
            let limited = limited(url);
            assert!(limited.starts_with(&format!("{place}?connect_timeout=2&")), "{limited}");
            assert!(limited.ends_with(&format!("=3{parameters}")), "{limited}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://u:secret@h/d".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}

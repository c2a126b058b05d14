//! A fresh, empty database for one test.

use std::{
    fs,
    os::unix::fs::chown,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, pg::Pg, sql_query,
    sqlite::Sqlite,
};
use tempfile::TempDir;

use super::{
    postgres::{self, Server},
    restricted,
};

/// A database of its own, without tables; removed when dropped.
pub struct Database {
    /// For the service.
    url: String,
    /// For the test itself, without restrictions.
    own_url: String,
    /// The connection of [`Database::load`] to PostgreSQL, because a new one takes 5 ms of CPU time.
    reader: Mutex<Option<PgConnection>>,
    location: Location,
}

enum Location {
    /// The directory is removed with the database file and the other files of SQLite.
    Directory { _directory: TempDir },
    /// A database of the test process's PostgreSQL server.
    Server { name: String },
    /// A PostgreSQL server for this database only.
    Private { server: Server },
}

impl Database {
    /// A SQLite file in a directory of its own.
    pub fn sqlite() -> Self {
        Self::sqlite_in(&std::env::temp_dir())
    }

    /// A SQLite file in a new directory below this one.
    pub fn sqlite_in(parent: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("logbook-sqlite-").tempdir_in(parent).unwrap();
        let url = format!("sqlite://{}", directory.path().join("logbook.db").display());
        Self { own_url: url.clone(), url, reader: Mutex::default(), location: Location::Directory { _directory: directory } }
    }

    /// A PostgreSQL database.
    ///
    /// `None` if PostgreSQL is not installed, so that the tests also run without it. Panics instead if the environment variable
    /// `CI` is set, because there a skipped test would not be noticed.
    pub fn postgres() -> Option<Self> {
        let server = installed(postgres::shared())?;
        let name = unique_name();
        administer(server, &format!("CREATE DATABASE {name}"));
        let url = server.url(&name);
        Some(Self { own_url: url.clone(), url, reader: Mutex::default(), location: Location::Server { name } })
    }

    /// A PostgreSQL database with tables, and a role for the service that does not own them, as in docs/security.md. `None` as for
    /// [`Database::postgres`].
    pub fn restricted() -> Option<Self> {
        let server = installed(postgres::shared())?;
        let name = unique_name();
        let url = restricted::create(server, &name);
        Some(Self { own_url: server.url(&name), url, reader: Mutex::default(), location: Location::Server { name } })
    }

    /// Whether the service has a role that must not change the schema.
    pub fn is_restricted(&self) -> bool {
        self.url != self.own_url
    }

    /// A database on its own PostgreSQL server, for tests that stop or crash the server. `None` as for [`Database::postgres`].
    pub fn on_private_server() -> Option<Self> {
        let server = installed(postgres::private())?;
        let url = server.url("postgres");
        Some(Self { own_url: url.clone(), url, reader: Mutex::default(), location: Location::Private { server } })
    }

    /// A PostgreSQL database with its tables and indexes in a directory of its own. `None` as for [`Database::postgres`].
    pub fn postgres_in(directory: &Path) -> Option<Self> {
        let server = installed(postgres::private())?;
        let tables = directory.join("tables");
        fs::create_dir(&tables).unwrap();
        let (user, group) = server.owner;
        chown(&tables, Some(user), Some(group)).unwrap();
        administer(&server, &format!("CREATE TABLESPACE elsewhere LOCATION '{}'", tables.display()));
        administer(&server, "CREATE DATABASE logbook TABLESPACE elsewhere");
        let url = server.url("logbook");
        Some(Self { own_url: url.clone(), url, reader: Mutex::default(), location: Location::Private { server } })
    }

    /// The path of the SQLite file.
    pub fn path(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite://").expect("a SQLite file"))
    }

    /// The database's own server.
    pub fn server(&self) -> &Server {
        match &self.location {
            Location::Private { server } => server,
            _ => panic!("other tests use this server"),
        }
    }

    /// The value for `DATABASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL for the test itself, whose role has all privileges.
    pub fn own_url(&self) -> &str {
        &self.own_url
    }

    /// The URL of its server for the test itself, without the slash before the name, and the name.
    pub fn server_and_name(&self) -> (&str, &str) {
        self.own_url.rsplit_once('/').expect("a URL of PostgreSQL")
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self.location, Location::Directory { .. })
    }

    /// Runs a statement without the service. Returns the number of affected rows, or the error of the database.
    pub fn execute(&self, statement: &str) -> Result<usize, String> {
        let outcome = if self.is_postgres() {
            PgConnection::establish(&self.own_url).map(|mut connection| sql_query(statement).execute(&mut connection))
        } else {
            let path = self.url().trim_start_matches("sqlite://");
            SqliteConnection::establish(path).map(|mut connection| {
                // The service may still hold a lock after its own write.
                sql_query("PRAGMA busy_timeout = 5000").execute(&mut connection)?;
                sql_query(statement).execute(&mut connection)
            })
        };
        outcome.unwrap().map_err(|error| error.to_string())
    }

    /// Reads rows without the service.
    #[track_caller]
    pub fn load<Row>(&self, query: &str) -> Vec<Row>
    where
        Row: QueryableByName<Sqlite> + QueryableByName<Pg> + 'static,
    {
        let rows = if self.is_postgres() {
            let mut reader = self.reader.lock().unwrap();
            // It may be lost: some tests stop their server.
            if let Some(rows) = reader.as_mut().and_then(|connection| sql_query(query).load(connection).ok()) {
                return rows;
            }
            sql_query(query).load(reader.insert(PgConnection::establish(&self.own_url).unwrap()))
        } else {
            let mut connection = SqliteConnection::establish(self.url().trim_start_matches("sqlite://")).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            sql_query(query).load(&mut connection)
        };
        rows.unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

/// The tables of PostgreSQL with rows of accounts, except heads, which advance.
pub const TABLES_OF_ACCOUNTS: &str =
    "pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname IN ('log_key', 'account_id')
    WHERE relkind = 'r' AND attnum > 0 AND relname NOT LIKE '%\\_heads'";

/// The name of a database that no other test of this process has.
fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);

    format!("logbook_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The server, or `None` with a message if PostgreSQL is not installed.
fn installed<T>(server: Option<T>) -> Option<T> {
    if server.is_none() {
        let why = "no PostgreSQL is installed (initdb and postgres on PATH, in /usr/lib/postgresql or by pg_config)";
        assert!(std::env::var_os("CI").is_none(), "{why}, and CI is set");
        eprintln!("Skipped on PostgreSQL: {why}.");
    }
    server
}

impl Drop for Database {
    fn drop(&mut self) {
        // After a failed test nothing is removed, because a second panic would hide the first.
        if let (Location::Server { name }, Some(server), false) = (&self.location, postgres::shared(), std::thread::panicking()) {
            administer(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn administer(server: &Server, statement: &str) {
    let mut connection =
        PgConnection::establish(&server.url("postgres")).expect("the PostgreSQL server of the tests accepts connections");
    connection.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

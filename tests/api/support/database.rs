//! A fresh, empty database for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, pg::Pg, sql_query,
    sqlite::Sqlite,
};
use tempfile::TempDir;

use super::postgres::{self, Server};

/// A database of its own, without tables; removed when dropped.
pub struct Database {
    url: String,
    place: Place,
}

enum Place {
    /// The directory goes with the file and all that SQLite puts beside it.
    Directory { _directory: TempDir },
    /// A database of the test process's PostgreSQL server.
    Server { name: String },
    /// A PostgreSQL server that is there for nothing else.
    Private { server: Server },
}

impl Database {
    /// A file of SQLite in a directory of its own.
    pub fn sqlite() -> Self {
        let directory = tempfile::Builder::new().prefix("logbook-sqlite-").tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("logbook.db").display());
        Self { url, place: Place::Directory { _directory: directory } }
    }

    /// A database of PostgreSQL.
    ///
    /// `None` where no PostgreSQL is installed, so that the tests can be run without one. Where the environment variable
    /// `CI` is set it panics instead: there nobody would see that half of the tests did not run.
    pub fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(1);

        let server = installed(postgres::shared())?;
        let name = format!("logbook_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        administer(server, &format!("CREATE DATABASE {name}"));
        Some(Self { url: server.url(&name), place: Place::Server { name } })
    }

    /// A database on a PostgreSQL server of its own, for tests that break the server; `None` as for [`Database::postgres`].
    pub fn on_private_server() -> Option<Self> {
        let server = installed(postgres::private())?;
        Some(Self { url: server.url("postgres"), place: Place::Private { server } })
    }

    /// The server, where it is the database's own.
    pub fn server(&self) -> &Server {
        match &self.place {
            Place::Private { server } => server,
            _ => panic!("other tests use this server"),
        }
    }

    /// What the setting `DATABASE_URL` takes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self.place, Place::Directory { .. })
    }

    /// Runs a statement past the service: how many rows it touched, or what the database said.
    pub fn execute(&self, statement: &str) -> Result<usize, String> {
        let outcome = if self.is_postgres() {
            PgConnection::establish(self.url()).map(|mut connection| sql_query(statement).execute(&mut connection))
        } else {
            let path = self.url().trim_start_matches("sqlite://");
            SqliteConnection::establish(path).map(|mut connection| {
                // The service may be about to tidy up after its own write.
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
            sql_query(query).load(&mut PgConnection::establish(self.url()).unwrap())
        } else {
            let mut connection = SqliteConnection::establish(self.url().trim_start_matches("sqlite://")).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            sql_query(query).load(&mut connection)
        };
        rows.unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

/// What there is, unless PostgreSQL is not installed.
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
        // After a failed test the server is left as it is: a second panic would hide the first.
        if let (Place::Server { name }, Some(server), false) = (&self.place, postgres::shared(), std::thread::panicking()) {
            administer(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn administer(server: &Server, statement: &str) {
    let mut connection = PgConnection::establish(&server.url("postgres")).expect("the PostgreSQL server of the tests answers");
    connection.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

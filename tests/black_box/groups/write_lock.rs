//! Faults in the database: a lock that blocks all writers, and a constraint that refuses an event.

use std::time::Duration;

use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};

use crate::{logs::Log, support::Database};

/// A lock in the database. While it is held, all writers wait, and new requests form groups.
pub enum WriteLock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl WriteLock {
    pub fn take(database: &Database) -> Self {
        if database.is_postgres() {
            let mut connection = PgConnection::establish(database.url()).unwrap();
            connection.batch_execute("BEGIN; LOCK TABLE log_heads, access_heads IN SHARE ROW EXCLUSIVE MODE").unwrap();
            Self::Postgres(connection)
        } else {
            let mut connection = sqlite(database);
            connection.batch_execute("BEGIN IMMEDIATE").unwrap();
            Self::Sqlite(connection)
        }
    }

    /// Releases the lock after a delay in which all requests are likely to arrive.
    pub async fn release_soon(self) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(self);
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.batch_execute("ROLLBACK").unwrap(),
            Self::Postgres(connection) => connection.batch_execute("ROLLBACK").unwrap(),
        }
    }
}

/// Makes the database refuse an event with this identifier: an error that the service does not expect.
pub fn refuse_id(database: &Database, log: Log, id: &str) {
    let table = log.table;
    if database.is_postgres() {
        let rule = format!("ALTER TABLE {table} ADD CHECK (id <> '{id}')");
        sql_query(rule).execute(&mut PgConnection::establish(database.url()).unwrap()).unwrap();
    } else {
        let rule = format!(
            "CREATE TRIGGER refuse_{id}_{table} BEFORE INSERT ON {table} WHEN NEW.id = '{id}' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        );
        sql_query(rule).execute(&mut sqlite(database)).unwrap();
    }
}

fn sqlite(database: &Database) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap();
    // The service may still hold a lock after its own write.
    connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    connection
}

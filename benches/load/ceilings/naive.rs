//! What is written without much thought: a transaction for each request, which takes the next number from the head and inserts.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::web;
use rusqlite::{Connection, TransactionBehavior};
use tokio_postgres::{Client, Statement};

use super::{
    Catalogue,
    sent::{Batch, COLUMNS, Labelled, Sent},
};
use crate::{Outcome, postgres::connect};

/// Connections of each thread.
const CONNECTIONS: usize = 8;

pub const HEAD: &str = "INSERT INTO log_heads (account_id, log, last_sequence) VALUES ($1, 'audit', 1) \
                        ON CONFLICT (account_id, log) DO UPDATE SET last_sequence = log_heads.last_sequence + 1 RETURNING last_sequence";

/// An INSERT of one row.
pub fn insert() -> String {
    let places: Vec<String> = (1..=17).map(|place| format!("${place}")).collect();
    format!("INSERT INTO audit_events ({COLUMNS}) VALUES ({})", places.join(", "))
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

/// The connections of one thread to PostgreSQL. Each does one transaction at a time.
pub struct Postgres {
    connections: Vec<tokio::sync::Mutex<(Client, Statement, Statement)>>,
    next: Cell<usize>,
}

impl Postgres {
    pub async fn open(url: &str) -> Outcome<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = connect(url).await?;
            let (head, insert) = (client.prepare(HEAD).await?, client.prepare(&insert()).await?);
            connections.push(tokio::sync::Mutex::new((client, head, insert)));
        }
        Ok(Self { connections, next: Cell::default() })
    }

    /// Stores one event and tells its number.
    pub async fn store(&self, account: &str, event: &Sent, catalogue: &Catalogue) -> Outcome<i64> {
        let next = self.next.replace(self.next.get() + 1);
        let (client, head, insert) = &mut *self.connections[next % CONNECTIONS].lock().await;
        let transaction = client.transaction().await?;
        let sequence: i64 = transaction.query_one(&*head, &[&account]).await?.get(0);
        let (from, to) = (Labelled::parts(event.from.as_ref()), Labelled::parts(event.to.as_ref()));
        let (time, number, actor) = (event.occurred_at(), event.event_type(catalogue), event.done_by_type());
        transaction
            .execute(
                &*insert,
                &[
                    &account,
                    &sequence,
                    &event.id,
                    &time,
                    &now(),
                    &number,
                    &actor,
                    &event.done_by.id,
                    &event.done_by.name,
                    &from.0,
                    &from.1,
                    &to.0,
                    &to.1,
                    &event.item.id,
                    &event.item.name,
                    &event.operation_id,
                    &event.details(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(sequence)
    }
}

/// The one connection to SQLite, for which all threads wait.
pub type Sqlite = Arc<Mutex<Connection>>;

/// As durable as the service.
pub fn open_sqlite(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(connection)
}

/// Stores one event and tells its number.
pub async fn store_in_sqlite(sqlite: Sqlite, account: String, batch: Batch, catalogue: Arc<Catalogue>) -> actix_web::Result<i64> {
    let store = move || -> Result<i64, String> {
        let mut connection = sqlite.lock().map_err(|error| error.to_string())?;
        let event = batch.events.first().ok_or("an event")?;
        transaction(&mut connection, &account, event, &catalogue).map_err(|error| error.to_string())
    };
    web::block(store).await?.map_err(actix_web::error::ErrorInternalServerError)
}

fn transaction(connection: &mut Connection, account: &str, event: &Sent, catalogue: &Catalogue) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sequence: i64 = transaction.prepare_cached(HEAD)?.query_row([account], |row| row.get(0))?;
    insert_into_sqlite(&transaction, account, sequence, &event.id, event, catalogue)?;
    transaction.commit()?;
    Ok(sequence)
}

/// One row.
pub fn insert_into_sqlite(
    connection: &Connection,
    account: &str,
    sequence: i64,
    id: &str,
    event: &Sent,
    catalogue: &Catalogue,
) -> rusqlite::Result<()> {
    let (from, to) = (Labelled::parts(event.from.as_ref()), Labelled::parts(event.to.as_ref()));
    let mut statement = connection.prepare_cached(&insert())?;
    statement.execute(rusqlite::params![
        account,
        sequence,
        id,
        event.occurred_at(),
        now(),
        event.event_type(catalogue),
        event.done_by_type(),
        event.done_by.id,
        event.done_by.name,
        from.0,
        from.1,
        to.0,
        to.1,
        event.item.id,
        event.item.name,
        event.operation_id,
        event.details(),
    ])?;
    Ok(())
}

//! Naive writes: one transaction per request takes the next sequence from the head and inserts one row.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
};

use actix_web::web;
use rusqlite::{Connection, TransactionBehavior};
use tokio_postgres::{Client, Statement};

use crate::{
    Outcome,
    plain::{self, Batch, NEXT_SEQUENCE, Row, Sent, now},
    postgres::connect,
};

/// Connections of each thread.
const CONNECTIONS: usize = 8;

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
            let (head, insert) = (client.prepare(NEXT_SEQUENCE).await?, client.prepare(&plain::insert()).await?);
            connections.push(tokio::sync::Mutex::new((client, head, insert)));
        }
        Ok(Self { connections, next: Cell::default() })
    }

    /// Stores one event and returns its sequence.
    pub async fn store(&self, account: &str, event: &Sent) -> Outcome<i64> {
        let next = self.next.replace(self.next.get() + 1);
        let (client, head, insert) = &mut *self.connections[next % CONNECTIONS].lock().await;
        let transaction = client.transaction().await?;
        let sequence: i64 = transaction.query_one(&*head, &[&account]).await?.get(0);
        plain::postgres::write(&transaction, insert, &row(account, sequence, event)).await?;
        transaction.commit().await?;
        Ok(sequence)
    }
}

fn row<'a>(account: &'a str, sequence: i64, event: &'a Sent) -> Row<'a> {
    Row { account, sequence, id: event.id.clone(), occurred_at: event.occurred_at(), recorded_at: now(), event }
}

/// The only connection to SQLite, shared by all threads.
pub type Sqlite = Arc<Mutex<Connection>>;

/// Stores one event and returns its sequence.
pub async fn store_in_sqlite(sqlite: Sqlite, account: String, batch: Batch) -> actix_web::Result<i64> {
    let store = move || -> Result<i64, String> {
        let mut connection = sqlite.lock().map_err(|error| error.to_string())?;
        let event = batch.events.first().ok_or("an event")?;
        transaction(&mut connection, &account, event).map_err(|error| error.to_string())
    };
    web::block(store).await?.map_err(actix_web::error::ErrorInternalServerError)
}

fn transaction(connection: &mut Connection, account: &str, event: &Sent) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sequence: i64 = transaction.prepare_cached(NEXT_SEQUENCE)?.query_row([account], |row| row.get(0))?;
    plain::sqlite::write(&transaction, &row(account, sequence, event))?;
    transaction.commit()?;
    Ok(sequence)
}

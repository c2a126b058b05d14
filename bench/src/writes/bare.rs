//! Writes rows with bare statements into a plain table with its keys and two indexes.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::future::try_join_all;
use tokio_postgres::{Client, Statement};

use super::source::{AFTER, draw_account};
use crate::{
    Outcome,
    database::Database,
    plain::{self, Row, Sent, now},
    postgres::connect,
    world::{ACCOUNTS, Log, World, account, identity},
};

const CLIENTS: usize = 8;
const ROWS: usize = 500;
const ROWS_OF_COPY: usize = 5_000;

/// Events that are prepared before the measurement.
const READY: u32 = 20_000;

/// The first sequence. It is far above those that the naive server assigns.
const FIRST: i64 = 1_000_000_000;

enum Connections {
    Postgres { clients: Vec<(Client, Statement)>, url: String },
    Sqlite(Box<rusqlite::Connection>),
}

pub struct Bare {
    connections: Connections,
    events: Vec<Sent>,
    accounts: Vec<String>,
    next: RefCell<Vec<i64>>,
    random: RefCell<Rng>,
    turn: Cell<usize>,
    time: Cell<i64>,
}

impl Bare {
    pub async fn open(database: &Database, world: &World) -> Outcome<Self> {
        let connections = match database.url.strip_prefix("sqlite://") {
            Some(path) => Connections::Sqlite(Box::new(plain::sqlite::open(path)?)),
            None => {
                let mut clients = Vec::new();
                for _ in 0..CLIENTS {
                    let client = connect(&database.url).await?;
                    let statement = plain::postgres::prepare_insert(&client).await?;
                    clients.push((client, statement));
                }
                Connections::Postgres { clients, url: database.url.clone() }
            }
        };
        let mut json = String::new();
        let events = (0..READY).map(|number| {
            json.clear();
            world.event(0, Log::Audit, number).write(&mut json);
            Ok(serde_json::from_str(&json)?)
        });
        Ok(Self {
            connections,
            events: events.collect::<Outcome<_>>()?,
            accounts: (0..ACCOUNTS).map(account).collect(),
            next: RefCell::new(vec![FIRST; ACCOUNTS as usize]),
            random: RefCell::new(Rng::with_seed(7)),
            turn: Cell::new(0),
            time: Cell::new(AFTER),
        })
    }

    /// The next rows of a random account, newer than all earlier ones.
    fn rows(&self, count: usize) -> Vec<Row<'_>> {
        let of = draw_account(&mut self.random.borrow_mut()) as usize;
        let next = &mut self.next.borrow_mut()[of];
        let turn = self.turn.replace(self.turn.get() + 1) * count % (self.events.len() - count + 1);
        let recorded_at = now();
        let row = |event| {
            let (sequence, occurred_at) = (*next, self.time.get() + 1_000);
            *next += 1;
            self.time.set(occurred_at);
            let id = identity::event(occurred_at, ((of as u64) << 40) | sequence.unsigned_abs()).to_string();
            Row { account: &self.accounts[of], sequence, id, occurred_at, recorded_at, event }
        };
        self.events[turn..turn + count].iter().map(row).collect()
    }

    /// Inserts 500 rows per transaction for this time; returns the rows per second.
    pub async fn insert(&self, duration: Duration) -> Outcome<f64> {
        let begin = Instant::now();
        let written = Cell::new(0);
        match &self.connections {
            Connections::Sqlite(connection) => {
                while begin.elapsed() < duration {
                    connection.execute_batch("BEGIN IMMEDIATE")?;
                    for row in self.rows(ROWS) {
                        plain::sqlite::write(connection, &row)?;
                    }
                    connection.execute_batch("COMMIT")?;
                    written.set(written.get() + ROWS);
                }
            }
            Connections::Postgres { clients, .. } => {
                try_join_all(clients.iter().map(async |(client, statement)| -> Outcome<()> {
                    while begin.elapsed() < duration {
                        plain::postgres::write_all(client, statement, &self.rows(ROWS)).await?;
                        written.set(written.get() + ROWS);
                    }
                    Ok(())
                }))
                .await?;
            }
        }
        Ok(written.get() as f64 / begin.elapsed().as_secs_f64())
    }

    /// Copies 5,000 rows per transaction for this time; `None` on SQLite, which has no COPY.
    pub async fn copy(&self, duration: Duration) -> Outcome<Option<f64>> {
        let Connections::Postgres { clients, .. } = &self.connections else { return Ok(None) };
        let begin = Instant::now();
        let written = Cell::new(0);
        try_join_all(clients.iter().map(async |(client, _)| -> Outcome<()> {
            while begin.elapsed() < duration {
                let mut lines = String::new();
                self.rows(ROWS_OF_COPY).iter().for_each(|row| plain::postgres::write_line(row, &mut lines));
                let rows = plain::postgres::copy(client, lines).await?;
                // Read after the await, because other clients add to it in the meantime.
                written.set(written.get() + rows);
            }
            Ok(())
        }))
        .await?;
        Ok(Some(written.get() as f64 / begin.elapsed().as_secs_f64()))
    }

    /// Checks that the sequences of the naive server are dense.
    pub async fn check(&self) -> Outcome<()> {
        let query = format!(
            "SELECT count(*) FROM plain_heads AS heads WHERE last_sequence <> (SELECT count(*) FROM plain_audit_events AS events \
             WHERE events.account_id = heads.account_id AND events.sequence < {FIRST})"
        );
        let wrong: i64 = match &self.connections {
            Connections::Sqlite(connection) => connection.query_row(&query, [], |row| row.get(0))?,
            Connections::Postgres { url, .. } => connect(url).await?.query_one(&query, &[]).await?.get(0),
        };
        if wrong == 0 { Ok(()) } else { Err(format!("the naive server miscounted {wrong} accounts").into()) }
    }
}

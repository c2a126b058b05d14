//! Rows by bare statements: straight into the table that the service's migrations make, with all its indexes.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::{SinkExt, future::try_join_all};
use tokio_postgres::{Client, Statement, types::ToSql};

use super::{READY, source::draw_account};
use crate::{
    Outcome,
    ceilings::{
        Catalogue, naive,
        sent::{COLUMNS, Labelled, Sent},
    },
    place::Place,
    postgres::connect,
    world::{ACCOUNTS, Log, World, account},
};

const CLIENTS: usize = 8;
const ROWS: usize = 500;
const ROWS_OF_COPY: usize = 5_000;

/// Whose connection it is.
enum Database {
    Postgres { clients: Vec<(Client, Statement)>, url: String },
    Sqlite(Box<rusqlite::Connection>),
}

/// Writes rows.
pub struct Bare {
    database: Database,
    catalogue: Catalogue,
    /// What the rows say; made before it is measured how fast they are written.
    events: Vec<Sent>,
    accounts: Vec<String>,
    /// The next number of each account. Far beyond those that the naive server gives.
    next: RefCell<Vec<i64>>,
    random: RefCell<Rng>,
    turn: Cell<usize>,
}

/// Rows of one account.
struct Rows<'a> {
    account: &'a str,
    /// The number of the first.
    from: i64,
    events: &'a [Sent],
}

impl Bare {
    pub async fn open(place: &Place, world: &World, catalogue: Catalogue) -> Outcome<Self> {
        let database = match place.url.strip_prefix("sqlite://") {
            Some(path) => Database::Sqlite(Box::new(naive::open_sqlite(path)?)),
            None => {
                let types = "text int8 text int8 int8 int2 int2 text text text text text text text text text text";
                let arrays: Vec<String> =
                    types.split(' ').enumerate().map(|(index, of)| format!("${}::{of}[]", index + 1)).collect();
                let insert = format!("INSERT INTO audit_events ({COLUMNS}) SELECT * FROM unnest({})", arrays.join(", "));
                let mut clients = Vec::new();
                for _ in 0..CLIENTS {
                    let client = connect(&place.url).await?;
                    let statement = client.prepare(&insert).await?;
                    clients.push((client, statement));
                }
                Database::Postgres { clients, url: place.url.clone() }
            }
        };
        let mut json = String::new();
        let events = (0..READY).map(|number| {
            json.clear();
            world.event(0, Log::Audit, number).write("", &mut json);
            Ok(serde_json::from_str(&json)?)
        });
        Ok(Self {
            database,
            catalogue,
            events: events.collect::<Outcome<_>>()?,
            accounts: (0..ACCOUNTS).map(account).collect(),
            next: RefCell::new(vec![1_000_000_000; ACCOUNTS as usize]),
            random: RefCell::new(Rng::with_seed(7)),
            turn: Cell::new(0),
        })
    }

    fn rows(&self, count: usize) -> Rows<'_> {
        let of = draw_account(&mut self.random.borrow_mut()) as usize;
        let next = &mut self.next.borrow_mut()[of];
        let from = *next;
        *next += count as i64;
        let turn = self.turn.replace(self.turn.get() + 1) * count % (self.events.len() - count + 1);
        Rows { account: &self.accounts[of], from, events: &self.events[turn..turn + count] }
    }

    /// Inserts 500 rows a transaction for a while; says how many rows a second.
    pub async fn insert(&self, duration: Duration) -> Outcome<f64> {
        let begin = Instant::now();
        let written = Cell::new(0);
        if let Database::Sqlite(_) = &self.database {
            while begin.elapsed() < duration {
                self.insert_into_sqlite()?;
                written.set(written.get() + ROWS);
            }
        } else if let Database::Postgres { clients, .. } = &self.database {
            try_join_all(clients.iter().map(async |(client, statement)| -> Outcome<()> {
                while begin.elapsed() < duration {
                    let rows = self.rows(ROWS);
                    let columns = columns(&rows, &self.catalogue);
                    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column).collect();
                    client.execute(statement, &parameters).await?;
                    written.set(written.get() + ROWS);
                }
                Ok(())
            }))
            .await?;
        }
        Ok(written.get() as f64 / begin.elapsed().as_secs_f64())
    }

    fn insert_into_sqlite(&self) -> Outcome<()> {
        let Database::Sqlite(connection) = &self.database else { return Ok(()) };
        let rows = self.rows(ROWS);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for (sequence, event) in (rows.from..).zip(rows.events) {
            naive::insert_into_sqlite(connection, rows.account, sequence, &format!("bare-{sequence}"), event, &self.catalogue)?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Copies 5,000 rows a transaction for a while; `None` where there is no COPY.
    pub async fn copy(&self, duration: Duration) -> Outcome<Option<f64>> {
        let Database::Postgres { clients, .. } = &self.database else { return Ok(None) };
        let statement = format!("COPY audit_events ({COLUMNS}) FROM STDIN");
        let begin = Instant::now();
        let written = Cell::new(0);
        try_join_all(clients.iter().map(async |(client, _)| -> Outcome<()> {
            while begin.elapsed() < duration {
                let lines = lines(&self.rows(ROWS_OF_COPY), &self.catalogue);
                let mut sink = pin!(client.copy_in(&statement).await?);
                sink.send(std::io::Cursor::new(lines)).await?;
                let rows = usize::try_from(sink.finish().await?)?;
                // Not in one line with the await: others add while it waits.
                written.set(written.get() + rows);
            }
            Ok(())
        }))
        .await?;
        Ok(Some(written.get() as f64 / begin.elapsed().as_secs_f64()))
    }

    /// Sees that the naive server counted right: its numbers are dense.
    pub async fn check(&self) -> Outcome<()> {
        let query = "SELECT count(*) FROM log_heads AS heads WHERE last_sequence <> (SELECT count(*) FROM audit_events AS events \
                     WHERE events.account_id = heads.account_id AND events.sequence < 1000000000)";
        let wrong: i64 = match &self.database {
            Database::Sqlite(connection) => connection.query_row(query, [], |row| row.get(0))?,
            Database::Postgres { url, .. } => connect(url).await?.query_one(query, &[]).await?.get(0),
        };
        if wrong == 0 { Ok(()) } else { Err(format!("the naive server miscounted {wrong} accounts").into()) }
    }
}

/// The rows by their columns, as PostgreSQL's `unnest` takes them.
fn columns<'a>(rows: &Rows<'a>, catalogue: &Catalogue) -> Vec<Box<dyn ToSql + Sync + 'a>> {
    fn column<'a, T: ToSql + Sync + 'a>(rows: &Rows<'a>, of: impl Fn(i64, &'a Sent) -> T) -> Box<dyn ToSql + Sync + 'a> {
        Box::new((rows.from..).zip(rows.events).map(|(sequence, event)| of(sequence, event)).collect::<Vec<T>>())
    }
    let (account, now) = (rows.account, naive::now());
    vec![
        column(rows, |_, _| account),
        column(rows, |sequence, _| sequence),
        column(rows, |sequence, _| format!("bare-{sequence}")),
        column(rows, |_, event| event.occurred_at()),
        column(rows, |_, _| now),
        column(rows, |_, event| event.event_type(catalogue)),
        column(rows, |_, event| event.done_by_type()),
        column(rows, |_, event| event.done_by.id.as_deref()),
        column(rows, |_, event| event.done_by.name.as_deref()),
        column(rows, |_, event| Labelled::parts(event.from.as_ref()).0),
        column(rows, |_, event| Labelled::parts(event.from.as_ref()).1),
        column(rows, |_, event| Labelled::parts(event.to.as_ref()).0),
        column(rows, |_, event| Labelled::parts(event.to.as_ref()).1),
        column(rows, |_, event| event.item.id.as_deref()),
        column(rows, |_, event| event.item.name.as_deref()),
        column(rows, |_, event| event.operation_id.as_deref()),
        column(rows, |_, event| event.details()),
    ]
}

/// The rows as COPY takes them. Nothing in them needs to be escaped.
fn lines(rows: &Rows<'_>, catalogue: &Catalogue) -> Vec<u8> {
    let mut lines = String::new();
    let now = naive::now();
    for (sequence, event) in (rows.from..).zip(rows.events) {
        let (from, to) = (Labelled::parts(event.from.as_ref()), Labelled::parts(event.to.as_ref()));
        let (time, number, actor, details) =
            (event.occurred_at(), event.event_type(catalogue), event.done_by_type(), event.details());
        lines.push_str(&format!("{}\t{sequence}\tbare-{sequence}\t{time}\t{now}\t{number}\t{actor}", rows.account));
        let texts = [
            event.done_by.id.as_deref(),
            event.done_by.name.as_deref(),
            from.0,
            from.1,
            to.0,
            to.1,
            event.item.id.as_deref(),
            event.item.name.as_deref(),
            event.operation_id.as_deref(),
            details.as_deref(),
        ];
        for text in texts {
            lines.push('\t');
            lines.push_str(text.unwrap_or("\\N"));
        }
        lines.push('\n');
    }
    lines.into_bytes()
}

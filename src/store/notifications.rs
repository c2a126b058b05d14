//! Instances that share a PostgreSQL database notify each other of commits (`LISTEN` and `NOTIFY`).
//!
//! A notification is sent after the commit, over a separate connection. In the transaction of a batch, `NOTIFY` would take a lock
//! on the whole server, and all writers would wait for each other. A notification can get lost; [`super::polling`] compensates
//! for it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError, ConnectionResult, PgConnection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    sql_types::{Array, Integer, Text},
};
use parking_lot::Mutex;

use super::{
    commits::{Commits, LogName},
    connection::limited,
};

/// How often notifications of other instances are read while a log is followed.
const LISTENING: Duration = Duration::from_millis(25);

/// How often they are read while no log is followed, only to drain the connection.
const IDLE: Duration = Duration::from_millis(500);

/// Notifications of commits within this time are sent together.
const GROUPING: Duration = Duration::from_millis(10);

/// The delay before a reconnect.
const RECONNECT: Duration = Duration::from_secs(2);

/// The maximum number of logs in the outbox. Other instances find further commits by polling.
const OUTBOX_CAPACITY: usize = 10_000;

/// A handle to a thread with its own connection. The thread ends when the handle is dropped.
pub(super) struct Notifications {
    outbox: Arc<Outbox>,
    wake: SyncSender<()>,
}

/// The newest sequences that are still to be sent to the other instances.
type Outbox = Mutex<HashMap<LogName, i64>>;

impl Notifications {
    /// Starts the thread. It connects as soon as the database is reachable.
    pub(super) fn start(url: String, statement_timeout: Duration, commits: Arc<Commits>) -> Self {
        let outbox = Arc::new(Outbox::default());
        let (wake, woken) = sync_channel(1);
        let thread = Thread {
            url,
            statement_timeout,
            outbox: Arc::clone(&outbox),
            commits,
            listener: None,
            connect_at: Instant::now(),
            is_lost: false,
        };
        std::thread::spawn(move || thread.run(&woken));
        Self { outbox, wake }
    }

    /// Sends a log's newest sequence to the other instances, shortly afterwards. Does not block.
    pub(super) fn notify(&self, key: LogName, newest: i64) {
        let mut outbox = self.outbox.lock();
        if outbox.len() < OUTBOX_CAPACITY || outbox.contains_key(&key) {
            let sequence = outbox.entry(key).or_insert(newest);
            *sequence = newest.max(*sequence);
        }
        drop(outbox);
        // If the channel is full, the thread is already being woken.
        let _ = self.wake.try_send(());
    }
}

struct Thread {
    url: String,
    statement_timeout: Duration,
    outbox: Arc<Outbox>,
    commits: Arc<Commits>,
    listener: Option<Listener>,
    connect_at: Instant,
    /// Whether the log states that there is no connection.
    is_lost: bool,
}

impl Thread {
    fn run(mut self, woken: &Receiver<()>) {
        loop {
            let pause = if self.commits.is_empty() { IDLE } else { LISTENING };
            match woken.recv_timeout(pause) {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(()) => std::thread::sleep(GROUPING),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.connect();
            let exchanged = self.listener.as_mut().map(|listener| exchange(listener, &self.outbox, &self.commits));
            if let Some(Err(error)) = exchanged {
                self.listener = None;
                self.lost(error);
            }
        }
    }

    fn connect(&mut self) {
        if self.listener.is_some() || Instant::now() < self.connect_at {
            return;
        }
        match Listener::connect(&self.url, self.statement_timeout) {
            Ok(listener) => {
                self.listener = Some(listener);
                if std::mem::take(&mut self.is_lost) {
                    tracing::info!("connected for notifications again");
                }
            }
            Err(error) => self.lost(error),
        }
    }

    fn lost(&mut self, error: impl fmt::Display) {
        self.connect_at = Instant::now() + RECONNECT;
        if !std::mem::replace(&mut self.is_lost, true) {
            tracing::warn!(%error, "no connection for notifications; polling for new events of other instances");
        }
    }
}

/// Sends the outbox and processes received notifications.
fn exchange(listener: &mut Listener, outbox: &Outbox, commits: &Commits) -> QueryResult<()> {
    let outgoing = std::mem::take(&mut *outbox.lock());
    listener.send(outgoing.iter().map(|(key, newest)| payload(key, *newest)).collect())?;
    for payload in listener.received()? {
        if let Some((key, newest)) = parse_payload(&payload) {
            commits.raise(&key, newest);
        }
    }
    Ok(())
}

struct Listener {
    connection: PgConnection,
    /// The server's process for this connection, which identifies the connection's own notifications.
    process: i32,
}

impl Listener {
    const CHANNEL: &str = "logbook_commits";

    fn connect(url: &str, statement_timeout: Duration) -> ConnectionResult<Self> {
        let mut connection = PgConnection::establish(&limited(url))?;
        // A notification need not be durable, so its transaction does not wait for the disk.
        let setup = format!(
            "SET application_name = 'logbook notifications'; SET synchronous_commit = off; SET statement_timeout = {}; LISTEN {}",
            statement_timeout.as_millis(),
            Self::CHANNEL
        );
        connection.batch_execute(&setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
        let process = diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(&mut connection);
        Ok(Self { process: process.map_err(ConnectionError::CouldntSetupConfiguration)?, connection })
    }

    fn send(&mut self, payloads: Vec<String>) -> QueryResult<()> {
        if payloads.is_empty() {
            return Ok(());
        }
        diesel::sql_query("SELECT pg_notify($1, payload) FROM unnest($2) AS payload")
            .bind::<Text, _>(Self::CHANNEL)
            .bind::<Array<Text>, _>(payloads)
            .execute(&mut self.connection)
            .map(drop)
    }

    /// The notifications of other instances that have arrived. Does not block.
    fn received(&mut self) -> QueryResult<Vec<String>> {
        let own = self.process;
        let others = self
            .connection
            .notifications_iter()
            .filter(|notification| !notification.as_ref().is_ok_and(|notification| notification.process_id == own));
        others.map(|notification| notification.map(|notification| notification.payload)).collect()
    }
}

/// Formats `sequence:log:account`. The account comes last because it may contain colons.
fn payload(key: &LogName, newest: i64) -> String {
    format!("{newest}:{}:{}", key.log, key.account)
}

fn parse_payload(payload: &str) -> Option<(LogName, i64)> {
    let mut parts = payload.splitn(3, ':');
    let newest = parts.next()?.parse().ok()?;
    let (log, account) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some((LogName { log, account }, newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_round_trip() {
        let key = LogName { log: "audit".to_owned(), account: "a:b: é".to_owned() };
        assert_eq!(parse_payload(&payload(&key, 4711)), Some((key, 4711)));
        for invalid in ["", "x", "1:audit", "x:audit:acme"] {
            assert_eq!(parse_payload(invalid), None, "{invalid}");
        }
    }
}

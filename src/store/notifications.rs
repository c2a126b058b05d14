//! LISTEN and NOTIFY: instances on one PostgreSQL notify each other of commits.
//!
//! A notification is sent after the commit and over a connection of its own. Within the transaction of a batch it would take a
//! lock of the whole server, and all writers would wait for each other. It may get lost; [`super::polling`] makes up for that.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
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

use super::{
    commits::{Commits, LogName},
    connection::limited,
};

/// How long a notification of another instance may lie unseen while somebody here waits for one.
const LISTENING: Duration = Duration::from_millis(25);

/// The same while nobody waits: the connection is only kept empty.
const IDLE: Duration = Duration::from_millis(500);

/// What is committed within this time goes out together.
const TOGETHER: Duration = Duration::from_millis(10);

/// How long to wait before connecting again.
const RECONNECT: Duration = Duration::from_secs(2);

/// How many logs wait to be told of at most; polling finds the others.
const OUTBOX: usize = 10_000;

/// A thread with a connection of its own; it ends when this is dropped.
pub(super) struct Notifications {
    outbox: Arc<Outbox>,
    wake: SyncSender<()>,
}

/// The newest sequence of each log that the other instances are to be told of.
#[derive(Default)]
struct Outbox(Mutex<HashMap<LogName, i64>>);

impl Notifications {
    /// Begins to listen, as soon as the database can be reached.
    pub(super) fn start(url: String, statement_timeout: Duration, commits: Arc<Commits>) -> Self {
        let outbox = Arc::new(Outbox::default());
        let (wake, woken) = sync_channel(1);
        let thread =
            Thread { url, statement_timeout, outbox: Arc::clone(&outbox), commits, listener: None, connect_at: Instant::now() };
        std::thread::spawn(move || thread.run(&woken));
        Self { outbox, wake }
    }

    /// Tells the other instances how far the log is; soon, and without waiting.
    pub(super) fn tell(&self, key: LogName, newest: i64) {
        let mut outbox = self.outbox.lock();
        if outbox.len() < OUTBOX || outbox.contains_key(&key) {
            let sequence = outbox.entry(key).or_insert(newest);
            *sequence = newest.max(*sequence);
        }
        drop(outbox);
        // A full channel has woken the thread already.
        let _ = self.wake.try_send(());
    }
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, HashMap<LogName, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Thread {
    url: String,
    statement_timeout: Duration,
    outbox: Arc<Outbox>,
    commits: Arc<Commits>,
    listener: Option<Listener>,
    connect_at: Instant,
}

impl Thread {
    fn run(mut self, woken: &Receiver<()>) {
        loop {
            let pause = if self.commits.is_empty() { IDLE } else { LISTENING };
            match woken.recv_timeout(pause) {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(()) => std::thread::sleep(TOGETHER),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.connect();
            let exchanged = self.listener.as_mut().map(|listener| exchange(listener, &self.outbox, &self.commits));
            if let Some(Err(error)) = exchanged {
                tracing::warn!(%error, "lost the connection for notifications; new events of other instances come by polling");
                self.listener = None;
                self.connect_at = Instant::now() + RECONNECT;
            }
        }
    }

    fn connect(&mut self) {
        if self.listener.is_some() || Instant::now() < self.connect_at {
            return;
        }
        match Listener::connect(&self.url, self.statement_timeout) {
            Ok(listener) => self.listener = Some(listener),
            Err(error) => {
                tracing::warn!(%error, "could not connect for notifications; new events of other instances come by polling");
                self.connect_at = Instant::now() + RECONNECT;
            }
        }
    }
}

/// Sends what is to be sent and takes what has come.
fn exchange(listener: &mut Listener, outbox: &Outbox, commits: &Commits) -> QueryResult<()> {
    let news = std::mem::take(&mut *outbox.lock());
    listener.send(news.iter().map(|(key, newest)| payload(key, *newest)).collect())?;
    for payload in listener.received()? {
        if let Some((key, newest)) = news_of(&payload) {
            commits.raise(&key, newest);
        }
    }
    Ok(())
}

struct Listener {
    connection: PgConnection,
    /// Its number in the server, by which its own notifications are known.
    process: i32,
}

impl Listener {
    const CHANNEL: &str = "logbook_commits";

    fn connect(url: &str, statement_timeout: Duration) -> ConnectionResult<Self> {
        let mut connection = PgConnection::establish(&limited(url))?;
        // A notification need not be durable, so its little transaction waits for no disk.
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

    /// What has come from others. It does not wait.
    fn received(&mut self) -> QueryResult<Vec<String>> {
        let own = self.process;
        let others = self
            .connection
            .notifications_iter()
            .filter(|notification| !notification.as_ref().is_ok_and(|notification| notification.process_id == own));
        others.map(|notification| notification.map(|notification| notification.payload)).collect()
    }
}

/// `sequence:log:account`. An account may have colons, so it is the last.
fn payload(key: &LogName, newest: i64) -> String {
    format!("{newest}:{}:{}", key.log, key.account)
}

fn news_of(payload: &str) -> Option<(LogName, i64)> {
    let mut parts = payload.splitn(3, ':');
    let newest = parts.next()?.parse().ok()?;
    let (log, account) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some((LogName { log, account }, newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_as_it_was() {
        let key = LogName { log: "audit".to_owned(), account: "a:b: é".to_owned() };
        assert_eq!(news_of(&payload(&key, 4711)), Some((key, 4711)));
        for strange in ["", "x", "1:audit", "x:audit:acme"] {
            assert_eq!(news_of(strange), None, "{strange}");
        }
    }
}

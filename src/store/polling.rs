//! Polls the heads of followed logs, because other instances, and other processes with the same SQLite file, write events too.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::Duration,
};

use super::{
    commits::{Commits, LogName},
    heads,
    pool::ConnectionPool,
};

/// The pause between two polls. An event of another process is noticed after at most this time and the duration of a poll.
const INTERVAL: Duration = Duration::from_millis(100);

/// The maximum number of accounts per statement.
const ACCOUNTS: usize = 1000;

/// A handle to the polling thread, which ends when the handle is dropped.
pub(super) struct Polling {
    _until_dropped: Sender<()>,
}

impl Polling {
    pub(super) fn start(readers: ConnectionPool, commits: Arc<Commits>) -> Self {
        let (sender, ended) = channel();
        std::thread::spawn(move || poll(&readers, &commits, &ended));
        Self { _until_dropped: sender }
    }
}

fn poll(readers: &ConnectionPool, commits: &Commits, ended: &Receiver<()>) {
    while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        // A panic must not end the thread. The panic hook logs it.
        let _ = catch_unwind(AssertUnwindSafe(|| poll_once(readers, commits)));
    }
}

fn poll_once(readers: &ConnectionPool, commits: &Commits) {
    for accounts in commits.accounts().chunks(ACCOUNTS) {
        match readers.run(|db| heads::newest_of(db, accounts)) {
            Ok(heads) => heads.into_iter().for_each(|(account, log, newest)| commits.raise(&LogName { log, account }, newest)),
            // The next attempt may succeed.
            Err(error) => tracing::debug!(%error, "could not poll for new events"),
        }
    }
}

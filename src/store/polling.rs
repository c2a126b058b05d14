//! Asks the database how far the followed logs are, for nothing is to depend on a notification. Between processes on one file
//! of SQLite it is the only way.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::Duration,
};

use diesel::r2d2::Pool;

use super::{
    commits::{Commits, LogKey},
    connection::Manager,
    error::StoreError,
    heads, on,
};

/// How long a commit that nobody told of stays unseen.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many accounts one statement asks for.
const ACCOUNTS: usize = 1000;

/// A thread that asks; it ends when this is dropped.
pub(super) struct Polling {
    _until_dropped: Sender<()>,
}

impl Polling {
    /// Begins to ask.
    pub(super) fn start(readers: Pool<Manager>, commits: Arc<Commits>) -> Self {
        let (sender, ended) = channel();
        std::thread::spawn(move || poll(&readers, &commits, &ended));
        Self { _until_dropped: sender }
    }
}

fn poll(readers: &Pool<Manager>, commits: &Commits, ended: &Receiver<()>) {
    while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        for accounts in commits.accounts().chunks(ACCOUNTS) {
            let read = readers.get().map_err(StoreError::from);
            match read.and_then(|connection| on(connection, |db| heads::newest_of(db, accounts))) {
                Ok(heads) => heads.into_iter().for_each(|(account, log, newest)| commits.raise(&LogKey { log, account }, newest)),
                // The readers of the logs learn of it themselves; the next round may find the database back.
                Err(error) => tracing::debug!(%error, "could not ask for new events"),
            }
        }
    }
}

//! Wakes the followers of a log when this process learns of a newer sequence.

use std::{collections::HashMap, future::pending};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{heads::Head, log::LogTable};
use crate::domain::account::AccountId;

/// Identifies one log of one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LogName {
    /// The log's name in `log_heads`.
    pub log: String,
    pub account: String,
}

impl LogName {
    pub(super) fn new(log: &LogTable, account: &AccountId) -> Self {
        Self { log: log.name.to_owned(), account: account.as_str().to_owned() }
    }

    pub(super) fn of(head: &Head<'_>) -> Self {
        Self::new(head.log, head.account)
    }
}

/// The newest known sequences of the followed logs. A log without followers is forgotten by the next poll.
#[derive(Debug, Default)]
pub(super) struct Commits {
    followed: Mutex<HashMap<LogName, watch::Sender<i64>>>,
}

impl Commits {
    /// Starts to watch a log. No commit that is reported after this call is missed. Earlier commits are visible in the database
    /// after this call.
    pub(super) fn watch(&self, key: LogName) -> Watch {
        Watch(self.followed.lock().entry(key).or_insert_with(|| watch::Sender::new(0)).subscribe())
    }

    /// Reports a log's newest sequence. Ignored unless it is higher than the known one.
    pub(super) fn raise(&self, key: &LogName, newest: i64) {
        if let Some(sender) = self.followed.lock().get(key) {
            sender.send_if_modified(|known| {
                let higher = newest > *known;
                *known = newest.max(*known);
                higher
            });
        }
    }

    /// The accounts whose logs are followed. Forgets logs that no longer have followers.
    pub(super) fn accounts(&self) -> Vec<String> {
        let mut followed = self.followed.lock();
        followed.retain(|_, sender| sender.receiver_count() > 0);
        let mut accounts: Vec<String> = followed.keys().map(|key| key.account.clone()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}

/// Watches one log until it is dropped.
#[derive(Debug)]
pub struct Watch(watch::Receiver<i64>);

impl Watch {
    /// Waits until the log has an event after `sequence`.
    pub async fn beyond(&mut self, sequence: i64) {
        if self.0.wait_for(|newest| *newest > sequence).await.is_err() {
            // Unreachable: the sender exists as long as there is a watch.
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn key(account: &str) -> LogName {
        LogName { log: "audit".to_owned(), account: account.to_owned() }
    }

    #[test]
    fn a_commit_between_watching_and_waiting_is_not_missed() {
        let commits = Commits::default();
        let mut watch = commits.watch(key("acme"));
        commits.raise(&key("acme"), 7);
        assert!(watch.beyond(6).now_or_never().is_some());
        assert!(watch.beyond(7).now_or_never().is_none());
    }

    #[test]
    fn only_the_watched_log_wakes_its_followers_and_older_sequences_are_ignored() {
        let commits = Commits::default();
        let mut watch = commits.watch(key("acme"));
        commits.raise(&key("other"), 7);
        assert!(watch.beyond(0).now_or_never().is_none());
        commits.raise(&key("acme"), 7);
        commits.raise(&key("acme"), 3);
        assert!(watch.beyond(6).now_or_never().is_some());
    }

    #[test]
    fn a_log_without_followers_is_forgotten() {
        let commits = Commits::default();
        let first = commits.watch(key("acme"));
        let second = commits.watch(key("acme"));
        drop(first);
        assert_eq!(commits.accounts(), ["acme"]);
        drop(second);
        assert_eq!(commits.accounts(), [""; 0]);
        assert!(commits.followed.lock().is_empty());
    }
}

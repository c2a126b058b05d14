//! State that readers and writers share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    commits::{Commits, LogName},
    entry_cache::EntryCache,
    error::StoreError,
    heads::LogKeys,
    notifications::Notifications,
    terms::Dictionary,
};

pub(super) struct Shared {
    pub keys: LogKeys,
    pub dictionary: Dictionary,
    pub entries: EntryCache,
    pub commits: Arc<Commits>,
    /// `None` on SQLite.
    pub notifications: Option<Notifications>,
    /// Whether the last write failed because the storage is full.
    pub is_full: AtomicBool,
}

impl Shared {
    /// Records whether this outcome of a write means that the storage is full.
    pub(super) fn observe<T>(&self, outcome: &Result<T, StoreError>) {
        let is_full = match outcome {
            Ok(_) => false,
            Err(StoreError::Full(_)) => true,
            Err(_) => return,
        };
        if self.is_full.swap(is_full, Ordering::Relaxed) != is_full {
            match outcome {
                Err(error) => tracing::error!(%error, "writes are refused"),
                Ok(_) => tracing::info!("the storage of the database has space again"),
            }
        }
    }

    /// Notifies the followers of logs, in this instance and in the others, of committed sequences.
    pub(super) fn notify_followers(&self, grown: Vec<(LogName, i64)>) {
        for (log, newest) in grown {
            self.commits.raise(&log, newest);
            if let Some(notifications) = &self.notifications {
                notifications.notify(log, newest);
            }
        }
    }
}

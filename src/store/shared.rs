//! State that readers and writers share.

use std::sync::Arc;

use super::{
    commits::{Commits, LogName},
    entry_cache::EntryCache,
    faults::Faults,
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
    pub faults: Arc<Faults>,
}

impl Shared {
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

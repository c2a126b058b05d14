//! What readers and writers share.

use std::sync::Arc;

use super::{
    commits::{Commits, LogName},
    entry_cache::EntryCache,
    heads::LogKeys,
    notifications::Notifications,
    terms::Dictionary,
};

/// What readers and writers share.
pub(super) struct Shared {
    pub keys: LogKeys,
    pub dictionary: Dictionary,
    pub entries: EntryCache,
    pub commits: Arc<Commits>,
    /// To the other instances on a PostgreSQL.
    pub notifications: Option<Notifications>,
}

impl Shared {
    /// Reports committed sequences to those who follow logs, here and in the other instances.
    pub(super) fn announce(&self, grown: Vec<(LogName, i64)>) {
        for (log, newest) in grown {
            self.commits.raise(&log, newest);
            if let Some(notifications) = &self.notifications {
                notifications.tell(log, newest);
            }
        }
    }
}

//! Tells who follows a log that it goes on: here and in the other instances.

use std::sync::Arc;

use super::{
    commits::{Commits, LogKey},
    notifications::Notifications,
};

/// Where news go.
pub(super) struct Announcer {
    /// Who waits in this process.
    pub commits: Arc<Commits>,
    /// To the other instances on a PostgreSQL.
    pub notifications: Option<Notifications>,
}

impl Announcer {
    /// The logs are so far now. What is announced must be committed.
    pub(super) fn announce(&self, news: &[(LogKey, i64)]) {
        for (key, newest) in news {
            self.commits.raise(key, *newest);
            if let Some(notifications) = &self.notifications {
                notifications.tell(key.clone(), *newest);
            }
        }
    }
}

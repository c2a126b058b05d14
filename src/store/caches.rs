//! The caches of what never changes in a database: the keys of logs, and terms.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{connection::Incarnation, heads::LogKeys, terms::Dictionary};

/// The caches for one incarnation of the database.
///
/// A database that was restored, or a server that took over, may lack the latest commits, and would give the same numbers to other
/// texts. So a connection only uses the caches of its own incarnation.
pub(super) struct Caches {
    pub incarnation: Incarnation,
    pub keys: LogKeys,
    pub dictionary: Dictionary,
}

/// The caches of the incarnation that was used last. Those of another one are empty.
pub(super) struct CurrentCaches {
    current: Mutex<Option<Arc<Caches>>>,
    /// The size of the term caches, in bytes.
    term_cache: u64,
}

impl CurrentCaches {
    pub(super) fn new(term_cache: u64) -> Self {
        Self { current: Mutex::new(None), term_cache }
    }

    /// The caches of an incarnation.
    pub(super) fn of(&self, incarnation: Incarnation) -> Arc<Caches> {
        let mut current = self.current.lock();
        if let Some(caches) = current.as_ref().filter(|caches| caches.incarnation == incarnation) {
            return Arc::clone(caches);
        }
        if current.is_some() {
            tracing::info!("the database server was restarted or replaced; the caches of the service were cleared");
        }
        Arc::clone(current.insert(Arc::new(Caches {
            incarnation,
            keys: LogKeys::new(),
            dictionary: Dictionary::new(self.term_cache),
        })))
    }
}

/// The state of a log. Pages that are read from equal versions are equal. The default is that of a log that does not exist yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version {
    /// That of the connection.
    pub incarnation: Incarnation,
    /// The sequence of the newest event; 0 if there is none.
    pub newest: i64,
}

//! The caches of what never changes in a database: the keys of logs, terms, and facet entries.

use super::{entry_cache::EntryCache, heads::LogKeys, terms::Dictionary};

/// The caches for one server process and one database in it.
///
/// Each connection has those of its own server and database. A database that was restored, or a server that took over, may lack
/// the latest commits, and would give the same numbers to other texts. A connection to it never sees the caches of the former one.
pub(super) struct Caches {
    /// Identifies the server process and the database.
    pub incarnation: u64,
    pub keys: LogKeys,
    pub dictionary: Dictionary,
    pub entries: EntryCache,
}

impl Caches {
    /// Creates caches whose terms take at most `bytes` bytes, and the facet entries a quarter of it in addition.
    pub(super) fn new(incarnation: u64, bytes: u64) -> Self {
        Self { incarnation, keys: LogKeys::new(), dictionary: Dictionary::new(bytes), entries: EntryCache::new(bytes / 4) }
    }
}

/// The state of a log. Pages that are read from equal versions are equal. The default is that of a log that does not exist yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version {
    /// [`Caches::incarnation`] of the connection.
    pub incarnation: u64,
    /// The sequence of the newest event; 0 if there is none.
    pub newest: i64,
}

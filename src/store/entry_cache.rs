//! Entries of facets as writers remember them.
//!
//! Another instance may change an entry. Each change increments a version in the log's head, which a writer reads when it locks
//! the head, and entries that were cached under another version are not used.

use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::{Weighter, sync::Cache};

use super::{heads::Heads, schema::LogKey};
use crate::domain::facet::{Facet, Statements};

/// What identifies an entry: its log, its facet, its term and its kind.
pub(super) type EntryKey = (LogKey, Facet, i32, i16);

/// What is cached of an entry.
#[derive(Debug, Clone)]
struct Shown {
    /// The epoch of its log in which it is valid.
    epoch: u64,
    name: Option<Box<str>>,
    deleted: bool,
}

/// The version of a log's facets that this instance knows, and the epoch of what it cached of them.
#[derive(Debug, Clone, Copy)]
struct Known {
    version: i64,
    epoch: u64,
}

/// Cached entries of all logs, bounded in bytes.
pub(super) struct EntryCache {
    logs: Cache<LogKey, Known>,
    entries: Cache<EntryKey, Shown, InBytes>,
    /// The number of the newest epoch.
    epochs: AtomicU64,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<EntryKey, Shown> for InBytes {
    fn weight(&self, _: &EntryKey, shown: &Shown) -> u64 {
        /// What an entry takes besides its name, about.
        const OVERHEAD: usize = 96;
        (shown.name.as_ref().map_or(0, |name| name.len()) + OVERHEAD) as u64
    }
}

/// What is to be cached after the commit.
#[derive(Debug, Default)]
pub(super) struct Learned {
    pub entries: Vec<(EntryKey, Option<Box<str>>, bool)>,
}

impl EntryCache {
    pub(super) fn new(bytes: u64) -> Self {
        /// How many logs are remembered.
        const LOGS: usize = 10_000;
        /// What an entry usually takes.
        const ENTRY: u64 = 128;
        Self {
            logs: Cache::new(LOGS),
            entries: Cache::with_weighter((bytes / ENTRY) as usize, bytes, InBytes),
            epochs: AtomicU64::new(0),
        }
    }

    /// Whether these events leave an entry as it is.
    pub(super) fn agrees(&self, key: &EntryKey, version: i64, statements: &Statements<'_>) -> bool {
        let known = self.logs.get(&key.0).filter(|known| known.version == version);
        let shown = known.and_then(|known| self.entries.get(key).filter(|shown| shown.epoch == known.epoch));
        shown.is_some_and(|shown| statements.agree_with(shown.name.as_deref(), shown.deleted))
    }

    /// Caches what was committed. A log has one writer at a time, so nothing was cached of it meanwhile.
    pub(super) fn learn(&self, learned: Learned, heads: &Heads<'_>) {
        for (log, head) in heads {
            let epoch = match self.logs.get(log) {
                Some(Known { version, epoch }) if version == head.facet_version => epoch,
                // Another instance changed entries.
                _ => self.epochs.fetch_add(1, Ordering::Relaxed) + 1,
            };
            self.logs.insert(*log, Known { version: head.newest_facet_version, epoch });
        }
        for (key, name, deleted) in learned.entries {
            if let Some(Known { epoch, .. }) = self.logs.get(&key.0) {
                self.entries.insert(key, Shown { epoch, name, deleted });
            }
        }
    }
}

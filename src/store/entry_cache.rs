//! The writers' cache of facet entries.
//!
//! Another instance may change an entry. Each change increments the facet version in the log's head, which a writer reads when
//! it locks the head. Entries that were cached under another version are not used.

use parking_lot::RwLock;
use quick_cache::{Weighter, sync::Cache};

use super::{heads::Heads, schema::LogKey};
use crate::domain::facet::{Facet, Statements};

/// Identifies an entry: log, facet, term and kind.
pub(super) type EntryKey = (LogKey, Facet, i32, i16);

#[derive(Debug, Clone)]
struct CachedEntry {
    /// The facet version of the log after the commit that it was cached for.
    version: i64,
    name: Option<Box<str>>,
    deleted: bool,
}

/// The facet version of a log after the last commit of this instance, and the version since which no other instance changed it.
#[derive(Debug, Clone, Copy)]
struct CachedLog {
    version: i64,
    since: i64,
}

/// Cached entries of all logs, bounded in bytes.
pub(super) struct EntryCache {
    logs: Cache<LogKey, CachedLog>,
    entries: Cache<EntryKey, CachedEntry, InBytes>,
    /// Held while a commit is cached, so that no writer sees only a part of it.
    commit: RwLock<()>,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<EntryKey, CachedEntry> for InBytes {
    fn weight(&self, _: &EntryKey, cached: &CachedEntry) -> u64 {
        /// The approximate size of an entry without its name, in bytes.
        const OVERHEAD: usize = 96;
        (cached.name.as_ref().map_or(0, |name| name.len()) + OVERHEAD) as u64
    }
}

/// Entries to cache after the commit: key, name, and whether the subject is deleted.
pub(super) type NewEntries = Vec<(EntryKey, Option<Box<str>>, bool)>;

impl EntryCache {
    pub(super) fn new(bytes: u64) -> Self {
        /// The maximum number of logs.
        const LOGS: usize = 10_000;
        /// The typical size of an entry, in bytes.
        const ENTRY: u64 = 128;
        let entries = Cache::with_weighter((bytes / ENTRY) as usize, bytes, InBytes);
        Self { logs: Cache::new(LOGS), entries, commit: RwLock::default() }
    }

    /// Whether the cached entry agrees with these statements, so that there is nothing to write.
    pub(super) fn agrees(&self, key: &EntryKey, version: i64, statements: &Statements<'_>) -> bool {
        let _complete = self.commit.read();
        let known = self.logs.get(&key.0).filter(|known| known.version == version);
        let cached = known.and_then(|known| self.entries.get(key).filter(|cached| cached.version >= known.since));
        cached.is_some_and(|cached| statements.agree_with(cached.name.as_deref(), cached.deleted))
    }

    /// Caches entries after the commit, with the version of their own commit: two groups of a log may do this in either order.
    pub(super) fn insert(&self, new: NewEntries, heads: &Heads<'_>) {
        let _alone = self.commit.write();
        for (log, head) in heads {
            let since = match self.logs.get(log) {
                Some(CachedLog { version, since }) if version == head.facet_version => since,
                // Another instance changed entries, or a group of this one that is not cached yet.
                _ => head.newest_facet_version,
            };
            self.logs.insert(*log, CachedLog { version: head.newest_facet_version, since });
        }
        for (key, name, deleted) in new {
            if let Some(head) = heads.get(&key.0) {
                self.entries.insert(key, CachedEntry { version: head.newest_facet_version, name, deleted });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{facet::Mention, page::Position, text::Text, timestamp::Timestamp},
        store::{AuditLog, Log, heads::Head},
    };

    const LOG: LogKey = 1;
    const ENTRY: EntryKey = (LOG, Facet::Item, 7, 0);

    /// A commit that found one version and left another one, with the name of the entry, if it read or wrote the entry.
    fn commit(entries: &EntryCache, [found, left]: [i64; 2], name: Option<&str>) {
        let account = "acme".parse().unwrap();
        let mut head = Head::new(&account, AuditLog::TABLE);
        (head.facet_version, head.newest_facet_version) = (found, left);
        let new = name.map(|name| (ENTRY, Some(name.into()), false));
        entries.insert(new.into_iter().collect(), &Heads::from([(LOG, head)]));
    }

    fn agrees(entries: &EntryCache, version: i64, name: &str) -> bool {
        let mut statements = Statements::default();
        let name = Text::from_stored(name.to_owned());
        let position = Position { occurred_at: Timestamp::UNIX_EPOCH, sequence: 1 };
        statements.add(&Mention::new(Facet::Item, 0, "q-1", Some(&name)), position);
        entries.agrees(&ENTRY, version, &statements)
    }

    #[test]
    fn an_entry_is_used_until_another_instance_changes_entries_of_the_log() {
        let entries = EntryCache::new(1 << 20);
        commit(&entries, [0, 1], Some("Billing"));
        assert!(agrees(&entries, 1, "Billing") && !agrees(&entries, 1, "Invoices") && !agrees(&entries, 2, "Billing"));
        commit(&entries, [2, 2], None);
        assert!(!agrees(&entries, 2, "Billing"), "the other instance may have changed it");
        commit(&entries, [2, 2], Some("Invoices"));
        commit(&entries, [2, 3], None);
        assert!(agrees(&entries, 3, "Invoices"), "only this instance has changed entries since");
    }

    #[test]
    fn of_two_commits_the_later_one_is_used_whatever_is_cached_first() {
        let entries = EntryCache::new(1 << 20);
        commit(&entries, [1, 2], Some("Invoices"));
        commit(&entries, [0, 1], Some("Billing"));
        assert!(!agrees(&entries, 2, "Billing"));
        commit(&entries, [2, 2], None);
        assert!(!agrees(&entries, 2, "Billing"));
    }
}

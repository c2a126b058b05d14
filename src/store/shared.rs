//! State that readers and writers share.

use std::sync::Arc;

use super::{commits::Commits, entry_cache::EntryCache, faults::Faults, heads::LogKeys, terms::Dictionary};

pub(super) struct Shared {
    pub keys: LogKeys,
    pub dictionary: Dictionary,
    pub entries: EntryCache,
    pub commits: Arc<Commits>,
    pub faults: Arc<Faults>,
}

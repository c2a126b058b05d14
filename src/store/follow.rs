//! Reads the events after a sequence, as streams do repeatedly.

use super::{
    Store,
    commits::{LogName, Watch},
    error::StoreError,
    heads,
    log::Log,
    page::SPAN,
    stored_event::StoredEvent,
};
use crate::domain::{
    account::AccountId,
    page::{Limit, Order, Page, PageRequest, Start},
};

/// The events after a sequence.
#[derive(Debug)]
pub struct Followed {
    /// The matching events, in sequence order.
    pub events: Vec<StoredEvent>,
    /// The sequence up to which all matching events were read.
    pub position: i64,
    /// Whether the log has events after `position`.
    pub more: bool,
}

impl Store {
    /// The next events after the sequence `after`. One call reads a limited number of sequences, so it can return no events
    /// although later ones match; then `more` is set.
    pub fn follow<L: Log>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        after: i64,
        limit: Limit,
    ) -> Result<Followed, StoreError> {
        let followed = self.read::<L, _>(account, |reader| {
            // The head is read first. Every event up to it is committed, so no event can appear below it later.
            let head = heads::newest(reader.db, reader.key)?;
            let newest = head.min(after.saturating_add(SPAN));
            if newest <= after {
                return Ok(None);
            }
            let start = Some(Start::after(after));
            let request =
                PageRequest { order: Order::FOLLOW, limit, start, include_total: false, newest: Some(newest), above: 0 };
            let (Page { entries: events, .. }, _) = reader.page(L::event_filter(filter), &request)?;
            let is_full = events.len() == usize::from(limit.get());
            let position = events.last().filter(|_| is_full).map_or(newest, |last| last.sequence);
            Ok(Some(Followed { events, position, more: position < head }))
        });
        Ok(followed?.flatten().unwrap_or(Followed { events: Vec::new(), position: after, more: false }))
    }

    /// Watches the account's log. Every event is either visible to a read that begins after this call or reported.
    pub fn watch<L: Log>(&self, account: &AccountId) -> Watch {
        self.commits.watch(LogName::new(L::TABLE, account))
    }
}

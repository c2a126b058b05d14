//! Reading a log on from a sequence, which a stream does again and again.

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

/// What follows a sequence.
#[derive(Debug)]
pub struct Followed {
    /// The events that match, in the order of their sequences.
    pub events: Vec<StoredEvent>,
    /// All events that match up to here were read.
    pub position: i64,
    /// The log has events beyond the position.
    pub more: bool,
}

impl Store {
    /// The next events after that sequence.
    pub fn follow<L: Log>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        after: i64,
        limit: Limit,
    ) -> Result<Followed, StoreError> {
        self.read(account, |reader| {
            let key = reader.keys.find(reader.db, account, L::TABLE)?;
            // The head comes first: every event up to it is committed, so what is not found now will never appear below it.
            let head = key.map_or(Ok(0), |key| heads::newest(reader.db, key))?;
            let newest = head.min(after.saturating_add(SPAN));
            if newest <= after {
                return Ok(Followed { events: Vec::new(), position: after, more: false });
            }
            let start = Some(Start::after(after));
            let request = PageRequest { order: Order::FOLLOW, limit, start, include_total: false, newest: Some(newest) };
            let Page { events, .. } = reader.page(L::TABLE, &L::event_filter(filter), &request)?;
            let is_full = events.len() == usize::from(limit.get());
            let position = events.last().filter(|_| is_full).map_or(newest, |last| last.sequence);
            Ok(Followed { events, position, more: position < head })
        })
    }

    /// Reports when the account's log grows. An event is either found by a read that begins after this call or reported.
    pub fn watch<L: Log>(&self, account: &AccountId) -> Watch {
        self.shared.commits.watch(LogName::new(L::TABLE, account))
    }
}

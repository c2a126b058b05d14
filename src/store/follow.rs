//! Reading a log on from a sequence: what a stream does again and again.

use super::{
    Store,
    commits::{LogKey, Watch},
    error::StoreError,
    heads,
    log::Log,
    reading,
};
use crate::domain::{
    account::AccountId,
    event::Recorded,
    page::{Limit, Order, PageRequest, Start},
};

/// What comes after a sequence.
#[derive(Debug)]
pub struct Followed<E> {
    /// The events that match, in the order of their sequences.
    pub events: Vec<Recorded<E>>,
    /// Up to here nothing that matches is left to read.
    pub position: i64,
    /// The log goes on beyond the position.
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
    ) -> Result<Followed<L::Event>, StoreError> {
        self.read(|db| {
            // The head first: every event up to it is committed, so what is not found now will never come up below it.
            let head = heads::newest(db, account, L::NAME)?;
            let newest = head.min(after.saturating_add(reading::SPAN));
            if newest <= after {
                return Ok(Followed { events: Vec::new(), position: after, more: false });
            }
            let start = Some(Start::after(after));
            let request = PageRequest { order: Order::FOLLOW, limit, start, include_total: false, newest: Some(newest) };
            let mut events = reading::select::<L>(db, account, filter, &request)?;
            let rest = events.split_off(events.len().min(limit.get().into()));
            let position = match events.last() {
                Some(last) if !rest.is_empty() => last.sequence,
                _ => newest,
            };
            Ok(Followed { events, position, more: position < head })
        })
    }

    /// To learn when the account's log goes on. What is read after this call and what it tells leave no gap between them.
    pub fn watch<L: Log>(&self, account: &AccountId) -> Watch {
        self.commits.watch(LogKey::of::<L>(account))
    }
}

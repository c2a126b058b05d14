//! The queue of accesses to record. Adding one never blocks and never fails: if the queue is full, the access is counted as lost.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use parking_lot::{Condvar, Mutex};

use crate::domain::{access::Access, account::AccountId};

/// How long accesses are gathered before they are stored together.
const GATHERING: Duration = Duration::from_secs(1);

/// The maximum number of accesses that are taken at a time.
const BATCH: usize = 10_000;

/// An access to store.
#[derive(Debug)]
pub(super) struct NewAccess {
    pub account: AccountId,
    pub access: Access,
    /// The number of accesses of the account before this one that could not be queued.
    pub lost: i64,
}

/// The queue of an instance.
#[derive(Debug)]
pub(super) struct AccessQueue {
    waiting: Mutex<Waiting>,
    /// Signalled when the writer or a call of `flush` can continue.
    changed: Condvar,
    /// The maximum size of accesses that are not stored yet, in bytes.
    capacity: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    accesses: VecDeque<NewAccess>,
    /// The number and the size of accesses that are not stored yet, including those that were taken.
    unstored: usize,
    bytes: usize,
    /// Per account, until its next access.
    lost: HashMap<AccountId, i64>,
    /// The number of accesses that were lost since the queue became full; 0 while there is room.
    losing: u64,
    /// Whether a call of `flush` waits for the queue to become empty.
    flushing: bool,
    closed: bool,
}

impl NewAccess {
    fn size(&self) -> usize {
        self.account.as_str().len() + size_of::<Self>() - size_of::<Access>() + self.access.size()
    }
}

impl AccessQueue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Condvar::new(), capacity }
    }

    /// Adds an access at the end, or counts it as lost.
    pub(super) fn push(&self, account: AccountId, access: Access) {
        let mut new = NewAccess { account, access, lost: 0 };
        let size = new.size();
        let mut waiting = self.waiting.lock();
        if waiting.bytes + size > self.capacity {
            *waiting.lost.entry(new.account).or_default() += 1;
            waiting.losing += 1;
            if waiting.losing == 1 {
                tracing::error!("the queue of accesses is full; further accesses are not recorded");
            }
            return;
        }
        if waiting.losing > 0 {
            tracing::error!(lost = waiting.losing, "accesses are recorded again; some were lost");
            waiting.losing = 0;
        }
        new.lost = waiting.lost.remove(&new.account).unwrap_or(0);
        waiting.accesses.push_back(new);
        waiting.unstored += 1;
        waiting.bytes += size;
        // The writer waits for the first access, then for a full batch.
        if matches!(waiting.accesses.len(), 1 | BATCH) {
            self.changed.notify_all();
        }
    }

    /// Takes the next batch. Blocks until there is one. Returns `None` if the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Vec<NewAccess>> {
        let mut waiting = self.waiting.lock();
        while waiting.accesses.is_empty() {
            if waiting.closed {
                return None;
            }
            self.changed.wait(&mut waiting);
        }
        let gathering = |waiting: &mut Waiting| waiting.accesses.len() < BATCH && !waiting.flushing && !waiting.closed;
        self.changed.wait_while_for(&mut waiting, gathering, GATHERING);
        let count = waiting.accesses.len().min(BATCH);
        Some(waiting.accesses.drain(..count).collect())
    }

    /// Counts accesses that cannot be stored as lost.
    pub(super) fn lose<'a>(&self, accesses: impl Iterator<Item = (&'a AccountId, i64)>) {
        let mut waiting = self.waiting.lock();
        for (account, count) in accesses {
            *waiting.lost.entry(account.clone()).or_default() += count;
        }
    }

    /// Frees the space of a batch that was stored or discarded.
    pub(super) fn release(&self, batch: &[NewAccess]) {
        let mut waiting = self.waiting.lock();
        waiting.unstored -= batch.len();
        waiting.bytes -= batch.iter().map(NewAccess::size).sum::<usize>();
        drop(waiting);
        self.changed.notify_all();
    }

    /// Waits before the next attempt to store a batch. Returns `false` if the queue was closed, so that no attempt follows.
    pub(super) fn pause(&self, duration: Duration) -> bool {
        let mut waiting = self.waiting.lock();
        self.changed.wait_while_for(&mut waiting, |waiting| !waiting.closed, duration);
        !waiting.closed
    }

    /// Makes the writer store all accesses at once. Waits for it at most this long, and returns the number that is not stored
    /// yet.
    pub(super) fn flush(&self, limit: Duration) -> usize {
        let mut waiting = self.waiting.lock();
        waiting.flushing = true;
        self.changed.notify_all();
        self.changed.wait_while_for(&mut waiting, |waiting| waiting.unstored > 0, limit);
        waiting.flushing = false;
        waiting.unstored
    }

    /// Makes the writer store what is queued, and end.
    pub(super) fn close(&self) {
        self.waiting.lock().closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(account: &str) -> NewAccess {
        NewAccess { account: account.parse().unwrap(), access: Access::example(), lost: 0 }
    }

    fn push(queue: &AccessQueue, account: &str) {
        queue.push(account.parse().unwrap(), Access::example());
    }

    fn taken(queue: &AccessQueue) -> Vec<(String, i64)> {
        let batch = queue.take().unwrap();
        queue.release(&batch);
        batch.iter().map(|new| (new.account.as_str().to_owned(), new.lost)).collect()
    }

    #[test]
    fn the_next_access_of_an_account_has_the_number_that_a_full_queue_lost() {
        let size = new("a").size();
        let queue = AccessQueue::new(2 * size);
        queue.close(); // Disables gathering.
        for account in ["a", "a", "a", "b", "a"] {
            push(&queue, account);
        }
        let account = |name: &str, lost| (name.to_owned(), lost);
        assert_eq!(taken(&queue), [account("a", 0), account("a", 0)]);
        for account in ["a", "b"] {
            push(&queue, account);
        }
        assert_eq!(taken(&queue), [account("a", 2), account("b", 1)]);
        let lost = "a".parse().unwrap();
        queue.lose([(&lost, 3)].into_iter());
        for account in ["a", "a"] {
            push(&queue, account);
        }
        assert_eq!(taken(&queue), [account("a", 3), account("a", 0)]);
        assert!(queue.take().is_none());
    }

    #[test]
    fn a_taken_batch_uses_capacity_until_it_is_released() {
        let size = new("a").size();
        let queue = AccessQueue::new(size);
        queue.close();
        push(&queue, "a");
        let batch = queue.take().unwrap();
        assert_eq!(queue.flush(Duration::ZERO), 1);
        push(&queue, "a");
        queue.release(&batch);
        assert_eq!(queue.flush(Duration::ZERO), 0);
        push(&queue, "a");
        assert_eq!(taken(&queue), [("a".to_owned(), 1)]);
    }

    #[test]
    fn a_batch_is_limited() {
        let queue = AccessQueue::new(usize::MAX);
        queue.close();
        (0..BATCH + 1).for_each(|_| push(&queue, "a"));
        assert_eq!(taken(&queue).len(), BATCH);
        assert_eq!(taken(&queue).len(), 1);
    }
}

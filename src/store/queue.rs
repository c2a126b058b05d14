//! What waits to be stored, in the order in which it came. Any free writer takes the next, but never what belongs to an account
//! that another one is writing for: they would only wait for each other's heads.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{error::RecordError, log::LogTable};
use crate::domain::{account::AccountId, batch::Receipt, event::Event};

/// A batch that waits to be stored.
#[derive(Debug)]
pub(super) struct Request {
    pub log: &'static LogTable,
    pub account: AccountId,
    pub events: Vec<Event>,
    /// Closed when the caller has gone.
    pub answer: oneshot::Sender<Result<Vec<Receipt>, RecordError>>,
    /// Its share of the queue, until it is answered.
    pub _room: OwnedSemaphorePermit,
}

/// What all writers of an instance take from.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Something came in, an account is free again, or nothing comes in any more.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<Request>,
    /// The accounts that somebody is writing for.
    busy: HashSet<AccountId>,
    closed: bool,
}

/// What a writer has taken. Its accounts are free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    /// In the order in which it came.
    pub requests: Vec<Request>,
    accounts: HashSet<AccountId>,
    queue: &'a Queue,
}

impl Request {
    pub(super) fn answer(self, answer: Result<Vec<Receipt>, RecordError>) {
        // The caller may have gone.
        let _ = self.answer.send(answer);
    }

    /// Whether the caller has gone.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

impl Queue {
    /// Queues a request behind all others.
    pub(super) fn push(&self, request: Request) {
        self.waiting().requests.push_back(request);
        self.changed.notify_one();
    }

    /// Nothing comes in any more. What is there is still taken.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_all();
    }

    /// The next requests, as many as there are up to so many events; waits for one. `None` when the queue is closed and empty.
    pub(super) fn take(&self, events: usize) -> Option<Taken<'_>> {
        let mut waiting = self.waiting();
        loop {
            let (requests, accounts) = waiting.take(events);
            if !requests.is_empty() {
                return Some(Taken { requests, accounts, queue: self });
            }
            if waiting.closed && waiting.requests.is_empty() {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing is left half done under this lock, whatever panics.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self, events: usize) -> (Vec<Request>, HashSet<AccountId>) {
        let (mut taken, mut passed_over) = (Vec::new(), Vec::new());
        let mut size = 0;
        while let Some(request) = self.requests.pop_front() {
            if self.busy.contains(&request.account) {
                passed_over.push(request);
            } else if size + request.events.len() <= events {
                size += request.events.len();
                taken.push(request);
            } else {
                self.requests.push_front(request);
                break;
            }
        }
        for request in passed_over.into_iter().rev() {
            self.requests.push_front(request);
        }
        let accounts: HashSet<AccountId> = taken.iter().map(|request| request.account.clone()).collect();
        self.busy.extend(accounts.iter().cloned());
        (taken, accounts)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.waiting();
        waiting.busy.retain(|account| !self.accounts.contains(account));
        drop(waiting);
        self.queue.changed.notify_all();
    }
}

#[cfg(test)]
impl Request {
    /// A request without events, and the end of its channel.
    pub(super) fn without_events(account: &str) -> (Self, oneshot::Receiver<Result<Vec<Receipt>, RecordError>>) {
        use std::sync::Arc;

        use tokio::sync::Semaphore;

        use crate::store::{AuditLog, Log};

        let (answer, receiver) = oneshot::channel();
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let account = account.parse().unwrap();
        (Self { log: AuditLog::TABLE, account, events: Vec::new(), answer, _room: room }, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(accounts: &[&str]) -> Queue {
        let queue = Queue::default();
        accounts.iter().for_each(|account| queue.push(Request::without_events(account).0));
        queue
    }

    fn accounts<'a>(taken: &'a Taken<'_>) -> Vec<&'a str> {
        taken.requests.iter().map(|request| request.account.as_str()).collect()
    }

    #[test]
    fn an_account_is_never_with_two_writers_and_keeps_its_order() {
        let queue = queue(&["big", "small"]);
        let first = queue.take(1_000).unwrap();
        assert_eq!(accounts(&first), ["big", "small"]);
        for account in ["big", "other", "small", "big"] {
            queue.push(Request::without_events(account).0);
        }
        let second = queue.take(1_000).unwrap();
        assert_eq!(accounts(&second), ["other"]);
        drop(first);
        assert_eq!(accounts(&queue.take(1_000).unwrap()), ["big", "small", "big"]);
    }

    #[test]
    fn a_closed_queue_is_emptied_first() {
        let queue = queue(&["one"]);
        queue.close();
        assert_eq!(accounts(&queue.take(1_000).unwrap()), ["one"]);
        assert!(queue.take(1_000).is_none());
    }

    #[test]
    fn who_waits_for_an_account_is_woken_when_it_is_free() {
        let queue = queue(&["one"]);
        let first = queue.take(1_000).unwrap();
        queue.push(Request::without_events("one").0);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| queue.take(1_000).map(|taken| taken.requests.len()));
            drop(first);
            assert_eq!(second.join().unwrap(), Some(1));
        });
    }
}

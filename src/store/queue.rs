//! The queue of batches to store, in order of arrival. A free writer takes the next batches, but skips accounts that another
//! writer is writing for: it would only wait for that writer's locks.

use std::collections::{HashSet, VecDeque};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{error::RecordError, log::LogTable};
use crate::domain::{account::AccountId, batch::Receipt, event::Event};

/// A batch that waits to be stored.
#[derive(Debug)]
pub(super) struct Request {
    pub log: &'static LogTable,
    pub account: AccountId,
    pub events: Vec<Event>,
    /// Closed if the caller was dropped.
    pub answer: oneshot::Sender<Result<Vec<Receipt>, RecordError>>,
    /// Its share of the queue's capacity, released when it is answered.
    pub _permit: OwnedSemaphorePermit,
}

/// The queue of all writers of an instance.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Signalled when a request is added, an account becomes free, or the queue is closed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<Request>,
    /// The accounts that a writer is writing for.
    busy: HashSet<AccountId>,
    closed: bool,
}

/// The requests that a writer has taken. Dropping it frees their accounts.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    /// In order of arrival.
    pub requests: Vec<Request>,
    accounts: HashSet<AccountId>,
    queue: &'a Queue,
}

impl Request {
    pub(super) fn answer(self, answer: Result<Vec<Receipt>, RecordError>) {
        // The caller may have been dropped.
        let _ = self.answer.send(answer);
    }

    /// Whether the caller was dropped.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

impl Queue {
    /// Adds a request at the end.
    pub(super) fn push(&self, request: Request) {
        self.waiting.lock().requests.push_back(request);
        self.changed.notify_one();
    }

    /// Closes the queue to new requests. Queued requests can still be taken.
    pub(super) fn close(&self) {
        self.waiting.lock().closed = true;
        self.changed.notify_all();
    }

    /// Takes the next requests, up to `max_events` events in total. Blocks until there is at least one. Returns `None` if the
    /// queue is closed and empty. A single request must not have more events than that, because it would never be taken.
    pub(super) fn take(&self, max_events: usize) -> Option<Taken<'_>> {
        let mut waiting = self.waiting.lock();
        loop {
            let (requests, accounts) = waiting.take(max_events);
            if !requests.is_empty() {
                return Some(Taken { requests, accounts, queue: self });
            }
            if waiting.closed && waiting.requests.is_empty() {
                return None;
            }
            self.changed.wait(&mut waiting);
        }
    }
}

impl Waiting {
    fn take(&mut self, max_events: usize) -> (Vec<Request>, HashSet<AccountId>) {
        let (mut taken, mut skipped) = (Vec::new(), Vec::new());
        let mut size = 0;
        while let Some(request) = self.requests.pop_front() {
            if self.busy.contains(&request.account) {
                skipped.push(request);
            } else if size + request.events.len() <= max_events {
                size += request.events.len();
                taken.push(request);
            } else {
                self.requests.push_front(request);
                break;
            }
        }
        for request in skipped.into_iter().rev() {
            self.requests.push_front(request);
        }
        let accounts: HashSet<AccountId> = taken.iter().map(|request| request.account.clone()).collect();
        self.busy.extend(accounts.iter().cloned());
        (taken, accounts)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.waiting.lock();
        waiting.busy.retain(|account| !self.accounts.contains(account));
        drop(waiting);
        self.queue.changed.notify_all();
    }
}

#[cfg(test)]
impl Request {
    /// A request without events, and the receiver of its answer.
    pub(super) fn without_events(account: &str) -> (Self, oneshot::Receiver<Result<Vec<Receipt>, RecordError>>) {
        use std::sync::Arc;

        use tokio::sync::Semaphore;

        use crate::store::{AuditLog, Log};

        let (answer, receiver) = oneshot::channel();
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let account = account.parse().unwrap();
        (Self { log: AuditLog::TABLE, account, events: Vec::new(), answer, _permit: permit }, receiver)
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
    fn an_account_has_one_writer_at_a_time_and_its_requests_stay_in_order() {
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
    fn requests_in_a_closed_queue_can_still_be_taken() {
        let queue = queue(&["one"]);
        queue.close();
        assert_eq!(accounts(&queue.take(1_000).unwrap()), ["one"]);
        assert!(queue.take(1_000).is_none());
    }

    #[test]
    fn a_writer_that_waits_for_an_account_is_woken_when_it_is_free() {
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

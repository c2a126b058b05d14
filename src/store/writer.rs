//! Group commit: requests that arrive together are stored in one transaction, and each is answered when it is durable.
//!
//! A free writer takes all queued requests, up to a limit, without waiting for more. So groups grow with the load.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::sync::{Semaphore, oneshot};

use super::{
    commits::Commits,
    error::{RecordError, StoreError},
    ingest::{self, Outcomes},
    log::LogTable,
    pool::ConnectionPool,
    queue::{Queue, Request},
};
use crate::domain::{
    account::AccountId,
    batch::{MAXIMUM_EVENTS, Receipt},
    event::Event,
};

/// The maximum number of events in a group: that of one request, so a group takes no longer than the largest request.
const EVENTS: usize = MAXIMUM_EVENTS;

/// A handle to the writer threads. When it is dropped, they store the queued requests and end.
#[derive(Debug)]
pub(super) struct Writers {
    queue: Arc<Queue>,
    /// The maximum [`weight`] of queued events.
    capacity: u32,
    /// The weight that can still be queued.
    free: Arc<Semaphore>,
}

impl Writers {
    /// Starts one writer per connection of the pool. `capacity` is the maximum number of queued events; see [`weight`].
    pub(super) fn start(pool: &ConnectionPool, capacity: u32, commits: &Arc<Commits>) -> Self {
        let queue = Arc::new(Queue::default());
        for _ in 0..pool.size() {
            let writer = Writer { pool: pool.clone(), commits: Arc::clone(commits), queue: Arc::clone(&queue) };
            std::thread::spawn(move || writer.run());
        }
        Self { queue, capacity, free: Arc::new(Semaphore::new(capacity as usize)) }
    }

    /// Queues a batch and returns the receiver of its outcome. If the receiver is dropped before a writer takes the batch, the
    /// batch is not stored.
    ///
    /// # Errors
    ///
    /// [`RecordError::Busy`] if the queue is full.
    pub(super) fn submit(
        &self,
        log: &'static LogTable,
        account: &AccountId,
        events: Vec<Event>,
    ) -> Result<oneshot::Receiver<Result<Vec<Receipt>, RecordError>>, RecordError> {
        // A queue that is empty has room for every batch.
        let weight = events.iter().map(weight).fold(0, u32::saturating_add).min(self.capacity);
        let permit = Arc::clone(&self.free).try_acquire_many_owned(weight).map_err(|_| RecordError::Busy)?;
        let (answer, receiver) = oneshot::channel();
        self.queue.push(Request { log, account: account.clone(), events, answer, _permit: permit });
        Ok(receiver)
    }
}

/// An event counts once, and once more for each 4 KiB of its texts, so that the memory of the queue is limited.
fn weight(event: &Event) -> u32 {
    u32::try_from(1 + event.size() / 4096).unwrap_or(u32::MAX)
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

struct Writer {
    pool: ConnectionPool,
    commits: Arc<Commits>,
    queue: Arc<Queue>,
}

impl Writer {
    fn run(&self) {
        while let Some(mut taken) = self.queue.take(EVENTS) {
            self.store(taken.requests.drain(..).collect());
        }
    }

    fn store(&self, mut group: Vec<Request>) {
        skip_abandoned(&mut group);
        if group.is_empty() {
            return;
        }
        // A panic in one group must not end the writer: its callers get an error, and later groups are stored.
        let stored = catch_unwind(AssertUnwindSafe(|| self.attempt(&group)));
        match stored {
            Ok(Ok(Outcomes { outcomes, grown })) => {
                // After the commit, so that woken followers find the new events.
                grown.iter().for_each(|(log, newest)| self.commits.raise(log, *newest));
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    request.answer(outcome.map_err(RecordError::Conflict));
                }
            }
            // The group was rolled back. Each request is tried alone, so that only the faulty one fails.
            Ok(Err(StoreError::Failed(_))) if group.len() > 1 => {
                group.into_iter().for_each(|request| self.store(vec![request]));
            }
            Ok(Err(error)) => group.into_iter().for_each(|request| request.answer(Err(error.clone().into()))),
            Err(_) => {
                tracing::error!("a writer panicked; all requests of its group fail");
                group.into_iter().for_each(|request| request.answer(Err(RecordError::WriterFailed)));
            }
        }
    }

    fn attempt(&self, group: &[Request]) -> Result<Outcomes, StoreError> {
        let outcome = self.pool.run_cached(|db, caches| ingest::record(db, caches, group));
        self.pool.faults().observe_write(&outcome);
        outcome
    }
}

/// Removes the requests whose callers were dropped.
fn skip_abandoned(group: &mut Vec<Request>) {
    group.retain(|request| !request.is_abandoned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_whose_caller_was_dropped_is_skipped() {
        let ((abandoned, receiver), (waiting, _receiver)) =
            (Request::without_events("dropped"), Request::without_events("waiting"));
        let mut group = vec![abandoned, waiting];
        drop(receiver);
        skip_abandoned(&mut group);
        assert_eq!(group.iter().map(|request| request.account.as_str()).collect::<Vec<_>>(), ["waiting"]);
    }
}

//! Group commit: requests that arrive together are stored in one transaction, and each is answered when it is durable.
//!
//! A writer that is free takes what is queued, without waiting for more. The busier it is, the larger its groups.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use diesel::r2d2::Pool;
use tokio::sync::{Semaphore, oneshot};

use super::{
    connection::{Manager, run_on},
    error::{RecordError, StoreError},
    ingest::{self, Outcomes},
    log::LogTable,
    queue::{Queue, Request},
    shared::Shared,
};
use crate::domain::{
    account::AccountId,
    batch::{MAXIMUM_EVENTS, Receipt},
    event::Event,
};

/// The maximum number of events of a group: that of one request, so that a group takes no longer.
const EVENTS: usize = MAXIMUM_EVENTS;

/// The threads that write. When this is dropped, they store what is queued and end.
#[derive(Debug)]
pub(super) struct Writers {
    queue: Arc<Queue>,
    /// For how many more events the queue has room.
    room: Arc<Semaphore>,
}

impl Writers {
    /// Starts one writer per connection of the pool. `room` is the maximum number of events that wait.
    pub(super) fn start(pool: &Pool<Manager>, room: u32, shared: &Arc<Shared>) -> Self {
        let queue = Arc::new(Queue::default());
        for _ in 0..pool.max_size() {
            let writer = Writer { pool: pool.clone(), shared: Arc::clone(shared), queue: Arc::clone(&queue) };
            std::thread::spawn(move || writer.run());
        }
        Self { queue, room: Arc::new(Semaphore::new(room as usize)) }
    }

    /// Queues a batch. Its outcome comes over the channel. A batch whose channel is dropped before a writer takes it is not
    /// stored.
    pub(super) fn submit(
        &self,
        log: &'static LogTable,
        account: &AccountId,
        events: Vec<Event>,
    ) -> Result<oneshot::Receiver<Result<Vec<Receipt>, RecordError>>, RecordError> {
        let size = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size).map_err(|_| RecordError::Busy)?;
        let (answer, receiver) = oneshot::channel();
        self.queue.push(Request { log, account: account.clone(), events, answer, _room: room });
        Ok(receiver)
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// One thread and what it needs.
struct Writer {
    pool: Pool<Manager>,
    shared: Arc<Shared>,
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
                // After the commit, so that those who are woken find what was stored.
                self.shared.announce(grown);
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    request.answer(outcome.map_err(RecordError::Conflict));
                }
            }
            // Nothing of the group is stored. One request is at fault, and is to fail alone.
            Ok(Err(StoreError::Failed(_))) if group.len() > 1 => {
                group.into_iter().for_each(|request| self.store(vec![request]));
            }
            Ok(Err(error)) => group.into_iter().for_each(|request| request.answer(Err(error.clone().into()))),
            Err(_) => {
                tracing::error!("a writer panicked; its group is answered with an error");
                group.into_iter().for_each(|request| request.answer(Err(RecordError::BrokenOff)));
            }
        }
    }

    fn attempt(&self, group: &[Request]) -> Result<Outcomes, StoreError> {
        run_on(self.pool.get()?, |db| ingest::record(db, &self.shared, group))
    }
}

/// Drops the requests whose callers have gone.
fn skip_abandoned(group: &mut Vec<Request>) {
    group.retain(|request| !request.is_abandoned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_whose_caller_has_gone_is_skipped() {
        let ((abandoned, receiver), (waiting, _receiver)) = (Request::without_events("gone"), Request::without_events("waiting"));
        let mut group = vec![abandoned, waiting];
        drop(receiver);
        skip_abandoned(&mut group);
        assert_eq!(group.iter().map(|request| request.account.as_str()).collect::<Vec<_>>(), ["waiting"]);
    }
}

//! Group commit: requests that arrive together are stored in one transaction, and each is answered when it is durable.
//!
//! Nobody waits for a group to fill: a writer takes what is there when it is free. The busier it is, the larger its groups.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use diesel::r2d2::Pool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    announcer::Announcer,
    connection::Manager,
    error::StoreError,
    ingest::{self, Outcome, Outcomes, RecordError},
    log::Log,
    on,
    queue::Queue,
};
use crate::domain::{
    account::AccountId,
    audit_event::AuditEvent,
    batch::{MAXIMUM_EVENTS, Receipt},
    conversation_event::ConversationEvent,
};

/// How many events a group has at most: as many as one request may have, so that it takes no longer than that.
const EVENTS: usize = MAXIMUM_EVENTS;

/// A batch that waits to be stored.
#[derive(Debug)]
pub struct Request<E> {
    pub(super) account: AccountId,
    pub(super) events: Vec<E>,
    /// Whoever waits for it may have gone.
    answer: oneshot::Sender<Result<Vec<Receipt>, RecordError>>,
    /// Its part of the room for what waits, until it is answered.
    _room: OwnedSemaphorePermit,
}

/// A batch for either log.
#[derive(Debug)]
pub enum Job {
    /// For the audit log.
    Audit(Request<AuditEvent>),
    /// For the conversation log.
    Conversation(Request<ConversationEvent>),
}

/// What is stored in one transaction, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) audit: Vec<Request<AuditEvent>>,
    pub(super) conversation: Vec<Request<ConversationEvent>>,
}

/// The threads that write; they end, after what is queued, when this is dropped.
#[derive(Debug)]
pub(super) struct Writers {
    queue: Arc<Queue>,
    /// For so many more events.
    room: Arc<Semaphore>,
}

impl Writers {
    /// Starts one writer for each connection of the pool. `room` is how many events may wait.
    pub(super) fn start(pool: &Pool<Manager>, room: u32, announcer: &Arc<Announcer>) -> Self {
        let queue = Arc::new(Queue::default());
        for _ in 0..pool.max_size() {
            let writer = Writer { pool: pool.clone(), announcer: Arc::clone(announcer), queue: Arc::clone(&queue) };
            std::thread::spawn(move || writer.run());
        }
        Self { queue, room: Arc::new(Semaphore::new(room as usize)) }
    }

    /// Queues a batch. What became of it comes over the channel; if that is dropped before the batch's turn, nothing will.
    pub(super) fn submit<L: Log>(
        &self,
        account: &AccountId,
        events: Vec<L::Event>,
    ) -> Result<oneshot::Receiver<Result<Vec<Receipt>, RecordError>>, RecordError> {
        let size = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size).map_err(|_| RecordError::Busy)?;
        let (answer, receiver) = oneshot::channel();
        self.queue.push(L::job(Request { account: account.clone(), events, answer, _room: room }));
        Ok(receiver)
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl<E> Request<E> {
    fn answer(self, answer: Result<Vec<Receipt>, RecordError>) {
        // Nobody may be waiting any more.
        let _ = self.answer.send(answer);
    }
}

impl Job {
    /// Whose events they are.
    pub(super) fn account(&self) -> &AccountId {
        match self {
            Self::Audit(request) => &request.account,
            Self::Conversation(request) => &request.account,
        }
    }

    /// How many events.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Audit(request) => request.events.len(),
            Self::Conversation(request) => request.events.len(),
        }
    }

    fn is_given_up(&self) -> bool {
        match self {
            Self::Audit(request) => request.answer.is_closed(),
            Self::Conversation(request) => request.answer.is_closed(),
        }
    }

    fn refuse(self, error: RecordError) {
        match self {
            Self::Audit(request) => request.answer(Err(error)),
            Self::Conversation(request) => request.answer(Err(error)),
        }
    }
}

impl FromIterator<Job> for Group {
    fn from_iter<J: IntoIterator<Item = Job>>(jobs: J) -> Self {
        let mut group = Self::default();
        jobs.into_iter().for_each(|job| group.push(job));
        group
    }
}

impl Group {
    fn push(&mut self, job: Job) {
        match job {
            Job::Audit(request) => self.audit.push(request),
            Job::Conversation(request) => self.conversation.push(request),
        }
    }

    /// Drops those whose callers have gone before it was their turn.
    fn forget_the_given_up(self) -> Self {
        self.into_jobs().filter(|job| !job.is_given_up()).collect()
    }

    fn len(&self) -> usize {
        self.audit.len() + self.conversation.len()
    }

    fn into_jobs(self) -> impl Iterator<Item = Job> {
        self.audit.into_iter().map(Job::Audit).chain(self.conversation.into_iter().map(Job::Conversation))
    }

    fn answer(self, outcomes: Outcomes) {
        fn answer<E>(requests: Vec<Request<E>>, outcomes: Vec<Outcome>) {
            for (request, outcome) in requests.into_iter().zip(outcomes) {
                request.answer(outcome.map_err(RecordError::Conflict));
            }
        }
        answer(self.audit, outcomes.audit);
        answer(self.conversation, outcomes.conversation);
    }
}

/// One thread and what it needs.
struct Writer {
    pool: Pool<Manager>,
    announcer: Arc<Announcer>,
    queue: Arc<Queue>,
}

impl Writer {
    fn run(&self) {
        while let Some(mut taken) = self.queue.take(EVENTS) {
            self.store(taken.jobs.drain(..).collect());
        }
    }

    fn store(&self, group: Group) {
        let group = group.forget_the_given_up();
        if group.len() == 0 {
            return;
        }
        // A fault of ours in one group must not end the writer: its callers are told, and the next are served.
        let stored = catch_unwind(AssertUnwindSafe(|| self.attempt(&group)));
        match stored {
            Ok(Ok(outcomes)) => {
                // After the commit, so that who is woken finds what was stored.
                self.announcer.announce(&outcomes.news);
                group.answer(outcomes);
            }
            // Nothing of it is stored. One of them is at fault, and is to fail alone.
            Ok(Err(StoreError::Failed(_))) if group.len() > 1 => {
                group.into_jobs().for_each(|job| self.store(Group::from_iter([job])))
            }
            Ok(Err(StoreError::Failed(error))) => {
                if let Some(only) = group.into_jobs().next() {
                    only.refuse(StoreError::Failed(error).into());
                }
            }
            Ok(Err(StoreError::Unavailable(cause))) => {
                group.into_jobs().for_each(|job| job.refuse(StoreError::Unavailable(cause.clone()).into()));
            }
            Err(_) => {
                tracing::error!("a writer panicked; its group is answered with a fault");
                group.into_jobs().for_each(|job| job.refuse(RecordError::BrokenOff));
            }
        }
    }

    fn attempt(&self, group: &Group) -> Result<Outcomes, StoreError> {
        on(self.pool.get()?, |db| ingest::record(db, group))
    }
}

#[cfg(test)]
impl Job {
    /// A job without events, and who waits for it.
    pub(super) fn of_nothing(account: &str) -> (Self, oneshot::Receiver<Result<Vec<Receipt>, RecordError>>) {
        let (answer, receiver) = oneshot::channel();
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let account = AccountId::from_stored(account.to_owned());
        (Self::Audit(Request { account, events: Vec::new(), answer, _room: room }), receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_gone_before_the_turn_has_come_is_skipped() {
        let ((gone, receiver), (waiting, _receiver)) = (Job::of_nothing("gone"), Job::of_nothing("waiting"));
        let group = Group::from_iter([gone, waiting]);
        assert_eq!(group.len(), 2);
        drop(receiver);
        let left = group.forget_the_given_up();
        assert_eq!(left.audit.iter().map(|request| request.account.as_str()).collect::<Vec<_>>(), ["waiting"]);
    }
}

//! Reads the heads of logs, for many callers by one statement.
//!
//! A page that is asked for again needs nothing but its log's head. While one statement runs, the next callers queue, and the
//! statement after it serves all of them: the busier the service, the cheaper a head. A caller is never served by a statement
//! that began before it asked.

use std::{collections::HashMap, future::Future, sync::mpsc, thread};

use diesel::r2d2::Pool;
use tokio::sync::oneshot;

use super::{
    commits::LogName,
    connection::{Manager, run_on},
    error::StoreError,
    heads,
};

/// The maximum number of callers per statement.
const CALLERS: usize = 500;

/// The thread that reads. It ends when this is dropped.
pub(super) struct NewestSequences {
    callers: mpsc::Sender<Caller>,
}

/// A caller, and the log whose head it needs.
struct Caller {
    log: LogName,
    answer: oneshot::Sender<Result<i64, StoreError>>,
}

impl NewestSequences {
    /// Starts the thread.
    pub(super) fn start(readers: Pool<Manager>) -> Self {
        let (callers, queue) = mpsc::channel::<Caller>();
        thread::spawn(move || {
            while let Ok(first) = queue.recv() {
                let mut callers = vec![first];
                callers.extend(queue.try_iter().take(CALLERS - 1));
                callers.retain(|caller| !caller.answer.is_closed());
                if !callers.is_empty() {
                    answer(&readers, callers);
                }
            }
        });
        Self { callers }
    }

    /// The sequence of the newest event of that log; 0 if it has none.
    pub(super) fn of(&self, log: LogName) -> impl Future<Output = Result<i64, StoreError>> + use<> {
        let (answer, answered) = oneshot::channel();
        // If the thread has ended, the channel is closed, which the future reports.
        let _ = self.callers.send(Caller { log, answer });
        async move { answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the reader of heads has ended".to_owned()))) }
    }
}

fn answer(readers: &Pool<Manager>, callers: Vec<Caller>) {
    let mut accounts: Vec<String> = callers.iter().map(|caller| caller.log.account.clone()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let read = readers.get().map_err(StoreError::from);
    let read = read.and_then(|connection| run_on(connection, |db| heads::newest_of(db, &accounts)));
    let newest = read.map(|heads| {
        heads.into_iter().map(|(account, log, newest)| (LogName { log, account }, newest)).collect::<HashMap<_, _>>()
    });
    for Caller { log, answer } in callers {
        let newest = newest.as_ref().map(|heads| heads.get(&log).copied().unwrap_or(0)).map_err(Clone::clone);
        // The caller may have gone.
        let _ = answer.send(newest);
    }
}

//! Reads the newest sequences of logs, with one statement for many callers.
//!
//! A request for a cached page needs only the newest sequence of its log. While a statement runs, further callers queue, and the
//! next statement serves all of them. So the cost per caller falls under load. A statement never serves callers that arrived
//! after it began.

use std::{
    collections::HashMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

use super::{caches::Version, commits::LogName, connection::Incarnation, error::StoreError, heads, pool::ConnectionPool};

/// The maximum number of callers per statement.
const CALLERS: usize = 500;

/// A handle to the reading thread, which ends when the handle is dropped.
pub(super) struct NewestSequences {
    callers: mpsc::Sender<Caller>,
}

/// A caller that waits for the version of a log.
struct Caller {
    log: LogName,
    answer: oneshot::Sender<Result<Version, StoreError>>,
}

impl NewestSequences {
    pub(super) fn start(readers: ConnectionPool) -> Self {
        let (callers, queue) = mpsc::channel::<Caller>();
        thread::spawn(move || {
            while let Ok(first) = queue.recv() {
                let mut callers = vec![first];
                callers.extend(queue.try_iter().take(CALLERS - 1));
                callers.retain(|caller| !caller.answer.is_closed());
                // A panic must not end the thread: the callers of this statement get an error. The panic hook logs it.
                let _ = catch_unwind(AssertUnwindSafe(|| answer(&readers, callers)));
            }
        });
        Self { callers }
    }

    /// The version of the log.
    pub(super) fn of(&self, log: LogName) -> impl Future<Output = Result<Version, StoreError>> + use<> {
        let (answer, answered) = oneshot::channel();
        let _ = self.callers.send(Caller { log, answer });
        async move { answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("a log head could not be read".to_owned()))) }
    }
}

fn answer(readers: &ConnectionPool, callers: Vec<Caller>) {
    if callers.is_empty() {
        return;
    }
    let mut accounts: Vec<String> = callers.iter().map(|caller| caller.log.account.clone()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let read = readers.run_cached(|db, caches| heads::newest_of(db, &accounts).map(|heads| (caches.incarnation, heads)));
    let versions = read.map(|(incarnation, heads)| {
        let heads = heads.into_iter().map(|(account, log, newest)| (LogName { log, account }, newest));
        (incarnation, heads.collect::<HashMap<_, _>>())
    });
    for Caller { log, answer } in callers {
        let version = |(incarnation, heads): &(Incarnation, HashMap<LogName, i64>)| {
            heads.get(&log).map_or_else(Version::default, |newest| Version { incarnation: *incarnation, newest: *newest })
        };
        // The caller may have been dropped.
        let _ = answer.send(versions.as_ref().map(version).map_err(Clone::clone));
    }
}

//! Looks at the heads of logs, for many callers by one statement.
//!
//! Who asks again for a page first wants to know whether its log has gone on. While one look is under way the next callers
//! collect, and the look after it is for all of them: the busier the service, the less each look costs. A look that began
//! before a caller came is never its answer.

use std::{
    collections::HashMap,
    future::Future,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use diesel::r2d2::Pool;
use tokio::sync::oneshot;

use super::{commits::LogKey, connection::Manager, error::StoreError, heads, on};

/// The most accounts of one statement.
const ACCOUNTS: usize = 500;

/// A thread that looks; it ends when this is dropped.
pub(super) struct HeadReader {
    questions: Sender<Question>,
}

/// How far is this log?
struct Question {
    log: LogKey,
    answer: oneshot::Sender<Result<i64, StoreError>>,
}

impl HeadReader {
    /// Waits for questions.
    pub(super) fn start(readers: Pool<Manager>) -> Self {
        let (questions, asked) = channel();
        thread::spawn(move || answer_all(&readers, &asked));
        Self { questions }
    }

    /// The sequence of the newest event of that log; 0 if it has none.
    pub(super) fn newest(&self, log: LogKey) -> impl Future<Output = Result<i64, StoreError>> + use<> {
        let (answer, answered) = oneshot::channel();
        // The thread is there as long as this is; if not, the answer says so.
        let _ = self.questions.send(Question { log, answer });
        async move { answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("nobody looks at heads".to_owned()))) }
    }
}

fn answer_all(readers: &Pool<Manager>, asked: &Receiver<Question>) {
    while let Ok(first) = asked.recv() {
        let mut questions = vec![first];
        questions.extend(asked.try_iter().take(ACCOUNTS - 1));
        // Who has gone away, tired of waiting, needs no answer.
        questions.retain(|question| !question.answer.is_closed());
        if !questions.is_empty() {
            answer(readers, questions);
        }
    }
}

fn answer(readers: &Pool<Manager>, questions: Vec<Question>) {
    let mut accounts: Vec<String> = questions.iter().map(|question| question.log.account.clone()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let looked = readers.get().map_err(StoreError::from);
    let looked = looked.and_then(|connection| on(connection, |db| heads::newest_of(db, &accounts)));
    let looked = looked.map(|heads| {
        heads.into_iter().map(|(account, log, newest)| (LogKey { log, account }, newest)).collect::<HashMap<_, _>>()
    });
    for Question { log, answer } in questions {
        let newest = match &looked {
            Ok(heads) => Ok(heads.get(&log).copied().unwrap_or(0)),
            Err(error) => Err(error.clone()),
        };
        // Who has gone away needs no answer.
        let _ = answer.send(newest);
    }
}

//! Reads of streams and exports, after their response has begun. They wait and retry, because the response cannot become a
//! problem.

use std::{sync::Arc, time::Duration};

use actix_web::{ResponseError, http::StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{database, problem::Problem};
use crate::{domain::page::Limit, store::Store};

/// The number of consecutive failures after which the response ends. The client can resume.
pub const ATTEMPTS: u32 = 10;

/// The first and the longest pause after a failure.
pub const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(4)];

/// Limits the number of streams and exports that read the database at the same time.
#[derive(Debug)]
pub struct LongReads(Arc<Semaphore>);

impl LongReads {
    /// Half of the connections for reading remain available to other calls.
    pub fn new(read_connections: u32) -> Self {
        Self(Arc::new(Semaphore::new((read_connections / 2).max(1) as usize)))
    }

    /// Waits for a permit, without a limit. `None` if the permits were closed.
    pub async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }

    /// Runs a call of the store with a permit, and retries it if the database is unreachable.
    pub async fn run<T, C>(&self, store: &Arc<Store>, call: impl Fn() -> C) -> Result<T, Problem>
    where
        T: Send + 'static,
        C: FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    {
        let mut failures = 0;
        loop {
            let (permit, call) = (self.permit().await, call());
            let outcome = database::run(store, move |store| {
                // Held until the call has ended, which can be after its deadline.
                let _permit = permit;
                call(store)
            });
            let problem = match outcome.await {
                Ok(result) => return Ok(result),
                Err(problem) => problem,
            };
            failures += 1;
            tokio::time::sleep(pause(&problem, failures).ok_or(problem)?).await;
        }
    }
}

/// The number of events to read after this number of events had this size, so that the next ones have about `target` bytes. At most ten
/// times as many, because their size is a guess.
pub fn next_limit(events: usize, bytes: usize, target: usize, maximum: u16) -> Limit {
    let fitting = target.saturating_mul(events.max(1)) / bytes.max(1);
    let limit = fitting.clamp(1, events.max(1).saturating_mul(10)).min(usize::from(maximum));
    Limit::clamped(u16::try_from(limit).unwrap_or(maximum))
}

/// The pause after this number of consecutive failures; `None` if a retry does not help.
pub fn pause(problem: &Problem, failures: u32) -> Option<Duration> {
    let [first, longest] = PAUSES;
    let useful = problem.status_code() == StatusCode::SERVICE_UNAVAILABLE && failures < ATTEMPTS;
    useful.then(|| (first * 2_u32.pow(failures - 1)).min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_read_has_about_the_intended_size() {
        let next = |events, bytes| next_limit(events, bytes, 100_000, 500).get();
        assert_eq!(next(10, 10_000), 100);
        assert_eq!(next(100, 1_000_000), 10);
        assert_eq!(next(10, 100), 100, "at most ten times as many");
        assert_eq!(next(100, 100), 500, "at most the maximum");
        assert_eq!(next(1, 1_000_000), 1, "at least one");
        assert_eq!(next(0, 0), 10, "nothing is known of the size");
    }
}

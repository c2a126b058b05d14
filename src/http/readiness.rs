//! Checks of the database for `/health/ready`.

use std::sync::Arc;

use tokio::{
    sync::Mutex,
    time::{Duration, Instant, sleep_until},
};

use super::{database, problem::Problem};
use crate::store::Store;

/// The last check of the database. Callers share checks, and there are at most ten a second, because they need no token.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<Check>>);

#[derive(Debug)]
struct Check {
    began: Instant,
    /// `None` if its caller disconnected.
    outcome: Option<Result<(), Problem>>,
}

impl Readiness {
    /// The minimum time between the beginnings of two checks.
    const INTERVAL: Duration = Duration::from_millis(100);

    /// The outcome of a check that begins after this call.
    pub async fn check(&self, store: &Arc<Store>) -> Result<(), Problem> {
        let called = Instant::now();
        let mut last = self.0.lock().await;
        if let Some(Check { began, outcome }) = &*last {
            if let Some(outcome) = outcome.as_ref().filter(|_| *began >= called) {
                return outcome.clone();
            }
            sleep_until(*began + Self::INTERVAL).await;
        }
        let check = last.insert(Check { began: Instant::now(), outcome: None });
        check.outcome.insert(database::run(store, |store| store.check()).await).clone()
    }
}

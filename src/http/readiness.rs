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
pub struct Readiness(Mutex<Checks>);

#[derive(Debug, Default)]
struct Checks {
    /// When the last check began, also one whose caller disconnected.
    began: Option<Instant>,
    /// The outcome of the last check that a caller waited for, and when it began.
    outcome: Option<(Instant, Result<(), Problem>)>,
}

impl Readiness {
    /// The minimum time between the beginnings of two checks.
    const INTERVAL: Duration = Duration::from_millis(100);

    /// The outcome of a check that begins after this call.
    pub async fn check(&self, store: &Arc<Store>) -> Result<(), Problem> {
        let called = Instant::now();
        let mut checks = self.0.lock().await;
        if let Some((began, outcome)) = &checks.outcome
            && *began >= called
        {
            return outcome.clone();
        }
        if let Some(began) = checks.began {
            sleep_until(began + Self::INTERVAL).await;
        }
        let began = Instant::now();
        checks.began = Some(began);
        let outcome = database::run(store, |store| store.check()).await;
        checks.outcome = Some((began, outcome.clone()));
        outcome
    }
}

//! Keys that an issuer publishes. A thread fetches them, so that only requests that need a new key wait.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use tokio::{sync::watch, time::timeout};

use super::{
    fetch::{FetchError, Fetched, Fetcher},
    key::Key,
};

/// The maximum time that a request waits for a new key.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause after the first failure; twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The maximum pause after failures.
const LAST_RETRY: Duration = Duration::from_secs(60);

/// The intervals of fetches.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The time between two fetches. A key that the issuer has removed is used no longer than this, while the issuer is reachable.
    pub refresh: Duration,
    /// The minimum time between two fetches because of unknown keys.
    pub cooldown: Duration,
}

/// The keys of one issuer. The last valid ones stay in use while the issuer is unreachable or its response is invalid.
pub struct RemoteKeys {
    fetcher: Fetcher,
    schedule: Schedule,
    loaded: watch::Sender<Loaded>,
    demand: Mutex<Demand>,
    demanded: Condvar,
}

/// The keys that were fetched last.
#[derive(Clone, Default)]
pub(super) struct Loaded {
    /// `None`: never fetched.
    pub(super) keys: Option<Arc<Vec<Key>>>,
    /// Increases whenever the keys change.
    pub(super) generation: u64,
    json: Vec<u8>,
}

struct Demand {
    /// A fetch is running, or is about to begin.
    is_fetching: bool,
    /// When an unknown key last caused a fetch.
    caused_at: Option<Instant>,
    is_stopped: bool,
}

/// The outcome of waiting for a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// A fetch has ended since, successfully or not.
    Fetched,
    /// No fetch is running or allowed, because the last one was a short time ago.
    CoolingDown,
    /// The fetch did not end in time.
    TimedOut,
}

impl RemoteKeys {
    /// Fetches nothing before [`Self::start`].
    pub fn new(fetcher: Fetcher, schedule: Schedule) -> Arc<Self> {
        let demand = Demand { is_fetching: true, caused_at: None, is_stopped: false };
        let loaded = watch::Sender::new(Loaded::default());
        Arc::new(Self { fetcher, schedule, loaded, demand: Mutex::new(demand), demanded: Condvar::new() })
    }

    /// Begins to fetch, on a thread that ends after [`Self::stop`].
    pub fn start(self: &Arc<Self>) {
        let keys = Arc::clone(self);
        let started = thread::Builder::new().name("issuer-keys".to_owned()).spawn(move || keys.keep_current());
        if let Err(error) = started {
            tracing::error!(%error, issuer = self.fetcher.location(), "cannot fetch keys: there are too many threads");
        }
    }

    /// After this, no fetch begins.
    pub fn stop(&self) {
        self.demand.lock().is_stopped = true;
        self.demanded.notify_all();
    }

    pub(super) fn generation(&self) -> u64 {
        self.loaded.borrow().generation
    }

    pub(super) fn loaded(&self) -> Loaded {
        let loaded = self.loaded.borrow();
        Loaded { keys: loaded.keys.clone(), generation: loaded.generation, json: Vec::new() }
    }

    /// Waits for a fetch that may return an unknown key. All requests wait for the same fetch.
    pub(super) async fn wait_for_fetch(&self) -> Waited {
        let Some(mut fetched) = self.join_fetch() else { return Waited::CoolingDown };
        match timeout(PATIENCE, fetched.changed()).await {
            Ok(_) => Waited::Fetched,
            Err(_) => Waited::TimedOut,
        }
    }

    /// The notification of the running fetch, or of a new one if enough time has passed since the last.
    fn join_fetch(&self) -> Option<watch::Receiver<Loaded>> {
        let mut demand = self.demand.lock();
        let fetched = self.loaded.subscribe();
        if !demand.is_fetching {
            let is_cooling_down = demand.caused_at.is_some_and(|at| at.elapsed() < self.schedule.cooldown);
            // Without any keys, the thread retries by itself.
            if is_cooling_down || fetched.borrow().keys.is_none() {
                return None;
            }
            demand.caused_at = Some(Instant::now());
            demand.is_fetching = true;
            self.demanded.notify_one();
        }
        Some(fetched)
    }

    fn keep_current(&self) {
        let mut failures = 0;
        loop {
            // A panic must not end the thread. The panic hook logs it.
            let fetched = catch_unwind(AssertUnwindSafe(|| self.fetch(failures))).unwrap_or_else(|_| {
                tracing::warn!(issuer = self.fetcher.location(), "cannot fetch the keys of an issuer, because of a panic");
                None
            });
            failures = if fetched.is_some() { 0 } else { failures + 1 };
            self.publish(fetched);
            let pause = match failures {
                0 => self.schedule.refresh,
                _ => LAST_RETRY.min(FIRST_RETRY * 2_u32.saturating_pow(failures - 1)).min(self.schedule.refresh),
            };
            let is_idle = |demand: &mut Demand| !demand.is_fetching && !demand.is_stopped;
            let mut demand = self.demand.lock();
            self.demanded.wait_while_for(&mut demand, is_idle, pause);
            if demand.is_stopped {
                return;
            }
            demand.is_fetching = true;
        }
    }

    fn fetch(&self, failures: u32) -> Option<Fetched> {
        let outcome = self.fetcher.fetch();
        self.log(&outcome, failures);
        outcome.ok()
    }

    /// Makes the keys current, and wakes the requests that wait, also after a failure.
    fn publish(&self, fetched: Option<Fetched>) {
        let mut demand = self.demand.lock();
        demand.is_fetching = false;
        self.loaded.send_modify(|loaded| {
            if let Some(fetched) = fetched.filter(|fetched| fetched.json != loaded.json) {
                let generation = loaded.generation + 1;
                *loaded = Loaded { keys: Some(Arc::new(fetched.keys)), generation, json: fetched.json };
            }
        });
    }

    /// One line for each change of state.
    fn log(&self, outcome: &Result<Fetched, FetchError>, failures: u32) {
        let issuer = self.fetcher.location();
        match outcome {
            Err(error) if failures == 0 => {
                if self.loaded.borrow().keys.is_some() {
                    tracing::warn!(%error, issuer, "cannot fetch the keys of an issuer; the last ones stay in use");
                } else {
                    tracing::warn!(%error, issuer, "cannot fetch the keys of an issuer; its tokens get 503 until they are fetched");
                }
            }
            Ok(fetched) if failures > 0 || self.loaded.borrow().json != fetched.json => {
                tracing::info!(issuer, keys = fetched.keys.len(), "fetched the keys of an issuer");
            }
            _ => {}
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.fetcher.location())
    }
}

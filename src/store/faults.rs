//! What is wrong with the database. Each fault has one log line when it begins and one when it has ended, regardless of the
//! number of requests that it refuses.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::error::StoreError;

/// The faults of a database that requests and readiness checks can notice.
#[derive(Debug)]
pub(super) struct Faults {
    /// It is unreachable or too slow, or its file is not in place.
    pub unavailable: Fault,
    /// Its storage is full, so writes are refused.
    pub full: Fault,
    /// It permits only reads, so writes are refused.
    pub read_only: Fault,
    /// A table is missing, or this role must not read it.
    pub incomplete: Fault,
}

impl Default for Faults {
    fn default() -> Self {
        let fault = |began, ended| Fault { began, ended, noted: Mutex::default() };
        Self {
            unavailable: fault(
                "the database is unavailable or too slow; requests are refused",
                "the database is available again",
            ),
            full: fault("the storage of the database is full; writes are refused", "the storage of the database has space again"),
            read_only: fault("the database is read-only; writes are refused", "the database accepts writes again"),
            incomplete: fault(
                "the schema of the database is incomplete; the service is not ready",
                "the schema is complete again",
            ),
        }
    }
}

impl Faults {
    /// Learns from the outcome of any statement whether the database is available.
    pub(super) fn observe<T>(&self, outcome: &Result<T, StoreError>) {
        match outcome {
            Err(error @ (StoreError::Unavailable(_) | StoreError::Moved)) => self.unavailable.note(error),
            Err(StoreError::Busy) => {}
            Ok(_)
            | Err(
                StoreError::Full(_)
                | StoreError::ReadOnly(_)
                | StoreError::Unsuitable(_)
                | StoreError::Migration(_)
                | StoreError::Incomplete(_)
                | StoreError::Failed(_),
            ) => self.unavailable.clear(),
        }
    }

    /// Learns from the outcome of a large write whether the database accepts writes.
    pub(super) fn observe_write<T>(&self, outcome: &Result<T, StoreError>) {
        match outcome {
            Err(error @ StoreError::Full(_)) => self.full.note(error),
            Err(error @ StoreError::ReadOnly(_)) => self.read_only.note(error),
            Err(_) => {}
            Ok(_) => self.refusing().for_each(Fault::clear),
        }
    }

    /// The faults of a database that refuses writes.
    pub(super) fn refusing(&self) -> impl Iterator<Item = &Fault> {
        [&self.full, &self.read_only].into_iter()
    }
}

/// A fault that lasts for some time.
#[derive(Debug)]
pub(super) struct Fault {
    began: &'static str,
    ended: &'static str,
    /// When it was noted last; `None` if it has ended.
    noted: Mutex<Option<Instant>>,
}

impl Fault {
    /// The time without an occurrence after which a fault has ended. Without it, a fault of only some requests would be logged as
    /// ended and begun again at every success.
    const QUIET: Duration = Duration::from_secs(1);

    pub(super) fn note(&self, error: impl Display) {
        if self.noted.lock().replace(Instant::now()).is_none() {
            tracing::error!(%error, "{}", self.began);
        }
    }

    /// A request succeeded. Ends the fault if no request has noted it within the last second.
    pub(super) fn clear(&self) {
        self.end_after(Self::QUIET);
    }

    /// A check has shown that the fault has ended.
    pub(super) fn end(&self) {
        self.end_after(Duration::ZERO);
    }

    fn end_after(&self, quiet: Duration) {
        if self.noted.lock().take_if(|noted| noted.elapsed() >= quiet).is_some() {
            tracing::info!("{}", self.ended);
        }
    }

    /// Whether it was noted and has not ended.
    pub(super) fn lasts(&self) -> bool {
        self.noted.lock().is_some()
    }
}

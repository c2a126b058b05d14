//! All streams of this instance: their number per account, their use of the database, and their end.

use std::sync::Arc;

use tokio::{
    sync::{Semaphore, watch},
    time::Duration,
};

use super::places::Places;

/// All streams of this instance.
#[derive(Debug)]
pub struct Streams {
    pub(super) places: Places,
    pub(super) heartbeat: Duration,
    /// How many streams read the database at the same time.
    pub(super) turns: Arc<Semaphore>,
    pub(super) closed: watch::Sender<bool>,
}

impl Streams {
    /// With no stream yet. Of the connections that read, half are left to all other calls at any time.
    pub fn new(per_account: u32, heartbeat: Duration, read_connections: u32) -> Self {
        let turns = (read_connections / 2).max(1) as usize;
        Self {
            places: Places::new(per_account),
            heartbeat,
            turns: Arc::new(Semaphore::new(turns)),
            closed: watch::Sender::new(false),
        }
    }

    /// Ends all streams, and lets no more begin.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }
}

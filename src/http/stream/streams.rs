//! All streams of this instance: their number per account, their use of the database, and their end.

use std::sync::Arc;

use tokio::{
    sync::{Semaphore, watch},
    time::Duration,
};

use super::slots::Slots;

/// All streams of this instance.
#[derive(Debug)]
pub struct Streams {
    pub(super) slots: Slots,
    pub(super) heartbeat: Duration,
    /// Limits the number of streams that read the database at the same time.
    pub(super) permits: Arc<Semaphore>,
    pub(super) closed: watch::Sender<bool>,
}

impl Streams {
    /// Without a stream. Half of the connections for reading remain available to other calls.
    pub fn new(per_account: u32, heartbeat: Duration, read_connections: u32) -> Self {
        let permits = (read_connections / 2).max(1) as usize;
        Self {
            slots: Slots::new(per_account),
            heartbeat,
            permits: Arc::new(Semaphore::new(permits)),
            closed: watch::Sender::new(false),
        }
    }

    /// Ends all streams, and refuses new ones.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }
}

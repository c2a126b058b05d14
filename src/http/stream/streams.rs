//! All streams of this instance: their number per account, and their end.

use tokio::{sync::watch, time::Duration};

use crate::http::slots::Slots;

/// All streams of this instance.
#[derive(Debug)]
pub struct Streams {
    pub(super) slots: Slots,
    pub(super) heartbeat: Duration,
    pub(super) closed: watch::Sender<bool>,
}

impl Streams {
    pub fn new(per_account: u32, heartbeat: Duration) -> Self {
        Self { slots: Slots::new(per_account, "streams"), heartbeat, closed: watch::Sender::new(false) }
    }

    /// Ends all streams, and refuses new ones.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }
}

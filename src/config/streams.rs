//! The settings of streams.

use std::{ops::RangeInclusive, time::Duration};

use clap::Args;

use super::duration::within;

/// The limit and the heartbeat of streams.
#[derive(Debug, Clone, Args)]
pub struct StreamSettings {
    /// The maximum number of open streams per account and instance
    #[arg(id = "streams_per_account", long = "streams-per-account", env = "LOGBOOK_STREAMS_PER_ACCOUNT", default_value_t = 100, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub per_account: u32,

    /// The time after which a stream that has sent nothing sends a heartbeat
    #[arg(id = "stream_heartbeat", long = "stream-heartbeat", env = "LOGBOOK_STREAM_HEARTBEAT", default_value = "15s", value_name = "DURATION", value_parser = heartbeat)]
    pub heartbeat: Duration,
}

fn heartbeat(text: &str) -> Result<Duration, String> {
    /// A connection on which nothing is sent for two minutes is closed, and very frequent heartbeats would be a load.
    const ALLOWED: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);
    within(ALLOWED, text)
}

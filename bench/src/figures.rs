//! The names of the figures of a filled database in results and in the report, and the name of a database's size.

pub const BYTES: &str = "bytes per event";
pub const FILL_FIRST: &str = "events a second in the first tenth";
pub const FILL_LAST: &str = "events a second in the last tenth";
pub const FILL_CPU: &str = "CPU seconds of the service per 1,000 events";
pub const FILL_CPU_DATABASE: &str = "CPU seconds of the database per 1,000 events";
pub const COLD_START: &str = "cold start to ready, ms";

/// A number of events as in `--events`: 1,000,000 is `1m`.
pub fn size(events: u64) -> String {
    match events {
        events if events % 1_000_000 == 0 => format!("{}m", events / 1_000_000),
        events if events % 1_000 == 0 => format!("{}k", events / 1_000),
        events => events.to_string(),
    }
}

//! Durations as values of settings.

use std::{ops::RangeInclusive, time::Duration};

use humantime::{format_duration, parse_duration};

/// Parses a duration, such as `1m 30s`, and refuses one outside the range.
pub(super) fn within(allowed: RangeInclusive<Duration>, text: &str) -> Result<Duration, String> {
    let duration = parse_duration(text).map_err(|error| error.to_string())?;
    if allowed.contains(&duration) {
        return Ok(duration);
    }
    Err(format!("{} to {} is allowed", format_duration(*allowed.start()), format_duration(*allowed.end())))
}

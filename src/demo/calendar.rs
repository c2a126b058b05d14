//! When the contact centre works, and when its customers write. All hours are UTC.

use chrono::TimeDelta;

use super::chance::Chance;
use crate::domain::timestamp::Timestamp;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// The working hours of each day, from Monday on.
const OPEN: [(i64, i64); 7] = [(8, 18), (8, 18), (8, 18), (8, 18), (8, 17), (9, 13), (0, 0)];

/// How busy each hour of a day is, in percent of the busiest.
#[rustfmt::skip]
const HOURS: [u32; 24] = [
     3,  2,  2,  2,  3,   6,  13, 32, 65, 92, 100, 91,
    71, 78, 90, 86,  73, 52,  33, 26, 22, 15,  10,  6,
];

/// How busy each day is, in percent of an average working day, from Monday on.
const DAYS: [u32; 7] = [113, 106, 100, 97, 92, 31, 17];

/// The day of the week, Monday being 0, and the hour.
fn place(at: Timestamp) -> (usize, i64) {
    /// The first day of 1970 was a Thursday.
    const THURSDAY: i64 = 3;
    let microseconds = at.microseconds();
    let weekday = (microseconds.div_euclid(DAY) + THURSDAY).rem_euclid(7);
    (weekday as usize, microseconds.rem_euclid(DAY) / HOUR)
}

/// Whether people are at work.
pub(super) fn is_open(at: Timestamp) -> bool {
    let (weekday, hour) = place(at);
    let (opens, closes) = OPEN[weekday];
    (opens..closes).contains(&hour)
}

/// That instant, or the next at which people are at work.
pub(super) fn opening(at: Timestamp) -> Timestamp {
    if is_open(at) {
        return at;
    }
    let next_hour = (at.microseconds().div_euclid(HOUR) + 1) * HOUR;
    opening(Timestamp::from_microseconds(next_hour))
}

/// Instants between two, more of them when it is busier; `rate` is how many fall into the busiest hour of an average day.
pub(super) fn arrivals(chance: &mut Chance, from: Timestamp, until: Timestamp, rate: f64) -> Vec<Timestamp> {
    let mut instants = Vec::new();
    let mut hour = from;
    while hour < until {
        let (weekday, of_day) = place(hour);
        let busy = f64::from(DAYS[weekday] * HOURS[of_day as usize]) / 10_000.0;
        // No two Mondays are the same.
        let mut expected = rate * busy * (0.5 + chance.share());
        while chance.share() < expected {
            expected -= 1.0;
            instants.push(hour.plus(chance.microseconds(0, HOUR - 1)));
        }
        hour = hour.plus(TimeDelta::hours(1));
    }
    instants
}

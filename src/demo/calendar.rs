//! The opening hours of the contact centre, and its activity by hour and day. All hours are UTC.

use chrono::TimeDelta;

use super::chance::Chance;
use crate::domain::timestamp::Timestamp;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// The opening hours of each day, starting on Monday.
const OPEN: [(i64, i64); 7] = [(8, 18), (8, 18), (8, 18), (8, 18), (8, 17), (9, 13), (0, 0)];

/// The activity in each hour of a day, in percent of the busiest hour.
#[rustfmt::skip]
const HOURS: [u32; 24] = [
     3,  2,  2,  2,  3,   6,  13, 32, 65, 92, 100, 91,
    71, 78, 90, 86,  73, 52,  33, 26, 22, 15,  10,  6,
];

/// The activity on each day, in percent of an average working day, starting on Monday.
const DAYS: [u32; 7] = [113, 106, 100, 97, 92, 31, 17];

/// The day of the week (0 is Monday) and the hour.
fn weekday_and_hour(at: Timestamp) -> (usize, i64) {
    /// 1 January 1970 was a Thursday.
    const THURSDAY: i64 = 3;
    let microseconds = at.microseconds();
    let weekday = (microseconds.div_euclid(DAY) + THURSDAY).rem_euclid(7);
    (weekday as usize, microseconds.rem_euclid(DAY) / HOUR)
}

pub(super) fn is_open(at: Timestamp) -> bool {
    let (weekday, hour) = weekday_and_hour(at);
    let (opens, closes) = OPEN[weekday];
    (opens..closes).contains(&hour)
}

/// The given instant if the contact centre is open, otherwise the next opening.
pub(super) fn opening(at: Timestamp) -> Timestamp {
    if is_open(at) {
        return at;
    }
    let next_hour = (at.microseconds().div_euclid(HOUR) + 1) * HOUR;
    opening(Timestamp::from_microseconds(next_hour))
}

/// Random instants in the given range, more of them in busy hours. `rate` is the number in the busiest hour of an average day.
pub(super) fn arrivals(chance: &mut Chance, from: Timestamp, until: Timestamp, rate: f64) -> Vec<Timestamp> {
    let mut instants = Vec::new();
    let mut hour = from;
    while hour < until {
        let (weekday, of_day) = weekday_and_hour(hour);
        let busy = f64::from(DAYS[weekday] * HOURS[of_day as usize]) / 10_000.0;
        // Vary the rate, so that no two weeks are the same.
        let mut expected = rate * busy * (0.5 + chance.share());
        while chance.share() < expected {
            expected -= 1.0;
            instants.push(hour.plus(chance.microseconds(0, HOUR - 1)));
        }
        hour = hour.plus(TimeDelta::hours(1));
    }
    instants
}

//! Time zones of the IANA database: converts local times to instants, and back.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, SecondsFormat, TimeZone as _, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};
use utoipa::ToSchema;

use super::{fault::Fault, timestamp::Timestamp};

/// A time zone, by its name in the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64, default = "UTC")]
pub struct TimeZone(Tz);

impl TimeZone {
    pub const EXAMPLE: &str = "Europe/Zagreb";
    /// The first instant whose local time is `shown` or later. An ambiguous time is the earlier instant, and a time in a gap is
    /// the instant of the change. `None` outside the calendar.
    pub fn earliest(self, shown: NaiveDateTime) -> Option<Timestamp> {
        self.instant(shown, |earlier, _| earlier)
    }

    /// The last instant whose local time is `shown` or earlier. An ambiguous time is the later instant, and a time in a gap is
    /// the instant of the change. `None` outside the calendar.
    pub fn latest(self, shown: NaiveDateTime) -> Option<Timestamp> {
        self.instant(shown, |_, later| later)
    }

    /// The instant in RFC 3339, with the offset of the zone.
    ///
    /// RFC 3339 has no seconds in offsets, but some zones had them in the past. They are truncated and the local time is
    /// adjusted, so that the instant is unchanged.
    pub fn show(self, instant: Timestamp) -> String {
        let instant = instant.utc();
        let seconds = self.0.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc();
        let offset = FixedOffset::east_opt(seconds - seconds % 60).unwrap_or_else(|| Utc.fix());
        instant.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::Micros, false)
    }

    fn instant(self, shown: NaiveDateTime, of_two: fn(DateTime<Tz>, DateTime<Tz>) -> DateTime<Tz>) -> Option<Timestamp> {
        let instant = match self.0.from_local_datetime(&shown) {
            LocalResult::Single(instant) => instant,
            LocalResult::Ambiguous(earlier, later) => of_two(earlier, later),
            LocalResult::None => GapInfo::new(&shown, &self.0)?.end?,
        };
        Timestamp::from_utc(instant.to_utc())
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl FromStr for TimeZone {
    type Err = Fault;

    fn from_str(name: &str) -> Result<Self, Fault> {
        name.parse().map(Self).map_err(|_| {
            // The nearest name helps; a list of all 600 does not.
            let fault = Fault::not_one_of("a time zone of the IANA database", name, TZ_VARIANTS.iter().map(|zone| zone.name()));
            let message = if fault.message.ends_with('?') {
                fault.message
            } else {
                format!("{}, such as {} or UTC", fault.message, Self::EXAMPLE)
            };
            Fault::new(message)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use fastrand::Rng;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        name.parse().unwrap()
    }

    fn instants(name: &str, shown: &str) -> [String; 2] {
        let shown = shown.parse().unwrap();
        [zone(name).earliest(shown), zone(name).latest(shown)].map(|instant| instant.unwrap().to_string())
    }

    #[test]
    fn a_local_time_in_a_gap_is_the_instant_of_the_change() {
        let forward = "2026-03-29T01:00:00.000000Z";
        assert_eq!(instants("Europe/Zagreb", "2026-03-29T02:30:00"), [forward, forward]);
        assert_eq!(instants("Europe/Zagreb", "2026-03-29T02:00:00"), [forward, forward]);
        assert_eq!(instants("Europe/Zagreb", "2026-03-29T03:00:00"), [forward, forward]);
    }

    #[test]
    fn a_period_includes_both_instants_of_an_ambiguous_local_time() {
        let shown = instants("Europe/Zagreb", "2026-10-25T02:30:00");
        assert_eq!(shown, ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"]);
    }

    #[test]
    fn the_nearest_zone_is_suggested() {
        let message = "Europe/Zagrb".parse::<TimeZone>().unwrap_err().message;
        assert_eq!(message, "\"Europe/Zagrb\" is not a time zone of the IANA database; did you mean Europe/Zagreb?");
        for far in ["", "+02:00", "xyzzy"] {
            let fault = far.parse::<TimeZone>().unwrap_err();
            assert!(fault.message.contains("such as Europe/Zagreb") && fault.allowed.is_empty(), "{fault:?}");
        }
        assert!(TZ_VARIANTS.iter().all(|zone| zone.name().len() <= 64));
    }

    /// Compares with a search over every minute of four days, which converts in the other direction: from instants to local
    /// times.
    #[test]
    fn local_times_are_converted_in_every_zone() {
        let mut random = Rng::with_seed(7);
        let minute = TimeDelta::minutes(1);
        for zone in TZ_VARIANTS {
            // Since 1973 all offsets are whole minutes. The search starts at a change of the clocks, so that most cases are near
            // one.
            let first = DateTime::from_timestamp(random.i64(100_000_000..2_000_000_000) / 60 * 60, 0).unwrap();
            let clock = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
            let offset = |instant: DateTime<Utc>| clock(instant) - instant.naive_utc();
            let mut days = (0..400).map(|day| first + TimeDelta::days(day));
            let change = days.find(|day| offset(*day) != offset(*day + TimeDelta::days(1))).unwrap_or(first);
            let around: Vec<_> = (-2 * 1440..=2 * 1440).map(|minutes| change + minute * minutes).collect();
            for _ in 0..40 {
                let shown = clock(change) + minute * random.i32(-360..=1800);
                let earliest = around.iter().find(|instant| clock(**instant) >= shown).unwrap();
                let latest = *around.iter().rfind(|instant| clock(**instant) <= shown).unwrap();
                // The last minute with this local time or an earlier one. If it is earlier, the clocks go forward in the next
                // minute.
                let latest = if clock(latest) < shown { latest + minute } else { latest };
                let found = [TimeZone(zone).earliest(shown), TimeZone(zone).latest(shown)];
                assert_eq!(found, [*earliest, latest].map(Timestamp::from_utc), "{zone} {shown}");
            }
        }
    }

    #[test]
    fn the_shown_time_is_the_same_instant() {
        let mut random = Rng::with_seed(8);
        for zone in TZ_VARIANTS {
            for _ in 0..50 {
                let instant = Timestamp::from_microseconds(random.i64(-60_000_000_000_000_000..250_000_000_000_000_000));
                let shown = TimeZone(zone).show(instant);
                assert_eq!(shown.parse::<Timestamp>().unwrap(), instant, "{zone} {shown}");
            }
        }
        let instant = Timestamp::EXAMPLE.parse().unwrap();
        assert_eq!(zone("Europe/Zagreb").show(instant), "2026-03-29T14:34:56.789012+02:00");
        assert_eq!(TimeZone::default().show(instant), "2026-03-29T12:34:56.789012+00:00");
    }
}

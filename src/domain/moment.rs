//! An instant in the forms that filters accept: with an offset, or as a local time or day.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use utoipa::ToSchema;

use super::{
    fault::{Fault, quoted},
    time_zone::TimeZone,
    timestamp::{self, Timestamp},
};

/// One end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant, given with an offset.
    Instant(Timestamp),
    /// A local time: an instant only with a time zone.
    Clock(NaiveDateTime),
    /// The beginning of a day: an instant only with a time zone.
    Day(NaiveDate),
}

impl Moment {
    /// Its text, if it needs a time zone.
    pub fn local(self) -> Option<String> {
        match self {
            Self::Instant(_) => None,
            Self::Clock(shown) => Some(format!("{shown:?}")),
            Self::Day(day) => Some(day.to_string()),
        }
    }

    /// The instant as the beginning of a period. An ambiguous local time means its first instant.
    pub fn begins(self, zone: TimeZone) -> Result<Timestamp, Fault> {
        self.instant(zone, TimeZone::earliest)
    }

    /// The instant as the end of a period. An ambiguous local time means its second instant. A day begins once, so that
    /// consecutive days have no gap and no overlap.
    pub fn ends(self, zone: TimeZone) -> Result<Timestamp, Fault> {
        self.instant(zone, TimeZone::latest)
    }

    fn instant(self, zone: TimeZone, of_clock: fn(TimeZone, NaiveDateTime) -> Option<Timestamp>) -> Result<Timestamp, Fault> {
        let instant = match self {
            Self::Instant(instant) => Some(instant),
            Self::Clock(shown) => of_clock(zone, shown),
            Self::Day(day) => zone.earliest(day.and_time(NaiveTime::MIN)),
        };
        instant.ok_or_else(|| {
            let shown = self.local().unwrap_or_default();
            Fault::new(format!("{} is outside the years 1 to 9999 in UTC", quoted(&shown)))
        })
    }
}

impl FromStr for Moment {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        // chrono also accepts signs, spaces and numbers without leading zeros.
        let has_form = |form: &str| {
            text.len() >= form.len()
                && text.bytes().zip(form.bytes()).all(|(given, form)| match form {
                    b'0' => given.is_ascii_digit(),
                    sign => given == sign,
                })
        };
        let local = match text.len() {
            10 if has_form("0000-00-00") => text.parse().map(Self::Day),
            16 if has_form("0000-00-00T00:00") => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map(Self::Clock),
            19.. if has_form("0000-00-00T00:00:00") => {
                NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(Self::Clock)
            }
            _ => return instant(text),
        };
        match local {
            // RFC 3339 has no leap seconds without an offset.
            Ok(Self::Clock(shown)) if shown.nanosecond() >= 1_000_000_000 => Err(timestamp::nonexistent(text)),
            Ok(local) => Ok(local),
            Err(error) if timestamp::is_of_the_form(error.kind()) => Err(timestamp::nonexistent(text)),
            Err(_) => instant(text),
        }
    }
}

fn instant(text: &str) -> Result<Moment, Fault> {
    text.parse().map(Moment::Instant).map_err(|Fault { message, allowed }: Fault| {
        // The form is valid, but the date does not exist or is out of range.
        if timestamp::parse(text).map_or_else(timestamp::is_of_the_form, |_| true) {
            return Fault { message, allowed };
        }
        Fault::new(format!(
            "{message}; with timeZone, a local date-time such as 2026-03-29T14:34:56 or a day such as 2026-03-29 is allowed too"
        ))
    })
}

/// An instant, or with `timeZone` a local time or a day.
#[derive(ToSchema)]
#[schema(
    max_length = 64,
    pattern = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?|[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$",
    examples("2026-03-29T12:34:56Z", "2026-03-29T14:34:56", "2026-03-29")
)]
pub struct MomentText(#[expect(dead_code, reason = "only its schema is used")] String);

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn begins(text: &str, zone: &str) -> String {
        text.parse::<Moment>().unwrap().begins(zone.parse().unwrap()).unwrap().to_string()
    }

    fn hours_of(day: &str, zone: &str) -> i64 {
        let zone: TimeZone = zone.parse().unwrap();
        let day: NaiveDate = day.parse().unwrap();
        let begins = Moment::Day(day).begins(zone).unwrap();
        let ends = Moment::Day(day + TimeDelta::days(1)).ends(zone).unwrap();
        (ends.microseconds() - begins.microseconds()) / 3_600_000_000
    }

    #[test]
    fn days_have_the_hours_of_their_zone() {
        let days = [
            ("2026-03-28", "Europe/Zagreb", 24),
            ("2026-03-29", "Europe/Zagreb", 23),
            ("2026-10-25", "Europe/Zagreb", 25),
            // Clocks go from 0:00 to 1:00: the day begins at 1:00.
            ("2018-11-04", "America/Sao_Paulo", 23),
            ("2024-04-26", "Africa/Cairo", 23),
            // Clocks go back from 24:00 to 23:00 of the same day.
            ("2018-02-17", "America/Sao_Paulo", 25),
            ("2024-10-31", "Africa/Cairo", 25),
            // Clocks go back from 1:00 to 0:00, so that midnight comes twice, but the day begins once.
            ("2025-11-01", "America/Havana", 24),
            ("2025-11-02", "America/Havana", 25),
            // A day that was skipped, by a change to the other side of the date line.
            ("2011-12-30", "Pacific/Apia", 0),
            ("2026-03-29", "UTC", 24),
        ];
        for (day, zone, hours) in days {
            assert_eq!(hours_of(day, zone), hours, "{day} {zone}");
        }
        assert_eq!(begins("2018-11-04", "America/Sao_Paulo"), "2018-11-04T03:00:00.000000Z");
        assert_eq!(begins("2025-11-02", "America/Havana"), "2025-11-02T04:00:00.000000Z");
    }

    #[test]
    fn every_form_is_parsed() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T04:04:05", "2026-01-02T04:04:05.000"] {
            assert_eq!(begins(text, "Europe/Zagreb"), "2026-01-02T03:04:05.000000Z", "{text}");
        }
        assert_eq!(begins("2026-01-02T03:04", "UTC"), "2026-01-02T03:04:00.000000Z");
        assert_eq!(begins("2026-01-02", "UTC"), "2026-01-02T00:00:00.000000Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2026",
            "2026-03",
            "2026-3-29",
            "2026-02-30",
            "2026-03-29T",
            "2026-03-29T24:00",
            "2026-03-29T12",
            "2026-03-29T12:60",
            "2026-03-29T12:34:60",
            "+2026-03-29",
            " 2026-03-29",
            "12026-03-29",
            "2026-03-29 12:34",
            "2026-03-29T12:34:56 02:00",
            "now",
            "2026-03-29T1:2:3",
            "2026-03-29T12:34:56.",
            "-026-03-29",
            "é026-03-29",
            "2026-03-29T12:34Z",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_instant_is_the_same_in_all_zones() {
        for (text, zone) in [("0001-01-01", "Asia/Tokyo"), ("9999-12-31T23:00", "America/New_York")] {
            assert!(text.parse::<Moment>().unwrap().begins(zone.parse().unwrap()).is_err(), "{text} {zone}");
        }
    }
}

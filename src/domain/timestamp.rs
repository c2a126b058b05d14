//! Instants with microseconds, written as RFC 3339 in UTC.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, FixedOffset, TimeDelta, Timelike, Utc, format::ParseErrorKind};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::fault::{Fault, quoted};

/// An instant in the format of RFC 3339. Responses have it in UTC with microseconds; requests may use any offset.
// In the years 1 to 9999. Parsing truncates further digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-03-29T12:34:56.789012Z"))]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    pub const UNIX_EPOCH: Self = Self(DateTime::UNIX_EPOCH);
    pub const EXAMPLE: &str = "2026-03-29T12:34:56.789012Z";

    pub fn now() -> Self {
        Self::from_microseconds(Utc::now().timestamp_micros())
    }

    /// `microseconds` since 1970-01-01T00:00:00Z.
    pub fn from_microseconds(microseconds: i64) -> Self {
        Self(DateTime::from_timestamp_micros(microseconds).unwrap_or_default())
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn microseconds(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// `None` outside the years 1 to 9999.
    pub fn from_utc(instant: DateTime<Utc>) -> Option<Self> {
        // A leap second belongs to the following year here.
        let instant = Self::from_microseconds(instant.timestamp_micros());
        (1..=9999).contains(&instant.0.year()).then_some(instant)
    }

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The sum; `self` if it is outside the calendar.
    pub fn plus(self, duration: TimeDelta) -> Self {
        self.0.checked_add_signed(duration).map_or(self, Self)
    }
}

impl FromStr for Timestamp {
    type Err = Fault;

    /// Parses an RFC 3339 date-time with any offset. One without an offset is refused, because its zone is unknown.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let parsed = parse(text).map_err(|kind| {
            if is_of_the_form(kind) {
                return nonexistent(text);
            }
            Fault::new(format!(
                "{} is not an RFC 3339 date-time with an offset, such as {} or 2026-03-29T14:34:56+02:00",
                quoted(text),
                Self::EXAMPLE
            ))
        })?;
        Self::from_utc(parsed.with_timezone(&Utc))
            .ok_or_else(|| Fault::new(format!("{} is outside the years 1 to 9999 in UTC", quoted(text))))
    }
}

/// Parses a date-time, also one outside the years 1 to 9999. A leap second is only valid at 23:59:60 in UTC (RFC 3339, 5.7).
pub(super) fn parse(text: &str) -> Result<DateTime<FixedOffset>, ParseErrorKind> {
    // chrono also accepts U+2212 as the sign of an offset.
    if !text.is_ascii() {
        return Err(ParseErrorKind::Invalid);
    }
    let parsed = DateTime::parse_from_rfc3339(text).map_err(|error| error.kind())?;
    let of_day = parsed.with_timezone(&Utc).time();
    let is_end_of_day = (of_day.hour(), of_day.minute()) == (23, 59);
    if of_day.nanosecond() < 1_000_000_000 || is_end_of_day { Ok(parsed) } else { Err(ParseErrorKind::Impossible) }
}

/// Whether a text has this error because a day, a time or an offset does not exist. The rest of the text may be invalid too.
pub(super) fn is_of_the_form(error: ParseErrorKind) -> bool {
    matches!(error, ParseErrorKind::OutOfRange | ParseErrorKind::Impossible)
}

/// The fault of a text that has the right form.
pub(super) fn nonexistent(text: &str) -> Fault {
    Fault::new(format!("{} has a day, a time or an offset that does not exist", quoted(text)))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Written::from(*self).as_str())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Written::from(*self).as_str())
    }
}

/// The text of an instant, of fixed length. A page has hundreds, and chrono's general formatter took more time than the rest of
/// an event.
struct Written([u8; Self::FORM.len()]);

impl Written {
    const FORM: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";

    fn as_str(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<Timestamp> for Written {
    fn from(Timestamp(instant): Timestamp) -> Self {
        let (date, time) = (instant.date_naive(), instant.time());
        let numbers = [
            // 1 to 9999.
            (0..4, date.year().unsigned_abs()),
            (5..7, date.month()),
            (8..10, date.day()),
            (11..13, time.hour()),
            (14..16, time.minute()),
            (17..19, time.second()),
            (20..26, time.nanosecond() / 1_000),
        ];
        let mut text = *Self::FORM;
        for (place, mut number) in numbers {
            for digit in text[place].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;

    use super::*;

    #[test]
    fn any_offset_is_the_same_instant_in_utc() {
        for text in ["2026-03-29T14:34:56.789012+02:00", "2026-03-29T12:34:56.789012Z", "2026-03-29t12:34:56.789012999z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), Timestamp::EXAMPLE, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2026-03-29",
            "2026-03-29T12:34:56",
            "2026-02-30T00:00:00Z",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+01:00",
            "now",
            "2026-03-01T10:00:60Z",
            "2026-03-01T23:59:60+01:00",
            "9999-12-31T23:59:60Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_the_following_second() {
        for text in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), "2017-01-01T00:00:00.000000Z", "{text}");
        }
    }

    #[test]
    fn the_text_equals_that_of_chrono() {
        // From the first year to the last, each time another day, hour and fraction.
        for microseconds in (-62_135_596_800_000_000_i64..253_402_300_800_000_000).step_by(7_654_321_987_651) {
            let instant = Timestamp::from_microseconds(microseconds);
            assert_eq!(instant.to_string(), instant.utc().to_rfc3339_opts(SecondsFormat::Micros, true));
        }
    }

    #[test]
    fn microseconds_round_trip() {
        let instant: Timestamp = "1969-12-31T23:59:59.000001Z".parse().unwrap();
        assert_eq!(Timestamp::from_microseconds(instant.microseconds()), instant);
    }
}

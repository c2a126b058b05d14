//! The working hours of queues.

use serde_json::json;

use super::values::{details, value};
use crate::domain::{event::LabelledValue, text::Details};

/// First day, last day, opening time, closing time.
type Span = (usize, usize, &'static str, &'static str);

/// Working hours: spans of days.
pub(super) type WorkingHours = &'static [Span];

pub(super) const WORKING_HOURS: [WorkingHours; 9] = [
    &[(0, 4, "08:00", "17:00")],
    &[(0, 4, "08:00", "18:00")],
    &[(0, 4, "09:00", "17:30")],
    &[(0, 4, "07:00", "20:00"), (5, 5, "09:00", "14:00")],
    &[(0, 4, "08:00", "20:00"), (5, 6, "10:00", "16:00")],
    &[(0, 3, "08:00", "17:00"), (4, 4, "08:00", "15:00")],
    &[(0, 5, "08:00", "22:00")],
    &[(0, 6, "00:00", "24:00")],
    &[(0, 2, "09:00", "17:00"), (3, 3, "09:00", "20:00"), (4, 4, "09:00", "16:00")],
];

const DAYS: [(&str, &str); 7] = [
    ("MON", "Monday"),
    ("TUE", "Tuesday"),
    ("WED", "Wednesday"),
    ("THU", "Thursday"),
    ("FRI", "Friday"),
    ("SAT", "Saturday"),
    ("SUN", "Sunday"),
];

/// For example `MON-FRI 08:00-17:00`, with the label `Monday to Friday 08:00–17:00`.
pub(super) fn hours_value(hours: WorkingHours) -> Option<LabelledValue> {
    let codes: Vec<String> = hours
        .iter()
        .map(|&(first, last, opens, closes)| {
            let days = if first == last { DAYS[first].0.to_owned() } else { format!("{}-{}", DAYS[first].0, DAYS[last].0) };
            format!("{days} {opens}-{closes}")
        })
        .collect();
    let labels: Vec<String> = hours
        .iter()
        .map(|&(first, last, opens, closes)| {
            let days = if first == last { DAYS[first].1.to_owned() } else { format!("{} to {}", DAYS[first].1, DAYS[last].1) };
            format!("{days} {opens}–{closes}")
        })
        .collect();
    value(&codes.join(", "), &labels.join(", "))
}

/// Details with the hours of each day.
pub(super) fn hours_details(hours: WorkingHours, time_zone: &str) -> Option<Details> {
    let days: Vec<_> = hours
        .iter()
        .flat_map(|&(first, last, opens, closes)| {
            DAYS[first..=last].iter().map(move |(_, day)| json!({"day": day, "opens": opens, "closes": closes}))
        })
        .collect();
    details(json!({"timeZone": time_zone, "workingHours": days}))
}

/// The time zones of the teams.
pub(super) const TIME_ZONES: [&str; 5] = ["Europe/Zagreb", "Europe/London", "Europe/Lisbon", "Asia/Dubai", "America/Sao_Paulo"];

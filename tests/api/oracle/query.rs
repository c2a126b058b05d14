//! Random questions to a list, and the answer by brute force.

use std::fmt;

use fastrand::Rng;

use super::events::{Stored, instant};
use crate::logs::{Log, ORDERS};

/// A filter with the path of the field that it is named after.
const FILTERS_OF_BOTH: [(&str, &str); 6] = [
    ("event", "/event"),
    ("doneById", "/doneBy/id"),
    ("doneByType", "/doneBy/type"),
    ("fromValue", "/from/value"),
    ("toValue", "/to/value"),
    ("operationId", "/operationId"),
];
const FILTERS_OF_CONVERSATIONS: [(&str, &str); 1] = [("conversationId", "/conversation/id")];
const FILTERS_OF_AUDIT: [(&str, &str); 2] = [("itemType", "/item/type"), ("itemId", "/item/id")];

/// Filters whose values are codes, so that one which does not exist is refused.
const CODES: [&str; 3] = ["event", "doneByType", "itemType"];

/// The longest query that leaves room for a cursor in a URL of 8 KB.
const LONGEST_QUERY: usize = 5_000;

/// Filters, order and limit of one list.
#[derive(Clone)]
pub struct Query {
    /// Different filters are ANDed, the values of one are ORed.
    filters: Vec<Filter>,
    pub order: &'static str,
    pub limit: usize,
    pub include_total: bool,
}

#[derive(Clone)]
enum Filter {
    AnyOf { name: &'static str, pointer: &'static str, values: Vec<String> },
    DateFrom(i64),
    DateTo(i64),
}

impl Query {
    /// 0 to 4 filters, of values which the events have and of some which they have not; the limit is chosen by the size of
    /// the answer, so that a walk has some pages, but not many.
    pub fn random(log: Log, events: &[Stored], random: &mut Rng) -> Self {
        let mut query = Self { filters: Vec::new(), order: "", limit: 1, include_total: random.u8(0..4) == 0 };
        query.order = random.choice(ORDERS).unwrap();
        loop {
            query.filters = random_filters(log, events, random);
            if query.path(log).len() < LONGEST_QUERY {
                break;
            }
        }
        let size = query.answer(events).len();
        let least = size.div_ceil(5).max(1);
        query.limit = match random.u8(0..20) {
            0 => 1000,
            // The last page is full, or it has one event, or there is but one page which is not quite full.
            1 => size,
            2 => size.saturating_sub(1),
            3 => size + 1,
            4 => size.div_ceil(2),
            _ => random.usize(7..=200),
        };
        query.limit = query.limit.clamp(least, 1000);
        if size <= 6 && random.bool() {
            query.limit = 1;
        }
        query
    }

    /// The events that match, in the order asked for.
    pub fn answer<'a>(&self, events: &'a [Stored]) -> Vec<&'a Stored> {
        let mut answer: Vec<&Stored> =
            events.iter().filter(|event| self.filters.iter().all(|filter| filter.matches(event))).collect();
        if self.order.starts_with("occurredAt") {
            answer.sort_by_key(|event| (event.occurred_at, event.sequence));
        } else {
            answer.sort_by_key(|event| event.sequence);
        }
        if self.order.ends_with("desc") {
            answer.reverse();
        }
        answer
    }

    /// Path and query of the first page.
    pub fn path(&self, log: Log) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for filter in &self.filters {
            match filter {
                Filter::AnyOf { name, values, .. } => {
                    query.extend_pairs(values.iter().map(|value| (name, value)));
                }
                Filter::DateFrom(time) => {
                    query.append_pair("dateFrom", &instant(*time).to_rfc3339());
                }
                Filter::DateTo(time) => {
                    query.append_pair("dateTo", &instant(*time).to_rfc3339());
                }
            }
        }
        query.append_pair("orderBy", self.order).append_pair("limit", &self.limit.to_string());
        if self.include_total {
            query.append_pair("includeTotal", "true");
        }
        format!("{}?{}", log.path, query.finish())
    }

    pub fn is_followed(&self) -> bool {
        self.order == "sequence:asc"
    }
}

impl Filter {
    fn matches(&self, event: &Stored) -> bool {
        match self {
            Self::AnyOf { pointer, values, .. } => event
                .json
                .pointer(pointer)
                .and_then(|value| value.as_str())
                .is_some_and(|came| values.iter().any(|value| value == came)),
            Self::DateFrom(time) => event.occurred_at >= *time,
            Self::DateTo(time) => event.occurred_at < *time,
        }
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for filter in &self.filters {
            match filter {
                Filter::AnyOf { name, values, .. } => write!(formatter, "{name} of {values:?}, ")?,
                Filter::DateFrom(time) => write!(formatter, "from {}, ", instant(*time))?,
                Filter::DateTo(time) => write!(formatter, "to {}, ", instant(*time))?,
            }
        }
        write!(formatter, "by {}, {} a page", self.order, self.limit)
    }
}

fn random_filters(log: Log, events: &[Stored], random: &mut Rng) -> Vec<Filter> {
    let of_log: &[_] = if log.is_audit() { &FILTERS_OF_AUDIT } else { &FILTERS_OF_CONVERSATIONS };
    let mut names: Vec<(&str, &str)> = FILTERS_OF_BOTH.iter().chain(of_log).copied().collect();
    names.extend([("dateFrom", ""), ("dateTo", "")]);
    random.shuffle(&mut names);
    names.truncate(random.choice([0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4]).unwrap());

    // Filters that are all met by one event, mostly: otherwise nearly every answer would be empty.
    let met = random.choice(events).unwrap();
    let mut filters: Vec<Filter> = names
        .into_iter()
        .map(|(name, pointer)| {
            let other = random.choice(events).unwrap().occurred_at;
            match name {
                // Exactly the time of an event, to see which side of it the boundary is on.
                "dateFrom" => Filter::DateFrom(if random.bool() { met.occurred_at } else { other }),
                "dateTo" => Filter::DateTo(if random.bool() { met.occurred_at + random.i64(0..=1) } else { other }),
                _ => Filter::AnyOf { name, pointer, values: random_values(name, pointer, met, events, random) },
            }
        })
        .collect();
    // An empty span of time is refused.
    let from = filters.iter().find_map(|filter| if let Filter::DateFrom(time) = filter { Some(*time) } else { None });
    for filter in &mut filters {
        if let (Filter::DateTo(to), Some(from)) = (filter, from) {
            *to = (*to).max(from + 1);
        }
    }
    filters
}

fn random_values(name: &str, pointer: &str, met: &Stored, events: &[Stored], random: &mut Rng) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    if random.u8(0..5) > 0 {
        values.extend(text_at(met, pointer));
    }
    for _ in 0..random.usize(0..=5) {
        values.extend(text_at(random.choice(events).unwrap(), pointer));
    }
    if !CODES.contains(&name) && (values.is_empty() || random.u8(0..3) == 0) {
        values.push(format!("nobody has {}", random.u32(..)));
    }
    if values.is_empty() {
        // Every event has a type of each kind.
        values.extend(text_at(met, pointer));
    }
    values.truncate(6);
    random.shuffle(&mut values);
    values
}

fn text_at(event: &Stored, pointer: &str) -> Option<String> {
    event.json.pointer(pointer)?.as_str().map(str::to_owned)
}

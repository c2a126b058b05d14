//! Random queries of a list, and their results by brute force.

use std::fmt;

use fastrand::Rng;

use super::events::{Stored, instant};
use crate::logs::{Log, ORDERS};

/// Every filter by values, with the JSON pointer of the member that it compares.
pub const FILTERS: [(&str, &str); 9] = [
    ("event", "/event"),
    ("doneById", "/doneBy/id"),
    ("doneByType", "/doneBy/type"),
    ("fromValue", "/from/value"),
    ("toValue", "/to/value"),
    ("operationId", "/operationId"),
    ("conversationId", "/conversation/id"),
    ("itemType", "/item/type"),
    ("itemId", "/item/id"),
];

/// Filters whose values are codes. An unknown code is refused.
const CODES: [&str; 3] = ["event", "doneByType", "itemType"];

/// The longest query that leaves room for a cursor in a URL of 8 KB.
const LONGEST_QUERY: usize = 5_000;

/// Filters, order and limit of a list, with the expected result.
pub struct Query {
    /// Different filters are ANDed, and the values of one filter are ORed.
    filters: Vec<Filter>,
    pub order: &'static str,
    pub limit: usize,
    pub include_total: bool,
    /// The indexes of the events that match, in the requested order.
    expected: Vec<usize>,
}

enum Filter {
    /// The index in [`FILTERS`], and the values.
    AnyOf(usize, Vec<String>),
    DateFrom(i64),
    DateTo(i64),
}

impl Query {
    /// A query with 0 to 4 filters, with values that events have and some that none has. The limit depends on the number of
    /// results, so that there are several pages, but not many.
    pub fn random(log: Log, events: &[Stored], random: &mut Rng) -> Self {
        let order = random.choice(ORDERS).unwrap();
        let mut query = Self { filters: Vec::new(), order, limit: 1, include_total: random.u8(0..4) == 0, expected: Vec::new() };
        loop {
            query.filters = random_filters(log, events, random);
            query.expected = expected(&query.filters, order, events);
            // Long results take long and find few additional faults.
            let short_enough = query.expected.len() < 300 || random.u8(0..8) == 0;
            if short_enough && query.path(log).len() < LONGEST_QUERY {
                break;
            }
        }
        let size = query.expected.len();
        query.limit = match random.u8(0..20) {
            0 => 1000,
            // The last page is full, or it has one event, or the only page is one event short of full.
            1 => size,
            2 => size.saturating_sub(1),
            3 => size + 1,
            4 => size.div_ceil(2),
            _ => random.usize(7..=200),
        };
        query.limit = query.limit.clamp(size.div_ceil(5).clamp(1, 1000), 1000);
        if size <= 6 && random.bool() {
            query.limit = 1;
        }
        query
    }

    /// A query for all events.
    pub fn everything(order: &'static str, limit: usize, events: &[Stored]) -> Self {
        Self { filters: Vec::new(), order, limit, include_total: false, expected: expected(&[], order, events) }
    }

    /// The events that match, in the requested order. `events` are those that the query was made for.
    pub fn expected<'a>(&self, events: &'a [Stored]) -> Vec<&'a Stored> {
        self.expected.iter().map(|index| &events[*index]).collect()
    }

    /// The path and query of the first page.
    pub fn path(&self, log: Log) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for filter in &self.filters {
            match filter {
                Filter::AnyOf(index, values) => {
                    query.extend_pairs(values.iter().map(|value| (FILTERS[*index].0, value)));
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
            Self::AnyOf(index, values) => event.fields[*index].as_ref().is_some_and(|value| values.contains(value)),
            Self::DateFrom(time) => event.occurred_at >= *time,
            Self::DateTo(time) => event.occurred_at < *time,
        }
    }
}

/// The result by brute force.
fn expected(filters: &[Filter], order: &str, events: &[Stored]) -> Vec<usize> {
    let matches = |index: &usize| filters.iter().all(|filter| filter.matches(&events[*index]));
    let mut expected: Vec<usize> = (0..events.len()).filter(matches).collect();
    if order.starts_with("occurredAt") {
        expected.sort_by_key(|index| (events[*index].occurred_at, events[*index].sequence));
    } else {
        expected.sort_by_key(|index| events[*index].sequence);
    }
    if order.ends_with("desc") {
        expected.reverse();
    }
    expected
}

impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for filter in &self.filters {
            match filter {
                Filter::AnyOf(index, values) => write!(formatter, "{} of {values:?}, ", FILTERS[*index].0)?,
                Filter::DateFrom(time) => write!(formatter, "from {}, ", instant(*time))?,
                Filter::DateTo(time) => write!(formatter, "to {}, ", instant(*time))?,
            }
        }
        write!(formatter, "by {}, {} a page", self.order, self.limit)
    }
}

fn random_filters(log: Log, events: &[Stored], random: &mut Rng) -> Vec<Filter> {
    const DATE_FROM: usize = FILTERS.len();
    const DATE_TO: usize = FILTERS.len() + 1;

    let of_other_log = if log.is_audit() { "conversation" } else { "item" };
    let mut chosen: Vec<usize> = (0..FILTERS.len()).filter(|index| !FILTERS[*index].0.starts_with(of_other_log)).collect();
    chosen.extend([DATE_FROM, DATE_TO]);
    random.shuffle(&mut chosen);
    chosen.truncate(random.choice([0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4]).unwrap());

    // Mostly filters that one event matches, because otherwise nearly every result would be empty.
    let sample = random.choice(events).unwrap();
    let mut filters: Vec<Filter> = chosen
        .into_iter()
        .map(|index| {
            let other = random.choice(events).unwrap().occurred_at;
            match index {
                // Exactly the time of an event, to test whether the boundary is included.
                DATE_FROM => Filter::DateFrom(if random.bool() { sample.occurred_at } else { other }),
                DATE_TO => Filter::DateTo(if random.bool() { sample.occurred_at + random.i64(0..=1) } else { other }),
                _ => Filter::AnyOf(index, random_values(index, sample, events, random)),
            }
        })
        .collect();
    // An empty period is refused.
    let from = filters.iter().find_map(|filter| if let Filter::DateFrom(time) = filter { Some(*time) } else { None });
    for filter in &mut filters {
        if let (Filter::DateTo(to), Some(from)) = (filter, from) {
            *to = (*to).max(from + 1);
        }
    }
    filters
}

fn random_values(index: usize, sample: &Stored, events: &[Stored], random: &mut Rng) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    if random.u8(0..5) > 0 {
        values.extend(sample.fields[index].clone());
    }
    for _ in 0..random.usize(0..=5) {
        values.extend(random.choice(events).unwrap().fields[index].clone());
    }
    if !CODES.contains(&FILTERS[index].0) && (values.is_empty() || random.u8(0..3) == 0) {
        values.push(format!("no event has {}", random.u32(..)));
    }
    if values.is_empty() {
        // Every event has a code of each kind.
        values.extend(sample.fields[index].clone());
    }
    values.truncate(6);
    random.shuffle(&mut values);
    values
}

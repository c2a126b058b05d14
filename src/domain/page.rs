//! Pages of a log: order, position, and the creation of a page from the rows that were read.
//!
//! A page begins at a key, not at an offset: a position is the key of an event, and the order is total because ties are ordered by
//! sequence. So events that are written in the meantime do not shift pages.

#[cfg(test)]
mod tests;

use std::str::FromStr;

use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi};

use super::{fault::Fault, timestamp::Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKey {
    /// The time of the event; ties are ordered by sequence.
    OccurredAt,
    Sequence,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub key: OrderKey,
    /// Whether the newest event is first.
    pub descending: bool,
}

impl Order {
    /// Every order with its name in the contract; the first is the default.
    pub const ALL: [(Self, &str); 4] = [
        (Self { key: OrderKey::OccurredAt, descending: true }, "occurredAt:desc"),
        (Self { key: OrderKey::OccurredAt, descending: false }, "occurredAt:asc"),
        (Self { key: OrderKey::Sequence, descending: false }, "sequence:asc"),
        (Self { key: OrderKey::Sequence, descending: true }, "sequence:desc"),
    ];

    /// The order in which events were stored, for followers.
    pub const FOLLOW: Self = Self { key: OrderKey::Sequence, descending: false };

    /// Its name in the contract.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(order, _)| *order == self).map_or("", |(_, code)| code)
    }
}

impl Default for Order {
    fn default() -> Self {
        Self::ALL[0].0
    }
}

impl FromStr for Order {
    type Err = Fault;

    fn from_str(code: &str) -> Result<Self, Fault> {
        let find = |code: &str| Self::ALL.into_iter().find(|(_, name)| *name == code);
        if let Some((order, _)) = find(code) {
            return Ok(order);
        }
        let fault = Fault::not_one_of("an order", code, Self::ALL.into_iter().map(|(_, name)| name));
        // The spelling of descending orders in other APIs.
        let meant = code.strip_prefix('-').and_then(|key| find(&format!("{key}:desc")));
        Err(match meant {
            Some((_, name)) => {
                Fault { message: format!("{} is not an order; did you mean {name}?", super::fault::quoted(code)), ..fault }
            }
            None => fault,
        })
    }
}

impl PartialSchema for Order {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new()
            .schema_type(openapi::schema::Type::String)
            .description(Some("An order of a list."))
            .enum_values(Some(Self::ALL.map(|(_, code)| code)))
            .default(Some(Self::default().code().into()))
            .into()
    }
}

impl ToSchema for Order {}

/// The maximum number of events of a page: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(minimum = 1, maximum = 1000, default = 50)]
pub struct Limit(u16);

impl Limit {
    pub const MAXIMUM: u16 = 1000;
    pub const DEFAULT: u16 = 50;

    /// The nearest valid limit.
    pub const fn clamped(events: u16) -> Self {
        match events {
            0 => Self(1),
            1..=Self::MAXIMUM => Self(events),
            _ => Self(Self::MAXIMUM),
        }
    }

    pub fn get(self) -> u16 {
        self.0
    }

    /// This limit increased by `more`, up to the maximum.
    #[must_use]
    pub fn plus(self, more: usize) -> Self {
        Self(self.0.saturating_add(u16::try_from(more).unwrap_or(u16::MAX)).min(Self::MAXIMUM))
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(Self::DEFAULT)
    }
}

impl FromStr for Limit {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && (1..=Self::MAXIMUM).contains(&number) => Ok(Self(number)),
            _ => Err(Fault::new(format!("{} is not an integer from 1 to {}", super::fault::quoted(text), Self::MAXIMUM))),
        }
    }
}

/// The position of an event in every order. Positions compare by time, then by sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub occurred_at: Timestamp,
    pub sequence: i64,
}

impl Position {
    /// Before the first event of a log in [`Order::FOLLOW`].
    const ORIGIN: Self = Self { occurred_at: Timestamp::UNIX_EPOCH, sequence: 0 };
}

/// An entry of a page.
pub trait Positioned {
    type Position: Clone;

    fn position(&self) -> Self::Position;
}

/// The beginning of a page that is not the first, and the direction to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start<P = Position> {
    /// The position of the entry that it begins at, which need not exist.
    pub position: P,
    /// Whether to read towards the beginning of the list.
    pub backward: bool,
    /// Whether the entry at the position belongs to the page.
    pub inclusive: bool,
}

impl Start {
    /// After the event with this sequence, in [`Order::FOLLOW`].
    pub fn after(sequence: i64) -> Self {
        Self { position: Position { sequence, ..Position::ORIGIN }, backward: false, inclusive: false }
    }
}

/// A request for a page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub order: Order,
    pub limit: Limit,
    /// `None` for the first page.
    pub start: Option<Start>,
    /// Whether to count the events of the whole list.
    pub include_total: bool,
    /// The newest sequence to read; `None` for no limit. It restricts an export to the events that existed when it began.
    pub newest: Option<i64>,
    /// Only greater sequences are read; 0 for no limit.
    pub above: i64,
}

impl PageRequest {
    /// Whether rows are read from the greatest key to the least.
    pub fn reads_descending(&self) -> bool {
        self.order.descending != self.start.is_some_and(|start| start.backward)
    }

    /// The number of rows to read: one more than the limit, to detect whether another page follows.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit.get()) + 1
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<E: Positioned> {
    /// In the order of the list.
    pub entries: Vec<E>,
    /// Always `Some` in [`Order::FOLLOW`].
    pub next: Option<Start<E::Position>>,
    pub previous: Option<Start<E::Position>>,
    /// The number of entries of the whole list, if it was requested.
    pub total: Option<Total>,
}

/// The number of entries that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Total {
    /// The number of entries; at most 10,000.
    #[schema(example = 1234, minimum = 0, maximum = 10000)]
    count: i64,
    /// Whether the number is exact or a lower bound.
    #[schema(example = "EXACT")]
    relation: TotalRelation,
}

/// The meaning of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TotalRelation {
    /// The exact number.
    Exact,
    /// Counting stopped at this number.
    AtLeast,
}

impl Total {
    /// Counting stops after this number of events.
    pub const LIMIT: i64 = 10_000;

    /// From a count that stopped after one more than [`Total::LIMIT`].
    pub fn from_count(count: i64) -> Self {
        let relation = if count > Self::LIMIT { TotalRelation::AtLeast } else { TotalRelation::Exact };
        Self { count: count.min(Self::LIMIT), relation }
    }
}

impl<E: Positioned<Position = Position>> Page<E> {
    /// Creates a page from at most [`PageRequest::rows`] rows in the order in which they were read.
    pub fn of_rows(rows: Vec<E>, request: &PageRequest, total: Option<Total>) -> Self {
        let start = request.start;
        let mut page = Self { total, ..Self::split(rows, request.limit, start.as_ref()) };
        if request.order == Order::FOLLOW && page.next.is_none() {
            let end = page.entries.last().map(|last| Start { position: last.position(), backward: false, inclusive: false });
            page.next = end.or(start).or(Some(Start { position: Position::ORIGIN, backward: false, inclusive: false }));
        }
        let from_origin = start.is_some_and(|start| !start.backward && start.position == Position::ORIGIN);
        page.previous = page.previous.filter(|_| !from_origin);
        page
    }
}

impl<E: Positioned> Page<E> {
    /// Creates a page from rows in the order in which they were read, at most one more than the limit. It has no total.
    pub fn split(mut rows: Vec<E>, limit: Limit, start: Option<&Start<E::Position>>) -> Self {
        let limit = usize::from(limit.get());
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backward = start.is_some_and(|start| start.backward);
        if backward {
            rows.reverse();
        }
        let first = rows.first().map(E::position);
        let last = rows.last().map(E::position);

        // There is a page on the side that the start came from. If no row was read, it begins at the start itself.
        let turn_back = |edge: Option<E::Position>| match (edge, start.cloned()) {
            (Some(position), Some(start)) => Some(Start { position, backward: !start.backward, inclusive: false }),
            (None, Some(start)) => Some(Start { backward: !start.backward, inclusive: !start.inclusive, ..start }),
            (_, None) => None,
        };
        let go_on =
            |edge: Option<E::Position>| edge.filter(|_| more).map(|position| Start { position, backward, inclusive: false });
        let (next, previous) = if backward { (turn_back(last), go_on(first)) } else { (go_on(last), turn_back(first)) };
        Self { entries: rows, next, previous, total: None }
    }
}

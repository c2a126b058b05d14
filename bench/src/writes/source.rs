//! The events that are written: like those of the filled databases, but newer and with other ids.
//!
//! Actors, values and most items are known to the log. One event in 100 has a new item, one in 500 renames its item.

use std::{
    cell::{Cell, RefCell},
    fmt::Write,
    time::{Duration, Instant},
};

use fastrand::Rng;
use uuid::Uuid;

use super::Way;
use crate::{
    client,
    load::{Expected, Source},
    world::{ACCOUNTS, BEGIN, DAY, Log, World, YEAR, account, identity, instant},
};

/// Later than all events of the filled databases.
pub const AFTER: i64 = BEGIN + YEAR + 2 * DAY;

/// An event is sent again after this number of requests of its account, so it is stored by then.
const AGO: u32 = 4;

const NEW_ITEM: u32 = 100;
const RENAME: u32 = 500;

/// Prepared events of the big account, and of each other account.
const PREPARED: [u32; 2] = [10_000, 200];

/// An event without its id, time and operation.
struct Prepared {
    /// The members from the type to the new value.
    change: String,
    item_type: &'static str,
    item: Uuid,
    item_name: String,
    details: String,
    has_operation: bool,
}

/// Events that are prepared before the measurement, and written repeatedly under new ids.
pub struct Ready {
    /// By account.
    events: Vec<Vec<Prepared>>,
    now: Cell<i64>,
}

impl Ready {
    /// The newest events of each account.
    pub fn new(world: &World) -> Self {
        let prepare = |account: u32| {
            let events = world.events(account, Log::Audit);
            let first = events.saturating_sub(PREPARED[usize::from(account > 0)]);
            (first..events).map(|number| Self::prepare(world, account, number)).collect()
        };
        Self { events: (0..ACCOUNTS).map(prepare).collect(), now: Cell::new(AFTER) }
    }

    fn prepare(world: &World, account: u32, number: u32) -> Prepared {
        let event = world.event(account, Log::Audit, number);
        let (mut change, mut details) = (String::new(), String::new());
        event.write_change(&mut change);
        event.write_details(&mut details);
        let (item_type, item, item_name) = event.item();
        Prepared { change, item_type, item, item_name, details, has_operation: event.operation.is_some() }
    }

    /// A time after all earlier ones.
    fn tick(&self) -> i64 {
        self.now.set(self.now.get() + 1_000);
        self.now.get()
    }

    /// Appends an event. The same prefix, number and time always give the same event.
    fn write(&self, account: u32, prefix: u32, number: u32, time: i64, body: &mut String) {
        let prepared = &self.events[account as usize];
        let event = &prepared[number as usize % prepared.len()];
        let unique = (u64::from(prefix) << 56) | (u64::from(account) << 40) | u64::from(number);
        let id = identity::event(time, unique);
        // Writing to a string does not fail.
        let _ = write!(body, r#"{{"id":"{id}","occurredAt":"{}"{}"#, instant(time), event.change);
        let (item_type, name) = (event.item_type, &event.item_name);
        let _ = match number {
            // The number of an item that the filled databases do not have.
            number if number % NEW_ITEM == 1 => {
                let item = identity::item(account, item_type, (prefix << 24) + number + 1_000_000);
                write!(body, r#","item":{{"type":"{item_type}","id":"{item}","name":"{name}"}}"#)
            }
            number if number % RENAME == 2 => {
                let (item, version) = (event.item, number / RENAME);
                write!(body, r#","item":{{"type":"{item_type}","id":"{item}","name":"{name} – {version}"}}"#)
            }
            _ => write!(body, r#","item":{{"type":"{item_type}","id":"{}","name":"{name}"}}"#, event.item),
        };
        body.push_str(&event.details);
        if event.has_operation {
            let operation = identity::operation(account, Log::Audit, (prefix << 24) + number / 4 + 1_000_000_000);
            let _ = write!(body, r#","operationId":"{operation}""#);
        }
        body.push('}');
    }
}

/// The requests of one way to write.
pub struct Writes<'a> {
    ready: &'a Ready,
    tokens: &'a [String],
    /// A part of the event ids, which differs for each way.
    prefix: u32,
    events: u32,
    new: u32,
    /// The naive server takes the account from the path.
    naive: bool,
    state: RefCell<State>,
}

struct State {
    random: Rng,
    /// The number of the next new event of each account.
    next: Vec<u32>,
    body: String,
}

impl<'a> Writes<'a> {
    pub fn new(ready: &'a Ready, tokens: &'a [String], prefix: u32, way: &Way) -> Self {
        let next = vec![way.events * AGO; ACCOUNTS as usize];
        let state = State { random: Rng::with_seed(prefix.into()), next, body: String::new() };
        Self { ready, tokens, prefix, events: way.events, new: way.new, naive: false, state: RefCell::new(state) }
    }

    pub fn naive(ready: &'a Ready, tokens: &'a [String], prefix: u32, way: &Way) -> Self {
        Self { naive: true, ..Self::new(ready, tokens, prefix, way) }
    }
}

/// Three of ten requests are for the big account.
pub fn draw_account(random: &mut Rng) -> u32 {
    if random.u8(..10) < 3 { 0 } else { random.u32(1..ACCOUNTS) }
}

impl Source for Writes<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        let State { random, next, body } = &mut *self.state.borrow_mut();
        let again = self.events - self.new;
        // Few accounts, so that all of them soon have events to send again.
        let of = if again > 0 { random.u32(0..8) } else { draw_account(random) };
        let new = &mut next[of as usize];
        let numbers = (*new - again * AGO..*new - again * AGO + again).chain(*new..*new + self.new);
        *new += self.new;
        body.clear();
        body.push_str(r#"{"events":["#);
        for (index, number) in numbers.enumerate() {
            if index > 0 {
                body.push(',');
            }
            // An event that is sent again must be identical, so its time is derived from its number.
            let time = if again > 0 { AFTER + i64::from(number) * 1_000 } else { self.ready.tick() };
            self.ready.write(of, self.prefix, number, time, body);
        }
        body.push_str("]}");
        request.clear();
        let path = if self.naive { format!("/events/{}", account(of)) } else { Log::Audit.path().to_owned() };
        request.extend_from_slice(&client::post(&path, &self.tokens[of as usize], body));
        // If other requests have overtaken this one, all of its events may already be stored.
        Expected { status: 201, or: (again > 0).then_some(200), events: Some(self.events as usize), length: None }
    }
}

/// The same requests at a given rate.
pub struct Paced<'a> {
    source: &'a Writes<'a>,
    interval: Duration,
    next: RefCell<Instant>,
}

impl<'a> Paced<'a> {
    /// `rate` is in requests a second.
    pub fn new(source: &'a Writes<'a>, rate: f64) -> Self {
        Self { source, interval: Duration::from_secs_f64(1.0 / rate), next: RefCell::new(Instant::now()) }
    }
}

impl Source for Paced<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        self.source.next(request)
    }

    /// After a late request, the schedule is shifted: the following requests do not catch up.
    fn when(&self) -> Option<Instant> {
        let mut next = self.next.borrow_mut();
        let when = (*next).max(Instant::now());
        *next = when + self.interval;
        Some(when)
    }
}

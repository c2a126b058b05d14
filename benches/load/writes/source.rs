//! What is written: events of the same make as those that databases are filled with, under ids of their own.

use std::{
    cell::{Cell, RefCell},
    fmt::{self, Write},
    time::{Duration, Instant},
};

use fastrand::Rng;

use super::{READY, Way};
use crate::{
    client,
    load::{Expected, Source},
    world::{ACCOUNTS, BEGIN, Log, World, account, instant},
};

/// What is sent again was new so many requests of its account ago: long enough to be stored.
const AGO: u32 = 4;

/// Events as text, made before it is measured how fast they are written; as many as the bare statements have, and the same,
/// but that time goes on: what is written is newer than all before, as it is where events come in.
pub struct Ready {
    /// What follows on the time.
    events: Vec<String>,
    now: Cell<i64>,
}

impl Ready {
    pub fn new(world: &World) -> Self {
        let event = |number| {
            let mut json = String::new();
            world.event(0, Log::Audit, number).write("", &mut json);
            let time = json.find(r#"","event":"#).expect("the time stands before the type");
            json.split_off(time)
        };
        Self { events: (0..READY).map(event).collect(), now: Cell::new(BEGIN) }
    }

    /// A time later than all before.
    fn tick(&self) -> i64 {
        self.now.set(self.now.get() + 1_000);
        self.now.get()
    }

    /// Appends the event of that number under an id.
    fn write(&self, number: u32, id: fmt::Arguments<'_>, time: i64, body: &mut String) {
        let event = &self.events[(number % READY) as usize];
        // Writing to a text does not fail.
        let _ = write!(body, r#"{{"id":"{id}","occurredAt":"{}{event}"#, instant(time));
    }
}

/// Requests that write in one way.
pub struct Writes<'a> {
    ready: &'a Ready,
    tokens: &'a [String],
    /// Of the ids, which differ from those of all other ways.
    prefix: usize,
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
    pub fn new(ready: &'a Ready, tokens: &'a [String], prefix: usize, way: &Way) -> Self {
        let state =
            State { random: Rng::with_seed(prefix as u64), next: vec![way.events * AGO; ACCOUNTS as usize], body: String::new() };
        Self { ready, tokens, prefix, events: way.events, new: way.new, naive: false, state: RefCell::new(state) }
    }

    pub fn naive(ready: &'a Ready, tokens: &'a [String], way: &Way) -> Self {
        Self { naive: true, ..Self::new(ready, tokens, usize::MAX, way) }
    }
}

/// Three of ten requests are of the big account.
pub fn draw_account(random: &mut Rng) -> u32 {
    if random.u8(..10) < 3 { 0 } else { random.u32(1..ACCOUNTS) }
}

impl Source for Writes<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        let State { random, next, body } = &mut *self.state.borrow_mut();
        let again = self.events - self.new;
        // What is sent again was sent in one of the last requests: few accounts soon have some.
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
            // What is sent again must be the same.
            let time = if again > 0 { BEGIN + i64::from(number) } else { self.ready.tick() };
            self.ready.write(number, format_args!("write-{}-{number:09}", self.prefix), time, body);
        }
        body.push_str("]}");
        request.clear();
        let path = if self.naive { format!("/events/{}", account(of)) } else { Log::Audit.path().to_owned() };
        request.extend_from_slice(&client::post(&path, &self.tokens[of as usize], body));
        // Where others have overtaken it, all can be there already.
        Expected { status: 201, or: (again > 0).then_some(200), events: Some(self.events as usize), length: None }
    }
}

/// The same at a given rate, however fast it could be.
pub struct Paced<'a> {
    source: &'a Writes<'a>,
    interval: Duration,
    next: RefCell<Instant>,
}

impl<'a> Paced<'a> {
    /// So many requests a second.
    pub fn new(source: &'a Writes<'a>, rate: f64) -> Self {
        Self { source, interval: Duration::from_secs_f64(1.0 / rate), next: RefCell::new(Instant::now()) }
    }
}

impl Source for Paced<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        self.source.next(request)
    }

    /// What was missed is not made up for.
    fn when(&self) -> Option<Instant> {
        let mut next = self.next.borrow_mut();
        let when = (*next).max(Instant::now());
        *next = when + self.interval;
        Some(when)
    }
}

//! What is written: events of the same make as those that databases are filled with, under ids of their own.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use fastrand::Rng;

use super::Way;
use crate::{
    client,
    load::{Expected, Source},
    world::{ACCOUNTS, Log, World, account},
};

/// Requests that write in one way.
pub struct Writes<'a> {
    world: &'a World,
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
    pub fn new(world: &'a World, tokens: &'a [String], prefix: usize, way: &Way) -> Self {
        let state =
            State { random: Rng::with_seed(prefix as u64), next: vec![way.events; ACCOUNTS as usize], body: String::new() };
        Self { world, tokens, prefix, events: way.events, new: way.new, naive: false, state: RefCell::new(state) }
    }

    pub fn naive(world: &'a World, tokens: &'a [String], way: &Way) -> Self {
        Self { naive: true, ..Self::new(world, tokens, usize::MAX, way) }
    }
}

/// Three of ten requests are of the big account.
pub fn draw_account(random: &mut Rng) -> u32 {
    if random.u8(..10) < 3 { 0 } else { random.u32(1..ACCOUNTS) }
}

impl Source for Writes<'_> {
    fn next(&self, request: &mut Vec<u8>) -> Expected {
        let State { random, next, body } = &mut *self.state.borrow_mut();
        let of = draw_account(random);
        let new = &mut next[of as usize];
        // Those of the request before, as far as not all are to be new, and new ones.
        let from = *new + self.new - self.events;
        *new += self.new;
        body.clear();
        body.push_str(r#"{"events":["#);
        for number in from..from + self.events {
            if number > from {
                body.push(',');
            }
            let like = number % self.world.events(of, Log::Audit);
            self.world.event(of, Log::Audit, like).write(&format!("write-{}-{number:09}", self.prefix), body);
        }
        body.push_str("]}");
        request.clear();
        let path = if self.naive { format!("/events/{}", account(of)) } else { Log::Audit.path().to_owned() };
        request.extend_from_slice(&client::post(&path, &self.tokens[of as usize], body));
        Expected { status: 201, events: Some(self.events as usize), length: None }
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

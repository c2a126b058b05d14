//! The events that the databases are filled with. Each event is a function of its number, so the expected result of every query
//! is known.
//!
//! 200 accounts, one of which has 30 % of the events; both logs; actors, items, values and event types by Zipf's law. Some
//! values are common, some occur in a few events of a log of any size, and some pairs of common values never occur together.

pub mod filter;
pub mod identity;
mod json;
pub mod kinds;
pub mod texts;
pub mod values;
mod zipf;

use fastrand::Rng;

pub use identity::account;
pub use json::instant;
use kinds::{ABSENT, Kind};
use zipf::Zipf;

/// The version of the generated events. Increment it whenever they change, so that databases are filled again.
pub const VERSION: u32 = 1;

/// The number of accounts. The first one is the big one.
pub const ACCOUNTS: u32 = 200;

/// The number of an actor, a value and so on that no event has.
pub const NOWHERE: u32 = u32::MAX;
/// The number of an actor, a value and so on that a few events have, in a log of any size.
pub const RARE: u32 = u32::MAX - 1;

/// One in this number of events has a rare property.
const RARITY: u32 = 50_000;

/// 2025-01-01T00:00:00Z in microseconds; the events fill that year.
pub const BEGIN: i64 = 1_735_689_600_000_000;
pub const DAY: i64 = 86_400_000_000;
pub const YEAR: i64 = 365 * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Log {
    Audit,
    Conversation,
}

impl Log {
    pub const BOTH: [Self; 2] = [Self::Audit, Self::Conversation];

    /// The path of the log, such as `/audit-logs`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Audit => "/audit-logs",
            Self::Conversation => "/conversation-logs",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorType {
    User,
    System,
    ApiUser,
}

/// An event, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub account: u32,
    pub log: Log,
    /// Its position among the events of its account and log, from 0.
    pub number: u32,
    pub time: i64,
    pub kind: &'static Kind,
    pub actor_type: ActorType,
    /// [`NOWHERE`] for the system, which has no id.
    pub actor: u32,
    pub from: Option<u32>,
    pub to: Option<u32>,
    /// The item or the conversation.
    pub object: u32,
    pub operation: Option<u32>,
}

/// The events of a database of one size.
pub struct World {
    total: u64,
    kinds: [Zipf; 2],
    actors: Zipf,
    items: Zipf,
    values: Zipf,
}

impl World {
    /// Creates a world with about this number of events.
    pub fn new(total: u64) -> Self {
        let common = |log| kinds::of(log).iter().filter(|kind| kind.share == kinds::Share::Common).count();
        Self {
            total,
            kinds: Log::BOTH.map(|log| Zipf::new(common(log), 0.9)),
            actors: Zipf::new(400, 1.0),
            items: Zipf::new(1_000, 1.0),
            values: Zipf::new(300, 1.0),
        }
    }

    /// The number of events of a log of an account: three fifths of all are in the audit log.
    pub fn events(&self, account: u32, log: Log) -> u32 {
        let of_account = if account == 0 { self.total * 3 / 10 } else { self.total * 7 / 10 / u64::from(ACCOUNTS - 1) };
        let audit = of_account * 3 / 5;
        let events = if log == Log::Audit { audit } else { of_account - audit };
        u32::try_from(events).expect("fewer than 2^32 events")
    }

    /// All events of all accounts.
    pub fn all_events(&self) -> u64 {
        let logs = |account| Log::BOTH.map(|log| u64::from(self.events(account, log))).iter().sum::<u64>();
        (0..ACCOUNTS).map(logs).sum()
    }

    /// One event.
    pub fn event(&self, account: u32, log: Log, number: u32) -> Event {
        let mut random = Rng::with_seed((u64::from(account) << 40) | ((log as u64) << 39) | u64::from(number));
        let kinds = kinds::of(log);
        let mut kind = &kinds[self.kinds[log as usize].draw(&mut random)];
        let (mut actor_type, mut actor) = match random.u8(..100) {
            0..10 => (ActorType::System, NOWHERE),
            10..15 => (ActorType::ApiUser, random.u32(..5)),
            _ => (ActorType::User, self.actors.draw(&mut random) as u32),
        };
        let mut from = (random.u8(..100) < 60).then(|| self.values.draw(&mut random) as u32);
        let mut to = (random.u8(..100) < 85).then(|| self.values.draw(&mut random) as u32);
        let mut object = match log {
            Log::Audit => self.items.draw(&mut random) as u32,
            Log::Conversation if random.u8(..100) < 2 => 0,
            Log::Conversation => 1 + number / 12,
        };
        let operation = (random.u8(..100) < 30).then_some(number / 4);
        // Every note has a different text.
        if log == Log::Conversation && kind.code == kinds::NOTE {
            (from, to) = (None, Some(texts::NOTE | number));
        }
        // Common values that never occur together.
        if actor_type == ActorType::User && actor == 0 && *kind == kinds[1]
            || actor_type == ActorType::ApiUser && *kind == kinds[1]
        {
            kind = &kinds[2];
        }
        if *kind == kinds[0] && object == 0 {
            object = 1;
        }
        if actor_type == ActorType::User && actor == 1 && object == 0 {
            actor = 2;
        }
        if (*kind == kinds[1] || to == Some(0)) && from == Some(0) {
            from = Some(1);
        }
        match number % RARITY {
            700 => kind = &kinds[kinds.len() - 2],
            800 => (actor_type, actor) = (ActorType::User, RARE),
            900 => object = RARE,
            1_000 => from = Some(RARE),
            1_100 => to = Some(RARE),
            _ => {}
        }
        assert_ne!(kind.code, kinds::of(log)[kinds.len() - 1].code, "{ABSENT}");
        Event {
            account,
            log,
            number,
            time: self.time(account, log, number, &mut random),
            kind,
            actor_type,
            actor,
            from,
            to,
            object,
            operation,
        }
    }

    /// Events arrive nearly in the order of their times, up to a day late. No two events of a log have the same time.
    fn time(&self, account: u32, log: Log, number: u32, random: &mut Rng) -> i64 {
        let spacing = (YEAR / i64::from(self.events(account, log).max(1))).max(64);
        let about = BEGIN + i64::from(number) * spacing + random.i64(0..(spacing * 20).min(DAY));
        about / 64 * 64 + i64::from(number % 64)
    }
}

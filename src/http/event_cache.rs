//! Events as pages show them, kept for the next page that has them.
//!
//! Events never change. So a page that was not asked for before costs what is new in it: the newest page of a busy log, asked
//! for after each new event, is one event read and written as JSON, and forty-nine that were. A log of which little is kept
//! is read as if nothing were.

use std::{
    error::Error,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use quick_cache::{Equivalent, Weighter, sync::Cache};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::{resource::Resource, state::ConversationLinks};
use crate::{
    domain::{
        account::AccountId,
        event::Recorded,
        page::{Entry, Position},
    },
    store::Shelf,
};

/// The events that an instance keeps, those of all accounts together.
pub struct EventCache {
    events: Cache<Key, EncodedEvent, InBytes>,
    /// The largest event that is kept, in bytes: one must not drive out all others.
    largest: usize,
    /// How warm the logs are: see [`Shelf::is_warm`]. Logs that share a place mislead each other, which costs time only.
    warmth: [AtomicU8; LOGS],
}

/// A log is as warm as this after a page of which most was kept. Each page of which little was takes one off, for a few old
/// pages between new ones must not make those dear.
const WARM: u8 = 3;

/// How many logs are told apart by whether their events are kept.
const LOGS: usize = 1024;

/// An event as pages show it.
#[derive(Debug, Clone)]
pub struct EncodedEvent(Arc<Encoded>);

#[derive(Debug)]
struct Encoded {
    position: Position,
    json: Box<RawValue>,
}

/// One event of all.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    log: &'static str,
    account: AccountId,
    sequence: i64,
}

/// The same, borrowed; the fields stand in the same order, which makes the hashes the same.
#[derive(Hash)]
struct Wanted<'a> {
    log: &'static str,
    account: &'a AccountId,
    sequence: i64,
}

impl Equivalent<Key> for Wanted<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        (self.sequence, self.log, self.account) == (key.sequence, key.log, &key.account)
    }
}

/// What an event takes.
#[derive(Clone)]
struct InBytes;

impl Weighter<Key, EncodedEvent> for InBytes {
    fn weight(&self, key: &Key, EncodedEvent(event): &EncodedEvent) -> u64 {
        (size_of::<(Key, EncodedEvent, Encoded)>() + key.account.as_str().len() + event.json.get().len()) as u64
    }
}

impl EventCache {
    /// Keeps up to so many bytes.
    pub fn new(bytes: u64) -> Self {
        /// What an event usually takes.
        const USUAL: u64 = 512;
        Self {
            events: Cache::with_weighter((bytes / USUAL) as usize, bytes, InBytes),
            largest: usize::try_from(bytes / 64).unwrap_or(usize::MAX),
            warmth: [const { AtomicU8::new(0) }; LOGS],
        }
    }

    /// Those of one account's log.
    pub fn of<'a, R: Resource>(
        &'a self,
        account: &'a AccountId,
        links: &'a ConversationLinks,
    ) -> impl Shelf<R::Event, Entry = EncodedEvent> {
        let mut hasher = DefaultHasher::new();
        (R::NAME, account).hash(&mut hasher);
        let warmth = &self.warmth[(hasher.finish() % LOGS as u64) as usize];
        Events::<R> { cache: self, account, links, warmth, log: PhantomData }
    }
}

impl fmt::Debug for EventCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventCache").field("events", &self.events.len()).field("bytes", &self.events.weight()).finish()
    }
}

/// The events of one account's log.
struct Events<'a, R> {
    cache: &'a EventCache,
    account: &'a AccountId,
    links: &'a ConversationLinks,
    warmth: &'a AtomicU8,
    log: PhantomData<R>,
}

impl<R: Resource> Shelf<R::Event> for Events<'_, R> {
    type Entry = EncodedEvent;

    fn kept(&self, sequence: i64) -> Option<EncodedEvent> {
        self.cache.events.get(&Wanted { log: R::NAME, account: self.account, sequence })
    }

    fn make(&self, recorded: Recorded<R::Event>) -> Result<EncodedEvent, Box<dyn Error + Send + Sync>> {
        let position = recorded.position();
        let json = to_raw_value(&R::body(recorded, self.links))?;
        let event = EncodedEvent(Arc::new(Encoded { position, json }));
        if event.0.json.get().len() <= self.cache.largest {
            let key = Key { log: R::NAME, account: self.account.clone(), sequence: position.sequence };
            self.cache.events.insert(key, event.clone());
        }
        Ok(event)
    }

    fn is_warm(&self) -> bool {
        self.warmth.load(Ordering::Relaxed) > 0
    }

    fn learn(&self, kept: usize, read: usize) {
        if kept > read {
            self.warmth.store(WARM, Ordering::Relaxed);
        } else if read > 0 {
            // It is cold already where there is nothing to take off.
            let _ = self.warmth.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |warmth| warmth.checked_sub(1));
        }
    }
}

impl Entry for EncodedEvent {
    fn position(&self) -> Position {
        self.0.position
    }
}

impl Serialize for EncodedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}

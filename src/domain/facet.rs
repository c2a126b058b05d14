//! Facets: what the drop-downs of filters offer. The actors, the items and the values of a log, each under its newest name.
//!
//! A facet is kept up while events come in, so that nobody has to look through the log for it.

use std::{collections::HashMap, hash::Hash};

use super::{
    event::Actor,
    page::{Limit, Position, Start, split},
    search_text::{SearchText, folded},
    text::{Identifier, Text},
};

/// A facet of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Who or what did it. Its kinds are the actor types.
    DoneBy,
    /// What was changed. Its kinds are the item types.
    Item,
    /// Previous values. Its kinds are the types of the events that have them.
    FromValue,
    /// New values. Its kinds are the types of the events that have them.
    ToValue,
}

impl Facet {
    /// Every facet, with the number that it is stored as.
    const ALL: [(Self, i16); 4] = [(Self::DoneBy, 1), (Self::Item, 2), (Self::FromValue, 3), (Self::ToValue, 4)];

    /// The number that it is stored as.
    pub fn number(self) -> i16 {
        Self::ALL[self as usize].1
    }

    /// The facet that is stored as this number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.1 == number).map(|row| row.0)
    }

    /// Whether one identifier in several kinds is one choice: a value is, whatever events it stands in; a tag and a queue of
    /// the same identifier are two.
    pub fn joins_kinds(self) -> bool {
        matches!(self, Self::FromValue | Self::ToValue)
    }
}

/// What the entries of a facet are told apart by, besides their identifiers.
pub trait Kind: Copy + 'static {
    /// Every kind.
    fn all() -> impl Iterator<Item = Self>;

    /// The number that it is stored as.
    fn number(self) -> i16;

    /// The kind that is stored as this number.
    fn of(number: i16) -> Option<Self> {
        Self::all().find(|kind| kind.number() == number)
    }
}

/// An event that facets are made of.
pub trait Mentions {
    /// What it tells about entries of facets.
    fn mentions(&self) -> Vec<Mention<'_>>;
}

/// What one event tells about one entry.
#[derive(Debug, Clone, Copy)]
pub struct Mention<'a> {
    facet: Facet,
    kind: i16,
    id: &'a str,
    /// What it is called, if the event says so.
    pub name: Option<&'a str>,
    /// What it was called before, if the event says so: it is found by that too.
    pub former_name: Option<&'a str>,
    /// Whether it is gone or there from now on, if the event says so.
    pub deleted: Option<bool>,
}

impl<'a> Mention<'a> {
    /// Of an entry that may have a name.
    pub fn new(facet: Facet, kind: impl Kind, id: &'a str, name: Option<&'a Text>) -> Self {
        Self { facet, kind: kind.number(), id, name: name.map(Text::as_str), former_name: None, deleted: None }
    }

    /// Of whom or what did it. One without an identifier has the empty one, which nobody else can have.
    pub fn of_actor(actor: &'a Actor) -> Self {
        let id = actor.id.as_ref().map_or("", Identifier::as_str);
        Self::new(Facet::DoneBy, actor.actor_type, id, actor.name.as_ref())
    }

    /// What tells its entry from all others of the log.
    fn key(&self) -> Key<'a> {
        Key { facet: self.facet, kind: self.kind, id: self.id }
    }
}

/// What tells an entry from all others of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key<'a> {
    /// Its facet.
    pub facet: Facet,
    /// The number of its kind.
    pub kind: i16,
    /// Its identifier: an actor's, an item's, or a value.
    pub id: &'a str,
}

/// What is known of an actor, an item or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The newest name, by the time of the events that gave it one.
    pub name: Option<String>,
    /// The place of the event that gave it that name.
    pub named_at: Option<Position>,
    /// Whether it is gone.
    pub deleted: bool,
    /// The place of the newest event that told whether it is there.
    pub lived_at: Option<Position>,
    /// What it is found by: see [`SearchText`].
    pub search_text: SearchText,
}

/// How much of an entry changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// Whether it is gone, and the places of the events that told what is known: no column of an index.
    State,
    /// What it is called or found by; or it is new.
    Names,
}

impl Entry {
    fn new(id: &str) -> Self {
        Self { name: None, named_at: None, deleted: false, lived_at: None, search_text: SearchText::of(id) }
    }

    /// Learns from an event at this place. What a newer event told stays, in whatever order they come in.
    fn learn(&mut self, mention: &Mention<'_>, position: Position) -> Change {
        let mut change = Change::Nothing;
        let mut names = mention.former_name.is_some_and(|name| self.search_text.add(name));
        if let Some(name) = mention.name {
            let known = self.name.as_deref() == Some(name);
            if self.named_at < Some(position) {
                self.named_at = Some(position);
                change = Change::State;
                if !known {
                    self.name = Some(name.to_owned());
                    self.search_text.put_first(name);
                    names = true;
                }
            } else if !known {
                names |= self.search_text.add(name);
            }
        }
        if let Some(deleted) = mention.deleted
            && self.lived_at < Some(position)
        {
            self.deleted = deleted;
            self.lived_at = Some(position);
            change = Change::State;
        }
        if names { Change::Names } else { change }
    }

    /// What entries are ordered by: the name without regard to case, or the identifier where there is no name; then the
    /// identifier. Long ones are cut, because an index takes no more.
    pub fn sort_key(&self, id: &str) -> String {
        /// How many characters of either count.
        const COUNTED: usize = 128;
        /// Less than any character that a name would have.
        const END: char = '\u{1}';
        let name = folded(self.name.as_deref().unwrap_or(id));
        name.chars().take(COUNTED).chain([END]).chain(id.chars().take(COUNTED)).collect()
    }
}

/// What events tell about entries of facets, each entry once however often it is mentioned. The entries are of several owners.
#[derive(Debug)]
pub struct Mentioned<'a, O> {
    /// The entries, in the order in which they are mentioned first.
    pub keys: Vec<(O, Key<'a>)>,
    /// What is told of the key of that index.
    told: Vec<(usize, Position, Mention<'a>)>,
}

impl<'a, O: Copy + Eq + Hash> Mentioned<'a, O> {
    /// What these events mention: each with its owner and its place.
    pub fn by(events: impl IntoIterator<Item = (O, Position, Vec<Mention<'a>>)>) -> Self {
        let mut places: HashMap<(O, Key<'a>), usize> = HashMap::new();
        let mut mentioned = Self { keys: Vec::new(), told: Vec::new() };
        for (owner, position, mentions) in events {
            for mention in mentions {
                let key = (owner, mention.key());
                let place = *places.entry(key).or_insert_with(|| {
                    mentioned.keys.push(key);
                    mentioned.keys.len() - 1
                });
                mentioned.told.push((place, position, mention));
            }
        }
        mentioned
    }

    /// What becomes of the entries, in the order of the keys, as is what is stored of them.
    pub fn learnt(&self, stored: Vec<Option<Entry>>) -> Vec<(Entry, Change)> {
        let keys = self.keys.iter().zip(stored);
        let mut entries: Vec<(Entry, Change)> = keys
            .map(|((_, key), stored)| match stored {
                Some(entry) => (entry, Change::Nothing),
                None => (Entry::new(key.id), Change::Names),
            })
            .collect();
        for (place, position, mention) in &self.told {
            let (entry, change) = &mut entries[*place];
            *change = entry.learn(mention, *position).max(*change);
        }
        entries
    }
}

/// Which page of a facet is wanted.
#[derive(Debug, Clone)]
pub struct FacetRequest {
    /// The facet.
    pub facet: Facet,
    /// The numbers of the kinds to show.
    pub kinds: Vec<i16>,
    /// A part of the identifier or of a name.
    pub search: Option<Identifier>,
    /// The most choices.
    pub limit: Limit,
    /// Where the page begins; `None` for the first page.
    pub start: Option<Start<Place>>,
}

/// The place of an entry in the order of its facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// See [`Entry::sort_key`].
    pub sort_key: String,
    /// The number of its kind.
    pub kind: i16,
    /// Settles ties of what was cut.
    pub digest: Vec<u8>,
}

/// What a drop-down shows.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The number of its kind.
    pub kind: i16,
    /// The identifier, or the value.
    pub id: String,
    /// The newest name.
    pub name: Option<String>,
    /// Whether it is gone.
    pub deleted: bool,
    /// Its place.
    pub place: Place,
}

/// A page of a facet.
#[derive(Debug)]
pub struct FacetPage {
    /// In the order of the facet.
    pub choices: Vec<Choice>,
    /// Where the next page begins, if there is one.
    pub next: Option<Start<Place>>,
    /// Where the previous page begins, if there is one.
    pub previous: Option<Start<Place>>,
}

impl FacetPage {
    /// Makes the page of up to one row more than it has, in the order in which they were read.
    pub fn of_rows(rows: Vec<Choice>, request: &FacetRequest) -> Self {
        let (choices, next, previous) =
            split(rows, request.limit, request.start.as_ref(), |choice: &Choice| choice.place.clone());
        Self { choices, next, previous }
    }
}

#[cfg(test)]
mod tests;

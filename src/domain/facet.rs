//! Facets: the choices of the drop-downs of filters. The actors, the items and the values of a log, each with its newest name.
//!
//! Entries are written when events are stored, so that no request has to search the log for them.

use strum::FromRepr;

use super::{
    page::{Limit, Position, Start, split},
    search_text::SearchText,
    text::{Identifier, Text},
};

/// A facet of a log. Its number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromRepr)]
#[repr(i16)]
pub enum Facet {
    /// Actors. Their kinds are the actor types.
    DoneBy = 1,
    /// Items. Their kinds are the item types.
    Item = 2,
    /// Previous values. Their kinds are the types of the events that have them.
    FromValue = 3,
    /// New values. Their kinds are the types of the events that have them.
    ToValue = 4,
}

impl Facet {
    /// The number that it is stored as.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// The facet that is stored as this number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::from_repr(number)
    }

    /// Whether the same identifier in several kinds is one choice. A value is one choice for all event types; a tag and a queue
    /// with the same identifier are two.
    pub fn joins_kinds(self) -> bool {
        matches!(self, Self::FromValue | Self::ToValue)
    }
}

/// What distinguishes the entries of a facet, besides their identifiers.
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

/// What one event states about one entry.
#[derive(Debug, Clone, Copy)]
pub struct Mention<'a> {
    facet: Facet,
    kind: i16,
    id: &'a str,
    /// The entry's name, if the event states it.
    pub name: Option<&'a str>,
    /// The entry's previous name, if the event states it. Searches find the entry by it, too.
    pub former_name: Option<&'a str>,
    /// Whether the entry is deleted or exists from now on, if the event states it.
    pub deleted: Option<bool>,
}

impl<'a> Mention<'a> {
    /// A mention of an entry that may have a name. `kind` is the number of its kind.
    pub fn new(facet: Facet, kind: i16, id: &'a str, name: Option<&'a Text>) -> Self {
        Self { facet, kind, id, name: name.map(Text::as_str), former_name: None, deleted: None }
    }

    /// What identifies the entry within its log.
    pub fn key(&self) -> Key<'a> {
        Key { facet: self.facet, kind: self.kind, id: self.id }
    }
}

/// What identifies an entry within its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key<'a> {
    /// Its facet.
    pub facet: Facet,
    /// The number of its kind.
    pub kind: i16,
    /// Its identifier: an actor's, an item's, or a value.
    pub id: &'a str,
}

/// An entry of a facet: an actor, an item or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name in the newest event that states one.
    pub name: Option<String>,
    /// Whether it is deleted, by the newest event that states it.
    pub deleted: bool,
    /// The texts that are searched.
    pub search_text: SearchText,
}

/// What several events state about one entry.
#[derive(Debug, Default)]
pub struct Statements<'a> {
    /// The newest name.
    pub name: Option<(Position, &'a str)>,
    /// Whether it is deleted, by the newest event that states it.
    pub deleted: Option<(Position, bool)>,
    /// All names, previous ones too, each once.
    names: Vec<&'a str>,
    renames: bool,
}

impl<'a> Statements<'a> {
    /// Adds what the event at this position states.
    pub fn add(&mut self, mention: &Mention<'a>, position: Position) {
        if let Some(name) = mention.name
            && self.name.is_none_or(|(newest, _)| newest < position)
        {
            self.name = Some((position, name));
        }
        if let Some(deleted) = mention.deleted
            && self.deleted.is_none_or(|(newest, _)| newest < position)
        {
            self.deleted = Some((position, deleted));
        }
        for name in [mention.name, mention.former_name].into_iter().flatten() {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        self.renames |= mention.former_name.is_some();
    }

    /// Whether an entry with that name and that state remains unchanged, independent of the stored events. This is the usual case.
    pub fn agree_with(&self, name: Option<&str>, deleted: bool) -> bool {
        !self.renames
            && self.names.iter().all(|stated| Some(*stated) == name)
            && self.deleted.is_none_or(|(_, stated)| stated == deleted)
    }
}

impl Entry {
    /// An entry that no event mentioned before.
    pub fn new(id: &str) -> Self {
        Self { name: None, deleted: false, search_text: SearchText::of(id) }
    }

    /// Whether these events state another name than this entry has. If so, the newer name must be determined.
    pub fn contradicts_name(&self, statements: &Statements<'_>) -> bool {
        matches!((&self.name, statements.name), (Some(known), Some((_, stated))) if known != stated)
    }

    /// Whether these events state another state, deleted or not, than this entry has.
    pub fn contradicts_state(&self, statements: &Statements<'_>) -> bool {
        statements.deleted.is_some_and(|(_, stated)| stated != self.deleted)
    }

    /// Applies what events state. `name_is_older` and `state_is_older`: a stored event has a newer statement. Returns whether the
    /// entry changed.
    pub fn learn(&mut self, statements: &Statements<'_>, name_is_older: bool, state_is_older: bool) -> bool {
        let before = self.clone();
        for name in &statements.names {
            self.search_text.add(name);
        }
        if let Some((_, name)) = statements.name
            && !name_is_older
            && self.name.as_deref() != Some(name)
        {
            self.name = Some(name.to_owned());
            self.search_text.put_first(name);
        }
        if let Some((_, deleted)) = statements.deleted
            && !state_is_older
        {
            self.deleted = deleted;
        }
        *self != before
    }
}

/// A request for a page of a facet.
#[derive(Debug, Clone)]
pub struct FacetRequest {
    /// The facet.
    pub facet: Facet,
    /// The numbers of the kinds.
    pub kinds: Vec<i16>,
    /// A part of the identifier or of a name.
    pub search: Option<Identifier>,
    /// The beginning of the newest name, or of the identifier if there is no name.
    pub prefix: Option<Identifier>,
    /// The maximum number of choices.
    pub limit: Limit,
    /// The beginning of the page; `None` for the first page.
    pub start: Option<Start<Place>>,
}

/// The position of an entry in the order of its facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text that facets are ordered by. The store makes it.
    pub sort_key: String,
    /// The number of its kind.
    pub kind: i16,
    /// The number of its term. It orders entries whose sort keys were cut.
    pub term: i32,
}

/// A choice of a drop-down.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The number of its kind.
    pub kind: i16,
    /// The identifier, or the value.
    pub id: String,
    /// The newest name.
    pub name: Option<String>,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Its position.
    pub place: Place,
}

/// A page of a facet.
#[derive(Debug)]
pub struct FacetPage {
    /// The choices, in the order of the facet.
    pub choices: Vec<Choice>,
    /// The beginning of the next page, if there is one.
    pub next: Option<Start<Place>>,
    /// The beginning of the previous page, if there is one.
    pub previous: Option<Start<Place>>,
}

/// The first choices of one kind.
#[derive(Debug)]
pub struct KindChoices {
    /// The number of the kind.
    pub kind: i16,
    /// In the order of the facet; with a search, those whose names begin with it come first.
    pub choices: Vec<Choice>,
    /// Whether the kind has more choices that match.
    pub has_more: bool,
}

impl FacetPage {
    /// Makes a page of the rows, in the order in which they were read: up to one row more than the limit.
    pub fn of_rows(rows: Vec<Choice>, request: &FacetRequest) -> Self {
        let (choices, next, previous) =
            split(rows, request.limit, request.start.as_ref(), |choice: &Choice| choice.place.clone());
        Self { choices, next, previous }
    }
}

#[cfg(test)]
mod tests;

//! Facets: what the drop-downs of filters offer. The actors, the items and the values of a log, each under its newest name.
//!
//! Entries are written while events are stored, so that no call has to search the log for them.

use super::{
    page::{Limit, Position, Start, split},
    search_text::SearchText,
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
    /// Of an entry that may have a name. `kind` is the number of its kind.
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

/// An actor, an item or a value as its facet shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name in the newest event that states one.
    pub name: Option<String>,
    /// Whether the newest event that states it says that it is deleted.
    pub deleted: bool,
    /// The texts that searches look at.
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
    /// Adds what an event at this position states.
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

    /// Whether an entry with that name and that state stays as it is, whatever else is stored. It is the usual case.
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

    /// Whether these events state another name than this entry has. If so, the newer one of the two has to be found out.
    pub fn contradicts_name(&self, statements: &Statements<'_>) -> bool {
        matches!((&self.name, statements.name), (Some(known), Some((_, stated))) if known != stated)
    }

    /// The same for whether the entry is deleted.
    pub fn contradicts_state(&self, statements: &Statements<'_>) -> bool {
        statements.deleted.is_some_and(|(_, stated)| stated != self.deleted)
    }

    /// Takes in what events state. `name_is_older` and `state_is_older` report that stored events contradict with newer
    /// statements. Returns whether anything changed.
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

/// Which page of a facet is wanted.
#[derive(Debug, Clone)]
pub struct FacetRequest {
    /// The facet.
    pub facet: Facet,
    /// The numbers of the kinds to show.
    pub kinds: Vec<i16>,
    /// A part of the identifier or of a name.
    pub search: Option<Identifier>,
    /// The beginning of the newest name, or of the identifier where there is no name.
    pub prefix: Option<Identifier>,
    /// The most choices.
    pub limit: Limit,
    /// Where the page begins; `None` for the first page.
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

/// The first choices of one kind.
#[derive(Debug)]
pub struct KindChoices {
    /// The number of the kind.
    pub kind: i16,
    /// In the order of the facet; of a search, those whose names begin with it before the others.
    pub choices: Vec<Choice>,
    /// Whether the kind has more choices that match.
    pub has_more: bool,
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

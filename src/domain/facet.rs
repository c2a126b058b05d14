//! Facets: the actors, items and values of a log, each with its newest name, for the drop-downs of filters.
//!
//! Entries are written when events are stored, so that no request searches the log for them.

use super::{
    page::{self, Limit, Position, Start},
    search_text::SearchText,
    text::{Identifier, Text},
};

/// A facet of a log. Its number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub fn number(self) -> i16 {
        self as i16
    }

    /// Whether the same identifier in several kinds is one choice. A value is one choice for all event types; a tag and a queue
    /// with the same identifier are two.
    pub fn joins_kinds(self) -> bool {
        matches!(self, Self::FromValue | Self::ToValue)
    }
}

/// What one event states about one entry.
#[derive(Debug, Clone, Copy)]
pub struct Mention<'a> {
    pub facet: Facet,
    /// The number of the kind.
    pub kind: i16,
    /// The identifier of an actor or an item, or a value.
    pub id: &'a str,
    /// `None` if the event does not state it, as for the other fields.
    pub name: Option<&'a str>,
    /// The previous name, by which searches find the entry too.
    pub former_name: Option<&'a str>,
    /// Whether the event deletes the entry (`true`) or creates it.
    pub deleted: Option<bool>,
}

impl<'a> Mention<'a> {
    /// `kind` is the number of the entry's kind.
    pub fn new(facet: Facet, kind: i16, id: &'a str, name: Option<&'a Text>) -> Self {
        Self { facet, kind, id, name: name.map(Text::as_str), former_name: None, deleted: None }
    }
}

/// An entry of a facet: an actor, an item or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name in the newest event that states one.
    pub name: Option<String>,
    /// Whether it is deleted, by the newest event that states it.
    pub deleted: bool,
    pub search_text: SearchText,
}

/// What a number of events state about one entry.
#[derive(Debug, Default)]
pub struct Statements<'a> {
    /// The newest name, with the position of its event.
    pub name: Option<(Position, &'a str)>,
    /// Whether the entry is deleted, by the newest event that states it, with the position of that event.
    pub deleted: Option<(Position, bool)>,
    /// All current and previous names, without duplicates.
    names: Vec<&'a str>,
    /// Whether an event also states a previous name.
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

    /// Whether these statements leave an entry with this name and state unchanged, whatever events are stored. This is the usual
    /// case.
    pub fn agree_with(&self, name: Option<&str>, deleted: bool) -> bool {
        !self.renames
            && self.names.iter().all(|stated| Some(*stated) == name)
            && self.deleted.is_none_or(|(_, stated)| stated == deleted)
    }
}

impl Entry {
    /// An entry without a name, before its first event is applied.
    pub fn new(id: &str) -> Self {
        Self { name: None, deleted: false, search_text: SearchText::of(id) }
    }

    /// Whether these events state a name that differs from that of the entry. If so, it must be determined which one is newer.
    pub fn contradicts_name(&self, statements: &Statements<'_>) -> bool {
        matches!((&self.name, statements.name), (Some(known), Some((_, stated))) if known != stated)
    }

    /// Whether these events state a deletion or creation that differs from the entry.
    pub fn contradicts_state(&self, statements: &Statements<'_>) -> bool {
        statements.deleted.is_some_and(|(_, stated)| stated != self.deleted)
    }

    /// Applies the statements, and returns whether the entry changed. `name_is_older` and `state_is_older`: whether a stored
    /// event has a newer statement.
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
    pub facet: Facet,
    /// The numbers of the kinds.
    pub kinds: Vec<i16>,
    /// A part of the identifier or of a name.
    pub search: Option<Identifier>,
    /// The beginning of the newest name, or of the identifier if there is no name.
    pub prefix: Option<Identifier>,
    pub limit: Limit,
    /// `None` for the first page.
    pub start: Option<Start<FacetPosition>>,
}

/// The position of an entry in the order of its facet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FacetPosition {
    /// Created by the store.
    pub sort_key: String,
    /// The number of the kind.
    pub kind: i16,
    /// The number of the term, which orders entries whose truncated sort keys are equal.
    pub term: i32,
}

/// A choice of a drop-down.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The number of the kind.
    pub kind: i16,
    /// The identifier, or the value.
    pub id: String,
    /// The newest name.
    pub name: Option<String>,
    pub deleted: bool,
    pub position: FacetPosition,
}

/// The first choices of one kind.
#[derive(Debug)]
pub struct KindChoices {
    pub kind: i16,
    /// In the order of the facet; with a search, those whose names begin with it come first.
    pub choices: Vec<Choice>,
    /// Whether the kind has more choices that match.
    pub has_more: bool,
}

impl page::Positioned for Choice {
    type Position = FacetPosition;

    fn position(&self) -> FacetPosition {
        self.position.clone()
    }
}

#[cfg(test)]
mod tests;

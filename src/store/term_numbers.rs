//! Finds or assigns the numbers of the terms of new events.

use std::collections::{HashMap, HashSet};

use diesel::{QueryResult, result::Error as QueryError};

use super::{
    connection::Db,
    heads::Heads,
    new_event::EventTerms,
    schema::LogKey,
    terms::{self, Dictionary, Digest, Kind, NewTerm, Term},
};
use crate::domain::{
    event::{Event, LabelledValue},
    numbered::Numbered,
    text::{Identifier, Text},
};

/// Terms that were not cached, by digest.
pub(super) type FoundTerms = HashMap<(LogKey, Digest), i32>;

/// Finds the numbers of terms in one transaction, and assigns numbers to new terms. The caller must hold the locks of the logs'
/// heads.
pub(super) struct TermNumbers<'a> {
    dictionary: &'a Dictionary,
    /// Stored and new terms that were not cached, to cache after the commit.
    pub found: FoundTerms,
    new: Vec<NewTerm<'a>>,
}

impl<'a> TermNumbers<'a> {
    pub(super) fn new(dictionary: &'a Dictionary) -> Self {
        Self { dictionary, found: FoundTerms::new(), new: Vec::new() }
    }

    /// The numbers of the terms of these events, in the same order. Inserts new terms.
    pub(super) fn of(
        &mut self,
        db: &mut Db,
        heads: &mut Heads<'_>,
        events: &[(LogKey, &'a Event)],
    ) -> QueryResult<Vec<EventTerms>> {
        // Names come second, because the qualifier of a name is the number of the term that it names.
        let named_terms: Vec<[Option<(LogKey, Term<'a>)>; 4]> =
            events.iter().map(|(log, event)| named_terms(event).map(|term| Some((*log, term?)))).collect();
        let owners = self.numbers_of_each(db, heads, &named_terms)?;
        let names: Vec<[Option<(LogKey, Term<'a>)>; 4]> = events
            .iter()
            .zip(&owners)
            .map(|((log, event), owners)| {
                let mut owners = owners.iter();
                names(event).map(|name| {
                    let owner = owners.next().copied().flatten();
                    Some((*log, Term { kind: Kind::Name, qualifier: owner?, text: name? }))
                })
            })
            .collect();
        let names = self.numbers_of_each(db, heads, &names)?;
        let terms = owners.iter().zip(names).map(|([actor, subject, from_value, to_value], names)| {
            let [actor_text, subject_text, from_text, to_text] = names;
            Ok(EventTerms {
                actor: actor.ok_or(QueryError::NotFound)?,
                actor_text,
                subject: subject.ok_or(QueryError::NotFound)?,
                subject_text,
                from_value: *from_value,
                from_text,
                to_value: *to_value,
                to_text,
            })
        });
        let terms = terms.collect::<QueryResult<_>>()?;
        if !self.new.is_empty() {
            terms::insert(db, &std::mem::take(&mut self.new))?;
        }
        Ok(terms)
    }

    fn numbers_of_each(
        &mut self,
        db: &mut Db,
        heads: &mut Heads<'_>,
        wanted: &[[Option<(LogKey, Term<'a>)>; 4]],
    ) -> QueryResult<Vec<[Option<i32>; 4]>> {
        let all: Vec<(LogKey, Term<'a>)> = wanted.iter().flatten().flatten().copied().collect();
        let mut numbers = self.numbers(db, heads, &all)?.into_iter();
        Ok(wanted.iter().map(|terms| terms.map(|term| term.and_then(|_| numbers.next()))).collect())
    }

    fn numbers(&mut self, db: &mut Db, heads: &mut Heads<'_>, wanted: &[(LogKey, Term<'a>)]) -> QueryResult<Vec<i32>> {
        let wanted: Vec<(LogKey, Digest, Term<'a>)> = wanted.iter().map(|(log, term)| (*log, term.digest(), *term)).collect();
        let mut numbers: Vec<Option<i32>> = wanted.iter().map(|(log, digest, _)| self.known(heads, *log, digest)).collect();
        // In the order of the events, so that the terms of an event are stored next to each other.
        let mut seen: HashSet<(LogKey, Digest)> = HashSet::new();
        let unknown: Vec<(LogKey, Digest, Term<'a>)> = wanted
            .iter()
            .zip(&numbers)
            .filter(|((log, digest, _), number)| number.is_none() && seen.insert((*log, *digest)))
            .map(|(wanted, _)| *wanted)
            .collect();
        if unknown.is_empty() {
            return Ok(numbers.into_iter().flatten().collect());
        }
        // A name of a new term must be new, so it is not searched for.
        let can_be_stored = |log: LogKey, term: &Term<'_>| {
            term.kind != Kind::Name || heads.get(&log).is_some_and(|head| term.qualifier <= head.last_term)
        };
        let searched: Vec<(LogKey, Digest, Term<'a>)> =
            unknown.iter().filter(|(log, _, term)| can_be_stored(*log, term)).copied().collect();
        if !searched.is_empty() {
            let stored = terms::find(db, &searched)?;
            let known = searched.iter().zip(stored).filter_map(|((log, digest, _), number)| Some(((*log, *digest), number?)));
            self.found.extend(known);
        }
        for (log, digest, term) in unknown {
            if let (false, Some(head)) = (self.found.contains_key(&(log, digest)), heads.get_mut(&log)) {
                head.newest_term += 1;
                self.found.insert((log, digest), head.newest_term);
                self.new.push(NewTerm { log, number: head.newest_term, term, digest });
            }
        }
        for ((log, digest, _), number) in wanted.iter().zip(&mut numbers) {
            *number = number.or_else(|| self.found.get(&(*log, *digest)).copied());
        }
        numbers.into_iter().map(|number| number.ok_or(QueryError::NotFound)).collect()
    }

    fn known(&self, heads: &Heads<'_>, log: LogKey, digest: &Digest) -> Option<i32> {
        // A number higher than that of the newest term belongs to a lost commit.
        let is_stored = |number: &i32| heads.get(&log).is_some_and(|head| *number <= head.last_term);
        self.dictionary.cached(log, digest).filter(is_stored).or_else(|| self.found.get(&(log, *digest)).copied())
    }
}

/// The terms of an event's actor, subject and values.
fn named_terms(event: &Event) -> [Option<Term<'_>>; 4] {
    // An actor without an identifier is stored with an empty one, which no other actor can have.
    let actor = event.done_by.id.as_ref().map_or("", Identifier::as_str);
    fn value(value: &Option<LabelledValue>) -> Option<&str> {
        value.as_ref().map(|value| value.value.as_str())
    }
    fn term(kind: Kind, qualifier: i32, text: &str) -> Term<'_> {
        Term { kind, qualifier, text }
    }
    [
        Some(term(Kind::Actor, event.done_by.actor_type.number().into(), actor)),
        Some(term(Kind::Subject, event.subject.kind.into(), event.subject.id.as_str())),
        value(&event.from).map(|value| term(Kind::Value, 0, value)),
        value(&event.to).map(|value| term(Kind::Value, 0, value)),
    ]
}

/// The names that an event gives to its actor, subject and values.
fn names(event: &Event) -> [Option<&str>; 4] {
    fn label(value: &Option<LabelledValue>) -> Option<&str> {
        value.as_ref()?.label.as_ref().map(Text::as_str)
    }
    [
        event.done_by.name.as_ref().map(Text::as_str),
        event.subject.name.as_ref().map(Text::as_str),
        label(&event.from),
        label(&event.to),
    ]
}

//! Reads a JSON body, and collects the faults of all members, each with its path.
//!
//! A derived `Deserialize` stops at the first fault, and `serde_json::Value` keeps only the last of two members with the same
//! name. So the body is parsed into a tree with all members, and read from there.

#[cfg(test)]
mod tests;
mod tree;

use std::{
    borrow::Cow,
    fmt::{self, Display},
    str::FromStr,
};

pub use self::tree::{Json, MAXIMUM_VALUES, ParseError, explained};
use super::problem::Violation;
use crate::domain::fault::Fault;

/// The location of a value in the body; formatted only for a fault.
#[derive(Debug, Clone, Copy)]
pub enum Path<'a> {
    /// The body itself.
    Body,
    /// A member of an object.
    Member(&'a Path<'a>, &'a str),
    /// An element of an array.
    Element(&'a Path<'a>, usize),
}

impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => formatter.write_str("body"),
            Self::Member(Path::Body, name) => formatter.write_str(&shortened(name, LONGEST_NAME)),
            Self::Member(parent, name) => write!(formatter, "{parent}.{}", shortened(name, LONGEST_NAME)),
            Self::Element(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// The maximum number of characters of a member's name in a message; clients can send names of any length.
const LONGEST_NAME: usize = 64;

fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    text.char_indices().nth(longest).map_or(text.into(), |(end, _)| format!("{}…", &text[..end]).into())
}

/// The faults of a body: the first ones, and the number of all, so that the response has a limited size.
#[derive(Debug, Default)]
pub struct Violations {
    /// The faults that are listed.
    pub listed: Vec<Violation>,
    /// The number of all faults.
    pub count: usize,
}

impl Violations {
    /// The maximum number of listed faults.
    const LISTED: usize = 1000;
    /// The maximum number of characters of a location; clients can nest deeply.
    const LONGEST_LOCATION: usize = 256;

    /// Adds a fault. It is only created if it will be listed.
    pub fn add(&mut self, path: Path<'_>, fault: impl FnOnce() -> Fault) {
        self.count += 1;
        if self.listed.len() < Self::LISTED {
            self.listed.push(Violation::new(shortened(&path.to_string(), Self::LONGEST_LOCATION), fault()));
        }
    }
}

/// An object that is read member by member. Members that were not read are unknown, and refused at the end.
#[derive(Debug)]
pub struct Object<'a> {
    path: Path<'a>,
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    known: Vec<&'static str>,
    violations: &'a mut Violations,
}

impl<'a> Object<'a> {
    /// Reads an object, and refuses unknown members.
    pub fn read<T>(
        json: Json<'_>,
        path: Path<'_>,
        violations: &mut Violations,
        take: impl FnOnce(&mut Object<'_>) -> Option<T>,
    ) -> Option<T> {
        let members = match json {
            Json::Object(members) => members,
            other => {
                violations.add(path, || Fault::new(format!("must be an object, not {}", other.kind())));
                return None;
            }
        };
        let mut object = Object { path, members, known: Vec::new(), violations };
        let taken = take(&mut object);
        object.refuse_unknown();
        taken
    }

    /// A required member: a string.
    pub fn text<T: FromStr<Err = Fault>>(&mut self, name: &'static str) -> Option<T> {
        let json = self.required(name)?;
        self.parse(name, json)
    }

    /// An optional member, which may be null: a string. The outer `None` is a fault.
    pub fn optional_text<T: FromStr<Err = Fault>>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.take(name) {
            None => Some(None),
            Some(json) => self.parse(name, json).map(Some),
        }
    }

    /// A required member: an object.
    pub fn object<T>(&mut self, name: &'static str, take: impl FnOnce(&mut Object<'_>) -> Option<T>) -> Option<T> {
        let json = self.required(name)?;
        Object::read(json, Path::Member(&self.path, name), self.violations, take)
    }

    /// An optional member, which may be null: an object. The outer `None` is a fault.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&mut Object<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.take(name) {
            None => Some(None),
            Some(json) => Object::read(json, Path::Member(&self.path, name), self.violations, take).map(Some),
        }
    }

    /// A required member: an array.
    pub fn array<T>(
        &mut self,
        name: &'static str,
        length: std::ops::RangeInclusive<usize>,
        mut read: impl FnMut(Json<'_>, Path<'_>, &mut Violations) -> Option<T>,
    ) -> Option<Vec<T>> {
        let elements = match self.required(name)? {
            Json::Array(elements) => elements,
            other => {
                self.refuse(name, Fault::new(format!("must be an array, not {}", other.kind())));
                return None;
            }
        };
        if !length.contains(&elements.len()) {
            let message = format!("has {} elements; {} to {} are allowed", elements.len(), length.start(), length.end());
            self.refuse(name, Fault::new(message));
            return None;
        }
        let path = Path::Member(&self.path, name);
        let elements = elements.into_iter().enumerate();
        // Reads all elements, also after a fault, so that all faults are reported.
        let read: Vec<_> = elements.map(|(index, json)| read(json, Path::Element(&path, index), self.violations)).collect();
        read.into_iter().collect()
    }

    /// An optional member, which may be null: an object with any members. The outer `None` is a fault.
    pub fn free_form(&mut self, name: &'static str) -> Option<Option<serde_json::Map<String, serde_json::Value>>> {
        let Some(json) = self.take(name) else { return Some(None) };
        let (before, kind) = (self.violations.count, json.kind());
        match json.into_any(Path::Member(&self.path, name), self.violations) {
            serde_json::Value::Object(members) if self.violations.count == before => Some(Some(members)),
            serde_json::Value::Object(_) => None,
            _ => {
                self.refuse(name, Fault::new(format!("must be an object, not {kind}")));
                None
            }
        }
    }

    /// Adds a fault that follows from several members.
    pub fn refuse(&mut self, name: &str, fault: Fault) {
        self.violations.add(Path::Member(&self.path, name), || fault);
    }

    /// Removes and returns a member; `None` if it is absent or null, which mean the same.
    fn take(&mut self, name: &'static str) -> Option<Json<'a>> {
        self.known.push(name);
        let place = self.members.iter().position(|(member, _)| member == name)?;
        let (_, json) = self.members.remove(place);
        if self.members.iter().any(|(member, _)| member == name) {
            self.members.retain(|(member, _)| member != name);
            self.refuse(name, Fault::new("is given more than once"));
        }
        (json != Json::Null).then_some(json)
    }

    fn required(&mut self, name: &'static str) -> Option<Json<'a>> {
        let json = self.take(name);
        if json.is_none() {
            self.refuse(name, Fault::new("is required"));
        }
        json
    }

    fn parse<T: FromStr<Err = Fault>>(&mut self, name: &str, json: Json<'_>) -> Option<T> {
        let parsed = match json {
            Json::String(text) => text.parse(),
            other => Err(Fault::new(format!("must be a string, not {}", other.kind()))),
        };
        parsed.map_err(|fault| self.refuse(name, fault)).ok()
    }

    fn refuse_unknown(self) {
        for (name, _) in &self.members {
            let fault = || Fault::not_one_of("a member of this object", name, self.known.iter().copied());
            self.violations.add(Path::Member(&self.path, name), fault);
        }
    }
}

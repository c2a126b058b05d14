//! A JSON tree that keeps duplicate members.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, value::RawValue};

use super::{Path, Violations};
use crate::domain::{
    decimal::Decimal,
    fault::{Fault, quoted},
};

/// A JSON value. Members keep their order and their duplicates. Strings without escapes are borrowed from the body.
#[derive(Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number: a 64-bit integer, or a double.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    /// A value that is not parsed yet.
    Unparsed(&'a str),
}

/// The member of events whose value is not parsed with the rest, because it may have any content: its size is checked first.
const UNPARSED: &str = "details";

/// The maximum size of its value in bytes, as it was sent. Without whitespace it has a lower limit.
const LARGEST_UNPARSED: usize = 64 * 1024;

/// The maximum number of values in a tree, not counting names of members. A batch with all members has less than a third of it.
pub const MAXIMUM_VALUES: usize = 100_000;

/// Why a body is not a tree.
#[derive(Debug)]
pub enum ParseError {
    Malformed(serde_json::Error),
    /// More than [`MAXIMUM_VALUES`].
    TooManyValues,
}

/// What is wrong, and where. The parser's own words for a surrogate do not name it.
pub fn explained(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.contains("hex escape") {
        let place = format!("line {} column {}", error.line(), error.column());
        return format!(
            "a string has an unpaired surrogate (\\ud800 to \\udfff) at {place}, which is not a character of Unicode"
        );
    }
    text
}

impl<'a> Json<'a> {
    /// Parses a body. Values of members with the name [`UNPARSED`] are not parsed.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_with(body, Some(UNPARSED))
    }

    fn parse_with(text: &'a [u8], unparsed: Option<&'static str>) -> Result<Self, ParseError> {
        let values = Cell::new(0);
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let tree = Tree { values: &values, unparsed }.deserialize(&mut deserializer);
        tree.and_then(|tree| deserializer.end().map(|()| tree))
            .map_err(|error| if values.get() > MAXIMUM_VALUES { ParseError::TooManyValues } else { ParseError::Malformed(error) })
    }

    /// The kind of value, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
            Self::Unparsed(text) => match text.as_bytes().first() {
                Some(b'{') => "an object",
                Some(b'[') => "an array",
                Some(b'"') => "a string",
                Some(b't' | b'f') => "a boolean",
                Some(b'n') => "null",
                _ => "a number",
            },
        }
    }

    /// Converts a value with any content. Duplicate members are faults, and so is what cannot be stored as it is.
    pub(super) fn into_any(self, path: Path<'_>, violations: &mut Violations) -> serde_json::Value {
        let Self::Unparsed(text) = self else { return self.into_plain(path, violations) };
        let fault = if text.len() > LARGEST_UNPARSED {
            Fault::new(format!("has {} bytes as it was sent; at most {LARGEST_UNPARSED} are allowed with whitespace", text.len()))
        } else if let Some((number, why)) = numbers(text).find_map(|number| Some((number, Decimal::check(number).err()?))) {
            let number = quoted(number);
            Fault::new(format!(
                "contains the number {number}, {why}; send it as a string. Only 64-bit integers, and numbers that a double represents without \
                 change (up to 15 digits, from 1e-307 to 1e308), are allowed"
            ))
        } else {
            match Self::parse_with(text.as_bytes(), None) {
                Ok(tree) => return tree.into_plain(path, violations),
                Err(ParseError::Malformed(error)) => {
                    let column =
                        "columns are counted from the beginning of this value; values may be nested up to 127 levels deep";
                    Fault::new(format!("cannot be read: {} ({column})", explained(&error)))
                }
                Err(ParseError::TooManyValues) => Fault::new(format!("has more than {MAXIMUM_VALUES} values")),
            }
        };
        violations.add(path, || fault);
        serde_json::Value::Object(serde_json::Map::new())
    }

    fn into_plain(self, path: Path<'_>, violations: &mut Violations) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => value.into(),
            Self::Number(number) => number.into(),
            Self::String(text) => text.into_owned().into(),
            Self::Array(elements) => {
                let elements = elements.into_iter().enumerate();
                elements.map(|(index, element)| element.into_plain(Path::Element(&path, index), violations)).collect()
            }
            Self::Object(members) => {
                let mut map = serde_json::Map::new();
                for (name, member) in members {
                    let value = member.into_plain(Path::Member(&path, &name), violations);
                    if map.contains_key(&*name) {
                        violations.add(Path::Member(&path, &name), || Fault::new("is given more than once"));
                    }
                    map.insert(name.into_owned(), value);
                }
                map.into()
            }
            // Only in the tree of a body, whose other values are not converted.
            Self::Unparsed(_) => serde_json::Value::Null,
        }
    }
}

/// The numbers in a JSON text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|character: char| character == '"' || character == '-' || character.is_ascii_digit())?;
            let found = &rest[start..];
            if let Some(string) = found.strip_prefix('"') {
                let mut escaped = false;
                let end = string.find(|character| {
                    let ends = character == '"' && !escaped;
                    escaped = character == '\\' && !escaped;
                    ends
                })?;
                rest = &string[end + 1..];
                continue;
            }
            let end = found.find(|character: char| !matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
            let (number, after) = found.split_at(end.unwrap_or(found.len()));
            rest = after;
            return Some(number);
        }
    })
}

/// The name of a member. It is borrowed if it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Builds the tree.
#[derive(Clone, Copy)]
struct Tree<'c> {
    /// The number of values so far.
    values: &'c Cell<usize>,
    /// The name of the members that are not parsed.
    unparsed: Option<&'static str>,
}

impl Tree<'_> {
    /// Counts one more value.
    fn count<E: Error>(self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAXIMUM_VALUES { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(value.to_owned().into()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            let member = if self.unparsed == Some(&*name) {
                self.count()?;
                match map.next_value::<&RawValue>()?.get() {
                    "null" => Json::Null,
                    text => Json::Unparsed(text),
                }
            } else {
                map.next_value_seed(self)?
            };
            members.push((name, member));
        }
        Ok(Json::Object(members))
    }
}

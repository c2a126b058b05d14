//! Validated texts: identifiers, names, values, and details.

use std::{borrow::Cow, str::FromStr};

use serde::Serialize;
use serde_json::{Map, Value as Json, value::RawValue};
use utoipa::{PartialSchema, ToSchema, openapi};
use uuid::Uuid;

use super::{
    decimal::Decimal,
    fault::{Fault, quoted},
};

/// The identifier of an event, unique per account and log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._:-]+$", examples("01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55"))]
pub struct EventId(String);

impl EventId {
    /// The maximum length, in characters.
    pub const MAXIMUM: usize = 64;

    /// A new UUIDv7 (RFC 9562).
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// Does not check the text again.
    pub(crate) fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        if text.is_empty() || text.len() > Self::MAXIMUM || !text.bytes().all(fits) {
            return Err(Fault::new(format!(
                "{} is not an event id: 1 to {} characters of A-Z a-z 0-9 . _ : -",
                quoted(text),
                Self::MAXIMUM
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Text of `MINIMUM` to `MAXIMUM` characters, any but NUL; see [`Identifier`] and [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct BoundedText<const MINIMUM: usize, const MAXIMUM: usize>(String);

/// The identifier of an actor, an item, a conversation or an operation.
pub type Identifier = BoundedText<1, 128>;

/// A name, a label or a value. It may be empty: a note can be changed to nothing.
pub type Text = BoundedText<0, 1024>;

impl<const MINIMUM: usize, const MAXIMUM: usize> BoundedText<MINIMUM, MAXIMUM> {
    /// Does not check the text again.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MINIMUM: usize, const MAXIMUM: usize> FromStr for BoundedText<MINIMUM, MAXIMUM> {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.contains('\0') {
            return Err(Fault::new(NUL));
        }
        let count = text.chars().count();
        if !(MINIMUM..=MAXIMUM).contains(&count) {
            return Err(Fault::new(format!("has {count} characters; {MINIMUM} to {MAXIMUM} are allowed")));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MINIMUM: usize, const MAXIMUM: usize> PartialSchema for BoundedText<MINIMUM, MAXIMUM> {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let (description, example) = match MINIMUM {
            0 => ("A name, a label or a value: any characters but NUL.", "Billing"),
            _ => ("An identifier: any characters but NUL.", "q-17"),
        };
        openapi::ObjectBuilder::new()
            .schema_type(openapi::schema::Type::String)
            .description(Some(description))
            .min_length(Some(MINIMUM))
            .max_length(Some(MAXIMUM))
            .pattern(Some(r"^[^\u0000]*$"))
            .examples([example])
            .into()
    }
}

impl<const MINIMUM: usize, const MAXIMUM: usize> ToSchema for BoundedText<MINIMUM, MAXIMUM> {
    fn name() -> Cow<'static, str> {
        if MINIMUM == 0 { "Text".into() } else { "Identifier".into() }
    }
}

/// Additional information about a change: any JSON object of up to 8 KiB, measured as JSON without whitespace.
///
/// Details are equal if they mean the same: the order of members and the spelling of a number (`1`, `1.0`) are ignored. A number
/// whose value would change is refused: it must be an integer of 64 bits, or equal the shortest decimal of the nearest double.
#[derive(Debug, Clone, Serialize)]
pub struct Details(Box<RawValue>);

impl Details {
    /// The maximum size, in bytes.
    pub const MAXIMUM: usize = 8 * 1024;

    /// Checks the size, and that no member's name and no string contains NUL.
    pub fn new(members: Map<String, Json>) -> Result<Self, Fault> {
        if members.iter().any(|(name, value)| name.contains('\0') || contains_nul(value)) {
            return Err(Fault::new(NUL));
        }
        let json = Json::Object(members).to_string();
        match json.len() {
            size if size > Self::MAXIMUM => {
                Err(Fault::new(format!("has {size} bytes as JSON without whitespace; at most {} are allowed", Self::MAXIMUM)))
            }
            _ => Self::from_stored(json).map_err(|_| Fault::new("is not a JSON object")),
        }
    }

    /// Checks only the syntax again.
    pub(crate) fn from_stored(json: String) -> serde_json::Result<Self> {
        RawValue::from_string(json).map(Self)
    }

    /// The object as JSON without whitespace, its members in alphabetical order.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }

    fn members(&self) -> Map<String, Json> {
        serde_json::from_str(self.as_json()).unwrap_or_default()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json() || same_members(&self.members(), &other.members())
    }
}

impl PartialSchema for Details {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new()
            .description(Some("Any JSON object; at most 8,192 bytes as JSON without whitespace."))
            .additional_properties(Some(openapi::schema::AdditionalProperties::FreeForm(true)))
            .examples([serde_json::json!({"reason": "Summer hours", "ticket": 4711})])
            .into()
    }
}

impl ToSchema for Details {
    fn name() -> Cow<'static, str> {
        "Details".into()
    }
}

const NUL: &str = "must not contain the character NUL (U+0000)";

fn contains_nul(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
        Json::String(text) => text.contains('\0'),
        Json::Array(values) => values.iter().any(contains_nul),
        Json::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || contains_nul(value)),
    }
}

fn same_members(left: &Map<String, Json>, right: &Map<String, Json>) -> bool {
    left.len() == right.len() && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
}

fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => {
            left == right || Decimal::parse(&left.to_string()) == Decimal::parse(&right.to_string())
        }
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => same_members(left, right),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn details(value: &Json) -> Result<Details, Fault> {
        Details::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn an_event_id_has_a_limited_alphabet_and_length() {
        for good in ["a", "A.b_c:d-9", "..", &"x".repeat(64)] {
            assert!(good.parse::<EventId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "ü", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<EventId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        assert!("é".repeat(128).parse::<Identifier>().is_ok());
        assert!("é".repeat(129).parse::<Identifier>().is_err());
        assert!("𝄞".repeat(1024).parse::<Text>().is_ok());
        assert!("𝄞".repeat(1025).parse::<Text>().is_err());
    }

    #[test]
    fn nul_is_refused_everywhere() {
        assert!("a\0".parse::<Text>().is_err());
        assert!("a\0".parse::<Identifier>().is_err());
        assert!(details(&json!({"a": [{"b": "\0"}]})).is_err());
        assert!(details(&json!({"a": {"\0": 1}})).is_err());
    }

    #[test]
    fn details_are_compared_by_meaning() {
        let left = details(&json!({"a": 1, "b": [1.0, {"c": 2, "d": null}]})).unwrap();
        let right = details(&json!({"b": [1, {"d": null, "c": 2.0}], "a": 1.0})).unwrap();
        assert_eq!(left, right);
        assert_ne!(left, details(&json!({"a": 1})).unwrap());
        assert_ne!(details(&json!({"a": u64::MAX})).unwrap(), details(&json!({"a": u64::MAX - 1})).unwrap());
        assert_ne!(details(&json!({"a": (1_u64 << 53) + 1})).unwrap(), details(&json!({"a": 2_f64.powi(53)})).unwrap());
    }

    #[test]
    fn details_are_measured_as_json() {
        let frame = json!({"a": ""}).to_string().len();
        assert!(details(&json!({"a": "x".repeat(Details::MAXIMUM - frame)})).is_ok());
        assert!(details(&json!({"a": "x".repeat(Details::MAXIMUM - frame + 1)})).is_err());
    }
}

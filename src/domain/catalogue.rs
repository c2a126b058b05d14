//! Catalogues: the event types of each log.

use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::fault::Fault;

/// A type of event: an entry of its log's catalogue.
pub trait EventType: Copy + Serialize + ToSchema + 'static {
    /// All entries, in the order for display.
    const CATALOGUE: &[Self];

    /// The code of an entry, for examples.
    const EXAMPLE: &str;

    /// The number that it is stored as. A number is assigned once and never reused.
    fn number(self) -> i16;
    /// Its name in the contract, such as `QUEUE_RENAMED`.
    fn code(self) -> &'static str;
    /// The text for display, such as `Queue renamed`.
    fn label(self) -> &'static str;
    /// The code of the item type that it belongs to; `None` in the conversation log.
    fn item_type_code(self) -> Option<&'static str>;

    fn from_number(number: i16) -> Option<Self> {
        Self::CATALOGUE.iter().find(|entry| entry.number() == number).copied()
    }

    /// The entry of [`Self::EXAMPLE`].
    fn example() -> Option<Self> {
        Self::from_code(Self::EXAMPLE).ok()
    }

    /// The fault lists all codes and suggests the nearest one.
    fn from_code(code: &str) -> Result<Self, Fault> {
        Self::CATALOGUE
            .iter()
            .find(|entry| entry.code() == code)
            .copied()
            .ok_or_else(|| Fault::not_one_of("an event type of this log", code, Self::CATALOGUE.iter().map(|entry| entry.code())))
    }
}

/// The schema of the event types of a log: an enum of their codes.
pub(super) fn schema<T: EventType>(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(T::CATALOGUE.iter().map(|entry| entry.code())))
        .examples([T::EXAMPLE])
        .into()
}

/// The rules that every catalogue follows.
#[cfg(test)]
pub(super) fn check_catalogue<T: EventType>() {
    use std::collections::HashSet;

    let numbers: HashSet<i16> = T::CATALOGUE.iter().map(|entry| entry.number()).collect();
    let codes: HashSet<&str> = T::CATALOGUE.iter().map(|entry| entry.code()).collect();
    assert_eq!((numbers.len(), codes.len()), (T::CATALOGUE.len(), T::CATALOGUE.len()), "numbers and codes are unique");
    for entry in T::CATALOGUE {
        assert_eq!(entry.label().to_uppercase().replace(' ', "_"), entry.code());
        assert_eq!(T::from_number(entry.number()).unwrap().code(), entry.code());
    }
}

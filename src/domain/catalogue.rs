//! Catalogues: the event types of each log.

use serde::Serialize;
use utoipa::ToSchema;

use super::{fault::Fault, numbered::Numbered};

/// A type of event: an entry of its log's catalogue.
pub trait EventType: Numbered + Serialize + ToSchema {
    /// The code of an entry, for examples.
    const EXAMPLE: &str;

    /// Its name in the contract, such as `QUEUE_RENAMED`.
    fn code(self) -> &'static str;
    /// The text for display, such as `Queue renamed`.
    fn label(self) -> &'static str;
    /// The code of the item type that it belongs to; `None` in the conversation log.
    fn item_type_code(self) -> Option<&'static str>;

    /// The entry of [`Self::EXAMPLE`].
    fn example() -> Option<Self> {
        Self::from_code(Self::EXAMPLE).ok()
    }

    /// The fault lists all codes and suggests the nearest one.
    fn from_code(code: &str) -> Result<Self, Fault> {
        let codes = Self::all().map(Self::code);
        Self::all().find(|entry| entry.code() == code).ok_or_else(|| Fault::not_one_of("an event type of this log", code, codes))
    }
}

/// Implements [`EventType`] and what belongs to it for a struct with the fields `number`, `code` and `label`.
macro_rules! event_type {
    ($type:ident, $catalogue:ident, $example:literal, $description:literal, $item_type_code:expr) => {
        impl $crate::domain::numbered::Numbered for $type {
            fn all() -> impl Iterator<Item = Self> {
                $catalogue.iter().copied()
            }

            fn number(self) -> i16 {
                self.number
            }
        }

        impl $crate::domain::catalogue::EventType for $type {
            const EXAMPLE: &str = $example;

            fn code(self) -> &'static str {
                self.code
            }

            fn label(self) -> &'static str {
                self.label
            }

            fn item_type_code(self) -> Option<&'static str> {
                let item_type_code: fn(Self) -> Option<&'static str> = $item_type_code;
                item_type_code(self)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::domain::fault::Fault;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                $crate::domain::catalogue::EventType::from_code(code)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code)
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some($description))
                    .enum_values(Some($catalogue.iter().map(|entry| entry.code)))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $type {}
    };
}

pub(super) use event_type;

/// The rules that every catalogue follows.
#[cfg(test)]
pub(super) fn check_catalogue<T: EventType>() {
    use std::collections::HashSet;

    let numbers: HashSet<i16> = T::all().map(|entry| entry.number()).collect();
    let codes: HashSet<&str> = T::all().map(|entry| entry.code()).collect();
    assert_eq!((numbers.len(), codes.len()), (T::all().count(), T::all().count()), "numbers and codes are unique");
    for entry in T::all() {
        assert_eq!(entry.label().to_uppercase().replace(' ', "_"), entry.code());
        assert_eq!(T::of(entry.number()).unwrap().code(), entry.code());
    }
}

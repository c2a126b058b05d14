//! From columns to the words of the domain and back: what the rows of both logs share.

use diesel::{QueryResult, result::Error as QueryError};

use super::fragments::INDEXED_CHARACTERS;
use crate::domain::{
    event::{Actor, ActorType, LabelledValue},
    text::{Details, Identifier, Text},
};

/// Who did it.
pub(super) fn actor(number: i16, id: Option<String>, name: Option<String>) -> QueryResult<Actor> {
    let actor_type = ActorType::from_number(number).ok_or_else(|| unknown_number("done_by_type", number))?;
    Ok(Actor { actor_type, id: id.map(Identifier::from_stored), name: name.map(Text::from_stored) })
}

/// A previous or a new value.
pub(super) fn value(value: Option<String>, label: Option<String>) -> Option<LabelledValue> {
    value.map(|value| LabelledValue { value: Text::from_stored(value), label: label.map(Text::from_stored) })
}

/// A value's two columns.
pub(super) fn columns(value: Option<&LabelledValue>) -> (Option<&str>, Option<&str>) {
    value.map_or((None, None), |value| (Some(value.value.as_str()), value.label.as_ref().map(Text::as_str)))
}

/// The index of what was wanted, from the number that PostgreSQL gave it.
pub(super) fn place(ordinal: i64) -> QueryResult<usize> {
    usize::try_from(ordinal - 1).map_err(|error| QueryError::DeserializationError(Box::new(error)))
}

/// The details of an audit event.
pub(super) fn details(json: &str) -> QueryResult<Details> {
    Details::from_stored(json).map_err(|error| QueryError::DeserializationError(Box::new(error)))
}

/// The part of a value that its index holds.
pub(super) fn indexed(value: &Text) -> &str {
    let text = value.as_str();
    text.char_indices().nth(INDEXED_CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

/// A row was written by a newer version of this service, or by something else.
pub(super) fn unknown_number(column: &str, number: i16) -> QueryError {
    QueryError::DeserializationError(format!("{column} {number} is not known to this version").into())
}

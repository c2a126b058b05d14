//! From columns to the words of the domain and back: what the rows of both logs share.

use diesel::{QueryResult, result::Error as QueryError};

use crate::domain::{
    event::{Actor, ActorType, LabelledValue},
    text::{Details, Identifier, Text},
};

/// How many characters of a value its key column has: a whole value can be larger than an index entry of PostgreSQL.
const KEY_CHARACTERS: usize = 64;

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
pub(super) fn details(json: String) -> QueryResult<Details> {
    Details::from_stored(json).map_err(|error| QueryError::DeserializationError(Box::new(error)))
}

/// The beginning of a value, as the columns `from_key` and `to_key` have it.
pub(super) fn key(value: &Text) -> &str {
    let text = value.as_str();
    text.char_indices().nth(KEY_CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

/// Whether a value has more than its key tells.
pub(super) fn is_longer_than_key(value: &Text) -> bool {
    value.as_str().chars().nth(KEY_CHARACTERS - 1).is_some()
}

/// A row was written by a newer version of this service, or by something else.
pub(super) fn unknown_number(column: &str, number: i16) -> QueryError {
    QueryError::DeserializationError(format!("{column} {number} is not known to this version").into())
}

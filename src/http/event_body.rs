//! The parts of an event's JSON that both logs share.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    domain::event::ActorType,
    store::{StoredEvent, TermText},
};

/// Who or what did it. Its schema is that of [`crate::domain::event::Actor`].
#[derive(Debug, Serialize)]
pub struct ActorBody<'a> {
    #[serde(rename = "type")]
    actor_type: ActorType,
    id: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
}

/// A previous or a new value. Its schema is that of [`crate::domain::event::LabelledValue`].
#[derive(Debug, Serialize)]
pub struct ValueBody<'a> {
    value: &'a RawValue,
    label: Option<&'a RawValue>,
}

impl<'a> ActorBody<'a> {
    /// The actor of an event.
    pub fn of(event: &'a StoredEvent) -> Self {
        let id = Some(&event.actor).filter(|id| !id.is_empty()).map(TermText::as_json);
        Self { actor_type: event.actor_type, id, name: event.actor_name.as_ref().map(TermText::as_json) }
    }
}

impl<'a> ValueBody<'a> {
    /// A value with its label.
    pub fn of((value, label): &'a (TermText, Option<TermText>)) -> Self {
        Self { value: value.as_json(), label: label.as_ref().map(TermText::as_json) }
    }
}

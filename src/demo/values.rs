//! Creates values of the domain from the texts of the tables.

use std::str::FromStr;

use serde_json::Value as Json;

use crate::domain::{
    audit_event::{Item, ItemType},
    event::{Actor, ActorType, LabelledValue},
    fault::Fault,
    text::Details,
};

/// A value and its label.
pub(super) type Choice = (&'static str, &'static str);

/// Something with an identifier and a name that can change.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

impl Named {
    pub(super) fn value(&self) -> Option<LabelledValue> {
        value(&self.id, &self.name)
    }

    pub(super) fn item(&self, item_type: ItemType) -> Item {
        Item { item_type, id: known(&self.id), name: Some(known(&self.name)) }
    }

    pub(super) fn user(&self) -> Actor {
        actor(ActorType::User, &self.id, &self.name)
    }
}

/// A value with a label. An empty label means none.
pub(super) fn value(value: &str, label: &str) -> Option<LabelledValue> {
    Some(LabelledValue { value: known(value), label: (!label.is_empty()).then(|| known(label)) })
}

pub(super) fn plain(text: &str) -> Option<LabelledValue> {
    value(text, "")
}

/// The value of a row of a table.
pub(super) fn choice((text, label): Choice) -> Option<LabelledValue> {
    value(text, label)
}

/// An actor. An empty identifier or name means none.
pub(super) fn actor(actor_type: ActorType, id: &str, name: &str) -> Actor {
    Actor { actor_type, id: (!id.is_empty()).then(|| known(id)), name: (!name.is_empty()).then(|| known(name)) }
}

/// Creates details. `None` if `object` is not a JSON object.
pub(super) fn details(object: Json) -> Option<Details> {
    match object {
        Json::Object(members) => Details::new(members).ok(),
        _ => None,
    }
}

/// Parses an identifier, a text or an event type from the demo's tables. Panics if it is invalid.
#[expect(clippy::expect_used, reason = "the tables are constants, and tests generate histories from them")]
pub(super) fn known<T: FromStr<Err = Fault>>(text: &str) -> T {
    text.parse().expect("the demo's tables are valid")
}

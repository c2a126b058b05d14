//! What HTTP needs to know of each of the two logs: how it is asked, written and shown.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;
use utoipa::{PartialSchema, ToSchema, openapi};

use super::{
    conversation_links::ConversationLinks,
    json::{Json, Path, Violations},
    parameters::Parameters,
    problem::Problem,
};
use crate::{
    domain::{event::Event, fault::Fault},
    store::{Log, StoredEvent},
};

/// A log as a resource.
pub trait Resource: Log {
    /// An event as it is sent.
    type Input: Into<Event>;
    /// An event as it is shown.
    type Body<'a>: Serialize;

    /// Reads the filters; every call of the log takes the same ones.
    fn filter(parameters: &mut Parameters) -> Self::Filter;

    /// Lets through only what is related to this event.
    fn narrow(filter: &mut Self::Filter, event: &StoredEvent, by: Relation) -> Result<(), ShowError>;

    /// Reads an event of a body.
    fn event(json: Json<'_>, path: Path<'_>, violations: &mut Violations) -> Option<Self::Input>;

    /// Shows an event.
    fn body<'a>(event: &'a StoredEvent, links: &ConversationLinks) -> Result<Self::Body<'a>, ShowError>;
}

/// A stored event cannot be shown.
#[derive(Debug, Error)]
pub enum ShowError {
    /// A newer version of the service stored it.
    #[error("event type {0} is unknown to this version")]
    UnknownEventType(i16),
    /// The JSON of a term is broken.
    #[error("a term cannot be read: {0}")]
    Term(#[from] serde_json::Error),
}

impl From<ShowError> for Problem {
    fn from(error: ShowError) -> Self {
        tracing::error!(%error, "an event cannot be shown");
        Self::internal()
    }
}

/// In what respect events are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Relation {
    /// The same item; for the conversation log, the same conversation.
    #[default]
    Item,
    /// The same operation.
    Operation,
}

impl Relation {
    /// Every relation with its name in the contract; the first is the default.
    const ALL: [(Self, &str); 2] = [(Self::Item, "item"), (Self::Operation, "operation")];
}

impl FromStr for Relation {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map(|(relation, _)| relation).ok_or_else(|| Fault::not_one_of("a relation", text, Self::ALL.map(|(_, name)| name)))
    }
}

impl PartialSchema for Relation {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        openapi::ObjectBuilder::new()
            .schema_type(openapi::schema::Type::String)
            .description(Some("In what respect events are related."))
            .enum_values(Some(Self::ALL.map(|(_, name)| name)))
            .default(Some(Self::ALL[0].1.into()))
            .into()
    }
}

impl ToSchema for Relation {}

//! A log over HTTP: the differences between the logs.

use std::str::FromStr;

use serde::Serialize;
use strum::{EnumString, VariantNames};
use thiserror::Error;
use utoipa::ToSchema;

use super::{
    conversation_links::ConversationLinks, endpoints::Endpoints, export::row::Row, json::Object, problem::Problem, query::Parsed,
};
use crate::{
    domain::{
        access::AccessedLog, catalogue::EventType, event::Subject, fault::Fault, filter::Filter, numbered::Numbered,
        role::Permission, text::Details,
    },
    store::{Log, StoredEvent},
};

pub trait Resource: Log<Filter = Filter<Self::EventType, Self::OwnFilter>> {
    const NAMES: Names;
    /// The permission to read it.
    const READ: Permission;
    /// Its name in accesses.
    const ACCESSED: AccessedLog;
    /// The columns of its CSV files, after those that all logs have.
    const COLUMNS: &[&str];

    /// The filters that other logs do not have.
    type OwnFilter: Parsed + Send + Sync + 'static;
    /// The entries of its catalogue.
    type EventType: EventType + FromStr<Err = Fault> + Send + Sync;
    /// The schema of an event as it is sent.
    type Input: ToSchema;
    /// An event as it is shown.
    type Body<'a>: Serialize + ToSchema;

    /// Adds the endpoints of its own facets, besides that of actors, which every log has.
    fn facets(endpoints: &mut Endpoints);

    /// Restricts the filter to events of the same item or conversation as this one.
    fn narrow_to_subject(filter: &mut Self::Filter, event: &StoredEvent) -> Result<(), ShowError>;

    /// Reads the item or the conversation of an event that is sent.
    fn subject(event: &mut Object<'_>, event_type: Option<Self::EventType>) -> Option<Subject>;

    /// Reads the details of an event that is sent. The outer `None` is a fault.
    fn details(event: &mut Object<'_>) -> Option<Option<Details>>;

    /// Shows an event.
    fn body<'a>(event: &'a StoredEvent, links: &ConversationLinks) -> Result<Self::Body<'a>, ShowError>;

    /// Fills the cells of [`Resource::COLUMNS`].
    fn fill(row: &mut Row, event: &StoredEvent, links: &ConversationLinks) -> Result<(), ShowError>;

    /// The type of a stored event.
    fn event_type(event: &StoredEvent) -> Result<Self::EventType, ShowError> {
        Self::EventType::of(event.event_type).ok_or(ShowError::UnknownEventType(event.event_type))
    }
}

/// The names of a log in paths, in the OpenAPI document and in file names.
#[derive(Debug)]
pub struct Names {
    /// The first segment of its paths, also in file names: `audit-logs`.
    pub path: &'static str,
    /// Its group in the document.
    pub tag: &'static str,
    /// The description of the group.
    pub about: &'static str,
    /// Its name in operation ids: `Audit`.
    pub id: &'static str,
    /// The log in a sentence: `audit log`.
    pub log: &'static str,
    /// What its events belong to: `item`.
    pub subject: &'static str,
}

/// A stored event that cannot be shown.
#[derive(Debug, Error)]
pub enum ShowError {
    /// A newer version of the service stored it.
    #[error("event type {0} is unknown to this version")]
    UnknownEventType(i16),
    /// The JSON of a term is invalid.
    #[error("a term cannot be read: {0}")]
    Term(#[from] serde_json::Error),
}

impl From<ShowError> for Problem {
    fn from(error: ShowError) -> Self {
        tracing::error!(%error, "an event cannot be shown");
        Self::internal()
    }
}

/// How events are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, ToSchema, VariantNames)]
#[schema(rename_all = "lowercase", default = "item")]
#[strum(serialize_all = "lowercase", parse_err_ty = Fault, parse_err_fn = unknown_relation)]
pub enum Relation {
    /// The same item; in the conversation log, the same conversation.
    #[default]
    Item,
    /// The same operation.
    Operation,
}

fn unknown_relation(name: &str) -> Fault {
    Fault::not_one_of("a relation", name, Relation::VARIANTS.iter().copied())
}

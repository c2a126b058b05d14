//! The catalogue of a log, for the drop-down of its event filter.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    auth::{Caller, Read},
    endpoints::Content,
    negotiation::AcceptsJson,
    problem::Problem,
    query::{NoParameters, Query},
    resource::Resource,
};
use crate::domain::{audit_event::ItemType, catalogue::EventType};

/// The event types of a log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventTypes)]
pub struct EventTypesBody {
    /// The event types, in the order of the catalogue.
    #[schema(max_items = 1000)]
    event_types: Vec<EventTypeBody>,
}

/// A type of event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub struct EventTypeBody {
    /// The name of the type in filters and events.
    #[schema(example = "QUEUE_RENAMED")]
    code: &'static str,
    /// The text for people.
    #[schema(example = "Queue renamed")]
    label: &'static str,
    /// The type of the items that such events change; null in the conversation log.
    #[schema(required = true, example = "QUEUE")]
    group: Option<ItemType>,
}

impl Content for EventTypesBody {
    const DESCRIPTION: &str = "The catalogue.";
}

/// Answers with the catalogue.
pub async fn list<R: Resource>(
    _: Caller<Read<R>>,
    _: AcceptsJson,
    _: Query<NoParameters>,
) -> Result<Json<EventTypesBody>, Problem> {
    let entry = |entry: &R::EventType| EventTypeBody { code: entry.code(), label: entry.label(), group: R::group(*entry) };
    Ok(Json(EventTypesBody { event_types: R::EventType::CATALOGUE.iter().map(entry).collect() }))
}

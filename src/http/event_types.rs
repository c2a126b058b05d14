//! The catalogue of a log, for the drop-down of its event filter.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::{parameters::Parameters, problem::Problem};
use crate::domain::{audit_event::ItemType, catalogue::EventType};

/// The event types of a log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventTypes)]
pub struct EventTypesBody {
    /// In the order in which they are to be shown.
    #[schema(max_items = 1000)]
    event_types: Vec<EventTypeBody>,
}

/// A type of event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub struct EventTypeBody {
    /// Its name in filters and events.
    #[schema(example = "QUEUE_RENAMED")]
    code: &'static str,
    /// What people read.
    #[schema(example = "Queue renamed")]
    label: &'static str,
    /// The type of the items that it happens to; null in the conversation log.
    #[schema(required = true, example = "QUEUE")]
    group: Option<ItemType>,
}

/// Answers with the catalogue.
pub fn answer<T: EventType>(request: &HttpRequest, group: impl Fn(T) -> Option<ItemType>) -> Result<HttpResponse, Problem> {
    Parameters::of(request).finish()?;
    let entry = |entry: &T| EventTypeBody { code: entry.code(), label: entry.label(), group: group(*entry) };
    Ok(HttpResponse::Ok().json(EventTypesBody { event_types: T::CATALOGUE.iter().map(entry).collect() }))
}

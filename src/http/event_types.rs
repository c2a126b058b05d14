//! The catalogue of a log, for the drop-down of its event filter.

use std::borrow::Cow;

use actix_web::web::Json;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{
    auth::{Caller, Read},
    endpoints::{Content, Description},
    negotiation::AcceptsJson,
    problem::Problem,
    query::{NoParameters, Query},
    resource::Resource,
};
use crate::domain::{audit_event::ItemType, catalogue::EventType, numbered::Numbered};

/// The event types of a log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventTypesBody<E> {
    /// The event types, in the order of the catalogue.
    #[schema(max_items = 1000)]
    event_types: Vec<E>,
}

/// A type of event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!(T::example().map(Self::of))))]
struct EntryBody<T: EventType> {
    /// The name of the type in filters and events.
    code: T,
    /// The text for display.
    #[schema(example = json!(T::example().map(T::label)))]
    label: &'static str,
    /// The type of the items that such events change; null in the conversation log.
    #[schema(required = true, value_type = Option<ItemType>)]
    group: Option<&'static str>,
}

impl<T: EventType> EntryBody<T> {
    fn of(code: T) -> Self {
        Self { code, label: code.label(), group: code.item_type_code() }
    }
}

/// An entry of a catalogue. Its schema has a name for each log.
#[derive(Debug, Serialize)]
pub struct ListedType<T: EventType>(EntryBody<T>);

impl<T: EventType> PartialSchema for ListedType<T> {
    fn schema() -> RefOr<Schema> {
        EntryBody::<T>::schema()
    }
}

impl<T: EventType> ToSchema for ListedType<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Entry", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        EntryBody::<T>::schemas(schemas);
    }
}

impl<T: EventType> Content for EventTypesBody<ListedType<T>> {
    const DESCRIPTION: &str = "The catalogue.";

    fn schema_name() -> String {
        format!("{}s", T::name())
    }

    fn arguments(description: &mut Description) {
        description.schema::<ListedType<T>>(&ListedType::<T>::name());
        description.schema::<T>(&T::name());
    }
}

/// Answers with the catalogue.
pub async fn list<R: Resource>(
    _: Caller<Read<R>>,
    _: AcceptsJson,
    _: Query<NoParameters>,
) -> Result<Json<EventTypesBody<ListedType<R::EventType>>>, Problem> {
    let entries = R::EventType::all().map(|code| ListedType(EntryBody::of(code)));
    Ok(Json(EventTypesBody { event_types: entries.collect() }))
}

//! Takes in batches of events, and reads the parts that the events of both logs share.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi};

use super::{
    body, database,
    json::{Object, Path, Violations},
    parameters::Parameters,
    problem::Problem,
    resource::Resource,
    state::State,
};
use crate::domain::{
    account::AccountId,
    batch::{MAXIMUM_EVENTS, Receipt},
    event::{Actor, ActorType, LabelledValue},
    fault::Fault,
    text::EventId,
    timestamp::Timestamp,
};

/// A batch of events.
#[derive(Debug)]
pub struct Batch<E> {
    events: Vec<E>,
}

impl<E> Batch<E> {
    fn read<R: Resource<Input = E>>(body: &[u8]) -> Result<Self, Problem> {
        let mut violations = Violations::default();
        let events = Object::read(body::json(body)?, Path::Body, &mut violations, |body| {
            body.array("events", 1..=MAXIMUM_EVENTS, R::event)
        });
        match events {
            Some(events) if violations.count == 0 => Ok(Self { events }),
            _ => Err(Problem::invalid_events(violations.listed, violations.count)),
        }
    }
}

impl<E: ToSchema> PartialSchema for Batch<E> {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let events = openapi::schema::ArrayBuilder::new()
            .description(Some("The events; stored all or not at all."))
            .items(openapi::Ref::from_schema_name(E::name()))
            .min_items(Some(1))
            .max_items(Some(MAXIMUM_EVENTS));
        openapi::ObjectBuilder::new()
            .description(Some("A batch of events."))
            .property("events", events)
            .required("events")
            .additional_properties(Some(openapi::schema::AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl<E: ToSchema> ToSchema for Batch<E> {
    fn name() -> Cow<'static, str> {
        format!("{}Batch", E::name().trim_end_matches("Input")).into()
    }

    fn schemas(schemas: &mut Vec<(String, openapi::RefOr<openapi::Schema>)>) {
        schemas.push((E::name().into(), E::schema()));
        E::schemas(schemas);
    }
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReceipt {
    /// How many events were stored.
    #[schema(example = 1, minimum = 0, maximum = 1000)]
    accepted: usize,
    /// How many were there already.
    #[schema(example = 0, minimum = 0, maximum = 1000)]
    duplicates: usize,
    /// One for each event, in the order of the batch.
    #[schema(max_items = 1000)]
    events: Vec<EventReceipt>,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventReceipt {
    /// Its identifier: the one that was sent, or the one that it was given.
    id: EventId,
    /// Its place in the log.
    #[schema(example = 42, minimum = 1)]
    sequence: i64,
    /// Whether it is new.
    status: EventStatus,
}

/// Whether an event is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// It was stored.
    Accepted,
    /// It was there already, with the same content.
    Duplicate,
}

/// Stores a batch and answers when it is durable.
pub async fn record<R: Resource>(
    request: &HttpRequest,
    account: AccountId,
    state: &Data<State>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    Parameters::of(request).finish()?;
    let body = body::read(request, payload).await?;
    let Batch { events } = Batch::read::<R>(&body)?;
    // The events own their texts.
    drop(body);
    let events = events.into_iter().map(Into::into).collect();
    let recorded = async { Ok(state.store.record::<R>(&account, events).await?) };
    let receipts = database::in_time(&state.store, recorded).await?;

    let duplicates = receipts.iter().filter(|receipt| receipt.duplicate).count();
    let accepted = receipts.len() - duplicates;
    let mut response = if accepted > 0 { HttpResponse::Created() } else { HttpResponse::Ok() };
    let events = receipts.into_iter().map(EventReceipt::from).collect();
    Ok(response.json(BatchReceipt { accepted, duplicates, events }))
}

impl From<Receipt> for EventReceipt {
    fn from(Receipt { id, sequence, duplicate }: Receipt) -> Self {
        let status = if duplicate { EventStatus::Duplicate } else { EventStatus::Accepted };
        Self { id, sequence, status }
    }
}

/// Words that follow a log in a path where an event's id does, so that no event may have them as its id. The dots are steps in the
/// path of every URL.
pub(super) const RESERVED_IDS: [&str; 6] = ["event-types", "facets", "export", "stream", ".", ".."];

/// The member `id`, or a new one.
pub(super) fn event_id(event: &mut Object<'_>) -> Option<EventId> {
    let id = event.optional_text("id")?.unwrap_or_else(EventId::generate);
    if RESERVED_IDS.contains(&id.as_str()) {
        event.refuse(
            "id",
            Fault::new(format!("{:?} is reserved for paths of this service and cannot be an event id", id.as_str())),
        );
        return None;
    }
    Some(id)
}

/// The member `occurredAt`.
pub(super) fn occurred_at(event: &mut Object<'_>) -> Option<Timestamp> {
    /// How far a producer's clock may be ahead of ours.
    const AHEAD: TimeDelta = TimeDelta::minutes(5);
    let instant: Timestamp = event.text("occurredAt")?;
    let now = Timestamp::now();
    if instant > now.plus(AHEAD) {
        event.refuse("occurredAt", Fault::new(format!("{instant} is more than 5 minutes ahead of this service's clock, {now}")));
        return None;
    }
    Some(instant)
}

/// The member `doneBy`.
pub(super) fn done_by(event: &mut Object<'_>) -> Option<Actor> {
    event.object("doneBy", |actor| {
        let actor_type: Option<ActorType> = actor.text("type");
        let id = actor.optional_text("id");
        let name = actor.optional_text("name");
        let actor_type = actor_type?;
        if id == Some(None) && actor_type != ActorType::System {
            actor.refuse("id", Fault::new(format!("is required for {}; only SYSTEM goes without", actor_type.code())));
            return None;
        }
        Some(Actor { actor_type, id: id?, name: name? })
    })
}

/// The member `from` or `to`.
pub(super) fn value(event: &mut Object<'_>, name: &'static str) -> Option<Option<LabelledValue>> {
    event.optional_object(name, |object| {
        let value = object.text("value");
        let label = object.optional_text("label");
        Some(LabelledValue { value: value?, label: label? })
    })
}

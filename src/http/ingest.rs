//! Reads batches of events and stores them.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload, web::Data};
use chrono::TimeDelta;
use futures_util::{FutureExt, future::LocalBoxFuture};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    auth::{self, Caller, Write},
    body, database,
    endpoints::{Content, Describe, Description},
    json::{Json, Object, Path, Violations},
    negotiation::AcceptsJson,
    problem::{Problem, Violation},
    query::{NoParameters, Query},
    resource::Resource,
    state::State,
};
use crate::domain::{
    batch::{EventStatus, MAXIMUM_EVENTS, Receipt},
    event::{Actor, ActorType, Event, LabelledValue},
    fault::Fault,
    numbered::Numbered,
    text::EventId,
    timestamp::Timestamp,
};

/// A batch of events of a log.
pub struct Batch<R: Resource> {
    events: Vec<Event>,
    log: PhantomData<R>,
}

impl<R: Resource> Batch<R> {
    /// The events of a body.
    pub(super) fn read(body: &[u8]) -> Result<Vec<Event>, Problem> {
        let mut violations = Violations::default();
        let events = Object::read(body::json(body)?, Path::Body, &mut violations, |body| {
            body.array("events", 1..=MAXIMUM_EVENTS, event::<R>)
        });
        match events {
            Some(events) if violations.count == 0 => Ok(events),
            _ => Err(Problem::invalid_events(violations.listed, violations.count)),
        }
    }
}

impl<R: Resource> FromRequest for Batch<R> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let sender = request.clone();
        let events = State::of(request).map(|state| body::read(&state.bodies, request, payload, Self::read));
        async move {
            // Extractors are polled together, but a body is received only after its sender is known.
            let sender = auth::identified(&sender).await?;
            Ok(Self { events: events?(&sender.account).await?, log: PhantomData })
        }
        .boxed_local()
    }
}

impl<R: Resource> Describe for Batch<R> {
    fn describe(description: &mut Description) {
        description.body::<BatchBody<R::Input>>();
        let taken = Violation::new("events[3].id", Fault::new("\"import-4711\" is the id of an event with other content"));
        let fault = "yesterday".parse::<Timestamp>().err();
        let fault = fault.into_iter().map(|fault| Violation::new("events[0].occurredAt", fault)).collect();
        let malformed = Problem::malformed_body("expected `,` or `}` at line 1 column 17");
        description.problem("The body is not JSON, or the request has a query.", &malformed);
        description.problem("The body did not arrive in time.", &Problem::request_timeout());
        description.problem("Ids are used by events with other content.", &Problem::conflict(vec![taken]));
        description.problem("The body is too large.", &Problem::content_too_large(body::MAXIMUM));
        description.problem(
            "The media type or the content encoding of the body is not supported.",
            &Problem::unsupported_media_type("The body must be sent as Content-Type: application/json, in UTF-8"),
        );
        description.problem("The storage of the database is full.", &Problem::insufficient_storage());
        description.problem(
            "The body is JSON with invalid content; the first 1,000 faults are listed.",
            &Problem::invalid_events(fault, 1),
        );
    }
}

/// A batch of events.
#[derive(ToSchema)]
struct BatchBody<E> {
    /// The events; all or none are stored.
    #[schema(min_items = 1, max_items = 1000, rename = "events")]
    _events: Vec<E>,
}

impl<E: ToSchema> Content for BatchBody<E> {
    const DESCRIPTION: &str =
        "The events; at most 4 MiB, measured after decompression if they are sent with `Content-Encoding: gzip`.";

    fn schema_name() -> String {
        format!("{}Batch", E::name().trim_end_matches("Input"))
    }

    fn arguments(description: &mut Description) {
        description.schema::<E>(&E::name());
    }
}

/// The outcome for a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReceipt {
    /// The number of events that were stored.
    #[schema(example = 1, minimum = 0, maximum = 1000)]
    accepted: usize,
    /// The number of events that were stored before or are repeated in the batch.
    #[schema(example = 0, minimum = 0, maximum = 1000)]
    duplicates: usize,
    /// The outcome for each event, in the order of the batch.
    #[schema(max_items = 1000)]
    events: Vec<Receipt>,
}

/// Stores a batch and answers when it is durable.
pub async fn record<R: Resource>(
    caller: Caller<Write>,
    _: AcceptsJson,
    _: Query<NoParameters>,
    batch: Batch<R>,
    state: Data<State>,
) -> Result<BatchReceipt, Problem> {
    let recorded = async { Ok(state.store.record::<R>(&caller.account, batch.events).await?) };
    let receipts = database::in_time(&state.store, recorded).await?;

    let duplicates = receipts.iter().filter(|receipt| receipt.status == EventStatus::Duplicate).count();
    let accepted = receipts.len() - duplicates;
    Ok(BatchReceipt { accepted, duplicates, events: receipts })
}

impl Responder for BatchReceipt {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = if self.accepted > 0 { HttpResponse::Created() } else { HttpResponse::Ok() };
        response.json(self)
    }
}

impl Describe for BatchReceipt {
    fn describe(description: &mut Description) {
        description.json::<Self>(201, "The events are stored; at least one is new.", &[]);
        description.json::<Self>(200, "All events had already been stored.", &[]);
        let duplicate = json!({"id": "queues-4711", "sequence": 42, "status": "DUPLICATE"});
        description.example(200, json!({"accepted": 0, "duplicates": 1, "events": [duplicate]}));
    }
}

/// An event of a batch.
fn event<R: Resource>(json: Json<'_>, path: Path<'_>, violations: &mut Violations) -> Option<Event> {
    Object::read(json, path, violations, |event| {
        let id = event_id(event);
        let occurred_at = occurred_at(event);
        let event_type: Option<R::EventType> = event.text("event");
        let done_by = done_by(event);
        let from = value(event, "from");
        let to = value(event, "to");
        let subject = R::subject(event, event_type);
        let operation_id = event.optional_text("operationId");
        let details = R::details(event);
        Some(Event {
            id: id?,
            occurred_at: occurred_at?,
            event_type: event_type?.number(),
            done_by: done_by?,
            from: from?,
            to: to?,
            subject: subject?,
            operation_id: operation_id?,
            details: details?,
        })
    })
}

/// Ids that no event may have, because `/{log}/{id}` would be ambiguous: other endpoints use these path segments, and clients remove
/// `.` and `..` from a URL.
pub(super) const RESERVED_IDS: [&str; 6] = ["event-types", "facets", "export", "stream", ".", ".."];

/// The member `id`, or a new one.
fn event_id(event: &mut Object<'_>) -> Option<EventId> {
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
fn occurred_at(event: &mut Object<'_>) -> Option<Timestamp> {
    /// The maximum lead of a producer's clock.
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
fn done_by(event: &mut Object<'_>) -> Option<Actor> {
    event.object("doneBy", |actor| {
        let actor_type: Option<ActorType> = actor.text("type");
        let id = actor.optional_text("id");
        let name = actor.optional_text("name");
        let actor_type = actor_type?;
        if id == Some(None) && actor_type != ActorType::System {
            actor.refuse("id", Fault::new(format!("is required for {}; only SYSTEM may omit it", actor_type.code())));
            return None;
        }
        Some(Actor { actor_type, id: id?, name: name? })
    })
}

/// The member `from` or `to`.
fn value(event: &mut Object<'_>, name: &'static str) -> Option<Option<LabelledValue>> {
    event.optional_object(name, |object| {
        let value = object.text("value");
        let label = object.optional_text("label");
        Some(LabelledValue { value: value?, label: label? })
    })
}

//! One event of a log.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload, http::header::ContentType, web::Data,
};
use utoipa::IntoParams;

use super::{
    access::Reading,
    auth::{Caller, Read},
    database,
    endpoints::{Describe, Description},
    negotiation::AcceptsJson,
    pagination::{EVENT, encode},
    problem::Problem,
    query::{NoParameters, Query},
    resource::{Resource, ShowError},
    state::State,
};
use crate::{
    domain::{
        access::{Call, Returned},
        account::AccountId,
        text::EventId,
    },
    store::StoredEvent,
};

/// The event that the path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EventPath {
    /// The event's identifier.
    #[param(inline, required = true, value_type = EventId, example = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55")]
    // `None` if the identifier is invalid, so that no log has an event with it.
    id: Option<EventId>,
}

impl FromRequest for EventPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { id: request.match_info().query("id").parse().ok() }))
    }
}

impl Describe for EventPath {
    fn describe(description: &mut Description) {
        description.parameters(Self::into_params(|| None));
        description.problem("The account's log has no event with this id.", &Problem::unknown_event());
    }
}

/// Answers with the event.
pub async fn get<R: Resource>(
    caller: Caller<Read<R>>,
    _: AcceptsJson,
    id: EventPath,
    Query(_, parameters): Query<NoParameters>,
    state: Data<State>,
) -> Result<OneEvent<R>, Problem> {
    let reading = Reading::new(&caller, R::ACCESSED, Call::Event, &parameters, &state);
    let event = find::<R>(&state, caller.account, id).await?;
    let subject = Some(event.subject.identifier().map_err(ShowError::from)?);
    let json = encode(&R::body(&event, &state.conversation_links)?, EVENT)?;
    reading.answered(Returned { subject, ..Returned::events([event.sequence].into_iter()) });
    Ok(OneEvent { json, log: PhantomData })
}

/// The event that the path names. An event of another account is not found, like one that does not exist.
pub async fn find<R: Resource>(state: &State, account: AccountId, EventPath { id }: EventPath) -> Result<StoredEvent, Problem> {
    let id = id.ok_or_else(Problem::unknown_event)?;
    let found = database::run(&state.store, move |store| store.event::<R>(&account, &id)).await?;
    found.ok_or_else(Problem::unknown_event)
}

/// An event of a log, as JSON.
pub struct OneEvent<R> {
    json: Vec<u8>,
    log: PhantomData<R>,
}

impl<R: Resource> Responder for OneEvent<R> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type(ContentType::json()).body(self.json)
    }
}

impl<R: Resource> Describe for OneEvent<R> {
    fn describe(description: &mut Description) {
        description.json::<R::Body<'static>>(200, "The event.", &[]);
    }
}

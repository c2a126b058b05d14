//! One event of a log.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use utoipa::IntoParams;

use super::{database, parameters::Parameters, problem::Problem, resource::Resource, state::State};
use crate::{
    domain::{account::AccountId, text::EventId},
    store::StoredEvent,
};

/// Names an event in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EventPath {
    /// The event's identifier.
    #[param(inline, example = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55")]
    id: EventId,
}

impl EventPath {
    /// What can be no identifier is none that the log has.
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let id = request.match_info().query("id").parse().map_err(|_| Problem::unknown_event())?;
        Ok(Self { id })
    }
}

/// Answers with the event that the path names.
pub async fn get<R: Resource>(request: &HttpRequest, account: AccountId, state: &Data<State>) -> Result<HttpResponse, Problem> {
    Parameters::of(request).finish()?;
    let event = find::<R>(request, account, state).await?;
    Ok(HttpResponse::Ok().json(R::body(&event, &state.conversation_links)?))
}

/// The event that the path names. An unknown one and another account's look the same.
pub async fn find<R: Resource>(request: &HttpRequest, account: AccountId, state: &Data<State>) -> Result<StoredEvent, Problem> {
    let EventPath { id } = EventPath::of(request)?;
    let found = database::run(&state.store, move |store| store.event::<R>(&account, &id)).await?;
    found.ok_or_else(Problem::unknown_event)
}

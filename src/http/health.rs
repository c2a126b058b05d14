//! `/health`: for whoever starts, stops and balances instances.

use std::sync::atomic::Ordering;

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    database,
    problem::Problem,
    responses::{OpenProblems, UnavailableProblem},
    state::State,
};

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `UP`; whatever is not is answered with a problem.
    #[schema(example = "UP")]
    status: &'static str,
}

const UP: Health = Health { status: "UP" };

/// Whether the process lives
///
/// Looks at nothing else: if this does not answer, the process is to be started again.
#[utoipa::path(
    tag = "Health",
    operation_id = "getLiveness",
    security(()),
    responses((status = 200, description = "The process lives.", body = Health), OpenProblems)
)]
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(UP)
}

/// Whether requests can be served
///
/// The database answers and its schema is current, and the service is not about to stop.
#[utoipa::path(
    tag = "Health",
    operation_id = "getReadiness",
    security(()),
    responses((status = 200, description = "Requests can be served.", body = Health), OpenProblems, UnavailableProblem)
)]
#[get("/health/ready")]
pub async fn ready(state: Data<State>) -> Result<HttpResponse, Problem> {
    if state.stopping.load(Ordering::Relaxed) {
        return Err(Problem::unavailable("The service is about to stop"));
    }
    let pending = database::run(&state.store, |store| store.check()).await?;
    if pending.is_empty() {
        Ok(HttpResponse::Ok().json(UP))
    } else {
        Err(Problem::unavailable("The database's schema is not current"))
    }
}

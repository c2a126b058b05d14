//! `/health`: for orchestrators and load balancers.

use std::sync::atomic::Ordering;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    database,
    endpoints::{Content, Describe, Description},
    problem::Problem,
    state::State,
};

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `UP`; any other state is answered with a problem.
    #[schema(example = "UP")]
    status: &'static str,
}

const UP: Health = Health { status: "UP" };

impl Content for Health {
    const DESCRIPTION: &str = "The service is up.";
}

/// Whether the process runs. It checks nothing else.
pub async fn live() -> Result<Json<Health>, Problem> {
    Ok(Json(UP))
}

/// Whether requests can be served: the database can be reached, its schema is current, and the service is not stopping.
pub async fn ready(state: Data<State>) -> Result<Ready, Problem> {
    if state.stopping.load(Ordering::Relaxed) {
        return Err(Problem::unavailable("The service is stopping"));
    }
    let pending = database::run(&state.store, |store| store.check()).await?;
    if pending.is_empty() { Ok(Ready(UP)) } else { Err(Problem::unavailable("The schema of the database is not current")) }
}

/// The response of a service that can serve requests.
pub struct Ready(Health);

impl Responder for Ready {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

impl Describe for Ready {
    fn describe(description: &mut Description) {
        description.json::<Health>(200, "Requests can be served.", &[]);
        description.problem("The service cannot serve requests at the moment.", &Problem::database_unreachable());
    }
}

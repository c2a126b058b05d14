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
    endpoints::{Content, Describe, Description},
    problem::Problem,
    state::State,
};
use crate::store::{StoreError, Unready};

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `UP`; in any other state, the response is a problem.
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

/// Any other request, as long as the database is not open.
pub async fn starting() -> Result<Json<Health>, Problem> {
    Err(Problem::unavailable("The service is starting: the database is not open yet"))
}

/// Whether requests can be served: the database can be reached and has space, its schema is current and complete, and the service
/// is not stopping.
pub async fn ready(state: Data<State>) -> Result<Ready, Problem> {
    if state.stopping.load(Ordering::Relaxed) {
        return Err(Problem::unavailable("The service is stopping"));
    }
    state.readiness.check(&state.store).await?;
    Ok(Ready(UP))
}

impl From<Unready> for Problem {
    fn from(reason: Unready) -> Self {
        match reason {
            Unready::Store(StoreError::Full(_)) => {
                Self::unavailable("The storage of the database is full; only reads are served")
            }
            Unready::Store(StoreError::Incomplete(_)) => {
                Self::unavailable("The schema of the database is incomplete: a table is missing or cannot be read")
            }
            Unready::Store(error) => error.into(),
            Unready::Migrations(_) => Self::unavailable("The schema of the database is not current"),
        }
    }
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

//! Calls of the store from a handler: off the event loop, and never for longer than a client should wait.

use std::{sync::Arc, time::Duration};

use actix_web::web;

use super::problem::Problem;
use crate::store::Store;

/// How long an answer may wait for the database, all in all. A call that takes longer goes on alone; if it was a write it
/// may still succeed, so it must be sent again with the same identifiers to learn what became of it.
const DEADLINE: Duration = Duration::from_millis(1900);

/// Runs a blocking call of the store.
pub async fn run<T, E>(store: &Arc<Store>, call: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    let store = Arc::clone(store);
    match tokio::time::timeout(DEADLINE, web::block(move || call(&store))).await {
        Ok(Ok(outcome)) => outcome.map_err(Into::into),
        Ok(Err(_)) => Err(Problem::internal()),
        Err(_) => {
            tracing::warn!("the database took too long");
            Err(Problem::unavailable("The database is too slow at the moment; try again"))
        }
    }
}

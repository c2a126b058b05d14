//! Calls of the store from a handler: off the event loop, and never for longer than a client should wait.

use std::{future::Future, sync::Arc};

use actix_web::web;

use super::problem::Problem;
use crate::store::Store;

/// Runs a blocking call of the store. One that takes longer than the store's deadline goes on alone; if it was a write it may
/// still succeed, so it must be sent again with the same identifiers to learn what became of it.
pub async fn run<T, E>(store: &Arc<Store>, call: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    let shared = Arc::clone(store);
    wait(store, async {
        match web::block(move || call(&shared)).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(_) => Err(Problem::internal()),
        }
    })
    .await
}

/// Waits for what the store does by itself, no longer than its deadline.
pub async fn wait<T, E: Into<Problem>>(store: &Store, outcome: impl Future<Output = Result<T, E>>) -> Result<T, Problem> {
    match tokio::time::timeout(store.deadline(), outcome).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(_) => {
            tracing::warn!("the database took too long");
            Err(Problem::unavailable("The database is too slow at the moment; try again"))
        }
    }
}

//! Calls of the store from handlers: off the event loop, and with a deadline.

use std::{future::Future, sync::Arc};

use actix_web::web;

use super::problem::Problem;
use crate::store::Store;

/// Runs a blocking call of the store on another thread. After the store's deadline, this returns an error, and the call runs on.
pub async fn run<T, E>(store: &Arc<Store>, call: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    let shared = Arc::clone(store);
    in_time(store, async {
        let permit = store.permit().await?;
        let call = move || {
            // Held until the call has ended, which can be after its deadline.
            let _permit = permit;
            call(&shared)
        };
        web::block(call).await.map_err(|_| Problem::internal())?.map_err(Into::into)
    })
    .await
}

/// Waits for the store at most until its deadline. A write may still succeed after that. Sending it again with the same
/// identifiers shows whether it was stored.
pub async fn in_time<T>(store: &Store, answer: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::time::timeout(store.deadline(), answer).await.unwrap_or_else(|_| {
        store.note_slow();
        Err(Problem::unavailable("The database is too slow at the moment; try again later"))
    })
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use actix_web::{ResponseError, http::StatusCode};

    use super::*;
    use crate::store::StoreSettings;

    #[actix_web::test]
    async fn an_abandoned_call_keeps_its_permit_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&StoreSettings {
            url: format!("sqlite://{}/permits.db", directory.path().display()).parse().unwrap(),
            read_connections: 1,
            write_connections: 1,
            write_queue: 1,
            term_cache: 1 << 20,
            deadline: Duration::from_millis(800),
        }));
        let (end, ends) = mpsc::channel::<()>();
        let first = run(&store, move |_| {
            let _ = ends.recv();
            Ok::<_, Problem>(())
        });
        tokio::time::timeout(Duration::from_millis(100), first).await.expect_err("it does not end by itself");

        let second = run(&store, |_| Ok::<_, Problem>(())).await;
        assert_eq!(second.unwrap_err().status_code(), StatusCode::SERVICE_UNAVAILABLE);
        end.send(()).unwrap();
        run(&store, |_| Ok::<_, Problem>(())).await.expect("the permit is free again");
    }
}

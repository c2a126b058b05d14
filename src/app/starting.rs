//! Serves the port until the database is open, live but not ready. The database may be unreachable, or the migration may take
//! long.

use std::{
    net::{SocketAddr, TcpListener},
    num::NonZero,
    pin::pin,
    time::{Duration, Instant},
};

use actix_web::{
    App,
    dev::Server,
    middleware::from_fn,
    rt::{
        self,
        task::spawn_blocking,
        time::{sleep, timeout},
    },
};

use super::StartError;
use crate::{
    http::{
        connection::{self, ServerSettings},
        cors::{Origin, cors},
        middleware, routes,
    },
    store::{self, StoreError, StoreSettings},
};

/// How long opening the database may take before the port is served without it.
const GRACE: Duration = Duration::from_secs(1);

/// The pause between two attempts to reach the database.
const INTERVAL: Duration = Duration::from_millis(250);

/// A service whose database is not open yet.
pub(super) struct Starting<'a> {
    pub listener: &'a TcpListener,
    /// The address of the listener.
    pub address: SocketAddr,
    pub server: &'a ServerSettings,
    pub database: &'a StoreSettings,
    /// The maximum time to wait for the database.
    pub timeout: Duration,
    /// The origins whose pages can read the responses.
    pub origins: &'a [Origin],
}

impl Starting<'_> {
    /// Waits until the database is reachable and accepts writes, then runs `open`, which may block.
    ///
    /// # Errors
    ///
    /// [`StartError::Unreachable`] if the database is not reachable in time, [`StartError::Store`] if it refuses the connection, and the
    /// errors of `open`.
    pub(super) async fn until_open<T: Send + 'static>(
        &self,
        open: impl FnOnce() -> Result<T, StartError> + Send + 'static,
    ) -> Result<T, StartError> {
        let mut opened = pin!(async {
            self.reach().await?;
            blocking(open).await
        });
        if let Ok(opened) = timeout(GRACE, &mut opened).await {
            return opened;
        }
        let interim = self.interim()?;
        let handle = interim.handle();
        rt::spawn(interim);
        let opened = opened.await;
        connection::stop(&handle).await;
        opened
    }

    /// Waits for the database, unless the server refuses the connection: waiting does not correct a password. Logs one line when
    /// the database is unreachable, and one when it is reachable.
    async fn reach(&self) -> Result<(), StartError> {
        let began = Instant::now();
        let mut is_waiting = false;
        loop {
            let database = self.database.clone();
            let Err(error) = blocking(move || Ok(store::reach(&database))).await? else { break };
            if error.is_refusal() {
                return Err(error.into());
            }
            if began.elapsed() >= self.timeout {
                return Err(StartError::Unreachable { timeout: self.timeout, error });
            }
            if !is_waiting {
                tracing::warn!(%error, address = %self.address, "the database is unreachable or read-only; waiting for it, live but not ready");
                is_waiting = true;
            }
            sleep(INTERVAL).await;
        }
        if is_waiting {
            tracing::info!("the database is reachable and accepts writes");
        }
        Ok(())
    }

    /// Serves `/health/live`, and 503 for everything else.
    fn interim(&self) -> Result<Server, StartError> {
        let one = Some(NonZero::<u16>::MIN);
        // Keep-alive is disabled, so that no connection is closed while its client sends another request.
        let keep_alive = Duration::ZERO;
        let server = ServerSettings { workers: one, stop_timeout: Duration::from_secs(1), keep_alive, ..self.server.clone() };
        let origins = self.origins.to_vec();
        let application = move || {
            let app = App::new().wrap(from_fn(middleware::protect)).wrap(cors(&origins));
            app.wrap(from_fn(middleware::around)).configure(routes::starting)
        };
        let served = self.listener.try_clone().and_then(|listener| connection::server(listener, server, application));
        served.map_err(|error| StartError::Listen { address: self.address, error })
    }
}

async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T, StartError> + Send + 'static) -> Result<T, StartError> {
    let panicked = |error: rt::task::JoinError| StoreError::Unavailable(error.to_string());
    spawn_blocking(call).await.map_err(panicked)?
}

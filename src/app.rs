//! Builds the application from its settings, for `main` and for the tests.

mod starting;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use actix_web::{
    App,
    dev::{Server, ServerHandle},
    middleware::{Compress, from_fn},
    rt::{
        signal::unix::{Signal, SignalKind, signal},
        task::spawn_blocking,
    },
    web::Data,
};
use aws_lc_rs::rand;
use thiserror::Error;

use self::starting::Starting;
use crate::{
    config::{Refusals, Resolved, Settings},
    http::{
        body::Bodies,
        body_memory::{BodyMemory, LARGE_PAGES},
        connection::{
            self, KEEP_ALIVE, ServerSettings,
            limits::Connections,
            tls::{self, TlsError},
        },
        contract::Contract,
        conversation_links::ConversationLinks,
        cors::cors,
        cursor::Cursors,
        demo::DemoTokens,
        long_reads::LongReads,
        middleware,
        openapi::{self, Version},
        page_cache::PageCache,
        rate_limits::RateLimits,
        readiness::Readiness,
        routes,
        slots::Slots,
        state::State,
        stream::streams::Streams,
    },
    store::{self, Store, StoreError, StoreSettings, Unready},
};

/// The application could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] Refusals),
    #[error(transparent)]
    Store(StoreError),
    #[error(
        "{0}; to serve with a role that must not create tables, run `logbook migrate` as their owner and set LOGBOOK_MIGRATE_ON_START=false"
    )]
    Migration(StoreError),
    #[error("{0}; run `logbook migrate`, and grant the role of the service the privileges that docs/security.md lists")]
    Schema(Unready),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the database was unreachable or read-only for {}: {error}", humantime::format_duration(*timeout))]
    Unreachable { timeout: Duration, error: StoreError },
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("cannot write the OpenAPI document: {0}")]
    OpenApi(#[from] serde_json::Error),
    #[error("the operating system provides no random numbers")]
    Random,
}

impl From<StoreError> for StartError {
    /// A statement that fails before requests are served needs a schema or a privilege that is missing.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Migration(_) => Self::Migration(error),
            StoreError::Failed(_) => Self::Schema(error.into()),
            error => Self::Store(error),
        }
    }
}

/// The application, listening but not serving yet.
pub struct Application {
    address: SocketAddr,
    server: Server,
    state: Data<State>,
    connections: Arc<Connections>,
    stop_delay: Duration,
}

impl Application {
    /// Binds the port, waits for the database, migrates the schema unless that is disabled, and opens the database.
    ///
    /// Call this in the actix runtime. If it takes long, requests get 503 in the meantime, except for `/health/live`.
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        let resolved = settings.resolve()?;
        let listener = listen(settings.listen)?;
        Self::build_on(listener, settings, resolved, None).await
    }

    /// Like [`Self::build`], on a listener of [`listen`]. With `demo_tokens`, the Logs page offers these tokens.
    pub async fn build_on(
        listener: TcpListener,
        settings: Settings,
        Resolved { tokens, store: store_settings, tls }: Resolved,
        demo_tokens: Option<DemoTokens>,
    ) -> Result<Self, StartError> {
        let (migrate, to_open) = (settings.migrate_on_start, store_settings.clone());
        let open = move || open(&to_open, migrate);
        let connections = Arc::new(Connections::new(settings.connections.limits()));
        let server = ServerSettings {
            workers: settings.workers,
            stop_timeout: settings.stop_timeout,
            keep_alive: KEEP_ALIVE,
            connections: Arc::clone(&connections),
            tls: tls.map(tls::acceptor).transpose()?,
        };
        let failed = |error| StartError::Listen { address: settings.listen, error };
        let address = listener.local_addr().map_err(failed)?;
        let starting = Starting {
            listener: &listener,
            address,
            server: &server,
            database: &store_settings,
            timeout: settings.start_timeout,
            origins: &settings.limits.cors_origins,
        };
        let (store, cursors) = starting.until_open(open).await?;
        tokens.start();
        let page_cache = PageCache::new(settings.page_cache << 20, &settings.conversation_url, &cursors.database());
        let state = Data::new(State {
            cursors,
            store: Arc::new(store),
            tokens,
            rate_limits: RateLimits::new(&settings.limits.rate_limits),
            bodies: Bodies::new(settings.body_memory),
            page_memory: BodyMemory::new(LARGE_PAGES),
            long_reads: LongReads::new(settings.database.read_connections),
            exports: Slots::new(settings.exports_per_account, "exports"),
            streams: Streams::new(settings.streams.per_account, settings.streams.heartbeat),
            readiness: Readiness::default(),
            page_cache,
            conversation_links: ConversationLinks::new(settings.conversation_url),
            stopping: AtomicBool::new(false),
        });

        let document = openapi::document();
        let [json, json_3_0] = [Version::V3_1, Version::V3_0].map(|version| openapi::json(&document, version));
        let contract = Data::new(Contract::new(&document, json?, json_3_0?));
        let demo_tokens = demo_tokens.map(Data::new);

        let (shared, origins) = (state.clone(), settings.limits.cors_origins);
        let application = move || {
            App::new()
                .app_data(shared.clone())
                .app_data(contract.clone())
                .wrap(Compress::default())
                .wrap(from_fn(middleware::protect))
                .wrap(cors(&origins))
                .wrap(from_fn(middleware::around))
                .configure(|config| routes::documented().register(config))
                .configure(|config| routes::others(config, demo_tokens.clone()))
        };
        let server = connection::server(listener, server, application).map_err(failed)?;
        Ok(Self { address, server, state, connections, stop_delay: settings.stop_delay })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle to stop the server.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped.
    pub async fn run(self) -> io::Result<()> {
        let Self { server, state, .. } = self;
        let outcome = server.await;
        record_accesses(&state).await;
        outcome
    }

    /// Serves until a signal arrives, then reports that it is not ready, and after the delay finishes the open requests.
    pub async fn run_until(self, mut signals: Signals) -> io::Result<()> {
        let Self { server, state, connections, stop_delay, .. } = self;
        let shared = state.clone();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            signals.received().await;
            tracing::info!("stopping");
            state.stop();
            actix_web::rt::time::sleep(stop_delay).await;
            // Streams are closed after the delay, when load balancers use other instances, because their clients reconnect at once.
            state.streams.close();
            connections.stop();
            connection::stop(&handle).await;
        });
        let outcome = server.await;
        record_accesses(&shared).await;
        outcome
    }
}

/// Waits until the accesses up to now are recorded.
async fn record_accesses(state: &Data<State>) {
    let state = state.clone();
    match spawn_blocking(move || state.store.flush_accesses()).await {
        Ok(0) => {}
        Ok(count) => tracing::error!(count, "accesses are lost: the database did not store them before the service stopped"),
        Err(error) => tracing::error!(%error, "accesses may be lost"),
    }
}

/// Binds the port. Call this before the database is opened, so that a second instance on the same port fails without touching it.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|error| StartError::Listen { address, error })
}

/// SIGTERM and SIGINT. A signal that arrives before [`Signals::received`] is called is not lost: the call returns at once.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// After this, the signals do not end the process.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for a signal. If the future is dropped, no signal is lost.
    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Opens the database, which must be reachable.
fn open(settings: &StoreSettings, migrate: bool) -> Result<(Store, Cursors), StartError> {
    if migrate {
        for name in store::migrate(settings)? {
            tracing::info!(name, "ran a migration");
        }
    } else {
        let pending = store::pending_migrations(settings)?;
        if !pending.is_empty() {
            return Err(StartError::Schema(Unready::Migrations(pending)));
        }
    }
    let store = Store::open(settings);
    let cursors = Cursors::new(&cursor_key(&store)?);
    Ok((store, cursors))
}

/// The key that signs cursors: created by the first instance, read by all.
fn cursor_key(store: &Store) -> Result<Vec<u8>, StartError> {
    let mut candidate = [0; Cursors::KEY_LENGTH];
    rand::fill(&mut candidate).map_err(|_| StartError::Random)?;
    Ok(store.key(Cursors::KEY_NAME, &candidate)?)
}

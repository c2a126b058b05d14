//! Connections: accepts them, limits their number, and closes those whose clients do not read.
//!
//! The server of actix-web has no limit for a client that does not read its response, so connections pass through
//! `stream::Connection` before the HTTP layer gets them.

pub mod limits;
mod pieces;
mod stream;
pub mod tls;

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    sync::Arc,
    thread,
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, error::DispatchError};
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Response},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::either::Either;

pub use self::pieces::Pieces;
use self::{limits::Connections, stream::Connection};

/// The maximum time to receive the head of a request, and for a TLS handshake.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// The maximum number of unsent bytes in the kernel's buffer of a connection. For a client that does not read, the service
/// produces only this part of the response and that in the client's own buffer; by default, it would be several MiB.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

/// The usual time after which an idle connection is closed.
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long connections are still served that were accepted before the server stopped accepting.
const SETTLING: Duration = Duration::from_millis(100);

/// The maximum time for a client to close its side.
const DISCONNECT_DEADLINE: Duration = Duration::from_secs(2);

/// How connections are served.
#[derive(Clone)]
pub struct ServerSettings {
    /// Threads; `None` for one per core.
    pub workers: Option<NonZero<u16>>,
    /// The maximum time for open requests after the server was asked to stop.
    pub stop_timeout: Duration,
    /// The time after which an idle connection is closed; zero to close each connection after one response.
    pub keep_alive: Duration,
    pub connections: Arc<Connections>,
    pub tls: Option<TlsAcceptor>,
}

/// A server of the application on a listener. It runs when it is polled.
pub fn server<F, A, S, B>(listener: TcpListener, settings: ServerSettings, application: F) -> io::Result<Server>
where
    F: Fn() -> A + Clone + Send + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let ServerSettings { workers, stop_timeout, keep_alive, connections, tls } = settings;
    let workers = workers.map(NonZero::<usize>::from).or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let server = Server::build()
        .workers(workers)
        // `connections` has the limits. This additional one, per worker, ensures that file descriptors suffice while many clients
        // connect at once: when it is reached, the server accepts no connection until another one has closed.
        .max_concurrent_connections(connections.maximum().div_ceil(workers))
        .shutdown_timeout(stop_timeout.as_secs())
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let factory = move || {
        let stopping = stopping.clone();
        let application = application().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(HEAD_DEADLINE)
            .client_disconnect_timeout(DISCONNECT_DEADLINE)
            .keep_alive(keep_alive)
            // A client that closes its side counts as disconnected. So the slot of its stream is free at once, not when the next
            // write fails.
            .h1_allow_half_closed(false)
            .h1_write_buffer_size(pieces::SIZE)
            .on_connect_ext(|accepted: &Accepted, data| {
                let connection = match accepted {
                    Accepted::Left(tls) => tls.get_ref().0,
                    Accepted::Right(plain) => plain,
                };
                if let Some(refusal) = connection.slot().refusal() {
                    data.insert(refusal);
                }
            })
            .finish(map_config(application, |()| AppConfig::default()));
        let (connections, tls) = (Arc::clone(&connections), tls.clone());
        fn_service(move |stream| accept(stream, Arc::clone(&connections), tls.clone())).and_then(http)
    };
    Ok(server.listen("logbook", listener, factory)?.run())
}

/// Stops a server after the open requests.
///
/// A stopping server drops the connections that it accepts, so it stops accepting first. From then on, clients that connect wait
/// for the next server on the listener, or are refused when the process ends.
pub async fn stop(server: &ServerHandle) {
    server.pause().await;
    tokio::time::sleep(SETTLING).await;
    server.stop(true).await;
}

/// A connection, after the TLS handshake if there is one.
type Accepted = Either<tokio_rustls::server::TlsStream<Connection>, Connection>;

async fn accept(
    stream: TcpStream,
    connections: Arc<Connections>,
    tls: Option<TlsAcceptor>,
) -> Result<(Accepted, Protocol, Option<SocketAddr>), DispatchError> {
    let address = stream.peer_addr()?;
    let slot = connections.admit(address.ip()).ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT)?;
    let connection = Connection::new(stream, slot);
    let accepted = match tls {
        None => Accepted::Right(connection),
        Some(tls) => Accepted::Left(tokio::time::timeout(HEAD_DEADLINE, tls.accept(connection)).await.map_err(io::Error::from)??),
    };
    Ok((accepted, Protocol::Http1, Some(address)))
}

//! A small identity provider on loopback: publishes a discovery document and keys, and can simulate faults.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};

/// The path of the keys.
pub(super) const KEYS: &str = "/keys";

/// The response to a path.
#[derive(Clone)]
pub(super) enum Response {
    /// Status 200 with this body.
    Body(Vec<u8>),
    Redirect(String),
    /// Nothing, and the connection stays open.
    Silence,
}

/// Runs until the test process ends.
pub(super) struct IdentityProvider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    responses: HashMap<String, Response>,
    requests: HashMap<String, usize>,
    is_unreachable: bool,
    refused: usize,
}

impl IdentityProvider {
    /// Publishes nothing yet.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.unwrap(), Arc::clone(&shared));
                // A client that disconnects is not an error.
                std::thread::spawn(move || respond(stream, &state).ok());
            }
        });
        Self { address, state }
    }

    /// With a discovery document for the issuer at this path, and these keys.
    pub(super) fn with_keys(path: &str, keys: &[Value]) -> Self {
        let provider = Self::start();
        let issuer = provider.url(path);
        let document = json!({
            "issuer": issuer,
            "jwks_uri": provider.url(KEYS),
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let discovery = format!("{}/.well-known/openid-configuration", path.trim_end_matches('/'));
        provider.set(&discovery, document.to_string());
        provider.publish(keys);
        provider
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn publish(&self, keys: &[Value]) {
        self.set(KEYS, json!({ "keys": keys }).to_string());
    }

    pub(super) fn set(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.respond_with(path, Response::Body(body.into()));
    }

    pub(super) fn respond_with(&self, path: &str, response: Response) {
        self.state().responses.insert(path.to_owned(), response);
    }

    /// Whether connections are closed without a response.
    pub(super) fn set_unreachable(&self, is_unreachable: bool) {
        self.state().is_unreachable = is_unreachable;
    }

    /// The number of requests for a path, without those while it was unreachable.
    pub(super) fn requests(&self, path: &str) -> usize {
        self.state().requests.get(path).copied().unwrap_or(0)
    }

    /// The number of connections that were closed while it was unreachable.
    pub(super) fn refused(&self) -> usize {
        self.state().refused
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn respond(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    // The rest of the head must be read, or closing would reset the connection.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let response = {
        let mut state = state.lock().unwrap();
        if state.is_unreachable {
            state.refused += 1;
            return Ok(());
        }
        *state.requests.entry(path.clone()).or_default() += 1;
        state.responses.get(&path).cloned()
    };
    match response {
        Some(Response::Body(body)) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
            stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
            stream.write_all(&body)
        }
        Some(Response::Redirect(url)) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes())
        }
        Some(Response::Silence) => loop {
            std::thread::park();
        },
        None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

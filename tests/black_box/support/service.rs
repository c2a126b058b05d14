//! The application, run in the test's own process, and tokens for it.

use std::{net::SocketAddr, thread::JoinHandle, time::SystemTime};

use actix_web::dev::ServerHandle;
use jsonwebtoken::{EncodingKey, Header};
use logbook::{app::Application, config::Settings};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    client::{self, Client},
    database::Database,
};

/// The HS256 secret that the services run with.
pub const SECRET: &str = "a secret for tests only, which no deployment may use";

/// The application on a free loopback port; stopped when dropped.
pub struct Service {
    address: SocketAddr,
    handle: ServerHandle,
    /// The service has a thread of its own, so that the test cannot block it between two requests.
    thread: Option<JoinHandle<()>>,
    http: reqwest::Client,
}

impl Service {
    /// Starts it with default settings, except for the address and the key.
    pub async fn start(database: &Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Starts it with more command-line flags, which take precedence over those of the tests.
    pub async fn start_with(database: &Database, arguments: &[&str]) -> Self {
        let defaults = [
            ("--database-url", database.url()),
            ("--listen", "127.0.0.1:0"),
            ("--jwt-secret", SECRET),
            ("--workers", "2"),
            // Long, because other tests run at the same time.
            ("--database-timeout", "60s"),
            ("--migrate-on-start", if database.is_restricted() { "false" } else { "true" }),
        ];
        let mut flags: Vec<String> = Vec::new();
        for (flag, value) in defaults {
            if !arguments.iter().any(|argument| argument.split('=').next() == Some(flag)) {
                flags.extend([flag.to_owned(), value.to_owned()]);
            }
        }
        flags.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let settings = Settings::from_arguments(flags).unwrap_or_else(|error| panic!("{error}"));

        let (started, start) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let application = Application::build(settings).await.unwrap_or_else(|error| panic!("{error}"));
                let _ = started.send((application.address(), application.handle()));
                application.run().await.expect("the service ends without an error");
            });
        });
        let (address, handle) = start.await.expect("the service starts; its log is above");
        Self { address, handle, thread: Some(thread), http: client::http().build().unwrap() }
    }

    /// Its address and port.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client with a valid token of this account and these roles.
    pub fn client(&self, account: &str, roles: &[&str]) -> Client {
        self.with_authorization(&format!("Bearer {}", token(account, roles)))
    }

    /// A client that sends no `Authorization`.
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), self.url(""), None)
    }

    /// A client that sends exactly this `Authorization`.
    pub fn with_authorization(&self, header: &str) -> Client {
        Client::new(self.http.clone(), self.url(""), Some(header))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The call sends the command. Joining the thread waits for its end, so the future need not be awaited.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the service panicked; its log is above");
        }
    }
}

/// A token that is valid for an hour.
pub fn token(account: &str, roles: &[&str]) -> String {
    sign(&json!({"sub": "tester", "accountId": account, "roles": roles, "exp": seconds_since_epoch() + 3600}))
}

/// A token with these claims, signed by HS256 with [`SECRET`].
pub fn sign(claims: &Value) -> String {
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn seconds_since_epoch() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

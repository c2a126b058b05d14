//! Fetches the keys of an issuer over HTTP. Blocks, so call this on a thread of its own.

use std::{net::IpAddr, sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;
use rustls::crypto::aws_lc_rs;
use serde::Deserialize;
use thiserror::Error;
use ureq::{
    Agent,
    http::Uri,
    tls::{RootCerts, TlsConfig},
};

use super::key::{self, Key, KeyError};

/// The maximum time of a request, from the name's resolution to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum size of a response, in bytes.
const MAXIMUM_SIZE: u64 = 256 * 1024;

/// The location of published keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// The URL of a JWKS.
    Jwks(String),
    /// The issuer, whose `/.well-known/openid-configuration` has the URL (OpenID Connect Discovery 1.0, 4).
    Discovery(String),
}

#[derive(Debug, Error)]
pub enum FetchError {
    #[error("{url}: {error}")]
    Request { url: String, error: Box<ureq::Error> },
    /// Any unexpected status, including redirects, because they are not followed.
    #[error("{url}: status {status}")]
    Status { url: String, status: u16 },
    #[error("{url}: {error}")]
    Keys { url: String, error: KeyError },
    #[error("{url}: not a discovery document with the members issuer and jwks_uri")]
    NotDiscovery { url: String },
    #[error("{url}: the document belongs to another issuer")]
    OtherIssuer { url: String },
    #[error("{url}: jwks_uri: {message}")]
    KeyUrl { url: String, message: &'static str },
}

/// Fetches and parses keys.
#[derive(Debug)]
pub struct Fetcher {
    agent: Agent,
    location: KeyLocation,
    algorithms: Vec<Algorithm>,
}

/// A fetched JWKS and its usable keys.
pub struct Fetched {
    /// As it was received, to recognize changes.
    pub json: Vec<u8>,
    pub keys: Vec<Key>,
}

impl Fetcher {
    /// The URL must be secure: see [`check_url`].
    pub fn new(location: KeyLocation, algorithms: Vec<Algorithm>) -> Self {
        let (KeyLocation::Jwks(url) | KeyLocation::Discovery(url)) = &location;
        let is_secure = url.starts_with("https://");
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .https_only(is_secure)
            .timeout_global(Some(TIMEOUT))
            .tls_config(system_roots())
            .user_agent(concat!("logbook/", env!("CARGO_PKG_VERSION")));
        // Loopback needs no proxy.
        let config = if is_secure { config } else { config.proxy(None) };
        Self { agent: config.build().new_agent(), location, algorithms }
    }

    pub fn location(&self) -> &str {
        let (KeyLocation::Jwks(url) | KeyLocation::Discovery(url)) = &self.location;
        url
    }

    /// The current keys. With discovery these are two requests.
    pub fn fetch(&self) -> Result<Fetched, FetchError> {
        let url = match &self.location {
            KeyLocation::Jwks(url) => url.clone(),
            KeyLocation::Discovery(issuer) => self.discover(issuer)?,
        };
        let json = self.get(&url)?;
        let keys = key::of_jwks(&json, &self.algorithms).map_err(|error| FetchError::Keys { url, error })?;
        Ok(Fetched { json, keys })
    }

    fn discover(&self, issuer: &str) -> Result<String, FetchError> {
        #[derive(Deserialize)]
        struct Document {
            issuer: String,
            jwks_uri: String,
        }
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = serde_json::from_slice::<Document>(&self.get(&url)?);
        let Ok(document) = document else { return Err(FetchError::NotDiscovery { url }) };
        if document.issuer != issuer {
            return Err(FetchError::OtherIssuer { url });
        }
        if issuer.starts_with("https://") && !document.jwks_uri.starts_with("https://") {
            return Err(FetchError::KeyUrl { url, message: INSECURE });
        }
        check_url(&document.jwks_uri).map_err(|message| FetchError::KeyUrl { url, message })?;
        Ok(document.jwks_uri)
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let failed = |error| FetchError::Request { url: url.to_owned(), error: Box::new(error) };
        let mut response = self.agent.get(url).header("Accept", "application/json").call().map_err(failed)?;
        match response.status().as_u16() {
            200 => response.body_mut().with_config().limit(MAXIMUM_SIZE).read_to_vec().map_err(failed),
            status => Err(FetchError::Status { url: url.to_owned(), status }),
        }
    }
}

const INSECURE: &str = "https is required; http is only allowed for loopback addresses";

/// Whether keys may be fetched from this URL: by https, or by http from this machine.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "not a URL")?;
    let authority = uri.authority().ok_or("not an absolute URL")?;
    if authority.as_str().contains('@') {
        return Err("must not contain a user or a password");
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback => Ok(()),
        _ => Err(INSECURE),
    }
}

/// Trusts the certificates that the system trusts.
pub fn system_roots() -> TlsConfig {
    TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_over_https_or_from_loopback_addresses() {
        for good in ["https://issuer.example/keys", "http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]:1/k"] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in [
            "http://issuer.example/keys",
            "http://10.0.0.1/keys",
            "http://localhost.example/keys",
            "http://127.0.0.1.example/keys",
            "http://127.0.0.1@issuer.example/keys",
            "https://user:password@issuer.example/keys",
            "ftp://127.0.0.1/keys",
            "file:///etc/keys",
            "issuer.example",
            "/keys",
            "",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}

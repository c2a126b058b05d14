//! Settings of connections.

use std::path::PathBuf;

use clap::Args;
use rustix::process::{Resource, getrlimit, setrlimit};

use super::SettingsError;
use crate::http::connection::{
    limits::ConnectionLimits,
    tls::{Certificate, TlsFiles},
};

/// How many clients may connect, and whether they use TLS.
#[derive(Debug, Clone, Args)]
pub struct ConnectionSettings {
    /// The maximum number of open connections; less if the limit of open files is lower
    #[arg(long, env = "LOGBOOK_CONNECTIONS", default_value_t = 10_000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,

    /// The maximum number of open connections from one address (IPv6: one /64 network) [default: half of all]
    #[arg(long, env = "LOGBOOK_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections_per_address: Option<u32>,

    /// PEM file of the certificate chain for TLS; read again when it changes
    #[arg(long, env = "LOGBOOK_TLS_CERTIFICATE_FILE", value_name = "FILE")]
    pub tls_certificate_file: Option<PathBuf>,

    /// PEM file of the certificate's private key
    #[arg(long, env = "LOGBOOK_TLS_KEY_FILE", value_name = "FILE")]
    pub tls_key_file: Option<PathBuf>,
}

impl ConnectionSettings {
    /// The limits. They are reduced so that file descriptors remain for the database and for files.
    pub fn limits(&self) -> ConnectionLimits {
        /// The number of file descriptors that remain for the database, for files, and for connections that are refused or closing.
        const RESERVED: u64 = 192;
        let descriptors = open_files().saturating_sub(RESERVED).max(1);
        let in_all = usize::try_from(descriptors.min(self.connections.into())).unwrap_or(usize::MAX);
        let per_address = self.connections_per_address.map_or((in_all / 2).max(1), |limit| limit as usize);
        ConnectionLimits { in_all, per_address }
    }

    /// The certificate for TLS; `None` without TLS.
    pub fn tls(&self) -> Result<Option<Certificate>, SettingsError> {
        let alone = |given: &str, missing: &str| {
            let (origin, message) = (given.to_owned(), format!("also requires {missing}"));
            Err(SettingsError::Invalid { origin, message })
        };
        match (self.tls_certificate_file.clone(), self.tls_key_file.clone()) {
            (None, None) => Ok(None),
            (Some(_), None) => alone("LOGBOOK_TLS_CERTIFICATE_FILE", "LOGBOOK_TLS_KEY_FILE"),
            (None, Some(_)) => alone("LOGBOOK_TLS_KEY_FILE", "LOGBOOK_TLS_CERTIFICATE_FILE"),
            (Some(certificate), Some(key)) => Ok(Some(Certificate::load(TlsFiles { certificate, key })?)),
        }
    }
}

/// Raises the limit of open files as far as permitted, and returns it.
fn open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it cannot be raised, the limit remains as it is.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

//! `logbook healthcheck`

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use rustls::crypto::aws_lc_rs;
use ureq::{Agent, tls::TlsConfig};

use super::{CommandError, print, reachable};
use crate::config::listen_address;

const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address and port that the service listens on
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: SocketAddr,

    /// Certificate file of the service; if it is set, the check uses TLS. The file is not read
    #[arg(long, env = "LOGBOOK_TLS_CERTIFICATE_FILE", value_name = "FILE")]
    tls_certificate_file: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let scheme = if arguments.tls_certificate_file.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/health/ready", reachable(arguments.listen));
    // The address is one of this machine, which the certificate does not name, and the request has no secret.
    let tls = TlsConfig::builder()
        .disable_verification(true)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build();
    let agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(TIMEOUT))
        .tls_config(tls)
        .build()
        .new_agent();
    let response = agent.get(&url).call().map_err(|error| CommandError::Other(format!("not ready: {url}: {error}")))?;
    if response.status() == 200 {
        print("ready\n")
    } else {
        Err(CommandError::Other(format!("not ready: {url} answered {}", response.status())))
    }
}

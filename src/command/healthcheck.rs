//! `logbook healthcheck`

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use ureq::Agent;

use super::{CommandError, reachable};
use crate::config::listen_address;

const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address and port that the service listens on
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: SocketAddr,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let url = format!("http://{}/health/ready", reachable(arguments.listen));
    let agent = Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(TIMEOUT)).build().new_agent();
    let response = agent.get(&url).call().map_err(|error| CommandError::Other(format!("not ready: {url}: {error}")))?;
    if response.status() == 200 {
        println!("ready");
        Ok(())
    } else {
        Err(CommandError::Other(format!("not ready: {url} answered {}", response.status())))
    }
}

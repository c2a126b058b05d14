//! `logbook healthcheck`

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use clap::Args;

use super::CommandError;

/// How long connecting, and each read and write, may take.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address and port that the service listens on
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
}

/// One request in plain HTTP/1.0 needs no client library: the answer's first line says it all.
pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let mut address = arguments.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health/ready HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let first_line = answer.lines().next().unwrap_or_default();
    match first_line.split(' ').nth(1) {
        Some("200") => {
            println!("ready");
            Ok(())
        }
        _ => Err(CommandError::Other(format!("not ready: {first_line}"))),
    }
}

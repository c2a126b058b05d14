//! The ceilings: servers that do as little work as possible, each in a separate process (this program with a hidden command).

mod bare_postgres;
mod bare_sqlite;
mod naive;
mod page;
mod server;

use std::{net::SocketAddr, path::Path};

use clap::{Args, ValueEnum};

use crate::{
    Outcome,
    processes::{Process, free_port, ready},
};

pub use server::serve;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The same bytes from memory, through the same framework.
    Memory,
    /// The same rows, read with a bare prepared statement.
    Bare,
    /// Writes with one transaction per request.
    Naive,
}

/// The hidden command.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long)]
    kind: Kind,
    #[arg(long)]
    listen: SocketAddr,
    /// The file that the memory server returns
    #[arg(long)]
    body: Option<std::path::PathBuf>,
    #[arg(long)]
    database_url: Option<String>,
    /// The event types, as the service lists them
    #[arg(long)]
    catalogue: Option<std::path::PathBuf>,
}

/// A running server.
pub struct Ceiling {
    pub address: SocketAddr,
    pub process: Process,
}

impl Ceiling {
    /// Starts a server and waits until it responds.
    pub async fn start(kind: Kind, arguments: &[&str], directory: &Path) -> Outcome<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let kind = kind.to_possible_value().ok_or("a name")?;
        let listen = address.to_string();
        let fixed = ["ceiling", "--kind", kind.get_name(), "--listen", &listen];
        let arguments: Vec<String> = fixed.iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
        let process = Process::start(&std::env::current_exe()?, &arguments, "TERM", &directory.join("ceilings.log"), None)?;
        ready(address, "/ready", &process).await?;
        Ok(Self { address, process })
    }
}

//! The command line, one file for each command.

mod client;
mod config;
mod demo;
mod export;
mod healthcheck;
mod import;
mod migrate;
mod openapi;
mod serve;
mod token;

use std::{
    ffi::OsString,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::{CommandFactory, Parser, Subcommand};
use thiserror::Error;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::{
    app::StartError,
    config::{self as settings, ConfigFileSetting, LoadError, Loaded, LogFormat, LogSettings, Settings, SettingsError},
    store::StoreError,
    telemetry,
};

/// Who changed what, and when: the log service behind the Logs page
#[derive(Debug, Parser)]
#[command(name = "logbook", version, propagate_version = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten, next_help_heading = "Log lines and configuration file")]
    log: LogSettings,
    #[command(flatten, next_help_heading = "Log lines and configuration file")]
    _file: ConfigFileSetting,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve(Box<Settings>),
    /// Serve the API with sample data and a publicly known signing key: NOT FOR PRODUCTION
    Demo(demo::Arguments),
    /// Print a token signed with the secret, for development and tests
    Token(token::Arguments),
    /// Migrate the database schema
    Migrate(migrate::Arguments),
    /// Check or list the settings
    #[command(subcommand)]
    Config(config::Command),
    /// Print the OpenAPI document
    Openapi(openapi::Arguments),
    /// Send the events of an NDJSON file to a running service
    Import(import::Arguments),
    /// Fetch a log of a running service as NDJSON
    Export(export::Arguments),
    /// Check whether a running service is ready; exit code 0 if it is
    Healthcheck(healthcheck::Arguments),
}

#[derive(Debug, Error)]
pub enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("cannot serve: {0}")]
    Serve(io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Any other error, as a message.
    #[error("{0}")]
    Other(String),
}

/// Runs a command line, which begins with the name of the program.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), CommandError> {
    settings::unknown_variable(&CommandLine::command())?;
    let Loaded { parsed: CommandLine { command, log, .. }, matches, file } = settings::load::<CommandLine>(arguments)?;
    // These commands print their own messages for people.
    let (level, format) = match command {
        Command::Demo(_) | Command::Import(_) | Command::Export(_) => (LevelFilter::WARN, LogFormat::Text),
        _ => (LevelFilter::INFO, LogFormat::Json),
    };
    let filter = Targets::new().with_default(level);
    telemetry::start(log.log.unwrap_or(filter), log.log_format.unwrap_or(format));
    match command {
        Command::Serve(settings) => {
            let settings = (*settings).with_issuers(file.as_ref());
            let dangers = settings::dangers(&settings, &config::effective(&matches, file.as_ref()), file.as_ref());
            serve::run(settings, &dangers).await
        }
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Token(arguments) => token::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Config(command) => config::run(&command, &matches, file.as_ref()),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Healthcheck(arguments) => healthcheck::run(&arguments),
    }
}

/// Prints a text. A closed pipe is not an error: `head`, for example, reads only the beginning.
fn print(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::Output(error)),
        _ => Ok(()),
    }
}

/// Adds the name of a file to an error.
fn of_file(path: &Path) -> impl Fn(io::Error) -> CommandError {
    move |error| CommandError::File { path: path.to_owned(), error }
}

/// The address at which this machine reaches a service. A service that listens on all addresses is reached by the loopback
/// address.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

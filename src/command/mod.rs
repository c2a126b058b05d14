//! The command line, one file for each command.

mod client;
mod demo;
mod export;
mod healthcheck;
mod import;
mod migrate;
mod openapi;
mod serve;
mod token;

use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::{
    app::StartError,
    config::{LogSettings, Settings, SettingsError},
    store::StoreError,
    telemetry,
};

/// Who changed what, and when: the log service behind the Logs page
#[derive(Debug, Parser)]
#[command(name = "logbook", version, propagate_version = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: LogSettings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve(Settings),
    /// Serve the API over sample data, with a key that everybody knows: NOT FOR PRODUCTION
    Demo(demo::Arguments),
    /// Print a token signed with the secret, for development and tests
    Token(token::Arguments),
    /// Bring the database's schema up to date
    Migrate(migrate::Arguments),
    /// Print the OpenAPI document
    Openapi(openapi::Arguments),
    /// Send the events of an NDJSON file to a running service
    Import(import::Arguments),
    /// Fetch a log of a running service as NDJSON
    Export(export::Arguments),
    /// Ask a running service whether it is ready; the exit code tells
    Healthcheck(healthcheck::Arguments),
}

/// A command that did not do what it was to do.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The application could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network or a file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Runs the command that was asked for.
pub async fn run(CommandLine { command, log }: CommandLine) -> Result<(), CommandError> {
    // Commands that somebody looks at, and that have something else to say.
    let quiet = matches!(command, Command::Demo(_) | Command::Import(_) | Command::Export(_))
        && std::env::var_os("LOGBOOK_LOG").is_none();
    let log = if quiet { demo::log_settings() } else { log };
    telemetry::start(&log).map_err(|error| CommandError::Other(format!("--log: {error}")))?;
    match command {
        Command::Serve(settings) => serve::run(settings).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Token(arguments) => token::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Healthcheck(arguments) => healthcheck::run(&arguments),
    }
}

//! `logbook config`

use clap::{CommandFactory, Subcommand};

use super::{CommandError, CommandLine};
use crate::config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print all settings as Markdown
    Settings,
}

pub(super) fn run(command: &Command) -> Result<(), CommandError> {
    match command {
        Command::Settings => print!("{}", config::markdown(&CommandLine::command())),
    }
    Ok(())
}

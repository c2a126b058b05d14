//! `logbook config`

use clap::{ArgMatches, CommandFactory, Subcommand};

use super::{CommandError, CommandLine, print};
use crate::config::{self, ConfigFile, Effective, Settings};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the effective settings of `serve`, and what is dangerous about them; exit code 1 if `serve` would refuse them
    Check(Box<Settings>),
    /// Print all settings as Markdown
    Settings,
}

/// `matches`: those of the whole command line.
pub(super) fn run(command: &Command, matches: &ArgMatches, file: Option<&ConfigFile>) -> Result<(), CommandError> {
    match command {
        Command::Check(settings) => check(settings, matches, file),
        Command::Settings => print(&config::markdown(&CommandLine::command())),
    }
}

fn check(settings: &Settings, matches: &ArgMatches, file: Option<&ConfigFile>) -> Result<(), CommandError> {
    let settings = settings.clone().with_issuers(file);
    let effective = effective(matches, file);
    let mut lines: Vec<String> =
        effective.iter().map(|setting| format!("{:24} {:40} {}", setting.name, setting.value, setting.origin)).collect();
    lines.extend(settings.tokens.issuers.iter().map(|issuer| format!("{:24} {:40} {}", "issuers", issuer.issuer, issuer.keys())));
    lines.push(String::new());
    lines.extend(config::dangers(&settings, &effective, file).iter().map(|danger| format!("Dangerous: {danger}")));
    let resolved = settings.resolve();
    match &resolved {
        Ok(resolved) => lines.push(format!("`logbook serve` accepts these settings, with the database {}.", resolved.store.url)),
        Err(refusals) => lines.extend(refusals.0.iter().map(|refusal| format!("Refused: {refusal}"))),
    }
    print(&(lines.join("\n") + "\n"))?;
    resolved.map(drop).map_err(|_| CommandError::Other("`logbook serve` refuses these settings".to_owned()))
}

/// The effective settings of the command that a command line runs.
pub(super) fn effective(matches: &ArgMatches, file: Option<&ConfigFile>) -> Vec<Effective> {
    let mut root = CommandLine::command();
    // Gives subcommands the global arguments.
    root.build();
    let (mut command, mut matches) = (&root, matches);
    while let Some((name, of_subcommand)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        (command, matches) = (subcommand, of_subcommand);
    }
    config::effective(command, matches, file)
}

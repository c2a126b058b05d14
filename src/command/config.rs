//! `logbook config`

use clap::{ArgMatches, CommandFactory, Subcommand};

use super::{CommandError, CommandLine};
use crate::config::{self, ConfigFile, Settings};

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
        Command::Check(settings) => return check(settings, matches, file),
        Command::Settings => print!("{}", config::markdown(&CommandLine::command())),
    }
    Ok(())
}

fn check(settings: &Settings, matches: &ArgMatches, file: Option<&ConfigFile>) -> Result<(), CommandError> {
    let settings = settings.clone().with_issuers(file);
    let mut root = CommandLine::command();
    // Gives subcommands the global arguments.
    root.build();
    let found = root.find_subcommand("config").and_then(|config| config.find_subcommand("check"));
    let matches = matches.subcommand_matches("config").and_then(|config| config.subcommand_matches("check"));
    let (Some(command), Some(matches)) = (found, matches) else {
        return Err(CommandError::Other("the command line has no settings".to_owned()));
    };
    let effective = config::effective(command, matches, file);
    for setting in &effective {
        println!("{:24} {:40} {}", setting.name, setting.value, setting.origin);
    }
    for issuer in &settings.tokens.issuers {
        println!("{:24} {:40} {}", "issuers", issuer.issuer, issuer.keys());
    }
    println!();
    for danger in config::dangers(&settings, &effective, file) {
        println!("Dangerous: {danger}");
    }
    match settings.resolve() {
        Ok(resolved) => {
            println!("`logbook serve` accepts these settings, with the database {:?}.", resolved.store.url);
            Ok(())
        }
        Err(refusals) => {
            for refusal in refusals.0 {
                println!("Refused: {refusal}");
            }
            Err(CommandError::Other("`logbook serve` refuses these settings".to_owned()))
        }
    }
}

//! Reads settings in the order of precedence: flags, environment variables, the configuration file, defaults.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgMatches, Command, Parser,
    error::{ContextKind, ContextValue},
    parser::ValueSource,
};
use thiserror::Error;

use super::{
    SettingsError,
    arguments::arguments as arguments_of,
    file::{CONFIG, ConfigFile},
};

#[derive(Debug, Error)]
pub enum LoadError {
    /// Includes `--help` and `--version`.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// A parsed command line, with the origins of its values.
#[derive(Debug)]
pub struct Loaded<P> {
    pub parsed: P,
    pub matches: ArgMatches,
    pub file: Option<ConfigFile>,
}

/// Parses a command line that begins with the name of the program.
///
/// The command line is parsed first without the configuration file, to find the file. The values of the file then become the
/// defaults of the arguments, so that flags and variables take precedence over them.
pub fn load<P: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<Loaded<P>, LoadError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut matches =
        P::command().try_get_matches_from(&arguments).map_err(|error| of_variable(error, &P::command(), &arguments))?;
    let file = match matches.get_one::<PathBuf>(CONFIG) {
        Some(path) => Some(ConfigFile::read(path, &P::command())?),
        None => None,
    };
    if let Some(file) = &file {
        let command = with_defaults(P::command(), &matches, file);
        matches = command.try_get_matches_from(&arguments)?;
    }
    let parsed = P::from_arg_matches(&matches)?;
    Ok(Loaded { parsed, matches, file })
}

/// Names the variable in an error about its value; clap names the flag.
fn of_variable(mut error: clap::Error, command: &Command, given: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return error };
    let is_given =
        |flag: &str| given.iter().any(|given| given.to_str().is_some_and(|given| given.split('=').next() == Some(flag)));
    let flag = named.split(' ').next().unwrap_or_default();
    let argument = arguments_of(command).into_iter().find(|argument| argument.get_long() == flag.strip_prefix("--"));
    if let Some(variable) =
        argument.and_then(Arg::get_env).filter(|variable| !is_given(flag) && std::env::var_os(variable).is_some())
    {
        let variable = variable.to_string_lossy().into_owned();
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

/// The command with the values of the file as defaults. `given`: the matches of the same command line without the file.
fn with_defaults(command: Command, given: &ArgMatches, file: &ConfigFile) -> Command {
    let command = command.mut_args(|argument| {
        let values = argument.get_long().map_or(&[][..], |flag| file.values(flag));
        if values.is_empty() || twin_is_given(&argument, given) { argument } else { argument.default_values(values.to_vec()) }
    });
    match given.subcommand() {
        Some((name, given)) => command.mut_subcommand(name, |command| with_defaults(command, given, file)),
        None => command,
    }
}

/// Whether a flag or a variable gives the other form of a secret, the value or the name of a file. It then overrides the form in the
/// configuration file.
fn twin_is_given(argument: &Arg, given: &ArgMatches) -> bool {
    let id = argument.get_id().as_str();
    let twin = id.strip_suffix("_file").map_or_else(|| format!("{id}_file"), str::to_owned);
    let is_known = given.ids().any(|known| *known == twin);
    is_known && matches!(given.value_source(&twin), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

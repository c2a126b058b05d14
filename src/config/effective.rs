//! The effective settings of a command line: each value with its origin.

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

use super::{arguments::meaning_and_words, file::ConfigFile, secret::is_secret};

#[derive(Debug, PartialEq, Eq)]
pub struct Effective {
    /// The name of the flag.
    pub name: String,
    /// As on the command line, or a default in words. A secret is masked.
    pub value: String,
    /// The flag, the variable, the configuration file, or the default.
    pub origin: String,
    /// Whether it is a secret that was given by a flag.
    pub is_secret_flag: bool,
}

/// The settings of a command. `matches` are those of this command.
pub fn effective(command: &Command, matches: &ArgMatches, file: Option<&ConfigFile>) -> Vec<Effective> {
    let settings = command.get_arguments().filter(|argument| argument.get_env().is_some());
    settings.map(|setting| of(setting, matches, file)).collect()
}

fn of(setting: &Arg, matches: &ArgMatches, file: Option<&ConfigFile>) -> Effective {
    let name = setting.get_long().unwrap_or_default().to_owned();
    let values: Vec<_> = matches.get_raw(setting.get_id().as_str()).into_iter().flatten().collect();
    let source = matches.value_source(setting.get_id().as_str());
    let in_file = file.filter(|file| !file.values(&name).is_empty());
    let origin = match (source, in_file) {
        (Some(ValueSource::CommandLine), _) => format!("flag --{name}"),
        (Some(ValueSource::EnvVariable), _) => {
            format!("variable {}", setting.get_env().unwrap_or_default().to_string_lossy())
        }
        (Some(_), Some(file)) => file.path.display().to_string(),
        _ => "default".to_owned(),
    };
    let value = match &values[..] {
        [] => default_in_words(setting),
        _ if is_secret(setting) => "***".to_owned(),
        values => values.iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(", "),
    };
    Effective { name, value, is_secret_flag: is_secret(setting) && source == Some(ValueSource::CommandLine), origin }
}

/// The description of the default of a setting without a value. If the default depends on the command, that of `serve` comes first.
fn default_in_words(setting: &Arg) -> String {
    let help = setting.get_help().map(ToString::to_string).unwrap_or_default();
    let (_, words) = meaning_and_words(&help);
    words.and_then(|words| words.split("; ").next()).unwrap_or("none").to_owned()
}

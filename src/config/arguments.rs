//! Settings as arguments of clap: their names, and their values in a configuration file.

use clap::{Arg, Command};
use toml::Value;

use crate::domain::fault::Fault;

/// The member of the configuration file that is an array of tables, not a setting.
pub(super) const ISSUERS: &str = "issuers";

/// All arguments of the subcommands of a command, then its own. Arguments that several commands share are repeated.
pub(super) fn arguments(command: &Command) -> Vec<&Arg> {
    command.get_subcommands().flat_map(arguments).chain(command.get_arguments()).collect()
}

/// The setting with this name. The error names the nearest one.
pub(super) fn find<'a>(settings: &[&'a Arg], name: &str) -> Result<&'a Arg, String> {
    let named = settings.iter().find(|setting| setting.get_long() == Some(name));
    named.copied().ok_or_else(|| {
        let known = settings.iter().filter_map(|setting| setting.get_long()).chain([ISSUERS]);
        Fault::not_one_of("a setting", name, known).message
    })
}

/// Splits a help text into the meaning of the setting and, if it ends with `[default: …]`, the description of the default.
pub(super) fn meaning_and_words(help: &str) -> (&str, Option<&str>) {
    help.split_once(" [default: ").map_or((help, None), |(meaning, words)| (meaning, Some(words.trim_end_matches(']'))))
}

/// The values as on the command line. The error contains only the type, because the value may be a secret.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Integer(number) => Ok(vec![number.to_string()]),
        Value::Float(number) => Ok(vec![number.to_string()]),
        Value::Boolean(truth) => Ok(vec![truth.to_string()]),
        Value::Array(values) if values.iter().all(|value| !value.is_array()) => {
            values.iter().map(texts).collect::<Result<Vec<_>, _>>().map(|texts| texts.concat())
        }
        other => Err(format!("a {} is not allowed here; expected a string, a number, true or false", other.type_str())),
    }
}

/// The message of an error of clap, without the usage of the command line.
pub(super) fn message(error: &clap::Error) -> String {
    let text = error.to_string();
    let message = text.split("\n\nUsage").next().unwrap_or_default().split("\n\nFor more").next().unwrap_or_default();
    message.trim_start_matches("error: ").trim().to_owned()
}

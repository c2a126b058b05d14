//! The configuration file: TOML whose members have the names of the flags.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::{Arg, Args, Command, CommandFactory};
use toml::{Table, Value};

use super::{
    IssuerSettings, SettingsError,
    arguments::{ISSUERS, arguments, find, message, texts},
    issuers,
    secret::is_secret,
};

/// The location of the configuration file.
#[derive(Debug, Clone, Args)]
pub struct ConfigFileSetting {
    /// Configuration file (TOML); flags and variables take precedence over it
    #[arg(long, env = "LOGBOOK_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// The identifier of [`ConfigFileSetting::config`] on the command line.
pub(super) const CONFIG: &str = "config";

/// A configuration file whose values are valid.
#[derive(Debug)]
pub struct ConfigFile {
    pub path: PathBuf,
    /// The values of each setting, by the name of its flag. Do not print them: they may contain secrets.
    values: BTreeMap<String, Vec<String>>,
    has_secret: bool,
    /// The tables `[[issuers]]`.
    pub issuers: Vec<IssuerSettings>,
}

impl ConfigFile {
    /// Reads the file and checks every value as the command line would, also of settings that flags or variables override.
    pub(super) fn read(path: &Path, command: &Command) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|error| SettingsError::File {
            setting: "LOGBOOK_CONFIG",
            path: path.to_owned(),
            error,
        })?;
        let invalid = |message| SettingsError::ConfigFile { path: path.to_owned(), message };
        let mut table: Table = text.parse().map_err(|error| invalid(syntax_error(&text, &error)))?;
        let settings = settings(command);
        let mut values = BTreeMap::new();
        let mut has_secret = false;
        let issuers = issuers(table.remove(ISSUERS)).map_err(invalid)?;
        for (name, value) in table {
            let setting = find(&settings, &name).map_err(invalid)?;
            let given = texts(&value).map_err(|message| invalid(format!("{name}: {message}")))?;
            check(setting, &given).map_err(invalid)?;
            has_secret |= is_secret(setting);
            values.insert(name, given);
        }
        Ok(Self { path: path.to_owned(), values, has_secret, issuers })
    }

    /// Whether it contains a secret itself, not only the name of a file with one.
    pub fn has_secret(&self) -> bool {
        self.has_secret
    }

    /// The values of the setting with this flag. Empty if the file does not have it.
    pub fn values(&self, flag: &str) -> &[String] {
        self.values.get(flag).map_or(&[], Vec::as_slice)
    }
}

/// The arguments that the file may have: the settings, which are the arguments with a variable.
fn settings(command: &Command) -> Vec<&Arg> {
    let is_setting = |argument: &&Arg| argument.get_env().is_some() && argument.get_id() != CONFIG;
    arguments(command).into_iter().filter(is_setting).collect()
}

fn issuers(tables: Option<Value>) -> Result<Vec<IssuerSettings>, String> {
    let tables = match tables {
        None => return Ok(Vec::new()),
        Some(Value::Array(tables)) => tables,
        Some(_) => return Err("issuers: expected an array of tables ([[issuers]])".to_owned()),
    };
    let command = issuers::Table::command();
    let read = |(index, table): (usize, &Value)| {
        let table = table.as_table().ok_or("expected a table").map_err(str::to_owned);
        let settings = table.and_then(|table| IssuerSettings::of_table(table, &command));
        settings.map_err(|message| format!("issuers[{index}]: {message}"))
    };
    tables.iter().enumerate().map(read).collect()
}

/// Parses the values of one setting as a command line of its own.
fn check(setting: &Arg, values: &[String]) -> Result<(), String> {
    let name = setting.get_long().unwrap_or_default();
    let flags = values.iter().map(|value| format!("--{name}={value}"));
    let parsed = Command::new(CONFIG).no_binary_name(true).arg(setting.clone()).try_get_matches_from(flags);
    parsed.map(drop).map_err(|error| message(&error))
}

/// The line number and the reason, without the text of the line, which may contain a secret.
fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let reason = error.message().replace('\n', ", ");
    line.map_or_else(|| reason.clone(), |line| format!("line {line}: {reason}"))
}

//! The settings of log lines.

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::domain::fault::Fault;

/// Global options of the command line. Their defaults depend on the command.
#[derive(Debug, Clone, Args)]
pub struct LogSettings {
    /// What to log: a level, or levels by module such as info,logbook::store=debug [default: info; for demo, import and export: warn]
    #[arg(long, env = "LOGBOOK_LOG", value_name = "FILTER", global = true, value_parser = log_filter)]
    pub log: Option<Targets>,

    /// The format of log lines [default: json; for demo, import and export: text]
    #[arg(long, env = "LOGBOOK_LOG_FORMAT", value_enum, global = true)]
    pub log_format: Option<LogFormat>,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Human-readable text.
    Text,
}

/// Parses a filter. A single word must be a level: a misspelt `info`, taken as the name of a module, would disable all log lines.
fn log_filter(text: &str) -> Result<Targets, String> {
    for part in text.split(',').map(str::trim).filter(|part| !part.contains('=')) {
        if part.parse::<LevelFilter>().is_err() {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            return Err(format!("{}; levels are {}", Fault::not_one_of("a level", part, levels).message, levels.join(", ")));
        }
    }
    text.parse().map_err(|error| format!("{error}; an example is info,logbook::store=debug"))
}

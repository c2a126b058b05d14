//! `logbook openapi`

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{CommandError, of_file, print};
use crate::http::openapi::{self, Version};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Version of OpenAPI; 3.0 is for tools that cannot read 3.1
    #[arg(long, value_enum, default_value = "3.1", value_name = "VERSION")]
    format: Format,

    /// Compare with this file instead of printing; exit code 1 if a byte differs
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    #[value(name = "3.1")]
    V3_1,
    #[value(name = "3.0")]
    V3_0,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let (version, option) = match arguments.format {
        Format::V3_1 => (Version::V3_1, ""),
        Format::V3_0 => (Version::V3_0, " --format 3.0"),
    };
    let document = openapi::json(&openapi::document(), version).map_err(|error| CommandError::Other(error.to_string()))?;
    match &arguments.check {
        None => print(&document),
        Some(path) if fs::read_to_string(path).map_err(of_file(path))? == document => {
            print(&format!("{} is current.\n", path.display()))
        }
        Some(path) => {
            Err(CommandError::Other(format!("{0} is not current: run `logbook openapi{option} > {0}`", path.display())))
        }
    }
}

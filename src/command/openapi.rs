//! `logbook openapi`

use std::{fs, path::PathBuf};

use clap::Args;

use super::{CommandError, of_file};
use crate::http::openapi;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Compare with this file instead of printing; exit code 1 if it is not the same to the byte
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let document = openapi::json().map_err(|error| CommandError::Other(error.to_string()))?;
    match &arguments.check {
        None => print!("{document}"),
        Some(path) if fs::read_to_string(path).map_err(of_file(path))? == document => println!("{} is current.", path.display()),
        Some(path) => {
            return Err(CommandError::Other(format!("{} is not current: run `logbook openapi > {0}`", path.display())));
        }
    }
    Ok(())
}

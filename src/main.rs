//! The program: parses the command line and runs the command.

use std::process::ExitCode;

use clap::Parser;
use logbook::command::{self, CommandLine};

#[actix_web::main]
async fn main() -> ExitCode {
    match command::run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("logbook: {error}");
            ExitCode::FAILURE
        }
    }
}

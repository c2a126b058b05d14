//! The program: reads the command line and runs what it asks for.

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

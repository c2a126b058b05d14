//! The program: parses the command line and runs the command.

use std::process::ExitCode;

use logbook::{
    command::{self, CommandError},
    config::LoadError,
};

#[actix_web::main]
async fn main() -> ExitCode {
    match command::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        // Prints the help, the version or the error; exit code 0 or 2.
        Err(CommandError::Load(LoadError::CommandLine(error))) => error.exit(),
        Err(error) => {
            eprintln!("logbook: {error}");
            ExitCode::FAILURE
        }
    }
}

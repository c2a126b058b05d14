//! The load bench: see docs/bench.md.

#![expect(clippy::expect_used, reason = "a bench may end with a panic where an assumption does not hold")]

mod ceilings;
mod client;
mod database;
mod exports;
mod figures;
mod fill;
mod filled;
mod load;
mod matrix;
mod options;
mod plain;
mod postgres;
mod processes;
mod progress;
mod queries;
mod reads;
mod report;
mod results;
mod run;
mod service;
mod setting;
mod statistics;
mod terms;
mod world;
mod writes;

use clap::Parser;

use options::{Hidden, Options};

/// Any error ends the bench with its message.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> std::process::ExitCode {
    let options = Options::parse();
    let outcome = match options.command {
        Some(Hidden::Ceiling(arguments)) => ceilings::serve(arguments),
        None => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Into::into)
            .and_then(|runtime| runtime.block_on(run::run(&options))),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

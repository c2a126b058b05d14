//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

use crate::{ceilings, database::Engine, setting::Plan};

/// Load bench of Logbook: fills databases through the service, measures every kind of query and write, compares them with the
/// minimum necessary work and with another version, and writes docs/performance.md. It uses only the loopback interface.
#[derive(Debug, Parser)]
#[command(name = "logbook-bench")]
pub struct Options {
    /// The numbers of events of the databases, smallest first
    #[arg(long, value_delimiter = ',', value_parser = events, default_value = "10k,1m")]
    pub events: Vec<u64>,

    /// Which databases: sqlite, postgres, both
    #[arg(long, default_value = "both", value_parser = engines)]
    pub database: Engines,

    /// The program to measure [default: the one that cargo built with this one]
    #[arg(long)]
    pub service: Option<PathBuf>,

    /// Another version of the program, measured in the same rounds if a goal compares with it
    #[arg(long)]
    pub baseline: Option<PathBuf>,

    /// The number of rounds; the report gives medians
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,

    /// The length of a measurement in each round
    #[arg(long, default_value = "400ms", value_parser = humantime::parse_duration)]
    pub duration: Duration,

    /// The directory of filled databases and results; on a disk, because writes to memory cost nothing
    #[arg(long, default_value = "/var/tmp/logbook-bench")]
    pub data: PathBuf,

    /// Discard the results of earlier runs (not the databases)
    #[arg(long)]
    pub fresh: bool,

    /// Only compare a log with this number of distinct texts with one of the same length that has 50 thousand
    #[arg(long, value_parser = events)]
    pub terms: Option<u64>,

    /// For CI: every query and every write once, on small databases in a temporary directory; writes no report
    #[arg(long)]
    pub short: bool,

    /// The directory of the report
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))]
    pub report: PathBuf,

    #[command(subcommand)]
    pub command: Option<Hidden>,
}

/// Commands with which the bench starts itself as another process.
#[derive(Debug, Subcommand)]
pub enum Hidden {
    #[command(hide = true)]
    Ceiling(ceilings::Arguments),
}

/// One engine or both.
#[derive(Debug, Clone)]
pub struct Engines(pub Vec<Engine>);

impl Options {
    pub fn plan(&self) -> Plan {
        match self.short {
            true => Plan { rounds: 1, duration: Duration::from_millis(60), connections: vec![1, 16], combined: 2 },
            false => Plan { rounds: self.rounds.max(1), duration: self.duration, connections: vec![1, 16], combined: 3 },
        }
    }

    pub fn sizes(&self) -> Vec<u64> {
        if self.short { vec![20_000] } else { self.events.clone() }
    }
}

fn engines(text: &str) -> Result<Engines, String> {
    match text {
        "sqlite" => Ok(Engines(vec![Engine::Sqlite])),
        "postgres" => Ok(Engines(vec![Engine::Postgres])),
        "both" => Ok(Engines(vec![Engine::Sqlite, Engine::Postgres])),
        _ => Err("one of sqlite, postgres, both".to_owned()),
    }
}

/// `10k`, `1m` or a number.
fn events(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'm']) {
        Some(digits) if text.ends_with('k') => (digits, 1_000),
        Some(digits) => (digits, 1_000_000),
        None => (text, 1),
    };
    let events = digits.parse::<u64>().map_err(|error| error.to_string())? * unit;
    if events < 10_000 { Err("at least 10k".to_owned()) } else { Ok(events) }
}

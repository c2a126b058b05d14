//! The machine and the method of the measurements.

use std::{fs, process::Command};

use chrono::Utc;

use super::Measured;
use crate::{figures::size, options::Options, postgres::SETTINGS};

/// The machine, the commit and the method, as a paragraph.
pub fn describe(options: &Options, commit: &str, measured: &[Measured<'_>]) -> String {
    let processor = value("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kibibytes: f64 = value("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let memory = kibibytes / 1_048_576.0;
    let postgres = Command::new("sh").args(["-c", "postgres --version || /usr/lib/postgresql/*/bin/postgres --version"]).output();
    let postgres = postgres.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let sizes = measured.iter().map(|Measured { engine, sizes, .. }| {
        let sizes: Vec<String> = sizes.iter().map(|events| size(*events)).collect();
        format!("{engine}: {}", sizes.join(", "))
    });
    let sizes: Vec<String> = sizes.collect();
    let plan = options.plan();
    let baseline = match options.baseline {
        Some(_) => "The baseline is another version of the program, with its own databases, filled with the same events.\n",
        None => "",
    };
    format!(
        "Commit {commit}, {}. {processor}, {cores} cores, {memory:.0} GiB; the load generator and the database run on the same cores. \
         {postgres} with `{}`, SQLite {}, both with full durability.\n\
         Events ({}) over 200 accounts, one of which has 30 %; {} rounds of {} ms for each query, all queries, ceilings and the \
         baseline one after the other within a round. Writes go to copies of filled databases. \
         Figures are medians of the rounds. p99 depends on the machine and has no goal.\n{baseline}",
        Utc::now().format("%Y-%m-%d"),
        SETTINGS.join(" "),
        rusqlite::version(),
        sizes.join("; "),
        plan.rounds,
        plan.duration.as_millis(),
    )
}

fn value(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_start_matches([' ', '\t', ':']).trim().to_owned()
}

//! The filled databases of one size on one engine, with the programs that are measured on them.

use crate::{
    Outcome,
    database::{Database, Engine},
    progress::Progress,
    service::{Program, Service},
    world::World,
};

/// The number of rounds, and how long each measurement takes.
#[derive(Debug, Clone)]
pub struct Plan {
    pub rounds: usize,
    pub duration: std::time::Duration,
    pub connections: Vec<usize>,
    /// The maximum number of filters that are combined.
    pub combined: usize,
}

/// The size at which the baseline and writes are measured: the largest of up to a million events, or the smallest.
pub fn compared_size(sizes: &[u64]) -> u64 {
    let smallest = sizes.iter().copied().min().unwrap_or_default();
    sizes.iter().copied().filter(|size| *size <= 1_000_000).max().unwrap_or(smallest)
}

pub struct Setting<'a> {
    pub engine: Engine,
    pub events: u64,
    pub world: World,
    pub service: Side<'a>,
    /// The program that the service is compared with, at [`compared_size`] only.
    pub baseline: Option<Side<'a>>,
    /// The plain table of the ceilings.
    pub plain: Database,
    pub plan: &'a Plan,
    pub progress: &'a Progress,
}

impl Setting<'_> {
    /// The service, then the baseline.
    pub fn sides(&self) -> impl Iterator<Item = &Side<'_>> {
        std::iter::once(&self.service).chain(&self.baseline)
    }
}

/// A program with its database.
pub struct Side<'a> {
    pub program: &'a Program,
    pub database: Database,
    pub is_baseline: bool,
}

impl Side<'_> {
    pub async fn start(&self) -> Outcome<Service> {
        Service::start(self.program, &self.database).await
    }

    /// The name of a measurement of this side.
    pub fn name(&self, name: &str) -> String {
        if self.is_baseline { of_baseline(name) } else { name.to_owned() }
    }
}

/// The name of a measurement of the baseline.
pub fn of_baseline(name: &str) -> String {
    format!("baseline: {name}")
}

//! The results of the sections, stored in a file, so that an interrupted run resumes with the first section without results.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    database::Engine,
    statistics::{Rounds, Sample, median},
};

/// All sections of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// Results are reused only if the identity is the same.
    identity: String,
    /// The commit that was checked out at the first measurement.
    pub commit: String,
    pub sections: BTreeMap<String, Section>,
    #[serde(skip)]
    path: PathBuf,
}

/// The measurements of one section.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Section {
    pub measurements: Vec<Measurement>,
    /// Values other than latencies: bytes, rows per second, memory. One per measurement.
    pub figures: BTreeMap<String, Vec<f64>>,
    /// Remarks, such as what could not be measured.
    pub notes: Vec<String>,
}

/// One query at one number of connections, in all rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measurement {
    pub name: String,
    pub connections: usize,
    pub samples: Vec<Sample>,
}

impl Results {
    /// The results of an earlier run of the same programs with the same options, or none.
    pub fn open(directory: &Path, identity: &str, commit: &str, fresh: bool) -> Self {
        let path = directory.join("results.json");
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        match kept.filter(|kept| kept.identity == identity && !fresh) {
            Some(kept) => Self { path, ..kept },
            None => Self { identity: identity.to_owned(), commit: commit.to_owned(), path, sections: BTreeMap::new() },
        }
    }

    /// The sizes of the logs that were read, ascending; none if that database was not measured.
    pub fn sizes(&self, engine: Engine) -> Vec<u64> {
        let of_engine = format!("reads/{engine}/");
        let sizes = self.sections.keys().filter_map(|name| name.strip_prefix(&of_engine)?.parse().ok());
        let mut sizes: Vec<u64> = sizes.collect();
        sizes.sort_unstable();
        sizes
    }

    /// Stores a finished section.
    pub fn keep(&mut self, name: &str, section: Section) -> Outcome<()> {
        self.sections.insert(name.to_owned(), section);
        let draft = self.path.with_extension("draft");
        fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        Ok(fs::rename(draft, &self.path)?)
    }
}

impl Section {
    pub fn add(&mut self, name: &str, connections: usize, sample: Sample) {
        let same = |found: &&mut Measurement| found.name == name && found.connections == connections;
        match self.measurements.iter_mut().find(same) {
            Some(found) => found.samples.push(sample),
            None => self.measurements.push(Measurement { name: name.to_owned(), connections, samples: vec![sample] }),
        }
    }

    pub fn figure(&mut self, name: &str, value: f64) {
        self.figures.entry(name.to_owned()).or_default().push(value);
    }

    /// The rounds of a measurement; `None` if it was not made.
    pub fn rounds(&self, name: &str, connections: usize) -> Option<&[Sample]> {
        let found = self.measurements.iter().find(|found| found.name == name && found.connections == connections);
        found.map(|found| found.samples.as_slice())
    }

    pub fn p50(&self, name: &str, connections: usize) -> Option<f64> {
        self.rounds(name, connections).map(Rounds::p50)
    }

    /// The median of a figure.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.figures.get(name).map(|values| median(values.iter().copied()))
    }

    /// The median of the ratios of two measurements within each round.
    pub fn ratio_of_rates(&self, one: &str, other: &str, connections: usize) -> Option<f64> {
        let (one, other) = (self.rounds(one, connections)?, self.rounds(other, connections)?);
        Some(median(one.iter().zip(other).map(|(one, other)| one.rate() / other.rate())))
    }
}

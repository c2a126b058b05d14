//! The progress of filling a database.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// Stored in a file beside the database.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Filled {
    /// Identifies the tables and their events. If it differs, the database is filled again.
    pub schema: String,
    /// All batches before this one are stored.
    pub batches: usize,
    pub complete: bool,
    /// The events sent in each tenth, and the seconds taken.
    pub tenths: Vec<(u64, f64)>,
    /// CPU seconds of the service and of the database.
    pub cpu: (f64, f64),
    /// The size of the database, in bytes. Measured when it was filled, because later reads add accesses.
    pub bytes: u64,
}

impl Filled {
    pub fn read(path: &Path) -> Self {
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub fn write(&self, path: &Path) -> Outcome<()> {
        Ok(fs::write(path, serde_json::to_vec(self)?)?)
    }
}

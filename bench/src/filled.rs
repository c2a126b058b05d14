//! How far a database is filled.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The progress of the filling of a database; stored beside it.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Filled {
    /// Of the tables and of the events in them. With another schema the database is filled again.
    pub schema: String,
    /// All batches before this one are stored.
    pub batches: usize,
    pub complete: bool,
    /// Events that were sent in each tenth, and the seconds that it took.
    pub tenths: Vec<(u64, f64)>,
    /// Seconds of CPU of the service and of the database.
    pub cpu: (f64, f64),
}

impl Filled {
    pub fn read(path: &Path) -> Self {
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub fn write(&self, path: &Path) -> Outcome<()> {
        Ok(fs::write(path, serde_json::to_vec(self)?)?)
    }
}

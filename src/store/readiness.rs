//! Whether requests can be served, and if not, which part of the database is the reason.

use std::sync::atomic::Ordering;

use diesel::RunQueryDsl;
use thiserror::Error;

use super::{Store, connection::run_on, error::StoreError, keys, migrations, schema};

#[derive(Debug, Error)]
pub enum Unready {
    #[error(transparent)]
    Store(StoreError),
    /// These migrations are pending.
    #[error("the schema lacks {}", .0.join(", "))]
    Migrations(Vec<String>),
    /// A table is missing, or this role must not read it.
    #[error("the tables cannot be read: {0}")]
    Tables(StoreError),
}

impl Store {
    /// Checks that the database responds, that its schema is current and complete, and that its storage has space if the last write
    /// found none.
    ///
    /// # Errors
    ///
    /// The first reason why requests cannot be served.
    pub fn check(&self) -> Result<(), Unready> {
        match run_on(self.readers.get().map_err(StoreError::from)?, migrations::missing) {
            Ok(missing) if missing.is_empty() => {}
            Ok(missing) => return Err(Unready::Migrations(missing)),
            // Not even the table of migrations can be read.
            Err(StoreError::Failed(_)) => return Err(Unready::Migrations(Vec::new())),
            Err(error) => return Err(error.into()),
        }
        let tables: Vec<String> = schema::TABLES.iter().map(|table| format!("(SELECT 1 FROM {table} LIMIT 0)")).collect();
        let tables = diesel::sql_query(format!("SELECT {}", tables.join(", ")));
        let read = run_on(self.readers.get().map_err(StoreError::from)?, |db| tables.execute(db));
        match read {
            Err(error @ StoreError::Failed(_)) => return Err(Unready::Tables(error)),
            read => read?,
        };
        if self.shared.is_full.load(Ordering::Relaxed) {
            let probed = run_on(self.writing.get().map_err(StoreError::from)?, keys::probe_space);
            self.shared.observe(&probed);
            probed?;
        }
        Ok(())
    }
}

impl From<StoreError> for Unready {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

//! Whether requests can be served, and if not, which part of the database is the reason.

use diesel::RunQueryDsl;
use thiserror::Error;

use super::{Store, error::StoreError, keys, migrations, schema};

#[derive(Debug, Error)]
pub enum Unready {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// These migrations are pending.
    #[error("the schema lacks {}", .0.join(", "))]
    Migrations(Vec<String>),
    /// A table is missing, or this role must not read it.
    #[error("the tables cannot be read")]
    Tables,
}

impl Store {
    /// Checks that the database responds, that its schema is current and complete, and that its storage has space if the last write
    /// found none.
    ///
    /// # Errors
    ///
    /// The first reason why requests cannot be served.
    pub fn check(&self) -> Result<(), Unready> {
        match self.readers.run(migrations::missing) {
            Ok(missing) if missing.is_empty() => {}
            Ok(missing) => return Err(Unready::Migrations(missing)),
            // Not even the table of migrations can be read.
            Err(StoreError::Failed(_)) => return Err(Unready::Migrations(Vec::new())),
            Err(error) => return Err(error.into()),
        }
        let tables: Vec<String> = schema::TABLES.iter().map(|table| format!("(SELECT 1 FROM {table} LIMIT 0)")).collect();
        let tables = diesel::sql_query(format!("SELECT {}", tables.join(", ")));
        let faults = &self.shared.faults;
        match self.readers.run(|db| tables.execute(db)) {
            Err(error @ StoreError::Failed(_)) => {
                faults.incomplete.note(error);
                return Err(Unready::Tables);
            }
            read => read?,
        };
        faults.incomplete.end();
        if faults.full.lasts() {
            let probed = self.writing.run(keys::probe_space);
            faults.observe_write(&probed);
            probed?;
            // At once, so that the next check writes nothing.
            faults.full.end();
        }
        Ok(())
    }
}

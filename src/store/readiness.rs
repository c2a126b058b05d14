//! Whether requests can be served, and if not, which part of the database is the reason.

use diesel::RunQueryDsl;
use thiserror::Error;

use super::{Store, connection::Db, error::StoreError, faults::Fault, keys, migrations, schema};

#[derive(Debug, Error)]
pub enum Unready {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// These migrations are pending.
    #[error("pending migrations: {}", .0.join(", "))]
    Migrations(Vec<String>),
}

impl Store {
    /// Checks that the database responds, that its schema is current and complete, and that it accepts writes if it has refused
    /// one.
    ///
    /// # Errors
    ///
    /// The first reason why requests cannot be served.
    pub fn check(&self) -> Result<(), Unready> {
        let faults = self.writing.faults();
        match self.readers.run(pending) {
            Ok(pending) if pending.is_empty() => faults.incomplete.end(),
            Ok(pending) => return Err(Unready::Migrations(pending)),
            Err(error) => {
                if let StoreError::Incomplete(_) = error {
                    faults.incomplete.note(&error);
                }
                return Err(error.into());
            }
        }
        if faults.refusing().any(Fault::lasts) {
            let probed = self.writing.run(keys::probe_write);
            faults.observe_write(&probed);
            probed?;
            // At once, so that the next check writes nothing.
            faults.refusing().for_each(Fault::end);
        }
        Ok(())
    }
}

/// The names of the pending migrations. If there are none, checks that all tables can be read.
pub(super) fn pending(db: &mut Db) -> Result<Vec<String>, StoreError> {
    let pending = migrations::pending(db).map_err(StoreError::of_schema)?;
    if pending.is_empty() {
        let tables: Vec<String> = schema::TABLES.iter().map(|table| format!("(SELECT 1 FROM {table} LIMIT 0)")).collect();
        let read = diesel::sql_query(format!("SELECT {}", tables.join(", "))).execute(db);
        read.map_err(|error| StoreError::from(error).of_schema())?;
    }
    Ok(pending)
}

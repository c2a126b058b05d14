//! `logbook migrate`

use clap::Args;

use super::CommandError;
use crate::{config::DatabaseSettings, store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only list the pending migrations; exit code 1 if there are any
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    database: DatabaseSettings,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let settings = arguments.database.store()?;
    if arguments.check {
        let pending = store::pending_migrations(&settings)?;
        return match pending.as_slice() {
            [] => {
                println!("The schema is current.");
                Ok(())
            }
            names => Err(CommandError::Other(format!("Pending migrations: {}", names.join(", ")))),
        };
    }
    let ran = store::migrate(&settings)?;
    for name in &ran {
        println!("Ran {name}");
    }
    println!("The schema is current.");
    Ok(())
}

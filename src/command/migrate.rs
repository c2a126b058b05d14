//! `logbook migrate`

use clap::Args;

use super::{CommandError, print};
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
            [] => print("The schema is current.\n"),
            names => Err(CommandError::Other(format!("Pending migrations: {}", names.join(", ")))),
        };
    }
    let ran: String = store::migrate(&settings)?.iter().map(|name| format!("Ran {name}\n")).collect();
    print(&format!("{ran}The schema is current.\n"))
}

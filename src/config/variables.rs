//! Misspelt environment variables.

use super::{SettingsError, arguments::arguments};
use crate::domain::fault::Fault;

/// Refuses environment variables `LOGBOOK_…` that no argument reads, because they are most likely misspelt.
pub fn unknown_variable(command: &clap::Command) -> Result<(), SettingsError> {
    let arguments = arguments(command);
    let known: Vec<&str> = arguments.iter().filter_map(|argument| argument.get_env()?.to_str()).collect();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("LOGBOOK_") && !known.contains(&&*name) && !is_of_a_service_link(&name) {
            let fault = Fault::not_one_of("a variable of this program", &name, known.iter().copied());
            return Err(SettingsError::UnknownVariable(fault.message));
        }
    }
    Ok(())
}

/// Kubernetes gives every pod such variables for each service of its namespace: `LOGBOOK_SERVICE_HOST` for one named logbook.
fn is_of_a_service_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.ends_with("_PORT") || name.contains("_PORT_")
}

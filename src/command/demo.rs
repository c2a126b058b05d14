//! `logbook demo`: sample data, a known key, and everything to paste. Not for production.
use super::CommandError;
use crate::config::LogSettings;
use clap::Args;
#[derive(Debug, Args)]
pub(super) struct Arguments {}
pub(super) fn quiet(log: LogSettings) -> LogSettings {
    log
}
pub(super) async fn run(_: Arguments) -> Result<(), CommandError> {
    Ok(())
}

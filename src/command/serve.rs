//! `logbook serve`

use super::CommandError;
use crate::{
    app::{self, Application, StartError},
    config::Settings,
    memory,
};

pub(super) async fn run(settings: Settings) -> Result<(), CommandError> {
    let database = settings.resolve().map_err(StartError::from)?.store.url;
    memory::start();
    let application = tokio::select! {
        application = Application::build(settings) => application?,
        signalled = app::signalled() => {
            tracing::info!("stopped before the database was open");
            return signalled.map_err(CommandError::Serve);
        }
    };
    tracing::info!(address = %application.address(), ?database, "serving");
    application.run_until_signal().await.map_err(CommandError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}

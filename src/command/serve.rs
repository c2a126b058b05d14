//! `logbook serve`

use super::CommandError;
use crate::{
    app::{self, Application, StartError},
    config::Settings,
    memory,
};

pub(super) async fn run(settings: Settings) -> Result<(), CommandError> {
    let resolved = settings.resolve().map_err(StartError::from)?;
    let database = resolved.store.url.clone();
    let listener = app::listen(settings.listen)?;
    memory::start();
    let application = tokio::select! {
        application = Application::build_on(listener, settings, resolved, None) => application?,
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

//! `logbook serve`

use super::CommandError;
use crate::{
    app::{self, Application, Signals, StartError},
    config::Settings,
    memory,
};

/// `dangers`: what is dangerous about the settings, for the log.
pub(super) async fn run(settings: Settings, dangers: &[String]) -> Result<(), CommandError> {
    let resolved = settings.resolve().map_err(StartError::from)?;
    for danger in dangers {
        tracing::warn!("dangerous: {danger}");
    }
    let database = resolved.store.url.clone();
    let mut signals = Signals::listen().map_err(CommandError::Serve)?;
    let listener = app::listen(settings.listen)?;
    memory::start();
    let application = tokio::select! {
        application = Application::build_on(listener, settings, resolved, None) => application?,
        () = signals.received() => {
            tracing::info!("stopped before the database was open");
            return Ok(());
        }
    };
    tracing::info!(address = %application.address(), %database, "serving");
    application.run_until(signals).await.map_err(CommandError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}

//! `logbook serve`

use super::CommandError;
use crate::{app::Application, config::Settings, memory};

pub(super) async fn run(settings: Settings) -> Result<(), CommandError> {
    let database = settings.database.store()?.url;
    memory::start();
    let application = Application::build(settings).await?;
    tracing::info!(address = %application.address(), ?database, "serving");
    application.run_until_signal().await.map_err(CommandError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}

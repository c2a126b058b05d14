//! The settings that limit what clients may do.

use clap::Args;

use super::SettingsError;
use crate::http::{cors::Origin, rate_limits::RateLimit};

/// Rate limits and CORS.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// The maximum number of requests of an account with a role per period, such as LOGS_PRODUCER=200/1s; one for each role [default: no limit]
    #[arg(long, env = "LOGBOOK_RATE_LIMITS", value_name = "ROLE=COUNT/PERIOD", value_delimiter = ',')]
    pub rate_limits: Vec<RateLimit>,

    /// Origins whose pages may call the API (CORS): scheme, host and port as browsers send them [default: none]
    #[arg(long, env = "LOGBOOK_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origins: Vec<Origin>,
}

impl LimitSettings {
    /// Refuses several limits of one role.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for (index, limit) in self.rate_limits.iter().enumerate() {
            if let Some(first) = self.rate_limits[..index].iter().find(|first| first.role() == limit.role()) {
                let (origin, message) = ("LOGBOOK_RATE_LIMITS".to_owned(), format!("{first} and {limit} limit the same role"));
                return Err(SettingsError::Invalid { origin, message });
            }
        }
        Ok(())
    }
}

//! The settings of the commands that call a running service.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{Secret, SettingsError};

/// Which service to call, and with which token.
#[derive(Debug, Clone, Args)]
pub struct ClientSettings {
    /// The service: https://host or http://host:port, with the path prefix of a proxy, if any
    #[arg(long, env = "LOGBOOK_URL", hide_env_values = true, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: String,

    /// Token to send
    #[arg(long, env = "LOGBOOK_TOKEN", hide_env_values = true, value_name = "JWT")]
    pub token: Option<Secret>,

    /// File with the token; takes precedence over --token
    #[arg(long, env = "LOGBOOK_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// How long to retry while the service is unreachable or busy
    #[arg(long, env = "LOGBOOK_RETRY_FOR", default_value = "1m", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub retry_for: Duration,
}

impl ClientSettings {
    /// The URL, without slashes at its end. Refuses one with a user or a password, because errors contain the URL.
    pub fn url(&self) -> Result<&str, SettingsError> {
        let refused = |message| Err(SettingsError::Invalid { origin: "LOGBOOK_URL".to_owned(), message });
        let authority = self.url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
        if authority.unwrap_or(&self.url).contains('@') {
            return refused("must not have a user or a password; set LOGBOOK_TOKEN".to_owned());
        }
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return refused(format!("{:?} must begin with http:// or https://", self.url));
        }
        Ok(self.url.trim_end_matches('/'))
    }

    /// The token, from its file or its value.
    pub fn token(&self) -> Result<Option<Secret>, SettingsError> {
        match &self.token_file {
            Some(path) => Secret::of_file("LOGBOOK_TOKEN_FILE", path).map(Some),
            None => Ok(self.token.clone()),
        }
    }
}

//! Errors of settings.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use crate::http::connection::tls::TlsError;

/// An invalid setting. No message contains a secret.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error(
        "no key to verify tokens with: set LOGBOOK_JWT_SECRET (HS256, at least 32 bytes), LOGBOOK_JWT_SECRET_FILE, or \
         LOGBOOK_JWT_PUBLIC_KEY_FILE (PEM), or [[issuers]] in the configuration file; to try the service out, run `logbook demo`"
    )]
    NoKey,
    /// `origin`: the setting, and the file that it names.
    #[error("{origin}: {message}")]
    Invalid { origin: String, message: String },
    #[error("{setting}: cannot read {}: {error}", path.display())]
    File { setting: &'static str, path: PathBuf, error: io::Error },
    /// A fault in the configuration file.
    #[error("{}: {message}", path.display())]
    ConfigFile { path: PathBuf, message: String },
    #[error("LOGBOOK_TLS_CERTIFICATE_FILE and LOGBOOK_TLS_KEY_FILE: {0}")]
    Tls(#[from] TlsError),
    #[error("{0}")]
    UnknownVariable(String),
}

/// All settings that `serve` refuses; at least one.
#[derive(Debug, Error)]
pub struct Refusals(pub Vec<SettingsError>);

impl fmt::Display for Refusals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

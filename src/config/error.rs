//! Settings that cannot be used.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A setting that cannot be used. No message contains a secret.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error(
        "no key to verify tokens with: set LOGBOOK_JWT_SECRET (HS256, at least 32 bytes), LOGBOOK_JWT_SECRET_FILE, or \
         LOGBOOK_JWT_PUBLIC_KEY_FILE (PEM); to try the service out, run `logbook demo`"
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
    #[error("{0}")]
    UnknownVariable(String),
}

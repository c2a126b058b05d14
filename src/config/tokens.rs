//! The settings of tokens.

use std::path::PathBuf;

use clap::Args;

use super::{Secret, SettingsError};
use crate::http::auth::{
    hmac_secret::{self, WeakSecret},
    token::{Demands, KeyError, Tokens},
};

/// Which tokens are accepted. At least one key is required.
#[derive(Debug, Clone, Args)]
pub struct TokenSettings {
    /// Secret of HS256 tokens, at least 32 bytes
    #[arg(long, env = "LOGBOOK_JWT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub jwt_secret: Option<Secret>,

    /// File with the secret of HS256 tokens, as bytes; takes precedence over --jwt-secret
    #[arg(long, env = "LOGBOOK_JWT_SECRET_FILE", value_name = "FILE")]
    pub jwt_secret_file: Option<PathBuf>,

    /// PEM file of an RSA (RS256), EC P-256 (ES256) or Ed25519 (EdDSA) public key
    #[arg(long, env = "LOGBOOK_JWT_PUBLIC_KEY_FILE", value_name = "FILE")]
    pub jwt_public_key_file: Option<PathBuf>,

    /// Issuer (iss) that every token must name
    #[arg(long, env = "LOGBOOK_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,

    /// Audience (aud) that every token must be for
    #[arg(long, env = "LOGBOOK_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,
}

impl TokenSettings {
    /// The keys; at least one.
    pub fn tokens(&self) -> Result<Tokens, SettingsError> {
        let demands = Demands { issuer: self.jwt_issuer.clone(), audience: self.jwt_audience.clone() };
        let mut tokens = Tokens::new();
        if let Some(secret) = self.secret()? {
            tokens = tokens.with_secret(secret.bytes(), &demands);
        }
        if let Some(path) = &self.jwt_public_key_file {
            const SETTING: &str = "LOGBOOK_JWT_PUBLIC_KEY_FILE";
            let origin = format!("{SETTING}: {}", path.display());
            let pem = std::fs::read(path).map_err(|error| SettingsError::File { setting: SETTING, path: path.clone(), error })?;
            let invalid = |error: KeyError| SettingsError::Invalid { origin, message: error.to_string() };
            tokens = tokens.with_public_key(&pem, &demands).map_err(invalid)?;
        }
        if tokens.is_empty() { Err(SettingsError::NoKey) } else { Ok(tokens) }
    }

    /// The secret of HS256, from its file or its value. A weak one is an error.
    pub fn secret(&self) -> Result<Option<Secret>, SettingsError> {
        let (origin, secret) = match (&self.jwt_secret_file, &self.jwt_secret) {
            (Some(path), _) => {
                const SETTING: &str = "LOGBOOK_JWT_SECRET_FILE";
                (format!("{SETTING}: {}", path.display()), Secret::of_file(SETTING, path)?)
            }
            (None, Some(secret)) => ("LOGBOOK_JWT_SECRET".to_owned(), secret.clone()),
            (None, None) => return Ok(None),
        };
        let invalid = |weak: WeakSecret| SettingsError::Invalid { origin, message: weak.to_string() };
        hmac_secret::check(secret.bytes()).map_err(invalid)?;
        Ok(Some(secret))
    }
}

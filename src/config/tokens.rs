//! The settings of tokens.

use std::path::PathBuf;

use clap::Args;

use super::{Secret, SettingsError};
use crate::http::auth::token::{Demands, KeyError, Tokens};

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
            let invalid = |error: KeyError| SettingsError::Invalid { origin: self.secret_origin(), message: error.to_string() };
            tokens = tokens.with_secret(secret.bytes(), &demands).map_err(invalid)?;
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

    /// The secret of HS256, from its file or its value.
    pub fn secret(&self) -> Result<Option<Secret>, SettingsError> {
        match &self.jwt_secret_file {
            Some(path) => Secret::of_file("LOGBOOK_JWT_SECRET_FILE", path).map(Some),
            None => Ok(self.jwt_secret.clone()),
        }
    }

    /// The setting that the secret comes from, for messages.
    pub fn secret_origin(&self) -> String {
        match &self.jwt_secret_file {
            Some(path) => format!("LOGBOOK_JWT_SECRET_FILE: {}", path.display()),
            None => "LOGBOOK_JWT_SECRET".to_owned(),
        }
    }
}

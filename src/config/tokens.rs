//! The settings of tokens.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;

use super::{IssuerSettings, Secret, SettingsError};
use crate::http::auth::{
    claims::ClaimPaths,
    hmac_secret::{self, WeakSecret},
    issuer::{Issuer, Keys},
    key::{ALGORITHMS, Key, KeyError},
    token::Tokens,
};

/// The keys and issuers of accepted tokens. At least one is required.
#[derive(Debug, Clone, Args)]
pub struct TokenSettings {
    /// Secret of HS256 tokens, at least 32 bytes
    #[arg(long, env = "LOGBOOK_JWT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub jwt_secret: Option<Secret>,

    /// File with the secret of HS256 tokens, as bytes; takes precedence over --jwt-secret
    #[arg(long, env = "LOGBOOK_JWT_SECRET_FILE", value_name = "FILE")]
    pub jwt_secret_file: Option<PathBuf>,

    /// PEM file of an RSA (RS256), EC P-256 (ES256), EC P-384 (ES384) or Ed25519 (EdDSA) public key
    #[arg(long, env = "LOGBOOK_JWT_PUBLIC_KEY_FILE", value_name = "FILE")]
    pub jwt_public_key_file: Option<PathBuf>,

    /// Issuer (iss) that tokens verified with these keys must have
    #[arg(long, env = "LOGBOOK_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,

    /// Audience (aud) that tokens verified with these keys must have
    #[arg(long, env = "LOGBOOK_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,

    /// From the configuration file.
    #[arg(skip)]
    pub issuers: Vec<IssuerSettings>,
}

impl TokenSettings {
    /// The issuers. Without any, it is an error.
    pub fn tokens(&self) -> Result<Tokens, SettingsError> {
        for (variable, value) in [("LOGBOOK_JWT_ISSUER", &self.jwt_issuer), ("LOGBOOK_JWT_AUDIENCE", &self.jwt_audience)] {
            if value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                let message = "must not be empty; set a value, or leave it unset".to_owned();
                return Err(SettingsError::Invalid { origin: variable.to_owned(), message });
            }
        }
        let own = self.own_issuer()?;
        let of_file = self.issuers.iter().map(IssuerSettings::issuer);
        let issuers: Vec<Issuer> = own.into_iter().map(Ok).chain(of_file).collect::<Result<_, _>>()?;
        if issuers.is_empty() {
            return Err(SettingsError::NoKey);
        }
        let mut names = BTreeSet::new();
        match issuers.iter().find(|issuer| !names.insert(issuer.name.clone())) {
            Some(twice) => {
                let origin = format!("issuers: {}", twice.name.as_deref().unwrap_or_default());
                Err(SettingsError::Invalid { origin, message: "configured more than once".to_owned() })
            }
            None => Ok(Tokens::new(issuers)),
        }
    }

    /// The issuer that flags and variables define; `None` if they have no key.
    fn own_issuer(&self) -> Result<Option<Issuer>, SettingsError> {
        let mut keys: Vec<Key> = self.secret()?.iter().map(|secret| Key::of_secret(secret.bytes())).collect();
        if let Some(path) = &self.jwt_public_key_file {
            const SETTING: &str = "LOGBOOK_JWT_PUBLIC_KEY_FILE";
            let origin = format!("{SETTING}: {}", path.display());
            let pem = std::fs::read(path).map_err(|error| SettingsError::File { setting: SETTING, path: path.clone(), error })?;
            let invalid = |error: KeyError| SettingsError::Invalid { origin, message: error.to_string() };
            keys.push(Key::of_pem(&pem, &ALGORITHMS).map_err(invalid)?);
        }
        Ok((!keys.is_empty()).then(|| Issuer {
            name: self.jwt_issuer.clone(),
            audiences: self.jwt_audience.iter().cloned().collect(),
            token_type: None,
            claims: ClaimPaths::default(),
            keys: Keys::Fixed(keys),
        }))
    }

    /// Whether flags or variables have a key.
    pub fn has_own_key(&self) -> bool {
        self.jwt_secret.is_some() || self.jwt_secret_file.is_some() || self.jwt_public_key_file.is_some()
    }

    /// The secret of HS256, from its file or its value. A secret that can be guessed is an error.
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

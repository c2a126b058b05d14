//! Issuers of tokens: their keys, and the required contents of their tokens.

use std::{fmt, sync::Arc};

use jsonwebtoken::{Algorithm, Header, Validation, errors::ErrorKind};
use serde_json::Value;

use super::{
    claims::ClaimPaths,
    identity::{Identity, LEEWAY, TokenError},
    key::Key,
    remote_keys::RemoteKeys,
};

/// An issuer. Tokens that name it are verified with its keys only.
#[derive(Debug)]
pub struct Issuer {
    /// The claim `iss`, an exact match. `None`: tokens that name no other issuer.
    pub name: Option<String>,
    /// One of these must be in the claim `aud`. Empty: the claim is not checked.
    pub audiences: Vec<String>,
    /// The header `typ`, without `application/` and in any case (RFC 7515, 4.1.9). `None`: not checked.
    pub token_type: Option<String>,
    pub claims: ClaimPaths,
    pub keys: Keys,
}

/// The keys of an issuer.
pub enum Keys {
    /// From settings and files.
    Fixed(Vec<Key>),
    /// Fetched from a URL.
    Remote(Arc<RemoteKeys>),
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(keys) => formatter.debug_list().entries(keys.iter().map(|key| key.algorithm)).finish(),
            Self::Remote(keys) => keys.fmt(formatter),
        }
    }
}

impl Keys {
    /// Changes whenever keys may have been removed.
    pub(super) fn generation(&self) -> u64 {
        match self {
            Self::Fixed(_) => 0,
            Self::Remote(keys) => keys.generation(),
        }
    }
}

impl Issuer {
    /// The identity in a token that names this issuer, and the generation of the keys that verified it.
    pub(super) fn verify(&self, token: &str, header: &Header) -> Result<(Identity, u64), TokenError> {
        self.check_type(header)?;
        match &self.keys {
            Keys::Fixed(keys) => match self.verify_with(keys, token, header) {
                Err(TokenError::Algorithm) if is_unknown(header, keys) && keys.iter().any(|key| key.algorithm == header.alg) => {
                    Err(TokenError::UnknownKey(None))
                }
                outcome => Ok((outcome?, 0)),
            },
            Keys::Remote(remote) => {
                let loaded = remote.loaded();
                let Some(keys) = &loaded.keys else { return Err(TokenError::KeysNotLoaded(Arc::clone(remote))) };
                match self.verify_with(keys, token, header) {
                    Err(TokenError::Algorithm) if is_unknown(header, keys) => {
                        Err(TokenError::UnknownKey(Some(Arc::clone(remote))))
                    }
                    outcome => Ok((outcome?, loaded.generation)),
                }
            }
        }
    }

    fn check_type(&self, header: &Header) -> Result<(), TokenError> {
        let Some(expected) = &self.token_type else { return Ok(()) };
        let given = header.typ.as_deref().unwrap_or_default();
        if without_prefix(given).eq_ignore_ascii_case(without_prefix(expected)) {
            Ok(())
        } else {
            Err(TokenError::Malformed("its header typ is not the expected one"))
        }
    }

    /// A `kid` only selects among the keys. Several keys may have none, so each key that may fit is tried.
    fn verify_with(&self, keys: &[Key], token: &str, header: &Header) -> Result<Identity, TokenError> {
        let may_fit =
            |key: &&Key| key.algorithm == header.alg && (key.id.is_none() || header.kid.is_none() || key.id == header.kid);
        let mut error = TokenError::Algorithm;
        for key in keys.iter().filter(may_fit) {
            match jsonwebtoken::decode::<Value>(token, &key.key, &self.validation(key.algorithm)) {
                Ok(data) => return self.claims.identity(&data.claims),
                Err(refused) if *refused.kind() == ErrorKind::InvalidSignature => error = refused.into(),
                Err(refused) => return Err(refused.into()),
            }
        }
        Err(error)
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp"]);
        if let Some(name) = &self.name {
            validation.set_issuer(&[name]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        if self.audiences.is_empty() {
            validation.validate_aud = false;
        } else {
            validation.set_audience(&self.audiences);
            validation.required_spec_claims.insert("aud".to_owned());
        }
        validation
    }
}

/// Whether the token names a key that is not among these, so that it may be a new one.
fn is_unknown(header: &Header, keys: &[Key]) -> bool {
    header.kid.is_some() && !keys.iter().any(|key| key.id == header.kid)
}

fn without_prefix(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &media_type[PREFIX.len()..],
        _ => media_type,
    }
}

//! Verifies tokens as RFC 8725 requires: each key has one algorithm, and keys within tokens are ignored.

use std::{fmt, sync::Arc};

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, errors::ErrorKind, get_current_timestamp};
use quick_cache::sync::Cache;
use serde::Deserialize;
use thiserror::Error;

use crate::domain::{access::Principal, account::AccountId};

/// The maximum length of a token, in bytes.
pub const MAXIMUM_LENGTH: usize = 8 * 1024;

/// The maximum difference between the clocks of the issuer and of this service, in seconds.
const LEEWAY: u64 = 30;

/// The maximum number of cached identities.
const CACHED: usize = 1_000;

/// The content of a verified token.
#[derive(Debug)]
pub struct Identity {
    /// The caller's account.
    pub account: AccountId,
    /// Who the caller is within the account.
    pub principal: Arc<Principal>,
    /// The names of the caller's roles, including unknown ones.
    pub roles: Vec<String>,
    /// When the token expires, in seconds since 1970-01-01T00:00:00Z, without leeway.
    pub expires_at: u64,
}

impl Identity {
    /// Whether the token is valid at that time, in seconds since 1970-01-01T00:00:00Z.
    fn lasts(&self, now: u64) -> bool {
        now < self.expires_at.saturating_add(LEEWAY)
    }
}

/// Why a token is not accepted.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It is not a JWT, or has invalid content.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// No configured key has its algorithm.
    #[error("no key for its algorithm")]
    Algorithm,
    /// The signature or a claim is invalid.
    #[error("refused: {0}")]
    Refused(#[from] jsonwebtoken::errors::Error),
}

impl TokenError {
    /// The reason as the caller gets it: enough to correct a mistake, nothing about keys.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason,
            Self::Algorithm => "no configured key has its algorithm",
            Self::Refused(error) => match error.kind() {
                ErrorKind::InvalidSignature => "its signature is invalid",
                ErrorKind::ExpiredSignature => "it has expired",
                ErrorKind::ImmatureSignature => "it is not valid yet",
                ErrorKind::InvalidIssuer => "its issuer (iss) is not accepted",
                ErrorKind::InvalidAudience => "its audience (aud) is not accepted",
                ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                    "one of the claims exp, nbf, iss and aud is missing or of the wrong type"
                }
                _ => "it must be a signed JWT with the claims sub, accountId, roles and exp",
            },
        }
    }
}

/// A key that cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The PEM is not of a supported kind.
    #[error("not the PEM of an RSA, EC P-256 or Ed25519 public key")]
    UnknownKey,
}

/// The configured keys and the required claims.
///
/// A verified token remains valid until it expires, because keys and required claims do not change while the process runs. So its
/// identity is cached under its SHA-256, and only its expiry is checked again. Verifying a signature of a public key costs more
/// than reading a page.
pub struct Tokens {
    keys: Vec<Key>,
    verified: Cache<[u8; SHA256_OUTPUT_LEN], Arc<Identity>>,
}

/// A key with its only algorithm.
struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
    validation: Validation,
}

/// The claims that every token must have, if they are configured.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// The `iss` claim.
    pub issuer: Option<String>,
    /// A member of the `aud` claim.
    pub audience: Option<String>,
}

impl Tokens {
    /// Without a key: accepts no token.
    pub fn new() -> Self {
        Self { keys: Vec::new(), verified: Cache::new(CACHED) }
    }

    /// Adds the secret of HS256, which [`super::hmac_secret::check`] accepts.
    pub fn with_secret(mut self, secret: &[u8], demands: &Demands) -> Self {
        self.keys.push(Key::new(Algorithm::HS256, DecodingKey::from_secret(secret), demands));
        self
    }

    /// Adds a public key: RSA for RS256, EC P-256 for ES256, or Ed25519 for EdDSA.
    pub fn with_public_key(mut self, pem: &[u8], demands: &Demands) -> Result<Self, KeyError> {
        /// An uncompressed point of P-256; other curves have other lengths.
        const P256_POINT: usize = 65;
        let rsa = || DecodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key));
        let ec = || DecodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key));
        let ed = || DecodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key));
        let (algorithm, key) = rsa().or_else(|_| ec()).or_else(|_| ed()).map_err(|_| KeyError::UnknownKey)?;
        if algorithm == Algorithm::ES256 && key.try_get_as_bytes().is_ok_and(|point| point.len() != P256_POINT) {
            return Err(KeyError::UnknownKey);
        }
        self.keys.push(Key::new(algorithm, key, demands));
        Ok(self)
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The content of the token, if it is valid.
    pub fn verify(&self, token: &str) -> Result<Arc<Identity>, TokenError> {
        let digest = digest(token);
        if let Some(identity) = self.verified.get(&digest).filter(|identity| identity.lasts(get_current_timestamp())) {
            return Ok(identity);
        }
        let identity = Arc::new(self.check(token)?);
        self.verified.insert(digest, Arc::clone(&identity));
        Ok(identity)
    }

    fn check(&self, token: &str) -> Result<Identity, TokenError> {
        let header = header(token)?;
        let key = self.key_for(&header).ok_or(TokenError::Algorithm)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &key.validation)?.claims;
        let id = claims.sub.parse().map_err(|_| TokenError::Malformed("its claim sub must have 1 to 128 characters"))?;
        // A name is only shown, so a token without a usable one is valid.
        let name = claims.name.as_ref().and_then(|name| name.as_str()?.parse().ok());
        let account = claims.account_id.parse().map_err(|_| {
            TokenError::Malformed(
                "its claim accountId must have 1 to 128 characters, no control characters, and no spaces at its ends",
            )
        })?;
        let principal = Arc::new(Principal { id, name });
        Ok(Identity { account, principal, roles: claims.roles, expires_at: claims.exp as u64 })
    }

    /// The key that the token must be signed with.
    fn key_for(&self, header: &Header) -> Option<&Key> {
        self.keys.iter().find(|key| key.algorithm == header.alg)
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.keys.iter().map(|key| key.algorithm)).finish()
    }
}

impl Key {
    fn new(algorithm: Algorithm, key: DecodingKey, demands: &Demands) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "sub"]);
        if let Some(issuer) = &demands.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        match &demands.audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.required_spec_claims.insert("aud".to_owned());
            }
            None => validation.validate_aud = false,
        }
        Self { algorithm, key, validation }
    }
}

/// The claims that this service reads; the library checks the others.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Text in OpenID Connect (Core 1.0, 5.1); other values are ignored.
    name: Option<serde_json::Value>,
    #[serde(rename = "accountId")]
    account_id: String,
    roles: Vec<String>,
    /// May have fractions of a second (RFC 7519, 2), which are ignored.
    exp: f64,
}

/// The key of the cache.
fn digest(token: &str) -> [u8; SHA256_OUTPUT_LEN] {
    let mut digest = [0; SHA256_OUTPUT_LEN];
    digest.copy_from_slice(digest::digest(&SHA256, token.as_bytes()).as_ref());
    digest
}

/// The header of the token. Every critical extension (`crit`) is refused, because this service supports none.
fn header(token: &str) -> Result<Header, TokenError> {
    const SHAPE: TokenError = TokenError::Malformed("it must be a signed JWT: three base64url parts separated by dots");
    let mut parts = token.split('.');
    let (Some(first), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(SHAPE);
    };
    let json = URL_SAFE_NO_PAD.decode(first).map_err(|_| SHAPE)?;
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&json).map_err(|_| SHAPE)?;
    if members.contains_key("crit") {
        return Err(TokenError::Malformed("it has a critical header (crit), and this service supports none"));
    }
    // An unencoded payload (RFC 7797, 7) and compression (RFC 8725, 3.6) must not be used in JWTs.
    if members.contains_key("b64") || members.contains_key("zip") {
        return Err(TokenError::Malformed("it has the header b64 or zip, which a JWT must not have"));
    }
    jsonwebtoken::decode_header(token).map_err(|_| TokenError::Algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens_and_one_that_ends(expires_at: u64) -> (Tokens, String) {
        let secret = [7; 32];
        let tokens = Tokens::new().with_secret(&secret, &Demands::default());
        let claims = serde_json::json!({"sub": "ana", "accountId": "acme", "roles": [], "exp": expires_at});
        let key = jsonwebtoken::EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        (tokens, token)
    }

    #[test]
    fn a_token_that_was_verified_is_remembered() {
        let (tokens, token) = tokens_and_one_that_ends(get_current_timestamp() + 3_600);
        let identity = tokens.verify(&token).unwrap();
        assert!(Arc::ptr_eq(&identity, &tokens.verify(&token).unwrap()));
        assert!(identity.lasts(identity.expires_at + LEEWAY - 1));
        assert!(!identity.lasts(identity.expires_at + LEEWAY));
    }

    #[test]
    fn a_token_that_was_verified_is_refused_when_it_has_expired() {
        let expires_at = get_current_timestamp() - 3_600;
        let (tokens, token) = tokens_and_one_that_ends(expires_at);
        let account = AccountId::from_stored("acme".to_owned());
        let principal = Arc::new(Principal { id: "ana".parse().unwrap(), name: None });
        tokens.verified.insert(digest(&token), Arc::new(Identity { account, principal, roles: Vec::new(), expires_at }));
        assert_eq!(tokens.verify(&token).unwrap_err().reason(), "it has expired");
    }
}

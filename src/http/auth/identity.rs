//! The outcome of verifying a token: the identity of the caller, or an error.

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use thiserror::Error;

use super::remote_keys::RemoteKeys;
use crate::domain::{access::Principal, account::AccountId};

/// The maximum difference between the clocks of the issuer and of this service, in seconds.
pub(super) const LEEWAY: u64 = 30;

/// The content of a verified token.
#[derive(Debug)]
pub struct Identity {
    pub account: AccountId,
    pub principal: Arc<Principal>,
    /// The names of the caller's roles, including unknown ones.
    pub roles: Vec<String>,
    /// When the token expires, in seconds since 1970-01-01T00:00:00Z, without leeway.
    pub expires_at: u64,
}

impl Identity {
    /// Whether the token is valid at `now`, in seconds since 1970-01-01T00:00:00Z.
    pub(super) fn lasts(&self, now: u64) -> bool {
        now < self.expires_at.saturating_add(LEEWAY)
    }
}

/// Why a token is not accepted.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It is not a JWT, or has invalid content.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    #[error("it names an issuer that is not configured")]
    Issuer,
    /// No configured key has its algorithm.
    #[error("no key for its algorithm")]
    Algorithm,
    /// The issuer has no key with its `kid`. If it publishes its keys, a fetch may return it.
    #[error("its key (kid) is unknown: {0:?}")]
    UnknownKey(Option<Arc<RemoteKeys>>),
    /// The keys of the issuer were never fetched, or fetching them takes too long.
    #[error("the keys of its issuer are not loaded: {0:?}")]
    KeysNotLoaded(Arc<RemoteKeys>),
    /// The signature or a claim is invalid.
    #[error("refused: {0}")]
    Refused(#[from] jsonwebtoken::errors::Error),
}

impl TokenError {
    /// The reason for the caller: enough to correct a mistake, without information about keys.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason,
            Self::Issuer => "its issuer (iss) is not accepted",
            Self::Algorithm => "no configured key has its algorithm",
            Self::UnknownKey(_) => "its issuer has no key with its kid",
            Self::KeysNotLoaded(_) => "the keys of its issuer are not loaded",
            Self::Refused(error) => match error.kind() {
                ErrorKind::InvalidSignature => "its signature is invalid",
                ErrorKind::ExpiredSignature => "it has expired",
                ErrorKind::ImmatureSignature => "it is not valid yet",
                ErrorKind::InvalidIssuer => "its issuer (iss) is not accepted",
                ErrorKind::InvalidAudience => "its audience (aud) is not accepted",
                ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => match claim.as_str() {
                    "exp" => "its expiry (exp) is missing, or not a number of seconds since 1970",
                    "nbf" => "the time from which it is valid (nbf) is not a number",
                    "iss" => "its issuer (iss) is missing or not a string",
                    _ => "its audience (aud) is missing, or is neither a string nor an array of strings",
                },
                _ => "it must be a signed JWT whose claims are a JSON object, in base64url",
            },
        }
    }

    /// The keys to fetch again, because the missing key may be among them.
    pub(super) fn awaited_keys(&self) -> Option<&Arc<RemoteKeys>> {
        match self {
            Self::KeysNotLoaded(keys) => Some(keys),
            Self::UnknownKey(keys) => keys.as_ref(),
            _ => None,
        }
    }
}

//! Verifies tokens as RFC 8725 requires: each key has one algorithm, and keys within tokens are ignored.

use std::{fmt, sync::Arc};

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Header, get_current_timestamp};
use quick_cache::sync::Cache;
use serde::Deserialize;

use super::{
    claims::ClaimPaths,
    identity::{Identity, TokenError},
    issuer::{Issuer, Keys},
    key::Key,
    remote_keys::{RemoteKeys, Waited},
};

/// The maximum length of a token, in bytes.
pub const MAXIMUM_LENGTH: usize = 8 * 1024;

/// The maximum number of cached identities.
const CACHED: usize = 1_000;

/// The issuers, and the tokens that were verified.
///
/// The identity of a verified token is cached under its SHA-256, because verifying a signature of a public key costs more than
/// reading a page. Later, only its expiry is checked, and whether the keys of its issuer are still the same ones.
pub struct Tokens {
    issuers: Vec<Issuer>,
    verified: Cache<[u8; SHA256_OUTPUT_LEN], Verified>,
}

#[derive(Clone)]
struct Verified {
    identity: Arc<Identity>,
    /// The position of its issuer.
    issuer: usize,
    /// The generation of the keys that verified it.
    generation: u64,
}

/// The issuer whose keys verify a token.
struct Choice {
    /// Its position.
    issuer: usize,
    /// Whether the token names an issuer that is not configured, while other issuers are.
    instead: bool,
}

impl Tokens {
    /// Each issuer has a name of its own.
    pub fn new(issuers: Vec<Issuer>) -> Self {
        Self { issuers, verified: Cache::new(CACHED) }
    }

    /// Accepts tokens that are signed by HS256 with this secret.
    pub fn of_secret(secret: &[u8]) -> Self {
        let keys = Keys::Fixed(vec![Key::of_secret(secret)]);
        Self::new(vec![Issuer { name: None, audiences: Vec::new(), token_type: None, claims: ClaimPaths::default(), keys }])
    }

    /// Begins to fetch the keys of issuers that publish them. This ends when the value is dropped.
    pub fn start(&self) {
        self.remote_keys().for_each(RemoteKeys::start);
    }

    /// The identity in the token, if it is valid. Does not wait.
    pub fn verify(&self, token: &str) -> Result<Arc<Identity>, TokenError> {
        let digest = digest(token);
        let is_current = |verified: &Verified| {
            verified.identity.lasts(get_current_timestamp())
                && self.issuers[verified.issuer].keys.generation() == verified.generation
        };
        if let Some(verified) = self.verified.get(&digest).filter(is_current) {
            return Ok(verified.identity);
        }
        let header = header(token)?;
        let Choice { issuer, instead } = self.issuer_of(token)?;
        let (identity, generation) = self.issuers[issuer].verify(token, &header).map_err(|error| match error {
            TokenError::Algorithm | TokenError::UnknownKey(None) if instead => TokenError::Issuer,
            error => error,
        })?;
        let identity = Arc::new(identity);
        self.verified.insert(digest, Verified { identity: Arc::clone(&identity), issuer, generation });
        Ok(identity)
    }

    /// Like [`Self::verify`], but waits for a fetch if the key may have just been published.
    pub(super) async fn verify_after_fetch(&self, token: &str) -> Result<Arc<Identity>, TokenError> {
        // A running fetch may have begun before the key was published, so a second one may be necessary.
        for _ in 0..2 {
            let error = match self.verify(token) {
                Err(error) => error,
                accepted => return accepted,
            };
            let Some(keys) = error.awaited_keys() else { return Err(error) };
            match keys.wait_for_fetch().await {
                Waited::Fetched => {}
                Waited::CoolingDown => return Err(error),
                Waited::TimedOut => return Err(TokenError::KeysNotLoaded(Arc::clone(keys))),
            }
        }
        self.verify(token)
    }

    /// The issuer that the token names, or the one without a name.
    fn issuer_of(&self, token: &str) -> Result<Choice, TokenError> {
        #[derive(Deserialize)]
        struct Named {
            iss: Option<serde_json::Value>,
        }
        const SHAPE: TokenError = TokenError::Malformed("it must be a signed JWT whose claims are a JSON object");
        let payload = token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok()).ok_or(SHAPE)?;
        let named: Named = serde_json::from_slice(&payload).map_err(|_| SHAPE)?;
        let name = named.iss.as_ref().and_then(serde_json::Value::as_str);
        let position = |name: Option<&str>| self.issuers.iter().position(|issuer| issuer.name.as_deref() == name);
        if let Some(issuer) = position(name) {
            return Ok(Choice { issuer, instead: false });
        }
        let issuer = position(None).ok_or(TokenError::Issuer)?;
        Ok(Choice { issuer, instead: self.issuers.len() > 1 })
    }

    fn remote_keys(&self) -> impl Iterator<Item = &Arc<RemoteKeys>> {
        self.issuers.iter().filter_map(|issuer| match &issuer.keys {
            Keys::Remote(keys) => Some(keys),
            Keys::Fixed(_) => None,
        })
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.remote_keys().for_each(|keys| keys.stop());
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.issuers).finish()
    }
}

/// The key of a token in the cache.
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
    if members.get("kid").is_some_and(|kid| !kid.is_string()) {
        return Err(TokenError::Malformed("its header kid must be a string"));
    }
    jsonwebtoken::decode_header(token).map_err(|_| TokenError::Algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{access::Principal, account::AccountId},
        http::auth::identity::LEEWAY,
    };

    fn tokens_and_one_that_ends(expires_at: u64) -> (Tokens, String) {
        let secret = [7; 32];
        let claims = serde_json::json!({"sub": "ana", "accountId": "acme", "roles": [], "exp": expires_at});
        let key = jsonwebtoken::EncodingKey::from_secret(&secret);
        (Tokens::of_secret(&secret), jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap())
    }

    #[test]
    fn a_verified_token_is_cached() {
        let (tokens, token) = tokens_and_one_that_ends(get_current_timestamp() + 3_600);
        let identity = tokens.verify(&token).unwrap();
        assert!(Arc::ptr_eq(&identity, &tokens.verify(&token).unwrap()));
        assert!(identity.lasts(identity.expires_at + LEEWAY - 1));
        assert!(!identity.lasts(identity.expires_at + LEEWAY));
    }

    #[test]
    fn a_token_that_names_another_issuer_is_refused_for_that() {
        let named = |name: Option<&str>, keys| Issuer {
            name: name.map(str::to_owned),
            audiences: Vec::new(),
            token_type: None,
            claims: ClaimPaths::default(),
            keys: Keys::Fixed(keys),
        };
        let issuers = || vec![named(None, vec![Key::of_secret(&[7; 32])]), named(Some("https://issuer.example"), Vec::new())];
        let token = |header: &str, claims: &str| {
            let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
            format!("{}.{}.{}", part(header), part(claims), part("signature"))
        };
        let reason = |issuers, token: &str| Tokens::new(issuers).verify(token).unwrap_err().reason();
        let slash = token(r#"{"alg":"RS256"}"#, r#"{"iss":"https://issuer.example/"}"#);
        assert_eq!(reason(issuers(), &slash), "its issuer (iss) is not accepted");
        assert_eq!(reason(issuers().drain(..1).collect(), &slash), "no configured key has its algorithm");
        let other_key = token(r#"{"alg":"HS256","kid":"b"}"#, "{}");
        let with_id = || vec![named(None, vec![Key { id: Some("a".to_owned()), ..Key::of_secret(&[7; 32]) }])];
        assert_eq!(reason(with_id(), &other_key), "its issuer has no key with its kid");
        let number = token(r#"{"alg":"RS256","kid":7}"#, "{}");
        assert_eq!(reason(issuers(), &number), "its header kid must be a string");
    }

    #[test]
    fn a_cached_token_is_refused_when_it_has_expired() {
        let expires_at = get_current_timestamp() - 3_600;
        let (tokens, token) = tokens_and_one_that_ends(expires_at);
        let account = AccountId::from_stored("acme".to_owned());
        let principal = Arc::new(Principal { id: "ana".parse().unwrap(), name: None });
        let identity = Arc::new(Identity { account, principal, roles: Vec::new(), expires_at });
        tokens.verified.insert(digest(&token), Verified { identity, issuer: 0, generation: 0 });
        assert_eq!(tokens.verify(&token).unwrap_err().reason(), "it has expired");
    }
}

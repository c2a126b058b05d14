//! Keys that verify tokens, each with its only algorithm (RFC 8725, 3.1).

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use thiserror::Error;

/// All algorithms of public keys, in the order of preference for a key that does not name its own.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The lengths of the modulus of an RSA key, in bytes: 2,048 to 8,192 bits are what the verifier supports, and NIST SP 800-57
/// demands at least 2,048.
const MODULUS: RangeInclusive<usize> = 256..=1024;

/// The maximum number of keys in a JWKS.
pub const MAXIMUM_KEYS: usize = 64;

/// A key with its only algorithm.
#[derive(Clone)]
pub struct Key {
    /// The `kid` of a JWKS.
    pub id: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

/// Keys that cannot be used.
#[derive(Debug, PartialEq, Error)]
pub enum KeyError {
    #[error("not the PEM of an RSA, EC P-256, EC P-384 or Ed25519 public key")]
    UnknownKey,
    #[error("a private key; give the public key, as `openssl pkey -in FILE -pubout` prints it")]
    PrivateKey,
    #[error("the length of the RSA key is not supported; 2048 to 8192 bits are allowed")]
    RsaLength,
    #[error("none of the allowed algorithms can use this type of key")]
    NoAlgorithm,
    #[error("not a JWKS: {0}")]
    NotJwks(String),
    #[error("the JWKS has no key for signatures that an allowed algorithm can use")]
    NoUsableKey,
    #[error("the JWKS has more than {MAXIMUM_KEYS} keys")]
    TooManyKeys,
}

/// What decides which algorithms a key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Kind {
    fn has(self, algorithm: Algorithm) -> bool {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        match self {
            Self::Rsa => matches!(algorithm, RS256 | RS384 | RS512 | PS256 | PS384 | PS512),
            Self::P256 => algorithm == ES256,
            Self::P384 => algorithm == ES384,
            Self::Ed25519 => algorithm == EdDSA,
        }
    }

    /// The first allowed algorithm of this kind of key.
    fn first_of(self, allowed: &[Algorithm]) -> Option<Algorithm> {
        allowed.iter().copied().find(|algorithm| self.has(*algorithm))
    }
}

impl Key {
    /// A secret of HS256.
    pub fn of_secret(secret: &[u8]) -> Self {
        Self { id: None, algorithm: Algorithm::HS256, key: DecodingKey::from_secret(secret) }
    }

    /// A public key in PEM. Its algorithm is the first allowed one that fits.
    pub fn of_pem(pem: &[u8], allowed: &[Algorithm]) -> Result<Self, KeyError> {
        /// The lengths of uncompressed points.
        const P256_POINT: usize = 65;
        const P384_POINT: usize = 97;
        /// Before each private key, whatever its kind.
        const PRIVATE: &[u8] = b"PRIVATE KEY-----";
        if pem.windows(PRIVATE.len()).any(|part| part == PRIVATE) {
            return Err(KeyError::PrivateKey);
        }
        let rsa = || DecodingKey::from_rsa_pem(pem).map(|key| (Kind::Rsa, key));
        let ec = || {
            let key = DecodingKey::from_ec_pem(pem).map_err(|_| KeyError::UnknownKey)?;
            match key.try_get_as_bytes().map(<[u8]>::len) {
                Ok(P256_POINT) => Ok((Kind::P256, key)),
                Ok(P384_POINT) => Ok((Kind::P384, key)),
                _ => Err(KeyError::UnknownKey),
            }
        };
        let ed = || DecodingKey::from_ed_pem(pem).map(|key| (Kind::Ed25519, key)).map_err(|_| KeyError::UnknownKey);
        let (kind, key) = rsa().or_else(|_| ec()).or_else(|_| ed())?;
        // In DER, the lengths and the exponent take up to 16 bytes more than the modulus.
        let is_supported = |der: &[u8]| (*MODULUS.start()..=MODULUS.end() + 16).contains(&der.len());
        if kind == Kind::Rsa && !key.try_get_as_bytes().is_ok_and(is_supported) {
            return Err(KeyError::RsaLength);
        }
        let algorithm = kind.first_of(allowed).ok_or(KeyError::NoAlgorithm)?;
        Ok(Self { id: None, algorithm, key })
    }
}

/// The usable keys of a JSON Web Key Set (RFC 7517). Keys for encryption, of unknown kinds, or for algorithms that are not allowed
/// are skipped, and symmetric keys always.
pub fn of_jwks(json: &[u8], allowed: &[Algorithm]) -> Result<Vec<Key>, KeyError> {
    #[derive(Deserialize)]
    struct Jwks {
        keys: Vec<serde_json::Value>,
    }
    // The error of the parser may contain a part of the content.
    let invalid = |error: serde_json::Error| KeyError::NotJwks(format!("line {}, column {}", error.line(), error.column()));
    let jwks: Jwks = serde_json::from_slice(json).map_err(invalid)?;
    if jwks.keys.len() > MAXIMUM_KEYS {
        return Err(KeyError::TooManyKeys);
    }
    let usable = |key| serde_json::from_value::<Jwk>(key).ok()?.usable(allowed);
    let keys: Vec<Key> = jwks.keys.into_iter().filter_map(usable).collect();
    if keys.is_empty() { Err(KeyError::NoUsableKey) } else { Ok(keys) }
}

/// The members of a JSON Web Key that matter for signatures (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    /// The key, if it verifies signatures with an allowed algorithm.
    fn usable(self, allowed: &[Algorithm]) -> Option<Key> {
        let is_for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !is_for_signatures {
            return None;
        }
        let (kind, key) = self.material()?;
        let algorithm = match &self.alg {
            Some(name) => name.parse().ok().filter(|named| kind.has(*named) && allowed.contains(named))?,
            None => kind.first_of(allowed)?,
        };
        Some(Key { id: self.kid, algorithm, key })
    }

    fn material(&self) -> Option<(Kind, DecodingKey)> {
        let length = |part: &str| URL_SAFE_NO_PAD.decode(part).map(|bytes| bytes.len()).ok();
        match (&*self.kty, self.crv.as_deref()) {
            ("RSA", _) => {
                let (modulus, exponent) = (self.n.as_deref()?, self.e.as_deref()?);
                let is_supported = MODULUS.contains(&length(modulus)?);
                let key = DecodingKey::from_rsa_components(modulus, exponent).ok().filter(|_| is_supported)?;
                Some((Kind::Rsa, key))
            }
            ("EC", Some(curve @ ("P-256" | "P-384"))) => {
                let (x, y) = (self.x.as_deref()?, self.y.as_deref()?);
                let (kind, coordinate) = if curve == "P-256" { (Kind::P256, 32) } else { (Kind::P384, 48) };
                let is_on_curve = length(x)? == coordinate && length(y)? == coordinate;
                Some((kind, DecodingKey::from_ec_components(x, y).ok().filter(|_| is_on_curve)?))
            }
            ("OKP", Some("Ed25519")) => {
                let x = self.x.as_deref().filter(|x| length(x) == Some(32))?;
                Some((Kind::Ed25519, DecodingKey::from_ed_components(x).ok()?))
            }
            _ => None,
        }
    }
}

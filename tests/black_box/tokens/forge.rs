//! Creates tokens of any form, with every kind of key, without the token library of the service.

use std::time::SystemTime;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{
        self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// The account of every token in these tests.
pub(super) const ACCOUNT: &str = "account-of-the-tokens";
/// The role of every token in these tests.
pub(super) const ROLE: &str = "CONVERSATIONS_SUPERVISOR";

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Valid claims.
pub(super) fn good_claims() -> Value {
    json!({"sub": "tester", "accountId": ACCOUNT, "roles": [ROLE], "exp": now() + 3600})
}

/// Valid claims with one added or changed.
pub(super) fn claims_with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = good_claims();
    claims[name] = value.into();
    claims
}

/// The header of a token, with more members.
pub(super) fn header_with(algorithm: &str, more: Value) -> Value {
    let mut header = json!({"alg": algorithm, "typ": "JWT"});
    let Value::Object(more) = more else { panic!("not an object") };
    header.as_object_mut().unwrap().extend(more);
    header
}

/// Base64 of tokens: URL-safe and without padding.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a part of a token.
pub(super) fn decode(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// A signed token of these parts.
pub(super) fn seal(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    seal_bytes(header.to_string().as_bytes(), claims.to_string().as_bytes(), sign)
}

/// A signed token whose parts need not be JSON.
pub(super) fn seal_bytes(header: &[u8], claims: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", encode(signature))
}

/// Signs with a shared secret and this algorithm. Any unknown name signs as HS256.
pub(super) fn hmac(algorithm: &str, secret: impl AsRef<[u8]>) -> impl Fn(&[u8]) -> Vec<u8> {
    let algorithm = match algorithm {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    let key = hmac::Key::new(algorithm, secret.as_ref());
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

/// An RSA key that signs with any padding and digest.
pub(super) struct Rsa(rsa::KeyPair);

impl Rsa {
    pub(super) fn generate() -> Self {
        Self(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }

    pub(super) fn sign_as(&self, encoding: &'static dyn RsaEncoding) -> impl Fn(&[u8]) -> Vec<u8> {
        move |message| {
            let mut signature = vec![0; self.0.public_modulus_len()];
            self.0.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        }
    }

    pub(super) fn sign(&self) -> impl Fn(&[u8]) -> Vec<u8> {
        self.sign_as(&signature::RSA_PKCS1_SHA256)
    }

    pub(super) fn public_pem(&self) -> String {
        pem(self.0.public_key())
    }

    /// The public key as a JSON Web Key (RFC 7517).
    pub(super) fn public_jwk(&self) -> Value {
        // PKCS #1 ends with the modulus and, in five bytes, the exponent 65537.
        let der = self.0.public_key().as_ref();
        let modulus = &der[der.len() - 5 - self.0.public_modulus_len()..der.len() - 5];
        json!({"kty": "RSA", "n": encode(modulus), "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "mine"})
    }
}

/// An elliptic-curve key that signs in any format.
pub(super) struct Elliptic {
    pkcs8: Vec<u8>,
    /// The uncompressed point.
    point: Vec<u8>,
    public_pem: String,
}

impl Elliptic {
    /// A key on P-256, the curve of ES256.
    pub(super) fn p256() -> Self {
        Self::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    /// A key on P-384, the curve of ES384.
    pub(super) fn p384() -> Self {
        Self::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn generate(algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let key = EcdsaKeyPair::generate(algorithm).unwrap();
        let point = key.public_key().as_ref().to_vec();
        Self { pkcs8: key.to_pkcs8v1().unwrap().as_ref().to_vec(), point, public_pem: pem(key.public_key()) }
    }

    pub(super) fn sign_as(&self, algorithm: &'static EcdsaSigningAlgorithm) -> impl Fn(&[u8]) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8).unwrap();
        move |message| key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    /// An ES256 signature in the format of RFC 7518.
    pub(super) fn sign(&self) -> impl Fn(&[u8]) -> Vec<u8> {
        self.sign_as(&ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    /// An ES256 signature in ASN.1, the format outside of JSON Web Tokens.
    pub(super) fn sign_in_asn1(&self) -> impl Fn(&[u8]) -> Vec<u8> {
        self.sign_as(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    pub(super) fn public_pem(&self) -> String {
        self.public_pem.clone()
    }

    /// The public key as a JSON Web Key.
    pub(super) fn public_jwk(&self) -> Value {
        let (x, y) = self.point[1..].split_at(self.point.len() / 2);
        let curve = if x.len() == 32 { "P-256" } else { "P-384" };
        json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y), "use": "sig", "kid": "mine"})
    }
}

/// An Ed25519 key.
pub(super) struct Edwards(Ed25519KeyPair);

impl Edwards {
    pub(super) fn generate() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }

    pub(super) fn sign(&self) -> impl Fn(&[u8]) -> Vec<u8> {
        |message| self.0.sign(message).as_ref().to_vec()
    }

    pub(super) fn public_pem(&self) -> String {
        pem(self.0.public_key())
    }

    /// The public key as a JSON Web Key.
    pub(super) fn public_jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": encode(self.0.public_key()), "alg": "EdDSA", "kid": "mine"})
    }
}

fn pem<'a>(key: &impl AsDer<PublicKeyX509Der<'a>>) -> String {
    let base64 = STANDARD.encode(key.as_der().unwrap().as_ref());
    let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|start| &base64[start..base64.len().min(start + 64)]).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

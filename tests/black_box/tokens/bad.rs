//! Tokens that must be refused, derived from a valid one.

mod contents;
mod shapes;

use serde_json::{Value, json};

use super::forge::{self, Elliptic, decode, encode, hmac, seal_bytes};
use crate::support::SECRET;

/// An invalid `Authorization`, and what is wrong with it.
pub(super) struct Bad {
    pub(super) what: String,
    pub(super) authorization: String,
}

fn bearer(what: impl Into<String>, token: impl AsRef<str>) -> Bad {
    Bad { what: what.into(), authorization: format!("Bearer {}", token.as_ref()) }
}

/// Returns the signature of a message.
type Sign<'key> = dyn Fn(&[u8]) -> Vec<u8> + 'key;

/// Makes valid tokens of one issuer, from which invalid ones are derived.
pub(super) struct Mint<'key> {
    algorithm: &'static str,
    /// More members of the header, and more claims.
    header: Value,
    claims: Value,
    sign: Box<Sign<'key>>,
}

impl<'key> Mint<'key> {
    /// Signs by HS256 with the secret of the tests.
    pub(super) fn by_secret() -> Self {
        Self { algorithm: "HS256", header: json!({}), claims: json!({}), sign: Box::new(hmac("HS256", SECRET)) }
    }

    /// Signs by ES256 with a key that the issuer publishes.
    pub(super) fn by_key(key: &'key Elliptic, kid: &str, issuer: &str) -> Self {
        Self { algorithm: "ES256", header: json!({"kid": kid}), claims: json!({"iss": issuer}), sign: Box::new(key.sign()) }
    }

    /// The valid token.
    pub(super) fn token(&self) -> String {
        self.seal(&self.header(), &self.claims())
    }

    fn header(&self) -> Value {
        self.header_with(json!({}))
    }

    fn header_with(&self, more: Value) -> Value {
        self.header_of(self.algorithm, more)
    }

    /// The header with another algorithm.
    fn header_of(&self, algorithm: &str, more: Value) -> Value {
        let mut header = forge::header_with(algorithm, self.header.clone());
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        header
    }

    fn claims(&self) -> Value {
        let mut claims = forge::good_claims();
        claims.as_object_mut().unwrap().extend(self.claims.as_object().unwrap().clone());
        claims
    }

    fn claims_with(&self, name: &str, value: impl Into<Value>) -> Value {
        let mut claims = self.claims();
        claims[name] = value.into();
        claims
    }

    fn seal(&self, header: &Value, claims: &Value) -> String {
        self.seal_bytes(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    fn seal_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        seal_bytes(header, claims, &self.sign)
    }
}

/// A valid token by the secret of the tests.
pub(super) fn good_token() -> String {
    Mint::by_secret().token()
}

/// All invalid tokens.
pub(super) fn all(mint: &Mint<'_>) -> Vec<Bad> {
    [
        unsecured(mint),
        altered_characters(mint),
        altered_bits(mint),
        truncated(mint),
        other_secrets(mint),
        other_algorithms(mint),
        contents::wrong_headers(mint),
        contents::embedded_keys(mint),
        contents::wrong_times(mint),
        contents::wrong_claims(mint),
        contents::invalid_payloads(mint),
        shapes::wrong_shapes(mint),
        shapes::wrong_schemes(mint),
        shapes::too_long(mint),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unsecured(mint: &Mint<'_>) -> Vec<Bad> {
    let spelling = |set: u32| -> String {
        "none"
            .char_indices()
            .map(|(index, letter)| if set & (1 << index) != 0 { letter.to_ascii_uppercase() } else { letter })
            .collect()
    };
    let mut tokens = Vec::new();
    for algorithm in (0..16).map(spelling).chain(["".into(), " none".into(), "null".into(), "unsecured".into()]) {
        let header = mint.header_of(&algorithm, json!({}));
        let unsigned = forge::seal(&header, &mint.claims(), |_| Vec::new());
        tokens.push(bearer(format!("alg {algorithm:?}, no signature"), &unsigned));
        tokens.push(bearer(format!("alg {algorithm:?}, no third part"), unsigned.trim_end_matches('.')));
        tokens.push(bearer(format!("alg {algorithm:?}, signed well"), mint.seal(&header, &mint.claims())));
    }
    tokens
}

fn altered_characters(mint: &Mint<'_>) -> Vec<Bad> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let token = mint.token();
    let mut tokens = Vec::new();
    for (index, character) in token.char_indices() {
        let number = ALPHABET.iter().position(|letter| *letter == character as u8);
        // The neighbour differs only in the lowest bit, which a lenient decoder of the last character ignores.
        let replacements =
            number.map_or(vec!['A', '-'], |number| vec![ALPHABET[number ^ 1] as char, ALPHABET[number ^ 32] as char]);
        for replacement in replacements {
            let altered = format!("{}{replacement}{}", &token[..index], &token[index + 1..]);
            tokens.push(bearer(format!("{character} became {replacement} at {index}"), altered));
        }
    }
    tokens
}

fn altered_bits(mint: &Mint<'_>) -> Vec<Bad> {
    let token = mint.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = decode(signature);
    (0..signature.len() * 8)
        .map(|bit| {
            let mut altered = signature.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            bearer(format!("bit {bit} of the signature"), format!("{signed}.{}", encode(altered)))
        })
        .collect()
}

fn truncated(mint: &Mint<'_>) -> Vec<Bad> {
    let token = mint.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = decode(signature);
    let cut_bytes = (0..signature.len()).map(|end| encode(&signature[..end]));
    let cut_characters = (1..token.len()).map(|end| bearer(format!("truncated to {end} characters"), &token[..end]));
    cut_bytes
        .map(|cut| bearer("a signature truncated to whole bytes", format!("{signed}.{cut}")))
        .chain(cut_characters)
        .chain((1..token.len()).step_by(5).map(|start| bearer(format!("from character {start} on"), &token[start..])))
        .collect()
}

fn other_secrets(mint: &Mint<'_>) -> Vec<Bad> {
    let mut secrets: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0; 32],
        b"secret".to_vec(),
        SECRET.to_uppercase().into_bytes(),
        SECRET[1..].into(),
        SECRET[..SECRET.len() - 1].into(),
        SECRET.repeat(2).into_bytes(),
        encode(SECRET).into_bytes(),
        format!("{SECRET}\n").into_bytes(),
    ];
    let mut random = fastrand::Rng::with_seed(1);
    secrets.extend((0..50).map(|_| (0..random.usize(1..80)).map(|_| random.u8(..)).collect()));
    secrets
        .iter()
        .map(|secret| bearer("another secret", forge::seal(&mint.header(), &mint.claims(), hmac("HS256", secret))))
        .collect()
}

fn other_algorithms(mint: &Mint<'_>) -> Vec<Bad> {
    let names = [
        "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA",
        "Ed25519", "hs256", "Hs256", "HS256 ", "HS-256", "HMAC", "SHA256", "A256GCM", "dir",
    ];
    let others = names.iter().filter(|name| **name != mint.algorithm);
    let named = others.map(|name| {
        let header = mint.header_of(name, json!({}));
        bearer(format!("alg {name}"), forge::seal(&header, &mint.claims(), hmac(name, SECRET)))
    });
    let odd = [json!(null), json!(256), json!(true), json!(["HS256"]), json!({"name": "HS256"})].into_iter().map(|algorithm| {
        let header = mint.header_with(json!({"alg": algorithm}));
        bearer(format!("alg {algorithm}"), mint.seal(&header, &mint.claims()))
    });
    named.chain(odd).collect()
}

//! Tokens that must be refused if HS256 with the secret of the tests is configured.

mod contents;
mod shapes;

use serde_json::{Value, json};

use super::forge::{decode, encode, good_claims, header_with, hmac, seal};
use crate::support::SECRET;

/// An invalid `Authorization`, and what is wrong with it.
pub(super) struct Bad {
    pub(super) what: String,
    pub(super) authorization: String,
}

fn bearer(what: impl Into<String>, token: impl AsRef<str>) -> Bad {
    Bad { what: what.into(), authorization: format!("Bearer {}", token.as_ref()) }
}

fn good_header() -> Value {
    header_with("HS256", json!({}))
}

/// A valid token, from which invalid ones are derived.
pub(super) fn good_token() -> String {
    seal(&good_header(), &good_claims(), hmac("HS256", SECRET))
}

/// All invalid tokens.
pub(super) fn all() -> Vec<Bad> {
    [
        unsecured(),
        altered_characters(),
        altered_bits(),
        truncated(),
        other_secrets(),
        other_algorithms(),
        contents::wrong_headers(),
        contents::embedded_keys(),
        contents::wrong_times(),
        contents::wrong_claims(),
        contents::invalid_payloads(),
        shapes::wrong_shapes(),
        shapes::wrong_schemes(),
        shapes::too_long(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unsecured() -> Vec<Bad> {
    let spelling = |set: u32| -> String {
        "none"
            .char_indices()
            .map(|(index, letter)| if set & (1 << index) != 0 { letter.to_ascii_uppercase() } else { letter })
            .collect()
    };
    let mut tokens = Vec::new();
    for algorithm in (0..16).map(spelling).chain(["".into(), " none".into(), "null".into(), "unsecured".into()]) {
        let header = header_with(&algorithm, json!({}));
        let unsigned = seal(&header, &good_claims(), |_| Vec::new());
        tokens.push(bearer(format!("alg {algorithm:?}, no signature"), &unsigned));
        tokens.push(bearer(format!("alg {algorithm:?}, no third part"), unsigned.trim_end_matches('.')));
        tokens.push(bearer(format!("alg {algorithm:?}, signed well"), seal(&header, &good_claims(), hmac("HS256", SECRET))));
    }
    tokens
}

fn altered_characters() -> Vec<Bad> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let token = good_token();
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

fn altered_bits() -> Vec<Bad> {
    let token = good_token();
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

fn truncated() -> Vec<Bad> {
    let token = good_token();
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

fn other_secrets() -> Vec<Bad> {
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
    secrets.iter().map(|secret| bearer("another secret", seal(&good_header(), &good_claims(), hmac("HS256", secret)))).collect()
}

fn other_algorithms() -> Vec<Bad> {
    let names = [
        "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA",
        "Ed25519", "hs256", "Hs256", "HS256 ", "HS-256", "HMAC", "SHA256", "A256GCM", "dir",
    ];
    let named = names.iter().map(|name| {
        let header = header_with(name, json!({}));
        bearer(format!("alg {name}"), seal(&header, &good_claims(), hmac(name, SECRET)))
    });
    let odd = [json!(null), json!(256), json!(true), json!(["HS256"]), json!({"name": "HS256"})].into_iter().map(|algorithm| {
        let header = header_with("HS256", json!({"alg": algorithm}));
        bearer(format!("alg {algorithm}"), seal(&header, &good_claims(), hmac("HS256", SECRET)))
    });
    named.chain(odd).collect()
}

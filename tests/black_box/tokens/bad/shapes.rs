//! Malformed tokens, and tokens with another scheme.

use super::{super::forge::encode, Bad, Mint, bearer};

pub(super) fn wrong_shapes(mint: &Mint<'_>) -> Vec<Bad> {
    let token = mint.token();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let shapes = [
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}.{token}"),
        format!("{header}..{payload}.{signature}"),
        format!("{header}.{payload}..{signature}"),
        format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        format!("{payload}.{header}.{signature}"),
        format!("{header}.{signature}.{payload}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}.{payload}"),
        format!("{header}."),
        format!("{header}={payload}={signature}"),
        format!("{token}="),
        format!("{token}=="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}==.{payload}==.{signature}="),
        format!("{header}.{payload}=.{signature}"),
        format!("{header} .{payload}.{signature}"),
        format!("{header}. {payload}.{signature}"),
        format!("{header}.{payload}\t.{signature}"),
        format!("{header}.{payload}.{signature}!"),
        format!("{token} {token}"),
        format!("{token},{token}"),
        format!("{token}, Bearer {token}"),
        format!("\"{token}\""),
        format!("'{token}'"),
        format!("<{token}>"),
        format!("{token}%20"),
        format!("{token}\u{a0}"),
        format!("{token}é"),
        format!("\u{feff}{token}"),
        token.replace('.', "。"),
        token.to_uppercase(),
        token.chars().rev().collect(),
        format!("{header}.{payload}.{}+/", &signature[..signature.len() - 2]),
        ".".into(),
        "..".into(),
        "...".into(),
        "null".into(),
        "undefined".into(),
        "{}".into(),
        mint.claims().to_string(),
        "é".repeat(100),
    ];
    shapes.into_iter().map(|shape| bearer(format!("the shape {shape:?}"), &shape)).collect()
}

pub(super) fn wrong_schemes(mint: &Mint<'_>) -> Vec<Bad> {
    let token = mint.token();
    let values = [
        String::new(),
        token.clone(),
        "Bearer".into(),
        format!("Bearer{token}"),
        format!("Bearer\t{token}"),
        format!("Bearer:{token}"),
        format!("Bearer: {token}"),
        format!("Bearer={token}"),
        format!("Bearer,{token}"),
        format!("Bearer token={token}"),
        format!("Bearer Bearer {token}"),
        format!("Basic {token}"),
        format!("Basic {}", encode(format!("tester:{token}"))),
        format!("Digest {token}"),
        format!("Token {token}"),
        format!("JWT {token}"),
        format!("DPoP {token}"),
        format!("Bearers {token}"),
        format!("Beare {token}"),
        format!("Веarer {token}"),
        format!("Basic x, Bearer {token}"),
    ];
    values.into_iter().map(|value| Bad { what: format!("the scheme of {value:?}"), authorization: value }).collect()
}

/// Valid tokens that are too long.
pub(super) fn too_long(mint: &Mint<'_>) -> Vec<Bad> {
    [8_200, 9_000, 12_000, 15_000]
        .into_iter()
        .map(|size| {
            // Base64 encodes three bytes as four characters.
            let token = mint.seal(&mint.header(), &mint.claims_with("filler", "x".repeat(size * 3 / 4)));
            assert!(token.len() > 8 * 1024);
            bearer(format!("{} characters", token.len()), token)
        })
        .collect()
}

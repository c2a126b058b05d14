//! Correctly signed tokens with invalid headers, times or claims, and tokens with an embedded key.

use serde_json::{Value, json};

use super::{
    super::forge::{ACCOUNT, ROLE, Rsa, encode, hmac, now, seal},
    Bad, Mint, bearer,
};

pub(super) fn wrong_headers(mint: &Mint<'_>) -> Vec<Bad> {
    let criticals = [
        json!(["exp"]),
        json!(["b64"]),
        json!(["kid"]),
        json!(["urn:example"]),
        json!([]),
        json!([1]),
        json!(null),
        json!("exp"),
        json!({}),
        json!(false),
    ];
    let mut headers: Vec<Value> = criticals.iter().map(|critical| mint.header_with(json!({"crit": critical}))).collect();
    headers.push(mint.header_with(json!({"crit": ["b64"], "b64": false})));
    for encoded in [false, true] {
        headers.push(mint.header_with(json!({"b64": encoded})));
    }
    for zip in [json!("DEF"), json!(""), json!("none"), json!(null)] {
        headers.push(mint.header_with(json!({"zip": zip})));
    }
    headers.push(mint.header_with(json!({"crit": ["urn:example"], "urn:example": true})));
    headers.extend([json!({}), json!({"typ": "JWT"}), json!([]), json!("HS256"), json!(null), json!(1)]);
    let of_json = headers.into_iter().map(|header| bearer(format!("the header {header}"), mint.seal(&header, &mint.claims())));
    let of_bytes = [
        &b""[..],
        b"{",
        b"HS256",
        b"{\"alg\":\"HS256\"",
        b"{\"alg\":\"HS256\"}}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{\"alg\":\"HS256\"}",
    ]
    .into_iter()
    .map(|header| {
        let what = format!("the header {:?}", String::from_utf8_lossy(header));
        bearer(what, mint.seal_bytes(header, mint.claims().to_string().as_bytes()))
    });
    of_json.chain(of_bytes).collect()
}

/// The token contains a key, or the location of one.
pub(super) fn embedded_keys(mint: &Mint<'_>) -> Vec<Bad> {
    let rsa = Rsa::generate();
    let own_secret = "a secret that the caller has chosen";
    let urls = ["https://keys.example/jwks.json", "http://127.0.0.1:1/", "file:///dev/null", "//keys.example", ""];
    let mut tokens = Vec::new();
    let mut push = |more: Value| {
        let what = format!("a key of the caller: {more}");
        let by_secret = mint.header_of("HS256", more.clone());
        tokens.push(bearer(&what, seal(&by_secret, &mint.claims(), hmac("HS256", own_secret))));
        tokens.push(bearer(&what, seal(&by_secret, &mint.claims(), hmac("HS256", ""))));
        tokens.push(bearer(&what, seal(&mint.header_of("RS256", more), &mint.claims(), rsa.sign())));
    };
    push(json!({"jwk": rsa.public_jwk()}));
    push(json!({"jwk": rsa.public_jwk(), "kid": "mine"}));
    push(json!({"jwk": {"kty": "oct", "k": encode(own_secret), "alg": "HS256"}}));
    for url in urls {
        push(json!({"jku": url, "kid": "mine"}));
        push(json!({"x5u": url}));
    }
    push(json!({"x5c": [rsa.public_pem().lines().filter(|line| !line.starts_with('-')).collect::<String>()]}));
    for kid in ["mine", "", "../../../../dev/null", "/dev/null", "' OR '1'='1", "0", "\u{0}"] {
        push(json!({"kid": kid}));
    }
    tokens
}

pub(super) fn wrong_times(mint: &Mint<'_>) -> Vec<Bad> {
    let now = now();
    let expired = [now - 31, now - 60, now - 3600, 1, 0, -1, i64::MIN].map(|instant| mint.claims_with("exp", instant));
    let early = [now + 300, now + 3600, i64::MAX].map(|instant| mint.claims_with("nbf", instant));
    let odd =
        [json!(null), json!("soon"), json!((now + 3600).to_string()), json!(true), json!([]), json!([now + 3600]), json!({})];
    let odd_expiry = odd.clone().map(|value| mint.claims_with("exp", value));
    // Null is the same as a missing member. Any other type is not a time and must not be ignored.
    let odd_start = odd[1..].iter().map(|value| mint.claims_with("nbf", value.clone()));
    let mut never = mint.claims();
    never.as_object_mut().unwrap().remove("exp");
    let all = expired.into_iter().chain(early).chain([mint.claims_with("exp", 0.5), mint.claims_with("exp", -1e300), never]);
    let all = all.chain(odd_expiry).chain(odd_start);
    all.map(|claims| bearer(format!("times: {claims}"), mint.seal(&mint.header(), &claims))).collect()
}

pub(super) fn wrong_claims(mint: &Mint<'_>) -> Vec<Bad> {
    let never_text =
        [json!(null), json!(1), json!(1.5), json!(true), json!([]), json!([ACCOUNT]), json!({}), json!({"id": ACCOUNT})];
    let mut wrong: Vec<Value> = Vec::new();
    for name in ["sub", "accountId", "roles"] {
        let mut claims = mint.claims();
        claims.as_object_mut().unwrap().remove(name);
        wrong.push(claims);
        wrong.push(mint.claims_with(&name.to_uppercase(), "x"));
        wrong.last_mut().unwrap().as_object_mut().unwrap().remove(name);
    }
    wrong.extend(
        never_text
            .iter()
            .flat_map(|value| [mint.claims_with("sub", value.clone()), mint.claims_with("accountId", value.clone())]),
    );
    // Accounts that look the same.
    for space in ["\n", " ", "\t", "\r", "\u{a0}", "\u{2028}"] {
        wrong.extend(
            [format!("{ACCOUNT}{space}"), format!("{space}{ACCOUNT}")].map(|account| mint.claims_with("accountId", account)),
        );
    }
    wrong.extend(["a\nb", "a\tb", "a\u{7f}b", "a\u{85}b", "\n"].map(|account| mint.claims_with("accountId", account)));
    for name in ["sub", "accountId"] {
        wrong.extend([
            mint.claims_with(name, ""),
            mint.claims_with(name, "nul\u{0}nul"),
            mint.claims_with(name, "x".repeat(129)),
        ]);
    }
    let roles = [
        json!(null),
        json!(1),
        json!(true),
        json!(""),
        json!(ROLE),
        json!(format!("{ROLE},LOGS_PRODUCER")),
        json!({}),
        json!({ROLE: true}),
        json!([1]),
        json!([null]),
        json!([ROLE, 1]),
        json!([ROLE, null]),
        json!([[ROLE]]),
        json!([{"name": ROLE}]),
        json!([ROLE, true]),
    ];
    wrong.extend(roles.into_iter().map(|value| mint.claims_with("roles", value)));
    wrong.into_iter().map(|claims| bearer(format!("claims: {claims}"), mint.seal(&mint.header(), &claims))).collect()
}

pub(super) fn invalid_payloads(mint: &Mint<'_>) -> Vec<Bad> {
    let good = mint.claims().to_string();
    let mut payloads: Vec<Vec<u8>> =
        ["", " ", "null", "1", "\"text\"", "[]", "{}", "{", "not JSON"].map(|text| text.into()).to_vec();
    payloads.push(format!("[{good}]").into_bytes());
    payloads.push(format!("{good}{good}").into_bytes());
    payloads.push(good[..good.len() - 1].into());
    payloads.push(b"\xff".to_vec());
    payloads.push(good.replace("tester", "\u{1}").into_bytes());
    payloads.push([b"\xef\xbb\xbf", good.as_bytes()].concat());
    payloads.push(good.as_bytes().iter().map(|byte| if *byte == b'-' { 0xff } else { *byte }).collect());
    payloads.push(encode(good).into_bytes());
    payloads
        .iter()
        .map(|payload| {
            let what = format!("the payload {:?}", String::from_utf8_lossy(payload));
            bearer(what, mint.seal_bytes(mint.header().to_string().as_bytes(), payload))
        })
        .collect()
}

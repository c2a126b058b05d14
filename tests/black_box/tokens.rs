//! Accepted and refused tokens.

mod bad;
mod forge;
mod issuer;
mod issuers;
mod providers;

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
};
use serde_json::{Value, json};

use crate::{
    problem::Problem,
    raw,
    support::{Client, Database, SECRET, Service},
};
use forge::{Edwards, Elliptic, Rsa, claims_with, good_claims, header_with, hmac, now, seal};

/// A path that requires [`forge::ROLE`] and does not use the database.
const PATH: &str = "/conversation-logs/event-types";

/// The fault of a response to a client that must be refused. `None` if it is refused correctly.
async fn fault_of_refusal(client: &Client) -> Option<String> {
    let response = client.get(PATH).await;
    let challenge = response.header("www-authenticate").unwrap_or("none").to_owned();
    match Problem::read(&response, 401) {
        Err(fault) => Some(fault),
        Ok(_) if !challenge.starts_with("Bearer") => Some(format!("the challenge is {challenge}")),
        Ok(_) => None,
    }
}

async fn assert_refused(service: &Service, what: &str, token: &str) {
    if let Some(fault) = fault_of_refusal(&service.with_authorization(&format!("Bearer {token}"))).await {
        panic!("{what}: {fault}");
    }
}

async fn assert_accepted(service: &Service, what: &str, token: &str) {
    let response = service.with_authorization(&format!("Bearer {token}")).get(PATH).await;
    assert_eq!(response.status, 200, "{what}: {}", response.text());
}

fn by_secret(claims: &Value) -> String {
    seal(&header_with("HS256", json!({})), claims, hmac("HS256", SECRET))
}

/// A service that knows the secret of the tests and one public key.
async fn service_with_key(database: &Database, public_pem: &str) -> Service {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), public_pem).unwrap();
    Service::start_with(database, &["--jwt-public-key-file", file.path().to_str().unwrap()]).await
}

/// Asserts that a valid token is accepted, and that all tokens that are derived from it are refused.
async fn assert_all_bad_tokens_are_refused(service: &Service, mint: &bad::Mint<'_>) {
    assert_accepted(service, "the token that the invalid ones are derived from", &mint.token()).await;
    let tokens = bad::all(mint);
    assert!(tokens.len() >= 1000, "only {} bad tokens", tokens.len());
    let mut faults = Vec::new();
    for bad in &tokens {
        if let Some(fault) = fault_of_refusal(&service.with_authorization(&bad.authorization)).await {
            faults.push(format!("{}: {fault}", bad.what));
        }
    }
    assert!(faults.is_empty(), "{} of {} bad tokens:\n{}", faults.len(), tokens.len(), faults.join("\n"));
}

#[actix_web::test]
async fn more_than_a_thousand_invalid_tokens_are_refused() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    assert_all_bad_tokens_are_refused(&service, &bad::Mint::by_secret()).await;
}

#[actix_web::test]
async fn more_than_a_thousand_invalid_tokens_of_an_issuer_with_published_keys_are_refused() {
    let key = Elliptic::p256();
    let provider = issuer::IdentityProvider::with_keys("", &[key.public_jwk()]);
    let database = Database::sqlite();
    let service = issuers::trusting(&database, &provider, "").await;
    assert_all_bad_tokens_are_refused(&service, &bad::Mint::by_key(&key, "mine", &provider.url(""))).await;
}

#[actix_web::test]
async fn a_request_with_two_authorization_headers_is_refused() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let good = format!("Bearer {}", bad::good_token());
    for (first, second) in [(&*good, &*good), (&good, "Bearer x"), ("Bearer x", &good), ("Basic eDp5", &good), (&good, "")] {
        let headers: [(&str, &[u8]); 2] = [("authorization", first.as_bytes()), ("authorization", second.as_bytes())];
        let request = raw::request(&service, &format!("GET {PATH} HTTP/1.1"), &headers, b"");
        let response = raw::exchange(&service, request).await;
        Problem::read(&response, 401).unwrap_or_else(|fault| panic!("{first} and {second}: {fault}"));
    }
}

#[actix_web::test]
async fn a_refusal_names_the_claim_that_is_missing_or_of_the_wrong_type() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let mut without = forge::good_claims();
    without.as_object_mut().unwrap().remove("exp");
    for (claims, expected) in [
        (without, "its expiry (exp) is missing"),
        (claims_with("exp", "tomorrow"), "its expiry (exp)"),
        (claims_with("nbf", "today"), "(nbf)"),
    ] {
        let response = service.with_authorization(&format!("Bearer {}", by_secret(&claims))).get(PATH).await;
        let detail = Problem::of(&response, 401).detail;
        assert!(detail.contains(expected), "{detail}");
    }
}

#[actix_web::test]
async fn a_token_outside_the_authorization_header_is_ignored() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let token = bad::good_token();
    let bearer = format!("Bearer {token}");
    for (name, value) in [
        ("cookie", format!("token={token}; access_token={token}; Authorization={token}")),
        ("proxy-authorization", bearer.clone()),
        ("x-authorization", bearer),
        ("x-forwarded-access-token", token.clone()),
        ("x-account-id", forge::ACCOUNT.into()),
    ] {
        let response = service.anonymous().send("GET", PATH, &[(name, &value)], "").await;
        Problem::read(&response, 401).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    let in_query = service.anonymous().get(&format!("{PATH}?access_token={token}")).await;
    Problem::of(&in_query, 401);
}

#[actix_web::test]
async fn valid_tokens_are_accepted_in_every_form_that_the_standards_allow() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    // RFC 6750, 2.1: one or more spaces.
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
        let response = service.with_authorization(&format!("{scheme} {}", bad::good_token())).get(PATH).await;
        assert_eq!(response.status, 200, "{scheme}: {}", response.text());
    }
    for claims in [
        claims_with("exp", now() - 15),
        claims_with("exp", now() as f64 + 3600.5),
        claims_with("nbf", now() + 15),
        claims_with("nbf", now() - 15),
        claims_with("nbf", now() as f64 - 0.5),
        claims_with("iat", now() - 15),
        claims_with("roles", json!(["SOMETHING_NEW", forge::ROLE, ""])),
        claims_with("roles", json!([forge::ROLE, forge::ROLE])),
        claims_with("accountId", "račun 账户 🦀"),
        claims_with("sub", "auth0|somebody"),
        claims_with("sub", "x".repeat(128)),
        // The name is only shown, so one of any type and length is accepted.
        claims_with("name", "Ana Horvat"),
        claims_with("name", "nul\u{0}nul"),
        claims_with("name", "x".repeat(1025)),
        claims_with("name", json!({"given": "Ana"})),
        // Required only if they are configured.
        claims_with("aud", "somebody-else"),
        claims_with("iss", "https://issuer.example"),
        claims_with("more", json!({"deep": [{"er": null}]})),
    ] {
        assert_accepted(&service, &claims.to_string(), &by_secret(&claims)).await;
    }
    for header in [
        json!({"alg": "HS256"}),
        header_with("HS256", json!({"typ": "at+jwt"})),
        // A token must not determine the location of its key, so these members are ignored.
        header_with("HS256", json!({"jku": "https://keys.example/jwks.json"})),
        header_with("HS256", json!({"x5u": "http://127.0.0.1:1/certificate.pem"})),
        header_with("HS256", json!({"jwk": Rsa::generate().public_jwk()})),
    ] {
        assert_accepted(&service, &header.to_string(), &seal(&header, &good_claims(), hmac("HS256", SECRET))).await;
    }
}

#[actix_web::test]
async fn a_token_has_at_most_8_kib() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    // Base64 encodes three bytes as four characters, so one of three lengths gives exactly the limit.
    let of_length = |length: usize| {
        let all = (5_800..6_100).map(|filler| by_secret(&claims_with("filler", "x".repeat(filler))));
        all.into_iter().find(|token| token.len() == length)
    };
    let longest = [8192, 8191].into_iter().find_map(of_length).expect("a token of 8 KiB");
    let too_long = [8193, 8194].into_iter().find_map(of_length).expect("a token of a little more than 8 KiB");
    assert_accepted(&service, "8 KiB", &longest).await;
    assert_refused(&service, "more than 8 KiB", &too_long).await;
}

#[actix_web::test]
async fn issuer_and_audience_are_required_if_configured() {
    let database = Database::sqlite();
    let arguments = ["--jwt-issuer", "https://issuer.example", "--jwt-audience", "logbook"];
    let service = Service::start_with(&database, &arguments).await;
    let claims = |issuer: Value, audience: Value| {
        let mut claims = good_claims();
        claims["iss"] = issuer;
        claims["aud"] = audience;
        claims.as_object_mut().unwrap().retain(|_, value| *value != json!("missing"));
        claims
    };
    let issuer = || json!("https://issuer.example");
    for audience in [json!("logbook"), json!(["logbook"]), json!(["another", "logbook"])] {
        let claims = claims(issuer(), audience);
        assert_accepted(&service, &claims.to_string(), &by_secret(&claims)).await;
    }
    for audience in [
        json!("missing"),
        json!(null),
        json!(""),
        json!("Logbook"),
        json!("logbook "),
        json!("logbooks"),
        json!([]),
        json!(["another"]),
        json!(1),
        json!({"logbook": true}),
        json!([["logbook"]]),
    ] {
        let claims = claims(issuer(), audience);
        assert_refused(&service, &claims.to_string(), &by_secret(&claims)).await;
    }
    for issuer in [
        json!("missing"),
        json!(null),
        json!(""),
        json!("https://issuer.example/"),
        json!("HTTPS://ISSUER.EXAMPLE"),
        json!("https://issuer.example.evil.example"),
        json!("https://evil.example"),
        json!(1),
        json!({}),
    ] {
        let claims = claims(issuer, json!("logbook"));
        assert_refused(&service, &claims.to_string(), &by_secret(&claims)).await;
    }
}

#[actix_web::test]
async fn an_rsa_key_accepts_rs256_only() {
    let (key, other) = (Rsa::generate(), Rsa::generate());
    let database = Database::sqlite();
    let service = service_with_key(&database, &key.public_pem()).await;
    let claims = good_claims();
    let rs256 = header_with("RS256", json!({}));
    assert_accepted(&service, "RS256", &seal(&rs256, &claims, key.sign())).await;
    assert_accepted(&service, "HS256 beside it", &by_secret(&claims)).await;

    assert_refused(&service, "another key", &seal(&rs256, &claims, other.sign())).await;
    let embedded = header_with("RS256", json!({"jwk": other.public_jwk(), "kid": "mine"}));
    assert_refused(&service, "another key that is embedded in the token", &seal(&embedded, &claims, other.sign())).await;
    let encodings =
        [&RSA_PKCS1_SHA384, &RSA_PKCS1_SHA512].map(|encoding| encoding as &'static dyn aws_lc_rs::signature::RsaEncoding);
    let encodings = encodings.into_iter().chain([&RSA_PSS_SHA256 as _, &RSA_PSS_SHA384 as _, &RSA_PSS_SHA512 as _]);
    for (algorithm, encoding) in ["RS384", "RS512", "PS256", "PS384", "PS512"].into_iter().zip(encodings) {
        let sign = key.sign_as(encoding);
        assert_refused(&service, algorithm, &seal(&header_with(algorithm, json!({})), &claims, &sign)).await;
        assert_refused(&service, &format!("{algorithm} under the name RS256"), &seal(&rs256, &claims, &sign)).await;
        assert_refused(
            &service,
            &format!("RS256 under the name {algorithm}"),
            &seal(&header_with(algorithm, json!({})), &claims, key.sign()),
        )
        .await;
    }
    assert_only_public_keys_verify(&service, &key.public_pem()).await;
}

#[actix_web::test]
async fn an_ecdsa_key_accepts_es256_only() {
    let (key, other, larger) = (Elliptic::p256(), Elliptic::p256(), Elliptic::p384());
    let database = Database::sqlite();
    let service = service_with_key(&database, &key.public_pem()).await;
    let claims = good_claims();
    let es256 = header_with("ES256", json!({}));
    assert_accepted(&service, "ES256", &seal(&es256, &claims, key.sign())).await;
    assert_accepted(&service, "HS256 beside it", &by_secret(&claims)).await;

    assert_refused(&service, "another key", &seal(&es256, &claims, other.sign())).await;
    assert_refused(&service, "a signature in ASN.1", &seal(&es256, &claims, key.sign_in_asn1())).await;
    let by_larger = larger.sign_as(&ECDSA_P384_SHA384_FIXED_SIGNING);
    for algorithm in ["ES384", "ES512", "ES256K", "EdDSA", "es256"] {
        let header = header_with(algorithm, json!({}));
        assert_refused(&service, algorithm, &seal(&header, &claims, key.sign())).await;
        assert_refused(&service, &format!("{algorithm} by a key of P-384"), &seal(&header, &claims, &by_larger)).await;
    }
    // Signatures that are valid for every message if the verifier does not check their range (CVE-2022-21449).
    let order = [0xff_u8, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let order =
        [&order[..], &[0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51]].concat();
    for half in [vec![0; 32], order, vec![0xff; 32], [vec![0; 31], vec![1]].concat()] {
        assert_refused(&service, "a trivial signature", &seal(&es256, &claims, |_| half.repeat(2))).await;
    }
    assert_only_public_keys_verify(&service, &key.public_pem()).await;
}

#[actix_web::test]
async fn an_ed25519_key_accepts_eddsa_only() {
    let (key, other) = (Edwards::generate(), Edwards::generate());
    let database = Database::sqlite();
    let service = service_with_key(&database, &key.public_pem()).await;
    let claims = good_claims();
    let eddsa = header_with("EdDSA", json!({}));
    assert_accepted(&service, "EdDSA", &seal(&eddsa, &claims, key.sign())).await;
    assert_accepted(&service, "HS256 beside it", &by_secret(&claims)).await;

    assert_refused(&service, "another key", &seal(&eddsa, &claims, other.sign())).await;
    for algorithm in ["ES256", "RS256", "HS256", "eddsa", "EDDSA"] {
        assert_refused(&service, algorithm, &seal(&header_with(algorithm, json!({})), &claims, key.sign())).await;
    }
    assert_refused(&service, "zeros", &seal(&eddsa, &claims, |_| vec![0; 64])).await;
    assert_only_public_keys_verify(&service, &key.public_pem()).await;
}

/// Asserts that a public key, which anyone may know, is not accepted as an HMAC secret.
async fn assert_only_public_keys_verify(service: &Service, public_pem: &str) {
    let body: String = public_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &body).unwrap();
    let secrets = [
        public_pem.as_bytes().to_vec(),
        public_pem.trim_end().as_bytes().to_vec(),
        public_pem.replace('\n', "\r\n").into_bytes(),
        public_pem.replace('\n', "").into_bytes(),
        body.clone().into_bytes(),
        format!("{body}\n").into_bytes(),
        der[der.len() - 32..].to_vec(),
        der,
    ];
    for secret in &secrets {
        for algorithm in ["HS256", "HS384", "HS512"] {
            let token = seal(&header_with(algorithm, json!({})), &good_claims(), hmac(algorithm, secret));
            assert_refused(service, &format!("{algorithm} with the public key as the secret"), &token).await;
        }
    }
    for algorithm in ["none", "None", "NONE"] {
        assert_refused(service, algorithm, &seal(&header_with(algorithm, json!({})), &good_claims(), |_| Vec::new())).await;
    }
}

//! Issuers with published keys: which keys and tokens of an issuer are accepted.

mod fetching;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, RSA_PSS_SHA256};
use serde_json::{Value, json};

use super::{
    assert_accepted, assert_refused,
    forge::{Edwards, Elliptic, Rsa, claims_with, encode, good_claims, header_with, hmac, seal},
    issuer::IdentityProvider,
};
use crate::support::{Database, Service};

/// A service with this configuration file.
pub(super) async fn service(database: &Database, config: &str) -> Service {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config).unwrap();
    Service::start_with(database, &["--config", file.path().to_str().unwrap()]).await
}

/// A service that trusts the provider's root path, with more members of the table.
pub(super) async fn trusting(database: &Database, provider: &IdentityProvider, more: &str) -> Service {
    service(database, &format!("[[issuers]]\nissuer = {:?}\n{more}", provider.url(""))).await
}

/// Valid claims of the provider.
fn claims(provider: &IdentityProvider) -> Value {
    claims_with("iss", provider.url(""))
}

/// A token by a P-256 key with this `kid`.
fn token(provider: &IdentityProvider, key: &Elliptic, kid: &str) -> String {
    seal(&header_with("ES256", json!({"kid": kid})), &claims(provider), key.sign())
}

/// The JWK with another `kid`.
fn named(kid: &str, mut jwk: Value) -> Value {
    jwk["kid"] = kid.into();
    jwk
}

#[actix_web::test]
async fn a_key_of_each_kind_is_used_with_its_own_algorithm_only() {
    let (rsa, rsa_without_algorithm, for_encryption) = (Rsa::generate(), Rsa::generate(), Rsa::generate());
    let (p256, p384, ed, other) = (Elliptic::p256(), Elliptic::p384(), Edwards::generate(), Elliptic::p256());
    let secret = "a secret that is published by mistake, with enough bytes";
    let mut without_algorithm = named("no-alg", rsa_without_algorithm.public_jwk());
    without_algorithm.as_object_mut().unwrap().remove("alg");
    let mut encrypts = named("enc", for_encryption.public_jwk());
    encrypts["use"] = "enc".into();
    let keys = [
        named("rsa", rsa.public_jwk()),
        without_algorithm,
        encrypts,
        named("p256", p256.public_jwk()),
        named("p384", p384.public_jwk()),
        named("ed", ed.public_jwk()),
        json!({"kty": "oct", "kid": "oct", "alg": "HS256", "k": encode(secret)}),
        json!({"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AAAA"}),
        json!({"kty": "RSA", "kid": "small", "n": encode([0xff; 128]), "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "short", "x": "AA", "y": "AA"}),
        json!({"kty": 1}),
        json!("key"),
        json!(null),
    ];
    let provider = IdentityProvider::with_keys("", &keys);
    let database = Database::sqlite();
    let service = trusting(&database, &provider, "").await;
    let claims = claims(&provider);
    let by_p384 = p384.sign_as(&ECDSA_P384_SHA384_FIXED_SIGNING);
    let header = |algorithm: &str, kid: &str| header_with(algorithm, json!({ "kid": kid }));

    assert_accepted(&service, "RSA", &seal(&header("RS256", "rsa"), &claims, rsa.sign())).await;
    assert_accepted(&service, "no alg", &seal(&header("RS256", "no-alg"), &claims, rsa_without_algorithm.sign())).await;
    assert_accepted(&service, "P-256", &seal(&header("ES256", "p256"), &claims, p256.sign())).await;
    assert_accepted(&service, "P-384", &seal(&header("ES384", "p384"), &claims, &by_p384)).await;
    assert_accepted(&service, "Ed25519", &seal(&header("EdDSA", "ed"), &claims, ed.sign())).await;
    let without_kid = header_with("RS256", json!({}));
    assert_accepted(&service, "no kid", &seal(&without_kid, &claims, rsa_without_algorithm.sign())).await;

    assert_refused(&service, "another key", &seal(&header("ES256", "p256"), &claims, other.sign())).await;
    assert_refused(&service, "the kid of another key", &seal(&header("RS256", "rsa"), &claims, rsa_without_algorithm.sign()))
        .await;
    assert_refused(&service, "the kid of another kind", &seal(&header("RS256", "p256"), &claims, rsa.sign())).await;
    assert_refused(&service, "PS256 by an RS256 key", &seal(&header("PS256", "rsa"), &claims, rsa.sign_as(&RSA_PSS_SHA256)))
        .await;
    assert_refused(&service, "a key for encryption", &seal(&header("RS256", "enc"), &claims, for_encryption.sign())).await;
    for kid in ["oct", "rsa", "p256", "unknown"] {
        assert_refused(&service, "a symmetric key", &seal(&header("HS256", kid), &claims, hmac("HS256", secret))).await;
        for (name, pem) in [("rsa", rsa.public_pem()), ("p256", p256.public_pem())] {
            let confused = seal(&header("HS256", kid), &claims, hmac("HS256", &pem));
            assert_refused(&service, &format!("HS256 with the public key {name}"), &confused).await;
        }
    }
    // The keys of one issuer do not verify tokens of another: this one is signed with the secret of the tests.
    assert_refused(
        &service,
        "the secret of another issuer",
        &seal(&header("HS256", "rsa"), &claims, hmac("HS256", crate::support::SECRET)),
    )
    .await;
    let foreign = seal(&header("ES256", "p256"), &claims_with("iss", "https://other.example"), p256.sign());
    assert_refused(&service, "another issuer", &foreign).await;
    assert_refused(&service, "no issuer", &seal(&header("ES256", "p256"), &good_claims(), p256.sign())).await;
}

#[actix_web::test]
async fn audience_type_and_algorithms_are_as_configured() {
    let (key, rsa) = (Elliptic::p256(), Rsa::generate());
    let provider = IdentityProvider::with_keys("", &[named("1", key.public_jwk()), named("2", rsa.public_jwk())]);
    let database = Database::sqlite();
    let more = "audience = ['logbook', 'logs']\ntyp = 'at+jwt'\nalgorithms = ['ES256']\n";
    let service = trusting(&database, &provider, more).await;
    let minted = |typ: Value, audience: Value| {
        let mut claims = claims(&provider);
        claims["aud"] = audience;
        seal(&header_with("ES256", json!({"kid": "1", "typ": typ})), &claims, key.sign())
    };
    for (typ, audience) in [("at+jwt", json!("logbook")), ("application/AT+JWT", json!(["x", "logs"]))] {
        assert_accepted(&service, typ, &minted(json!(typ), audience)).await;
    }
    for (typ, audience) in [
        (json!("JWT"), json!("logbook")),
        (json!(null), json!("logbook")),
        (json!("at+jwt"), json!("other")),
        (json!("at+jwt"), json!([])),
        (json!("at+jwt"), json!(null)),
    ] {
        assert_refused(&service, &format!("{typ} {audience}"), &minted(typ, audience)).await;
    }
    let mut for_rsa = claims(&provider);
    for_rsa["aud"] = "logbook".into();
    let by_rsa = seal(&header_with("RS256", json!({"kid": "2", "typ": "at+jwt"})), &for_rsa, rsa.sign());
    assert_refused(&service, "an algorithm that is not allowed", &by_rsa).await;
}

//! Fetching of published keys: rotation, unknown keys, and issuers that are slow, unreachable, or respond with something else.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    super::{
        PATH, assert_accepted, assert_refused, bad,
        forge::{Elliptic, encode},
        issuer::{IdentityProvider, KEYS, Response},
    },
    claims, named, service, token, trusting,
};
use crate::{
    problem::Problem,
    support::{Database, Service},
};

async fn status(service: &Service, token: &str) -> u16 {
    service.with_authorization(&format!("Bearer {token}")).get(PATH).await.status
}

/// Repeats the request until it has the expected status.
async fn await_status(service: &Service, token: &str, expected: u16) {
    for _ in 0..600 {
        if status(service, token).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the status does not become {expected}");
}

#[actix_web::test]
async fn ten_thousand_unknown_keys_cause_at_most_two_fetches() {
    const CONNECTIONS: usize = 4;
    const BATCHES: usize = 25;
    const BATCH: usize = 100;
    let key = Elliptic::p256();
    let provider = IdentityProvider::with_keys("", &[named("known", key.public_jwk())]);
    let database = Database::sqlite();
    let service = trusting(&database, &provider, "refresh-cooldown = '1h'").await;
    assert_accepted(&service, "a known key", &token(&provider, &key, "known")).await;
    let claims = encode(claims(&provider).to_string());
    let send = async |connection: usize| {
        let address = service.address();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut refused = 0;
        for batch in 0..BATCHES {
            let mut requests = String::new();
            for index in 0..BATCH {
                let kid = format!("unknown-{connection}-{batch}-{index}");
                let header = encode(json!({"alg": "ES256", "kid": kid}).to_string());
                let signature = encode([7; 64]);
                requests += &format!(
                    "GET {PATH} HTTP/1.1\r\nHost: logbook\r\nAuthorization: Bearer {header}.{claims}.{signature}\r\n\r\n"
                );
            }
            stream.write_all(requests.as_bytes()).await.unwrap();
            let mut received = Vec::new();
            while received.windows(12).filter(|window| window == b"HTTP/1.1 401").count() < BATCH {
                assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "{}", String::from_utf8_lossy(&received));
            }
            refused += BATCH;
        }
        refused
    };
    let refused: usize = join_all((0..CONNECTIONS).map(send)).await.into_iter().sum();
    assert_eq!(refused, 10_000);
    assert_eq!(provider.requests(KEYS), 2, "one at the start, and one for the first unknown key");
    assert_accepted(&service, "a known key", &token(&provider, &key, "known")).await;
}

#[actix_web::test]
async fn the_last_keys_stay_in_use_after_any_invalid_response_of_the_issuer() {
    let key = Elliptic::p256();
    let published = [named("known", key.public_jwk())];
    let provider = IdentityProvider::with_keys("", &published);
    let database = Database::sqlite();
    // Each unknown key causes a fetch, so that the test need not wait.
    let service = trusting(&database, &provider, "refresh-cooldown = '0s'").await;
    assert_accepted(&service, "before", &token(&provider, &key, "known")).await;
    let too_large = json!({"keys": published, "filler": "x".repeat(300_000)}).to_string();
    let too_many = json!({"keys": vec![&published[0]; 65]}).to_string();
    let responses = [
        ("garbage", Response::Body(b"\xff\x00garbage".to_vec())),
        ("empty", Response::Body(Vec::new())),
        ("no keys", Response::Body(b"{\"keys\": []}".to_vec())),
        ("another document", Response::Body(b"{\"error\": \"maintenance\"}".to_vec())),
        ("too large", Response::Body(too_large.into())),
        ("too many keys", Response::Body(too_many.into())),
        ("a redirect", Response::Redirect(provider.url("/moved"))),
    ];
    provider.set("/moved", json!({"keys": [named("moved", key.public_jwk())]}).to_string());
    for (what, response) in responses {
        provider.respond_with(KEYS, response);
        let before = provider.requests(KEYS);
        assert_refused(&service, what, &token(&provider, &key, "moved")).await;
        assert!(provider.requests(KEYS) > before, "{what} was fetched");
        assert_accepted(&service, what, &token(&provider, &key, "known")).await;
    }
    assert_eq!(provider.requests("/moved"), 0, "redirects are not followed");

    provider.set_unreachable(true);
    assert_refused(&service, "unreachable", &token(&provider, &key, "new")).await;
    assert!(provider.refused() > 0);
    assert_accepted(&service, "unreachable", &token(&provider, &key, "known")).await;

    provider.set_unreachable(false);
    provider.publish(&[named("new", key.public_jwk())]);
    assert_accepted(&service, "reachable again", &token(&provider, &key, "new")).await;
}

#[actix_web::test]
async fn only_requests_with_an_unknown_key_wait_for_a_slow_issuer() {
    let key = Elliptic::p256();
    let provider = IdentityProvider::with_keys("", &[named("known", key.public_jwk())]);
    let database = Database::sqlite();
    let service = trusting(&database, &provider, "").await;
    let known = token(&provider, &key, "known");
    assert_accepted(&service, "before", &known).await;
    provider.respond_with(KEYS, Response::Silence);
    let order = Mutex::new(Vec::new());
    let waits = async {
        let unknown = token(&provider, &key, "unknown");
        let response = service.with_authorization(&format!("Bearer {unknown}")).get(PATH).await;
        Problem::of(&response, 503);
        assert!(response.header("retry-after").is_some());
        order.lock().unwrap().push("unknown");
    };
    let others = async {
        while provider.requests(KEYS) < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for _ in 0..100 {
            assert_accepted(&service, "while the fetch is running", &known).await;
        }
        order.lock().unwrap().push("known");
    };
    join(waits, others).await;
    assert_eq!(*order.lock().unwrap(), ["known", "unknown"]);
}

#[actix_web::test]
async fn a_service_starts_without_its_issuer_and_uses_it_later() {
    let key = Elliptic::p256();
    let provider = IdentityProvider::with_keys("", &[named("1", key.public_jwk())]);
    provider.set_unreachable(true);
    let database = Database::sqlite();
    let service = trusting(&database, &provider, "").await;
    let minted = token(&provider, &key, "1");
    let response = service.with_authorization(&format!("Bearer {minted}")).get(PATH).await;
    Problem::of(&response, 503);
    assert!(response.header("retry-after").is_some());
    assert_accepted(&service, "a token of another issuer", &bad::good_token()).await;
    provider.set_unreachable(false);
    await_status(&service, &minted, 200).await;
}

#[actix_web::test]
async fn discovery_requires_the_document_of_the_issuer() {
    let key = Elliptic::p256();
    let database = Database::sqlite();
    let wrong = |document: fn(&IdentityProvider) -> Value| {
        let provider = IdentityProvider::with_keys("", &[named("1", key.public_jwk())]);
        provider.set("/.well-known/openid-configuration", document(&provider).to_string());
        provider
    };
    let providers = [
        wrong(|provider| json!({"issuer": "https://other.example", "jwks_uri": provider.url(KEYS)})),
        wrong(|provider| json!({"issuer": provider.url("/"), "jwks_uri": provider.url(KEYS)})),
        wrong(|provider| json!({"jwks_uri": provider.url(KEYS)})),
        wrong(|provider| json!({"issuer": provider.url("")})),
        wrong(|provider| json!({"issuer": provider.url(""), "jwks_uri": "http://192.0.2.1/keys"})),
        wrong(|provider| json!({"issuer": provider.url(""), "jwks_uri": "file:///etc/passwd"})),
    ];
    let tables: Vec<String> = providers.iter().map(|provider| format!("[[issuers]]\nissuer = {:?}", provider.url(""))).collect();
    let service = service(&database, &tables.join("\n")).await;
    for provider in &providers {
        assert_eq!(status(&service, &token(provider, &key, "1")).await, 503);
        assert_eq!((provider.requests("/.well-known/openid-configuration") > 0, provider.requests(KEYS)), (true, 0));
    }
}

#[actix_web::test]
async fn no_valid_token_is_refused_while_keys_rotate_and_removed_keys_are_refused() {
    const CLIENTS: usize = 4;
    const ROTATIONS: usize = 5;
    let mut current = (Elliptic::p256(), "0".to_owned());
    let provider = IdentityProvider::with_keys("", &[named("0", current.0.public_jwk())]);
    let database = Database::sqlite();
    let service = trusting(&database, &provider, "refresh = '1s'\nrefresh-cooldown = '0s'").await;
    let first = token(&provider, &current.0, "0");
    let in_use = Mutex::new((0, first.clone()));
    let finished: [AtomicUsize; CLIENTS] = std::array::from_fn(|_| AtomicUsize::new(0));
    let accepted = AtomicUsize::new(0);
    let client = async |finished: &AtomicUsize| {
        loop {
            let (rotation, token) = in_use.lock().unwrap().clone();
            if rotation > ROTATIONS {
                return;
            }
            assert_accepted(&service, &format!("rotation {rotation}"), &token).await;
            accepted.fetch_add(1, Ordering::Relaxed);
            finished.store(rotation, Ordering::Relaxed);
        }
    };
    let rotate = async {
        for rotation in 1..=ROTATIONS {
            let next = (Elliptic::p256(), rotation.to_string());
            provider.publish(&[named(&current.1, current.0.public_jwk()), named(&next.1, next.0.public_jwk())]);
            *in_use.lock().unwrap() = (rotation, token(&provider, &next.0, &next.1));
            while finished.iter().any(|finished| finished.load(Ordering::Relaxed) < rotation) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            provider.publish(&[named(&next.1, next.0.public_jwk())]);
            current = next;
        }
        // The identity of this token is cached.
        await_status(&service, &first, 401).await;
        in_use.lock().unwrap().0 = ROTATIONS + 1;
    };
    join(rotate, join_all(finished.iter().map(client))).await;
    assert!(accepted.load(Ordering::Relaxed) > CLIENTS * ROTATIONS);
}

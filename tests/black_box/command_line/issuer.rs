//! An issuer behind TLS: its keys are used only if the system trusts its certificate.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use super::{Running, logbook, servers::tls_proxy};

type Documents = Arc<Mutex<Vec<(&'static str, Value)>>>;

/// Starts a server that returns the document of each path. Documents can be set later.
fn documents() -> (String, Documents) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let documents = Documents::default();
    let shared = Arc::clone(&documents);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let lines: Vec<String> =
                BufReader::new(&client).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
            let found = shared.lock().unwrap().iter().find(|(known, _)| *known == path).map(|(_, document)| document.to_string());
            let body = found.unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            // A client that disconnects is not an error.
            let _ = client.write_all((head + &body).as_bytes());
        }
    });
    (url, documents)
}

#[test]
fn keys_are_fetched_over_https_only_if_the_system_trusts_the_certificate() {
    let key = Ed25519KeyPair::generate().unwrap();
    let (upstream, documents) = documents();
    let (issuer, certificate) = tls_proxy(&upstream);
    let public = URL_SAFE_NO_PAD.encode(key.public_key());
    *documents.lock().unwrap() = vec![
        ("/.well-known/openid-configuration", json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")})),
        ("/keys", json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public, "kid": "1"}]})),
    ];
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("roots.pem"), certificate).unwrap();
    fs::write(directory.path().join("logbook.toml"), format!("[[issuers]]\nissuer = '{issuer}'\naudience = 'logbook'")).unwrap();

    let expires = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(3600);
    let roles = ["CONVERSATIONS_SETUP"];
    let claims =
        json!({"iss": issuer, "aud": "logbook", "sub": "ana", "accountId": "acme", "roles": roles, "exp": expires.as_secs()});
    let header = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::EdDSA) };
    let private = EncodingKey::from_ed_der(key.to_pkcs8v1().unwrap().as_ref());
    let token = jsonwebtoken::encode(&header, &claims, &private).unwrap();

    let status = |roots: Option<&str>| {
        let mut command = logbook(directory.path());
        command.args(["serve", "--config", "logbook.toml", "--listen", "127.0.0.1:0"]);
        if let Some(roots) = roots {
            command.env("SSL_CERT_FILE", roots);
        }
        let service = Running::start(&mut command);
        let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let request = agent.get(format!("http://{}/audit-logs", service.address));
        request.header("Authorization", format!("Bearer {token}")).call().unwrap().status().as_u16()
    };
    assert_eq!(status(None), 503, "the certificate is not trusted");
    assert_eq!(status(Some("roots.pem")), 200);
}

#[test]
fn the_log_reports_that_an_issuer_that_was_never_reached_has_no_keys() {
    let directory = TempDir::new().unwrap();
    let table = "[[issuers]]\nissuer = 'i'\naudience = 'a'\njwks-url = 'http://127.0.0.1:1/keys'";
    fs::write(directory.path().join("logbook.toml"), table).unwrap();
    let mut command = logbook(directory.path());
    command.args(["serve", "--config", "logbook.toml", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("cannot fetch the keys"));
    child.kill().unwrap();
    child.wait().unwrap();
    let line = line.unwrap();
    assert!(line.contains("its tokens get 503 until they are fetched"), "{line}");
}

//! TLS on the listener.

use std::{path::Path, sync::Arc, time::Duration};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::TlsConnector;

use crate::support::{Database, Program, Service};

/// Writes a new certificate for `localhost` and its key.
fn certificate(directory: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // The key comes first, because the service may read the files in between.
    std::fs::write(directory.join("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(directory.join("certificate.pem"), cert.pem()).unwrap();
    cert.der().clone()
}

/// The flags for the files of [`certificate`].
fn flags(directory: &TempDir) -> [String; 2] {
    let file = |name: &str| directory.path().join(name).display().to_string();
    [format!("--tls-certificate-file={}", file("certificate.pem")), format!("--tls-key-file={}", file("key.pem"))]
}

async fn start(database: &Database, directory: &TempDir) -> Service {
    let [certificate, key] = flags(directory);
    Service::start_with(database, &[&certificate, &key]).await
}

/// The response of `/health/live` over TLS, if the service has this certificate.
async fn get(address: &str, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut connection = connector.connect("localhost".try_into().unwrap(), stream).await?;
    connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut response = String::new();
    connection.read_to_string(&mut response).await?;
    Ok(response)
}

#[actix_web::test]
async fn the_service_speaks_tls_and_takes_a_new_certificate_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let first = certificate(directory.path());
    let database = Database::sqlite();
    let service = start(&database, &directory).await;
    assert!(get(&service.address(), &first).await.unwrap().starts_with("HTTP/1.1 200"));

    let second = certificate(directory.path());
    for attempt in 0.. {
        if get(&service.address(), &second).await.is_ok_and(|response| response.starts_with("HTTP/1.1 200")) {
            break;
        }
        assert!(attempt < 300, "the new certificate is not used");
        sleep(Duration::from_millis(100)).await;
    }
    get(&service.address(), &first).await.expect_err("the first certificate is no longer used");
}

/// Waits until the program has logged the message this number of times.
async fn logged(program: &Program, message: &str, times: usize) {
    for attempt in 0.. {
        let count = program.log().iter().filter(|line| line.contains(message)).count();
        if count == times {
            return;
        }
        assert!(attempt < 300, "{message}: {count} times, not {times}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[actix_web::test]
async fn the_certificate_stays_in_use_while_its_files_are_invalid_and_each_failure_is_logged() {
    const UNUSABLE: &str = "cannot be used; the previous one stays in use";
    let directory = tempfile::tempdir().unwrap();
    let trusted = certificate(directory.path());
    let key = directory.path().join("key.pem");
    let content = std::fs::read(&key).unwrap();
    let database = Database::sqlite();
    let [certificate_flag, key_flag] = flags(&directory);
    let program = Program::serve_with(&database, &[&certificate_flag, &key_flag]);

    std::fs::write(&key, "not a key").unwrap();
    logged(&program, UNUSABLE, 1).await;
    assert!(get(program.address(), &trusted).await.unwrap().starts_with("HTTP/1.1 200"));
    std::fs::write(&key, content).unwrap();
    logged(&program, "the certificate files have their previous content again", 1).await;
    std::fs::remove_file(&key).unwrap();
    logged(&program, UNUSABLE, 2).await;
    assert!(get(program.address(), &trusted).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[actix_web::test]
async fn plain_http_gets_no_response_and_does_not_affect_other_clients() {
    let directory = tempfile::tempdir().unwrap();
    let trusted = certificate(directory.path());
    let database = Database::sqlite();
    let service = start(&database, &directory).await;
    let mut plain = TcpStream::connect(service.address()).await.unwrap();
    plain.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut received = Vec::new();
    let _ = plain.read_to_end(&mut received).await;
    assert!(!received.starts_with(b"HTTP"));
    assert!(get(&service.address(), &trusted).await.unwrap().starts_with("HTTP/1.1 200"));
}

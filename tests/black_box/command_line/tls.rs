//! Commands that call a service that speaks TLS.

use std::fs;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use super::{Running, SECRET, logbook, run, text};

const TLS: [(&str, &str); 2] = [("LOGBOOK_TLS_CERTIFICATE_FILE", "certificate.pem"), ("LOGBOOK_TLS_KEY_FILE", "key.pem")];

/// A service with a certificate that no authority has issued.
fn with_tls(directory: &TempDir) -> Running {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["logbook.example.com".to_owned()]).unwrap();
    fs::write(directory.path().join("certificate.pem"), cert.pem()).unwrap();
    fs::write(directory.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    Running::start(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]).envs(TLS))
}

#[test]
fn a_health_check_with_the_settings_of_a_service_with_tls_succeeds_for_any_name_in_the_certificate() {
    let directory = TempDir::new().unwrap();
    let service = with_tls(&directory);
    let healthcheck = |variables: &[(&str, &str)]| {
        let output =
            run(logbook(directory.path()).args(["healthcheck", "--listen", &service.address]).envs(variables.iter().copied()));
        (output.status.success(), text(&output.stderr))
    };
    assert_eq!(healthcheck(&TLS), (true, String::new()));
    let (is_ready, message) = healthcheck(&[]);
    assert!(!is_ready && message.contains("not ready: http://"), "{message}");
}

#[test]
fn a_service_whose_certificate_is_not_trusted_is_not_called_again() {
    let directory = TempDir::new().unwrap();
    let service = with_tls(&directory);
    let mut export = logbook(directory.path());
    export.args(["export", "audit-logs", "--output", "events.ndjson", "--retry-for", "1h"]);
    export.env("LOGBOOK_URL", format!("https://{}", service.address)).env("LOGBOOK_TOKEN", "a.b.c");
    let output = run(&mut export);
    let message = text(&output.stderr);
    assert!(!output.status.success() && message.contains("is not trusted") && message.contains("SSL_CERT_FILE"), "{message}");
    assert!(!message.contains("retrying"), "{message}");
}

#[test]
fn a_health_check_with_tls_fails_for_a_service_without_tls() {
    let directory = TempDir::new().unwrap();
    let service = Running::start(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]));
    let arguments = ["healthcheck", "--listen", &service.address, "--tls-certificate-file", "certificate.pem"];
    let output = run(logbook(directory.path()).args(arguments));
    assert!(!output.status.success() && text(&output.stderr).contains("not ready: https://"), "{}", text(&output.stderr));
}

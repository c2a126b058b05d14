//! `logbook healthcheck` of a service that speaks TLS.

use std::fs;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use super::{Running, SECRET, logbook, run, text};

#[test]
fn a_health_check_with_the_settings_of_a_service_with_tls_succeeds_for_any_name_in_the_certificate() {
    let directory = TempDir::new().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["logbook.example.com".to_owned()]).unwrap();
    fs::write(directory.path().join("certificate.pem"), cert.pem()).unwrap();
    fs::write(directory.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    let tls = [("LOGBOOK_TLS_CERTIFICATE_FILE", "certificate.pem"), ("LOGBOOK_TLS_KEY_FILE", "key.pem")];
    let service =
        Running::start(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]).envs(tls));

    let healthcheck = |variables: &[(&str, &str)]| {
        let output =
            run(logbook(directory.path()).args(["healthcheck", "--listen", &service.address]).envs(variables.iter().copied()));
        (output.status.success(), text(&output.stderr))
    };
    assert_eq!(healthcheck(&tls), (true, String::new()));
    let (is_ready, message) = healthcheck(&[]);
    assert!(!is_ready && message.contains("not ready: http://"), "{message}");
}

#[test]
fn a_health_check_with_tls_fails_for_a_service_without_tls() {
    let directory = TempDir::new().unwrap();
    let service = Running::start(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]));
    let arguments = ["healthcheck", "--listen", &service.address, "--tls-certificate-file", "certificate.pem"];
    let output = run(logbook(directory.path()).args(arguments));
    assert!(!output.status.success() && text(&output.stderr).contains("not ready: https://"), "{}", text(&output.stderr));
}

//! Black-box tests of the program: commands, settings, start and stop.

mod config_check;
mod config_file;
pub mod demo;
mod docs;
mod issuer;
mod secrets;
mod servers;
mod settings;
mod stopping;
mod tls;
mod transfer;

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::support::{Running, logbook};

const SECRET: &str = "a-secret-of-the-tests-of-the-command-line";

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn serve_does_not_start_without_a_key_and_names_the_settings() {
    let directory = TempDir::new().unwrap();
    let output = run(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(!output.status.success());
    let message = text(&output.stderr);
    for setting in ["LOGBOOK_JWT_SECRET", "LOGBOOK_JWT_SECRET_FILE", "LOGBOOK_JWT_PUBLIC_KEY_FILE"] {
        assert!(message.contains(setting), "{message}");
    }
    assert!(!directory.path().join("logbook.db").exists(), "nothing is made before the settings are known to be good");
}

#[test]
fn serve_refuses_settings_that_cannot_be_used() {
    let directory = TempDir::new().unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["--jwt-secret", "short"], "at least 32"),
        (&["--jwt-secret", SECRET, "--database-url", "mysql://h/d"], "not a database URL"),
        (&["--jwt-secret", SECRET, "--conversation-url", "/c"], "{conversationId}"),
        (&["--jwt-secret", SECRET, "--listen", "nowhere"], "--listen"),
        (&["--jwt-secret-file", "missing"], "cannot read missing"),
        (&["--jwt-public-key-file", "Cargo.toml"], "LOGBOOK_JWT_PUBLIC_KEY_FILE"),
    ];
    for (arguments, expected) in cases {
        let output = run(logbook(directory.path()).arg("serve").args(arguments));
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn the_documentation_lists_every_setting() {
    let directory = TempDir::new().unwrap();
    let printed = run(logbook(directory.path()).args(["config", "settings"]));
    let documented = include_str!("../../docs/settings.md");
    assert!(text(&printed.stdout) == documented, "docs/settings.md is outdated: run `just settings`");
}

#[test]
fn help_lists_every_setting_with_its_variable() {
    let directory = TempDir::new().unwrap();
    let help = text(&run(logbook(directory.path()).args(["serve", "--help"])).stdout);
    for variable in [
        "DATABASE_URL",
        "DATABASE_URL_FILE",
        "LOGBOOK_LISTEN",
        "LOGBOOK_JWT_SECRET",
        "LOGBOOK_JWT_SECRET_FILE",
        "LOGBOOK_JWT_PUBLIC_KEY_FILE",
        "LOGBOOK_JWT_ISSUER",
        "LOGBOOK_JWT_AUDIENCE",
        "LOGBOOK_CONVERSATION_URL",
        "LOGBOOK_DATABASE_TIMEOUT",
        "LOGBOOK_WORKERS",
        "LOGBOOK_STREAMS_PER_ACCOUNT",
        "LOGBOOK_STREAM_HEARTBEAT",
        "LOGBOOK_MIGRATE_ON_START",
        "LOGBOOK_LOG",
        "LOGBOOK_LOG_FORMAT",
    ] {
        assert!(help.contains(&format!("[env: {variable}")), "{variable} is missing in\n{help}");
    }
    let secret = text(&run(logbook(directory.path()).env("LOGBOOK_JWT_SECRET", SECRET).args(["serve", "--help"])).stdout);
    assert!(!secret.contains(SECRET), "a secret is not shown");
}

#[test]
fn secrets_come_from_files_without_the_line_break_at_their_end() {
    let directory = TempDir::new().unwrap();
    // A secret is any bytes. It may end with a line break, of which only the one that editors add is removed.
    let secret = [SECRET.as_bytes(), b"\xff\n"].concat();
    std::fs::write(directory.path().join("secret"), [&secret[..], b"\n"].concat()).unwrap();
    std::fs::write(directory.path().join("url"), "sqlite://elsewhere.db\n").unwrap();
    let arguments = ["token", "--account", "acme", "--role", "LOGS_PRODUCER", "--expires-in", "1h"];
    let from_file = run(logbook(directory.path()).args(arguments).env("LOGBOOK_JWT_SECRET_FILE", "secret"));
    assert!(from_file.status.success(), "{}", text(&from_file.stderr));
    let key = jsonwebtoken::DecodingKey::from_secret(&secret);
    let validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    jsonwebtoken::decode::<serde_json::Value>(text(&from_file.stdout).trim(), &key, &validation).unwrap();

    assert!(run(logbook(directory.path()).arg("migrate").env("DATABASE_URL_FILE", "url")).status.success());
    assert!(directory.path().join("elsewhere.db").exists());
}

#[test]
fn token_refuses_an_unknown_role_and_names_the_known_ones() {
    let directory = TempDir::new().unwrap();
    let output = run(logbook(directory.path()).args(["token", "--account", "acme", "--role", "ADMIN", "--jwt-secret", SECRET]));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("CONVERSATIONS_SUPERVISOR"), "{}", text(&output.stderr));
}

#[test]
fn migrate_check_lists_the_missing_migrations() {
    let directory = TempDir::new().unwrap();
    let before = run(logbook(directory.path()).args(["migrate", "--check"]));
    assert!(!before.status.success());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "a check creates no file");
    assert!(text(&before.stderr).contains("create_logs"), "{}", text(&before.stderr));
    assert!(run(logbook(directory.path()).arg("migrate")).status.success());
    assert!(run(logbook(directory.path()).args(["migrate", "--check"])).status.success());
}

#[test]
fn serve_without_migrations_is_not_ready_until_they_were_run() {
    let directory = TempDir::new().unwrap();
    assert!(run(logbook(directory.path()).arg("migrate")).status.success());
    let mut command = logbook(directory.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--migrate-on-start", "false", "--jwt-secret", SECRET]);
    let service = Running::start(&mut command);
    assert!(run(logbook(directory.path()).args(["healthcheck", "--listen", &service.address])).status.success());
}

#[test]
fn openapi_prints_and_compares() {
    let directory = TempDir::new().unwrap();
    let printed = run(logbook(directory.path()).arg("openapi"));
    std::fs::write(directory.path().join("openapi.json"), &printed.stdout).unwrap();
    assert!(run(logbook(directory.path()).args(["openapi", "--check", "openapi.json"])).status.success());
    std::fs::write(directory.path().join("openapi.json"), "{}").unwrap();
    assert!(!run(logbook(directory.path()).args(["openapi", "--check", "openapi.json"])).status.success());
}

#[test]
fn sigterm_stops_the_service_and_healthcheck_detects_it() {
    let directory = TempDir::new().unwrap();
    let mut command = logbook(directory.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET, "--stop-delay", "2s"]);
    let mut service = Running::start(&mut command);
    let healthcheck = || run(logbook(directory.path()).args(["healthcheck", "--listen", &service.address]));
    assert!(healthcheck().status.success());
    service.signal("TERM");
    // It still responds for two seconds, and reports that it is not ready.
    let stopping = std::iter::repeat_with(healthcheck).take(200).find(|output| !output.status.success()).unwrap();
    assert!(text(&stopping.stderr).contains("503"), "{}", text(&stopping.stderr));
    assert!(service.child.wait().unwrap().success());
    assert!(!run(logbook(directory.path()).args(["healthcheck", "--listen", &service.address])).status.success());
}

#[test]
fn sigterm_ends_streams_with_the_delay_before_a_reconnect() {
    let directory = TempDir::new().unwrap();
    let mut command = logbook(directory.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET]);
    let mut service = Running::start(&mut command);
    let arguments = ["token", "--account", "acme", "--role", "CONVERSATIONS_SETUP", "--jwt-secret", SECRET];
    let token = text(&run(logbook(directory.path()).args(arguments)).stdout);
    let mut stream = std::net::TcpStream::connect(&service.address).unwrap();
    let request = format!("GET /audit-logs/stream HTTP/1.1\r\nHost: logbook\r\nAuthorization: Bearer {}\r\n\r\n", token.trim());
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let begun = lines.by_ref().find(|line| line == "id: 0");
    assert!(begun.is_some(), "the stream begins");

    service.signal("TERM");
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line.starts_with("retry: ")), "{rest:?}");
    assert_eq!(rest[rest.len() - 2..], ["0", ""], "it ends, and does not break off");
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn log_lines_are_json_with_the_identifier_and_caller_of_the_request_but_no_query_and_no_token() {
    let directory = TempDir::new().unwrap();
    let mut child = logbook(directory.path())
        .args(["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains("\"address\"") {
        assert_ne!(lines.read_line(&mut log).unwrap(), 0, "{log}");
    }
    let line: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let address = line["address"].as_str().unwrap().to_owned();
    let get = |id: &str, token: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let head = "GET /audit-logs?doneById=somebody HTTP/1.0";
        let request = format!("{head}\r\nX-Request-Id: {id}\r\nAuthorization: Bearer {token}\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    };
    let token = |role: &str| {
        let arguments = ["--account", "acme", "--subject", "u-1042", "--role", role, "--jwt-secret", SECRET];
        text(&run(logbook(directory.path()).arg("token").args(arguments)).stdout).trim().to_owned()
    };
    let tokens = ["a.secret.token".to_owned(), token("CONVERSATIONS_AGENT"), token("CONVERSATIONS_SETUP")];
    for (id, token) in ["r-401", "r-403", "r-200"].into_iter().zip(&tokens) {
        get(id, token);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.read_to_string(&mut log).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (no_caller, caller) = ((None, None), (Some("acme"), Some("u-1042")));
    for (status, expected) in [(401, no_caller), (403, caller), (200, caller)] {
        let line = lines.iter().find(|line| line["status"] == status).expect("the response is logged");
        assert_eq!(line["span"]["id"], format!("r-{status}"));
        assert_eq!((line["span"]["account"].as_str(), line["span"]["subject"].as_str()), expected, "{line}");
    }
    assert!(!log.contains("somebody"), "{log}");
    for token in tokens {
        assert!(!log.contains(token.split_once('.').unwrap().1), "{log}");
    }
}

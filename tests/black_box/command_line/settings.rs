//! Settings: accepted values, and errors that name the setting or the file.

use std::net::TcpListener;

use tempfile::TempDir;

use super::{Running, SECRET, logbook, run, text};

/// Runs the program, which must fail, and returns its standard error.
fn refused(directory: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(logbook(directory.path()).args(arguments).envs(variables.iter().copied()));
    assert!(!output.status.success(), "{arguments:?} {variables:?}");
    text(&output.stderr)
}

#[test]
fn an_invalid_log_filter_is_an_error_that_names_the_nearest_level() {
    let directory = TempDir::new().unwrap();
    for filter in ["inof", "warn,inof"] {
        let message = refused(&directory, &["openapi"], &[("LOGBOOK_LOG", filter)]);
        assert!(message.contains("LOGBOOK_LOG") && message.contains("did you mean info?"), "{message}");
    }
    let message = refused(&directory, &["openapi", "--log", "logbook::store=lots"], &[]);
    assert!(message.contains("--log"), "{message}");
    let accepted = run(logbook(directory.path()).arg("openapi").env("LOGBOOK_LOG", "warn,logbook::store=debug"));
    assert!(accepted.status.success(), "{}", text(&accepted.stderr));
}

#[test]
fn an_invalid_value_is_reported_with_the_variable_or_the_flag_that_has_it() {
    let directory = TempDir::new().unwrap();
    let variable = [("LOGBOOK_LISTEN", "nonsense")];
    let message = refused(&directory, &["serve"], &variable);
    assert!(message.contains("'nonsense' for 'LOGBOOK_LISTEN'"), "{message}");
    for arguments in [&["serve", "--listen", "other"][..], &["serve", "--listen=other"]] {
        let message = refused(&directory, arguments, &variable);
        assert!(message.contains("'other' for '--listen <ADDRESS:PORT>'"), "{message}");
    }
}

#[test]
fn an_unknown_variable_is_an_error_that_names_the_nearest_one() {
    let directory = TempDir::new().unwrap();
    let message = refused(&directory, &["openapi"], &[("LOGBOOK_LISTN", "127.0.0.1:80")]);
    assert!(message.contains("LOGBOOK_LISTN") && message.contains("did you mean LOGBOOK_LISTEN?"), "{message}");
    let of_kubernetes =
        [("LOGBOOK_SERVICE_HOST", "10.0.0.1"), ("LOGBOOK_PORT", "tcp://10.0.0.1:80"), ("LOGBOOK_PORT_80_TCP", "x")];
    let accepted = run(logbook(directory.path()).arg("openapi").envs(of_kubernetes));
    assert!(accepted.status.success(), "{}", text(&accepted.stderr));
}

#[test]
fn an_address_may_be_a_name_or_a_port_alone() {
    let directory = TempDir::new().unwrap();
    for (listen, served_at) in [("localhost:0", "127.0.0.1:"), (":0", "0.0.0.0:")] {
        let mut command = logbook(directory.path());
        let service = Running::start(command.args(["serve", "--jwt-secret", SECRET, "--listen", listen]));
        assert!(service.address.starts_with(served_at), "{listen}: {}", service.address);
        let port = service.address.rsplit(':').next().unwrap();
        for address in [format!("localhost:{port}"), format!(":{port}")] {
            let output = run(logbook(directory.path()).args(["healthcheck", "--listen", &address]));
            assert!(output.status.success(), "{address}: {}", text(&output.stderr));
        }
    }
    let message = refused(&directory, &["serve", "--jwt-secret", SECRET, "--listen", "8080"], &[]);
    assert!(message.contains("--listen") && message.contains("localhost:8080"), "{message}");
}

#[test]
fn a_service_whose_port_is_in_use_touches_no_database() {
    let directory = TempDir::new().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let message = refused(&directory, &["serve", "--jwt-secret", SECRET, "--listen", &address], &[]);
    assert!(message.contains(&format!("cannot listen on {address}")), "{message}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn the_error_of_an_unreachable_database_does_not_contain_its_password() {
    let directory = TempDir::new().unwrap();
    // No process listens on this port.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://user:the-password@127.0.0.1:{port}/logbook");
    let arguments = ["serve", "--jwt-secret", SECRET, "--listen", "127.0.0.1:0", "--start-timeout", "1500ms"];
    let message = refused(&directory, &arguments, &[("DATABASE_URL", &url)]);
    assert!(
        message.contains("the database was unreachable or read-only for 1s 500ms") && message.contains(&port.to_string()),
        "{message}"
    );
    assert_eq!(message.matches("is unreachable").count(), 1, "one line says that it waits: {message}");
    assert!(!message.contains("the-password"), "{message}");
}

#[test]
fn checking_for_pending_migrations_creates_no_table() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("empty.db");
    std::fs::write(&file, "").unwrap();
    let output = run(logbook(directory.path()).args(["migrate", "--check", "--database-url", "sqlite://empty.db"]));
    assert!(text(&output.stderr).contains("create_logs"), "{output:?}");
    assert!(!text(&std::fs::read(&file).unwrap()).contains("CREATE TABLE"));
}

#[test]
fn errors_name_the_file() {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("url"), "mysql://h/d").unwrap();
    std::fs::write(directory.path().join("key.pem"), "no key").unwrap();
    std::fs::write(directory.path().join("secret"), "short").unwrap();
    let with_variable = |arguments: &[&str], name, value, expected| {
        let message = refused(&directory, arguments, &[(name, value)]);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    };
    with_variable(&["migrate"], "DATABASE_URL_FILE", "url", "DATABASE_URL_FILE: url: ");
    with_variable(&["migrate"], "DATABASE_URL", "sqlite://no/such/file.db", "there is no directory no/such");
    with_variable(&["serve"], "LOGBOOK_JWT_PUBLIC_KEY_FILE", "key.pem", "LOGBOOK_JWT_PUBLIC_KEY_FILE: key.pem: ");
    with_variable(&["serve"], "LOGBOOK_JWT_SECRET_FILE", "secret", "LOGBOOK_JWT_SECRET_FILE: secret: ");
    let cases: [(&[&str], &str); 3] = [
        (&["openapi", "--check", "missing.json"], "missing.json"),
        (&["import", "audit-logs", "missing.ndjson", "--token", "t"], "missing.ndjson"),
        (&["export", "audit-logs", "--output", "no/such/file", "--token", "t"], "no/such/file"),
    ];
    for (arguments, expected) in cases {
        let message = refused(&directory, arguments, &[]);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn log_lines_as_text_have_no_colours_unless_they_go_to_a_terminal() {
    let directory = TempDir::new().unwrap();
    let unreachable = ["--database-url", "postgres://127.0.0.1:1/d", "--start-timeout", "1s", "--log-format", "text"];
    let serve = ["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET];
    let lines = refused(&directory, &[&serve[..], &unreachable].concat(), &[]);
    assert!(lines.contains(" WARN the database is unreachable"), "{lines}");
    assert!(!lines.contains('\u{1b}'), "{lines}");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let directory = TempDir::new().unwrap();
    for command in [&["openapi"][..], &["config", "settings"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = logbook(directory.path()).args(command).stdout(writer).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{command:?}: {}", text(&output.stderr));
    }
}

//! The configuration file: its precedence, and errors that name the file and the setting.

use std::{fs, net::TcpListener, process::Output};

use tempfile::TempDir;

use super::{Running, SECRET, logbook, run, text};

/// A directory with this configuration file, `logbook.toml`.
fn with_file(content: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("logbook.toml"), content).unwrap();
    directory
}

/// Runs `migrate`, which prints nothing but creates the database.
fn migrate(directory: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = logbook(directory.path());
    run(command.arg("migrate").args(arguments).env("LOGBOOK_CONFIG", "logbook.toml").envs(variables.iter().copied()))
}

#[test]
fn a_flag_takes_precedence_over_a_variable_over_the_file_over_the_default() {
    let directory = with_file("database-url = 'sqlite://file.db'");
    fs::write(directory.path().join("empty.toml"), "").unwrap();
    let creates = |expected: &str, arguments: &[&str], variables: &[(&str, &str)]| {
        let output = migrate(&directory, arguments, variables);
        assert!(output.status.success(), "{expected}: {}", text(&output.stderr));
        assert!(directory.path().join(expected).exists(), "{expected}");
    };
    let variable = ("DATABASE_URL", "sqlite://variable.db");
    creates("flag.db", &["--database-url", "sqlite://flag.db"], &[variable]);
    creates("variable.db", &[], &[variable]);
    creates("file.db", &[], &[]);
    creates("logbook.db", &[], &[("LOGBOOK_CONFIG", "empty.toml")]);
}

#[test]
fn a_variable_takes_precedence_over_the_name_of_a_secret_file_in_the_configuration_file() {
    let directory = with_file("database-url-file = 'url'");
    fs::write(directory.path().join("url"), "sqlite://named.db\n").unwrap();
    assert!(migrate(&directory, &[], &[("DATABASE_URL", "sqlite://variable.db")]).status.success());
    assert!(directory.path().join("variable.db").exists() && !directory.path().join("named.db").exists());
    assert!(migrate(&directory, &[], &[]).status.success());
    assert!(directory.path().join("named.db").exists());
}

#[test]
fn a_service_runs_with_the_settings_of_the_file_and_the_health_check_finds_it() {
    let directory = with_file(&format!(
        "listen = '127.0.0.1:0'\njwt-secret = '{SECRET}'\nworkers = 1\nmigrate-on-start = true\nlog = 'info'\nlog-format = 'json'\n"
    ));
    let service = Running::start(logbook(directory.path()).args(["serve", "--config", "logbook.toml"]));
    let arguments = ["healthcheck", "--config", "logbook.toml", "--listen", &service.address];
    assert!(run(logbook(directory.path()).args(arguments)).status.success());
    let token = ["token", "--config", "logbook.toml", "--account", "acme", "--role", "LOGS_PRODUCER"];
    assert!(run(logbook(directory.path()).args(token)).status.success());
}

#[test]
fn faults_of_the_file_name_the_file_and_the_setting() {
    for (content, expected) in [
        ("lisen = '127.0.0.1:80'", "\"lisen\" is not a setting; did you mean listen?"),
        ("page_cache = 3", "did you mean page-cache?"),
        ("config = 'other.toml'", "\"config\" is not a setting"),
        ("page-cache = 70000", "invalid value '70000' for '--page-cache <MIB>': 70000 is not in 0..=65536"),
        ("page-cache = -1", "invalid value '-1'"),
        ("page-cache = true", "invalid value 'true'"),
        ("page-cache = [1, 2]", "'--page-cache <MIB>' cannot be used multiple times"),
        ("stop-delay = 5", "--stop-delay"),
        ("log-format = 'xml'", "[possible values: json, text]"),
        ("[listen]\naddress = 'x'", "listen: a table is not allowed here"),
        ("listen = 1979-05-27", "listen: a datetime is not allowed here"),
        ("\n\nlisten = = 'x'", "line 3: "),
        ("listen = 'x'\nlisten = 'y'", "line 2: duplicate key"),
        ("issuers = 'https://issuer.example'", "issuers: expected an array of tables"),
        ("[[issuers]]", "issuers[0]: the following required arguments were not provided:\n  --issuer <TEXT>"),
        (
            "[[issuers]]\nissuer = 'i'\n[[issuers]]\naudence = 'a'",
            "issuers[1]: \"audence\" is not a setting; did you mean audience?",
        ),
        ("[[issuers]]\nissuer = ''", "a value is required for '--issuer <TEXT>'"),
        ("[[issuers]]\nissuer = 'i'\naudience = ['x', '']", "a value is required for '--audience <TEXT>'"),
        ("[[issuers]]\nissuer = 'i'\ntyp = ''", "a value is required for '--typ <TYPE>'"),
        ("[[issuers]]\nissuer = 'i'\njwks-url = 'http://issuer.example/keys'", "--jwks-url <URL>': https is required"),
        ("[[issuers]]\nissuer = 'i'\nalgorithms = ['HS256']", "\"HS256\" is not an algorithm of public keys; did you mean"),
        ("[[issuers]]\nissuer = 'i'\nrole-names = { a = 'CONVERSATION_SETUP' }", "did you mean CONVERSATIONS_SETUP?"),
        ("[[issuers]]\nissuer = 'i'\nrole-names = 'LOGS_PRODUCER'", "expected a table that maps"),
        ("[[issuers]]\nissuer = 'i'\nroles-claim = ['/a~2']", "not a JSON Pointer"),
        ("[[issuers]]\nissuer = 'i'\naccount = ' acme'", "whitespace at its ends"),
        ("[[issuers]]\nissuer = 'i'\naccount = 'a'\naccount-claim = 'b'", "cannot be used with"),
        ("[[issuers]]\nissuer = 'i'\nrefresh = '10ms'", "at least 1s is needed"),
    ] {
        let directory = with_file(content);
        let output = migrate(&directory, &[], &[]);
        let message = text(&output.stderr);
        assert!(!output.status.success(), "{content}");
        assert!(message.starts_with("logbook: logbook.toml: ") && message.contains(expected), "{content}: {message}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "{content}: nothing was created");
    }
    let missing = run(logbook(TempDir::new().unwrap().path()).args(["openapi", "--config", "missing.toml"]));
    assert!(text(&missing.stderr).contains("LOGBOOK_CONFIG: cannot read missing.toml"), "{}", text(&missing.stderr));
}

#[test]
fn a_value_of_the_file_is_checked_even_if_a_flag_overrides_it() {
    let directory = with_file("listen = 'nowhere'");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = run(logbook(directory.path()).args(["healthcheck", "--config", "logbook.toml", "--listen", &free]));
    assert!(text(&output.stderr).contains("logbook.toml: invalid value 'nowhere'"), "{}", text(&output.stderr));
}

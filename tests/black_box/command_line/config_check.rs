//! `logbook config check`: effective settings, dangers, and what `serve` refuses.

use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use super::{SECRET, logbook, run, text};

/// Whether a check succeeds, and its standard output.
fn check(directory: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
    let output = run(logbook(directory.path()).args(["config", "check"]).args(arguments).envs(variables.iter().copied()));
    (output.status.success(), text(&output.stdout))
}

/// The words of the line about a setting.
fn line(printed: &str, setting: &str) -> String {
    let lines = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.into_iter().find(|line| line.starts_with(&format!("{setting} "))).unwrap_or_else(|| panic!("{setting}: {printed}"))
}

#[test]
fn each_setting_has_its_value_and_origin_and_secrets_are_masked() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("logbook.toml"), "page-cache = 9\nterm-cache = 9\nlog = 'warn'").unwrap();
    let variables = [("LOGBOOK_CONFIG", "logbook.toml"), ("LOGBOOK_TERM_CACHE", "10"), ("LOGBOOK_JWT_SECRET", SECRET)];
    let (accepted, printed) = check(&directory, &["--jwt-issuer", "https://issuer.example"], &variables);
    assert!(accepted, "{printed}");
    for (setting, expected) in [
        ("page-cache", "page-cache 9 logbook.toml"),
        ("term-cache", "term-cache 10 variable LOGBOOK_TERM_CACHE"),
        ("log", "log warn logbook.toml"),
        ("config", "config logbook.toml variable LOGBOOK_CONFIG"),
        ("jwt-issuer", "jwt-issuer https://issuer.example flag --jwt-issuer"),
        ("jwt-secret", "jwt-secret *** variable LOGBOOK_JWT_SECRET"),
        ("jwt-audience", "jwt-audience none default"),
        ("connections-per-address", "connections-per-address half of all default"),
        ("workers", "workers one per core default"),
        ("log-format", "log-format json default"),
        ("database-url", "database-url *** default"),
    ] {
        assert_eq!(line(&printed, setting), expected);
    }
    assert!(!printed.contains(SECRET));
    assert!(printed.contains("Dangerous: jwt-audience: not set") && !printed.contains("Dangerous: jwt-issuer"), "{printed}");
    assert!(printed.contains("sqlite://logbook.db"), "{printed}");
    assert!(!directory.path().join("logbook.db").exists(), "a check changes nothing");
}

/// A public key of RSA with 1,024 bits.
const SHORT_RSA: &str = "-----BEGIN PUBLIC KEY-----\n\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDgB9nhWUOCsqevfOyGh+ktP7as\n\
    48SmdKtvx+SKOxp0WFTTpBO88kh5a4szD14Ll8+soHEj9oUCJUlHAe6K55BbLA9E\n\
    WW4PrLARO9mH0WTMceq8sFZcLiI8eNwUmxC+F63wyPxjurN9wF6AvQoOh87bkMYU\n\
    z2GvlW0Ncp2Oryz1FQIDAQAB\n\
    -----END PUBLIC KEY-----\n";

#[test]
fn a_database_timeout_out_of_range_is_refused() {
    let directory = TempDir::new().unwrap();
    for timeout in ["0s", "99ms", "61m"] {
        let output = run(logbook(directory.path()).args(["config", "check"]).env("LOGBOOK_DATABASE_TIMEOUT", timeout));
        let message = text(&output.stderr);
        assert!(
            !output.status.success() && message.contains("LOGBOOK_DATABASE_TIMEOUT") && message.contains("100ms to 1h"),
            "{message}"
        );
    }
}

#[test]
fn serve_and_config_check_refuse_the_same_settings_and_list_each_fault() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("spaces"), " ".repeat(32)).unwrap();
    fs::write(directory.path().join("short-rsa"), SHORT_RSA).unwrap();
    fs::write(directory.path().join("private"), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let good = ("LOGBOOK_JWT_SECRET", SECRET);
    let cases: [(&[(&str, &str)], &str); 12] = [
        (&[], "no key to verify tokens with"),
        (&[("LOGBOOK_JWT_SECRET", "short")], "LOGBOOK_JWT_SECRET: the secret has 5 bytes"),
        (
            &[("LOGBOOK_JWT_SECRET", "the-demo-secret-is-known-to-everybody")],
            "LOGBOOK_JWT_SECRET: the secret is that of the demo",
        ),
        (&[("LOGBOOK_JWT_SECRET", "password password password password")], "LOGBOOK_JWT_SECRET: the secret can be guessed"),
        (&[("LOGBOOK_JWT_SECRET_FILE", "spaces")], "LOGBOOK_JWT_SECRET_FILE: spaces: the secret can be guessed"),
        (&[("LOGBOOK_JWT_PUBLIC_KEY_FILE", "spaces"), good], "LOGBOOK_JWT_PUBLIC_KEY_FILE: spaces: not the PEM"),
        (&[("LOGBOOK_JWT_PUBLIC_KEY_FILE", "private")], "LOGBOOK_JWT_PUBLIC_KEY_FILE: private: a private key"),
        (&[("LOGBOOK_JWT_PUBLIC_KEY_FILE", "short-rsa")], "LOGBOOK_JWT_PUBLIC_KEY_FILE: short-rsa: the length of the RSA key"),
        (&[("DATABASE_URL", "mysql://h/d"), good], "DATABASE_URL: not a database URL"),
        (
            &[("LOGBOOK_RATE_LIMITS", "LOGS_PRODUCER=1/1s,LOGS_AUDITOR=3/1s,LOGS_PRODUCER=2/1s"), good],
            "LOGBOOK_RATE_LIMITS: LOGS_PRODUCER=1/1s and LOGS_PRODUCER=2/1s limit the same role",
        ),
        (&[("LOGBOOK_JWT_ISSUER", ""), good], "LOGBOOK_JWT_ISSUER: must not be empty"),
        (&[("LOGBOOK_JWT_AUDIENCE", " "), good], "LOGBOOK_JWT_AUDIENCE: must not be empty"),
    ];
    for (variables, expected) in cases {
        let (accepted, printed) = check(&directory, &[], variables);
        assert!(!accepted && printed.contains(&format!("Refused: {expected}")), "{expected}: {printed}");
        let served = run(logbook(directory.path()).args(["serve", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied()));
        assert!(!served.status.success() && text(&served.stderr).contains(expected), "{expected}: {}", text(&served.stderr));
    }
    let both = [("DATABASE_URL", "mysql://h/d"), ("LOGBOOK_JWT_SECRET", "short")];
    let served = run(logbook(directory.path()).arg("serve").envs(both));
    assert!(text(&served.stderr).contains("5 bytes") && text(&served.stderr).contains("not a database URL"));
}

#[test]
fn dangers_are_listed() {
    let directory = TempDir::new().unwrap();
    let secret_file = directory.path().join("secret");
    fs::write(&secret_file, SECRET).unwrap();
    fs::set_permissions(&secret_file, fs::Permissions::from_mode(0o644)).unwrap();
    let dangers = |arguments: &[&str]| {
        let safe = ["--jwt-secret-file", "secret", "--jwt-issuer", "i", "--jwt-audience", "a"];
        let (accepted, printed) = check(&directory, &[&safe, arguments].concat(), &[]);
        assert!(accepted, "{printed}");
        printed.lines().filter(|line| line.starts_with("Dangerous: ")).collect::<Vec<_>>().join("\n")
    };
    assert!(dangers(&[]).contains("secret: has a secret, and every user can read it (mode 644)"), "{}", dangers(&[]));
    fs::set_permissions(&secret_file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(dangers(&[]), "");
    assert_eq!(dangers(&["--database-url", "sqlite://l.db"]), "", "the path of a file is no secret");
    for (arguments, expected) in [
        (["--listen", ":8080"], "listen: 0.0.0.0:8080 is reachable"),
        (["--jwt-secret", SECRET], "jwt-secret: all users of this machine can see a flag"),
        (["--database-url", "postgres://u:p@db.example/d"], "database-url: the connection to the server may be without TLS"),
    ] {
        assert!(dangers(&arguments).contains(expected), "{arguments:?}: {}", dangers(&arguments));
    }
    let url = ["--database-url", "postgres://u:p@db.example/d?sslmode=verify-full&sslrootcert=system"];
    let (accepted, printed) = check(&directory, &[&["--jwt-secret-file", "secret"], &url[..]].concat(), &[]);
    assert_eq!(accepted, cfg!(feature = "postgres-tls"), "{printed}");
    assert_eq!(printed.contains("--features postgres-tls"), !accepted, "{printed}");
}

#[test]
fn a_certificate_requires_its_key_and_both_must_be_usable() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("logbook.toml"), "tls-certificate-file = 'certificate.pem'").unwrap();
    fs::write(directory.path().join("key.pem"), "").unwrap();
    let secret = ("LOGBOOK_JWT_SECRET", SECRET);
    let file = ["--config", "logbook.toml"];
    let (accepted, printed) = check(&directory, &file, &[secret]);
    assert!(!accepted && printed.contains("LOGBOOK_TLS_CERTIFICATE_FILE: also requires LOGBOOK_TLS_KEY_FILE"), "{printed}");
    let (accepted, printed) = check(&directory, &file, &[secret, ("LOGBOOK_TLS_KEY_FILE", "key.pem")]);
    assert!(
        !accepted && printed.contains("Refused: LOGBOOK_TLS_CERTIFICATE_FILE and LOGBOOK_TLS_KEY_FILE: certificate.pem: "),
        "{printed}"
    );
}

#[test]
fn issuers_are_listed_with_the_faults_that_serve_refuses() {
    let directory = TempDir::new().unwrap();
    let issuers = |content: &str| {
        fs::write(directory.path().join("logbook.toml"), content).unwrap();
        check(&directory, &["--config", "logbook.toml"], &[])
    };
    let (accepted, printed) = issuers("[[issuers]]\nissuer = 'https://issuer.example'");
    assert!(accepted && line(&printed, "issuers") == "issuers https://issuer.example keys by discovery", "{printed}");
    assert!(printed.contains("Dangerous: issuers: https://issuer.example: has no audience"), "{printed}");
    assert!(!printed.contains("jwt-audience: "), "{printed}");

    fs::write(directory.path().join("empty.json"), "{\"keys\": []}").unwrap();
    for (content, expected) in [
        ("issuer = 'http://issuer.example'", "issuers: http://issuer.example: https is required"),
        ("issuer = 'our issuer'", "issuers: our issuer: not a"),
        ("issuer = 'i'\njwks-file = 'missing.json'", "issuers: i: missing.json: cannot read it"),
        ("issuer = 'i'\njwks-file = 'empty.json'", "issuers: i: empty.json: the JWKS has no key"),
        ("issuer = 'i'\npublic-key-file = 'empty.json'", "issuers: i: empty.json: not the PEM"),
        ("issuer = 'https://i'\n[[issuers]]\nissuer = 'https://i'", "issuers: https://i: configured more than once"),
    ] {
        let (accepted, printed) = issuers(&format!("[[issuers]]\n{content}"));
        assert!(!accepted && printed.contains(&format!("Refused: {expected}")), "{content}: {printed}");
    }
}

#[test]
fn the_directory_of_a_sqlite_file_must_exist() {
    let directory = TempDir::new().unwrap();
    let (accepted, printed) =
        check(&directory, &[], &[("LOGBOOK_JWT_SECRET", SECRET), ("DATABASE_URL", "sqlite://no/such/file.db")]);
    assert!(!accepted && printed.contains("Refused: DATABASE_URL: there is no directory no/such"), "{printed}");
}

#[test]
fn a_rate_limit_out_of_range_is_refused_with_the_maximum() {
    let directory = TempDir::new().unwrap();
    let limits = ("LOGBOOK_RATE_LIMITS", "LOGS_AUDITOR=5/1s,LOGS_PRODUCER=4000000000/1s");
    let served = run(logbook(directory.path()).args(["serve", "--jwt-secret", SECRET]).envs([limits]));
    assert!(!served.status.success());
    let message = text(&served.stderr);
    for part in ["LOGBOOK_RATE_LIMITS", "LOGS_PRODUCER=4000000000/1s", "the maximum, 1000000 requests per second"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn serve_logs_each_danger_that_a_check_names() {
    let directory = TempDir::new().unwrap();
    let arguments = ["--jwt-secret", SECRET, "--jwt-issuer", "https://issuer.example", "--listen", "0.0.0.0:0"];
    let (accepted, printed) = check(&directory, &arguments, &[]);
    assert!(accepted, "{printed}");
    let dangers: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("Dangerous: ")).collect();
    assert_eq!(dangers.len(), 3, "a flag, the listener, the audience: {printed}");
    // It ends by itself, after the dangers were logged, because the database cannot be opened.
    let database = [("DATABASE_URL", "sqlite://.")];
    let served = run(logbook(directory.path()).arg("serve").args(arguments).envs(database));
    let lines: Vec<serde_json::Value> = text(&served.stderr).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let warnings = lines.iter().filter(|line| line["level"] == "WARN").map(|line| line["message"].as_str().unwrap());
    let expected: Vec<String> = dangers.iter().map(|danger| format!("dangerous: {danger}")).collect();
    assert_eq!(warnings.collect::<Vec<_>>(), expected, "{}", text(&served.stderr));
}

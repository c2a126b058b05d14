//! The location of the database.

use std::{fmt, str::FromStr};

use secrecy::SecretString;

/// The location of the database. Errors about it do not contain the password.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// The path of a file.
    Sqlite(String),
    /// A connection URL of libpq, which can have a password.
    Postgres(SecretString),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("sqlite", path)) if path.contains(":memory:") => {
                Err("an in-memory database is lost when its connection closes; use a file, such as sqlite://logbook.db"
                    .to_owned())
            }
            // It may be the URL of a server, with a password.
            Some(("sqlite", path)) if path.contains('@') && !path.starts_with(['/', '.']) => {
                Err("a file whose name has @ must be written as sqlite://./name; a server has postgres://".to_owned())
            }
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.to_owned())),
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
                check_postgres(rest)?;
                Ok(Self::Postgres(url.into()))
            }
            _ => Err(
                "not a database URL; expected sqlite:///path/to/file, sqlite://file or postgres://user:password@host/database"
                    .to_owned(),
            ),
        }
    }
}

/// For people: without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite://{path}"),
            Self::Postgres(_) => formatter.write_str("postgres://…"),
        }
    }
}

/// Refuses a URL in which libpq would parse a part of the password as a host, a port, a database or a parameter, because the
/// errors of libpq contain these. `rest` follows `postgres://`.
fn check_postgres(rest: &str) -> Result<(), String> {
    let advice = "in a password, write / as %2F, @ as %40, % as %25 and a space as %20";
    let fault = |part: &str| {
        Err(format!("the {part} of the URL is invalid; expected postgres://user:password@host:port/database; {advice}"))
    };
    let (user, rest) = split_user(rest);
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = before.split_once('/').unwrap_or((before, ""));
    if !is_accepted(user) {
        return fault("user or password");
    }
    if !hosts.split(',').all(is_host_and_port) {
        return fault("host or port");
    }
    if database.contains(['@', '/', ':']) || !is_accepted(database) {
        return fault("database's name");
    }
    if !query.is_empty() && !query.split('&').all(is_parameter) {
        return fault("list of parameters");
    }
    url_parameter(rest, "sslmode").map_or(Ok(()), check_mode)
}

/// The part of a connection URL after the user and the password, which may contain question marks.
pub fn after_user(url: &str) -> &str {
    split_user(url.split_once("://").map_or(url, |(_, rest)| rest)).1
}

/// As in libpq, the password ends at the first @ if it is before the first slash.
fn split_user(rest: &str) -> (&str, &str) {
    let end = rest.find(['@', '/']).filter(|end| rest[*end..].starts_with('@'));
    end.map_or(("", rest), |end| (&rest[..end], &rest[end + 1..]))
}

/// The value of a parameter, still percent-encoded. `rest` follows the user.
pub fn url_parameter<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = rest.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Refuses a value of `sslmode` that libpq refuses when it connects.
fn check_mode(mode: &str) -> Result<(), String> {
    match mode {
        "disable" | "allow" | "prefer" => Ok(()),
        "require" | "verify-ca" | "verify-full" if cfg!(feature = "postgres-tls") => Ok(()),
        "require" | "verify-ca" | "verify-full" => Err(format!(
            "sslmode={mode} needs TLS to PostgreSQL, which this build does not have; use the container image, or build with \
             --features postgres-tls"
        )),
        _ => Err("sslmode must be one of disable, allow, prefer, require, verify-ca and verify-full".to_owned()),
    }
}

/// `host`, `host:port`, `[IPv6]:port`, or a percent-encoded path of a socket.
fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':').or(rest.is_empty().then_some(""))),
        None => {
            let (host, port) = text.split_once(':').unwrap_or((text, ""));
            (host, Some(port))
        }
    };
    let is_in_name = |character: char| character.is_alphanumeric() || "-._%:".contains(character);
    is_accepted(host) && host.chars().all(is_in_name) && port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
}

/// `name=value`. Only some values may contain `@`.
fn is_parameter(text: &str) -> bool {
    const WITH_AT: [&str; 4] = ["host", "user", "password", "options"];
    text.split_once('=').is_some_and(|(name, value)| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && is_accepted(value)
            && (WITH_AT.contains(&name) || !value.contains('@'))
    })
}

/// Whether libpq accepts the text: it has no spaces, and each `%` begins an encoded byte other than 0.
fn is_accepted(text: &str) -> bool {
    let is_byte = |rest: &str| rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).is_some_and(|byte| byte > 0);
    !text.contains(|character: char| character.is_whitespace() || character.is_control()) && text.split('%').skip(1).all(is_byte)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        for path in ["/var/lib/l.db", "l.db", "./l@1.db"] {
            let url = format!("sqlite://{path}").parse();
            assert!(matches!(&url, Ok(DatabaseUrl::Sqlite(file)) if file == path), "{url:?}");
        }
        for good in [
            "postgres://u:p@h/d",
            "postgresql://u:p#:?%40!@h:5432/d?sslmode=prefer&sslrootcert=system",
            "postgres://h",
            "postgres:///d?host=/run/a@b",
            "postgres://u@h1:1,h2:2,[::1]:3,[2001:db8::1]/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://:5432/d",
        ] {
            let url = good.parse();
            assert!(matches!(&url, Ok(DatabaseUrl::Postgres(url)) if url.expose_secret() == good), "{good}: {url:?}");
        }
        for bad in ["", "l.db", "sqlite://", "sqlite://:memory:", "mysql://h/d", "postgres://"] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_that_libpq_would_parse_as_another_part_is_refused() {
        for bad in [
            "postgres://u:secret",
            "postgres://u:secret/d",
            "postgres://u:sec/ret@h/d",
            "postgres://u:1/secret@h/d",
            "postgres://u:1?/secret@h/d",
            "postgres://u:sec@ret@h/d",
            "postgres://u:sec%ret@h/d",
            "postgres://u:p@h:secret/d",
            "postgres://u:p@h/d?sslmode=%secret",
            "postgres://u:sec ret@h/d",
            "postgres://u:sec%00ret@h/d",
            "postgres://u@h/d?password=secret word",
            "postgres://u@h/d?sslmode=secret",
            "sqlite://u:secret@h/d",
        ] {
            let error = bad.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.contains("secret") && !error.contains("ret@"), "{bad}: {error}");
        }
    }

    #[test]
    fn tls_is_refused_without_the_feature() {
        let url = "postgres://u@h/d?connect_timeout=1&sslmode=verify-full".parse::<DatabaseUrl>();
        assert_eq!(url.is_ok(), cfg!(feature = "postgres-tls"), "{url:?}");
    }

    #[test]
    fn debug_does_not_print_the_password() {
        let url: DatabaseUrl = "postgres://u:secret@h/d".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}

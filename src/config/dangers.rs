//! Settings that work but are dangerous in production.

use std::{env, fs, os::unix::fs::PermissionsExt, path::Path};

use secrecy::ExposeSecret;

use super::{Effective, Settings, file::ConfigFile};
use crate::store::{DatabaseUrl, StoreSettings, after_user, url_parameter};

/// The dangers, one sentence each. Settings that `serve` refuses are not repeated.
pub fn dangers(settings: &Settings, effective: &[Effective], file: Option<&ConfigFile>) -> Vec<String> {
    let is_file = matches!(settings.database.store(), Ok(StoreSettings { url: DatabaseUrl::Sqlite(_), .. }));
    let flags = effective
        .iter()
        .filter(|setting| setting.is_secret_flag && !(is_file && setting.name == "database-url"))
        .map(|Effective { name, .. }| format!("{name}: all users of this machine can see a flag; use {name}-file or a variable"));
    let found = [listener(settings), demands(settings), database(settings), readable_files(settings, file)];
    flags.chain(found.into_iter().flatten()).collect()
}

fn listener(settings: &Settings) -> Vec<String> {
    if settings.listen.ip().is_loopback() || settings.connections.tls_key_file.is_some() {
        return Vec::new();
    }
    let address = settings.listen;
    vec![format!(
        "listen: {address} is reachable from other machines without TLS; set tls-certificate-file, or use a proxy with TLS"
    )]
}

fn demands(settings: &Settings) -> Vec<String> {
    let tokens = &settings.tokens;
    let mut found = Vec::new();
    if tokens.has_own_key() && tokens.jwt_audience.is_none() {
        found.push("jwt-audience: not set, so tokens for other services of the issuer are accepted".to_owned());
    }
    if tokens.has_own_key() && tokens.jwt_issuer.is_none() {
        found.push("jwt-issuer: not set, so tokens of every issuer that has the key are accepted".to_owned());
    }
    for issuer in tokens.issuers.iter().filter(|issuer| issuer.audience.is_empty()) {
        found.push(format!("{}: has no audience, so its tokens for other services are accepted", issuer.origin()));
    }
    if tokens.issuers.iter().filter(|issuer| issuer.account.is_none()).count() > 1 {
        let danger = "issuers: each issuer can name every account; if an issuer belongs to one account, set its member account";
        found.push(danger.to_owned());
    }
    found
}

fn database(settings: &Settings) -> Vec<String> {
    let Ok(store) = settings.database.store() else { return Vec::new() };
    let DatabaseUrl::Postgres(url) = &store.url else { return Vec::new() };
    let rest = after_user(url.expose_secret());
    // libpq reads the variable if the URL has no such parameter.
    let mode = url_parameter(rest, "sslmode").map(str::to_owned).or_else(|| env::var("PGSSLMODE").ok());
    remote_host(rest).and_then(|_| transport(&mode.unwrap_or_default())).into_iter().collect()
}

/// The danger of a connection to another machine with this `sslmode`.
fn transport(mode: &str) -> Option<String> {
    let advice = if cfg!(feature = "postgres-tls") {
        "add ?sslmode=verify-full&sslrootcert=system"
    } else {
        "use the container image or build with --features postgres-tls, and add ?sslmode=verify-full&sslrootcert=system"
    };
    match mode {
        "verify-full" => None,
        "require" | "verify-ca" => {
            Some(format!("database-url: sslmode={mode} does not check the name in the server's certificate; {advice}"))
        }
        _ => Some(format!("database-url: the connection to the server may be without TLS; {advice}")),
    }
}

/// The host in the part of a connection URL after the user, unless it is this machine. Do not print it: in an invalid URL, it can be
/// a part of the password.
fn remote_host(rest: &str) -> Option<&str> {
    let in_authority = rest.split(['/', '?']).next().filter(|host| !host.is_empty());
    let host = url_parameter(rest, "hostaddr").or_else(|| url_parameter(rest, "host")).or(in_authority)?;
    let name = host.strip_prefix('[').and_then(|host| host.split(']').next()).unwrap_or(host.split(':').next().unwrap_or(host));
    let is_local = name.starts_with(['/', '@']) || name.starts_with("%2F") || ["localhost", "::1"].contains(&name);
    let is_local = is_local || name.starts_with("127.");
    (!is_local).then_some(host)
}

/// Files with secrets that every user of the machine can read.
fn readable_files(settings: &Settings, file: Option<&ConfigFile>) -> Vec<String> {
    let config = file.filter(|file| file.has_secret()).map(|file| file.path.as_path());
    let files = [
        settings.tokens.jwt_secret_file.as_deref(),
        settings.database.database_url_file.as_deref(),
        settings.connections.tls_key_file.as_deref(),
        config,
    ];
    let warning = |path: &Path| {
        let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
        let is_open = mode & 0o004 != 0;
        is_open.then(|| format!("{}: has a secret, and every user can read it (mode {mode:o}); chmod o-rwx", path.display()))
    };
    files.into_iter().flatten().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_checked_certificate_is_safe() {
        assert_eq!(transport("verify-full"), None);
        assert!(transport("require").unwrap().contains("sslmode=require does not check the name"));
        assert!(transport("prefer").unwrap().contains("may be without TLS"));
    }

    #[test]
    fn a_remote_host_is_recognized_in_every_part_of_a_url() {
        for (url, host) in [
            ("postgres://u:p@db.example/logbook", Some("db.example")),
            ("postgres://u:p@db.example:5432/logbook?sslmode=require", Some("db.example:5432")),
            ("postgres://db.example", Some("db.example")),
            ("postgres://u:p@[2001:db8::1]:5432/d", Some("[2001:db8::1]:5432")),
            ("postgres:///d?host=db.example", Some("db.example")),
            ("postgres://u@localhost/d?hostaddr=10.0.0.1", Some("10.0.0.1")),
            ("postgres://u:p@localhost:5432/d", None),
            ("postgres://u:p@127.0.0.1/d", None),
            ("postgres://u:p@[::1]/d", None),
            ("postgres:///d?host=/run/postgresql", None),
            ("postgres://u:p@%2Frun%2Fpostgresql/d", None),
            ("postgres:///d", None),
        ] {
            assert_eq!(remote_host(after_user(url)), host, "{url}");
        }
    }
}

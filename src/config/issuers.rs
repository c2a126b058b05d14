//! The tables `[[issuers]]` of the configuration file: identity providers.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, Command, FromArgMatches, Parser, builder::NonEmptyStringValueParser};
use jsonwebtoken::Algorithm;

use super::{SettingsError, arguments};
use crate::{
    domain::{
        account::AccountId,
        fault::Fault,
        role::{self, ROLES},
    },
    http::auth::{
        claims::{AccountSource, ClaimPath, ClaimPaths, RoleNames, RolesSource},
        fetch::{self, Fetcher, KeyLocation},
        issuer::{Issuer, Keys},
        key::{self, ALGORITHMS, Key},
        remote_keys::{RemoteKeys, Schedule},
    },
};

/// An identity provider whose tokens are accepted. The members of the table are the names of these arguments.
#[derive(Debug, Clone, Args)]
pub struct IssuerSettings {
    /// The claim iss of its tokens: an exact, case-sensitive match
    #[arg(long, value_name = "TEXT", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub issuer: String,

    /// Audiences (aud), of which a token must have one; one or a list [default: none, which accepts tokens for every service]
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub audience: Vec<String>,

    /// The header typ of its tokens, such as at+jwt [default: not checked]
    #[arg(long, value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    pub typ: Option<String>,

    /// Allowed algorithms, a list; a key without alg uses the first one that is valid for its type [default: all algorithms for
    /// public keys, RS256 first]
    #[arg(long, value_name = "ALGORITHM", value_parser = algorithm)]
    pub algorithms: Vec<Algorithm>,

    /// URL of its JWKS: https, or http on this machine [default: found by OpenID Connect Discovery, unless files have the keys]
    #[arg(long, value_name = "URL", value_parser = key_url)]
    pub jwks_url: Option<String>,

    /// File with its JWKS; only read at startup
    #[arg(long, value_name = "FILE")]
    pub jwks_file: Option<PathBuf>,

    /// PEM files of its public keys (RSA, EC P-256 or P-384, Ed25519); one or a list
    #[arg(long, value_name = "FILE")]
    pub public_key_file: Vec<PathBuf>,

    /// The claim with the account: its name, or a JSON Pointer that begins with /
    #[arg(long, default_value = "accountId", value_name = "CLAIM")]
    pub account_claim: ClaimPath,

    /// The account of all its tokens, instead of a claim
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "account_claim")]
    pub account: Option<AccountId>,

    /// The claim with the subject
    #[arg(long, default_value = "sub", value_name = "CLAIM")]
    pub subject_claim: ClaimPath,

    /// Claims with roles, one or a list; each is an array, or a string of space-separated names [default: roles, which must be an
    /// array]
    #[arg(long, value_name = "CLAIM")]
    pub roles_claim: Vec<ClaimPath>,

    /// Table that maps its names of roles or scopes to roles of this service, each one or a list; other names are ignored
    /// [default: its names are roles of this service]
    #[arg(long, value_name = "NAME=ROLE", value_parser = role_name)]
    pub role_names: Vec<(String, String)>,

    /// The time between two fetches of its keys: a removed key is accepted no longer than this while the issuer is reachable
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = refresh)]
    pub refresh: Duration,

    /// The minimum time between two fetches because of tokens with unknown keys
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub refresh_cooldown: Duration,
}

/// The arguments of a table as a command line.
#[derive(Parser)]
#[command(name = "issuers", no_binary_name = true, disable_help_flag = true)]
pub(super) struct Table {
    #[command(flatten)]
    settings: IssuerSettings,
}

impl IssuerSettings {
    /// Reads a table. The error names the member.
    pub(super) fn of_table(table: &toml::Table, command: &Command) -> Result<Self, String> {
        let members: Vec<_> = command.get_arguments().collect();
        let mut flags = Vec::new();
        for (name, value) in table {
            arguments::find(&members, name)?;
            for text in texts(value).map_err(|message| format!("{name}: {message}"))? {
                flags.push(format!("--{name}={text}"));
            }
        }
        let matches = command.clone().try_get_matches_from(flags).map_err(|error| arguments::message(&error))?;
        Self::from_arg_matches(&matches).map_err(|error| arguments::message(&error))
    }

    /// The issuer with its keys. Fetches nothing, but reads files.
    pub(super) fn issuer(&self) -> Result<Issuer, SettingsError> {
        let invalid = |message: &str| SettingsError::Invalid { origin: self.origin(), message: message.to_owned() };
        let files = self.keys_of_files()?;
        let location = match (&self.jwks_url, files.is_empty()) {
            (None, false) => return Ok(self.with_keys(Keys::Fixed(files))),
            (Some(_), false) => return Err(invalid("keys come either from files or from jwks-url, not from both")),
            (Some(url), true) => KeyLocation::Jwks(url.clone()),
            (None, true) => {
                fetch::check_url(&self.issuer).map_err(|message| {
                    invalid(&format!(
                        "{message}; its keys are found by OpenID Connect Discovery unless jwks-url, jwks-file or public-key-file is set"
                    ))
                })?;
                KeyLocation::Discovery(self.issuer.clone())
            }
        };
        let schedule = Schedule { refresh: self.refresh, cooldown: self.refresh_cooldown };
        let keys = RemoteKeys::new(Fetcher::new(location, self.algorithms()), schedule);
        Ok(self.with_keys(Keys::Remote(Arc::clone(&keys))))
    }

    fn with_keys(&self, keys: Keys) -> Issuer {
        Issuer {
            name: Some(self.issuer.clone()),
            audiences: self.audience.clone(),
            token_type: self.typ.clone(),
            claims: self.claims(),
            keys,
        }
    }

    fn keys_of_files(&self) -> Result<Vec<Key>, SettingsError> {
        let mut keys = Vec::new();
        for path in self.public_key_file.iter().chain(&self.jwks_file) {
            let origin = format!("{}: {}", self.origin(), path.display());
            let invalid = |message: String| SettingsError::Invalid { origin: origin.clone(), message };
            let content = std::fs::read(path).map_err(|error| invalid(format!("cannot read it: {error}")))?;
            let found = if Some(path) == self.jwks_file.as_ref() {
                key::of_jwks(&content, &self.algorithms())
            } else {
                Key::of_pem(&content, &self.algorithms()).map(|key| vec![key])
            };
            keys.extend(found.map_err(|error| invalid(error.to_string()))?);
        }
        Ok(keys)
    }

    fn algorithms(&self) -> Vec<Algorithm> {
        if self.algorithms.is_empty() { ALGORITHMS.to_vec() } else { self.algorithms.clone() }
    }

    fn claims(&self) -> ClaimPaths {
        let account = match &self.account {
            Some(account) => AccountSource::Fixed(account.clone()),
            None => AccountSource::Claim(self.account_claim.clone()),
        };
        let mut mapped: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (theirs, ours) in &self.role_names {
            mapped.entry(theirs.clone()).or_default().push(ours.clone());
        }
        let names = if mapped.is_empty() { RoleNames::Ours } else { RoleNames::Mapped(mapped) };
        let roles = match (self.roles_claim.as_slice(), &names) {
            ([], RoleNames::Ours) => RolesSource::Standard,
            ([], _) => RolesSource::Claims { paths: vec![ClaimPath::roles()], names },
            (paths, _) => RolesSource::Claims { paths: paths.to_vec(), names },
        };
        ClaimPaths { account, subject: self.subject_claim.clone(), roles }
    }

    /// The source of its keys, for messages.
    pub fn keys(&self) -> String {
        let files = self.public_key_file.iter().chain(&self.jwks_file).map(|path| path.display().to_string());
        match &self.jwks_url {
            Some(url) => format!("keys from {url}"),
            None if files.clone().next().is_some() => format!("keys from {}", files.collect::<Vec<_>>().join(", ")),
            None => "keys by discovery".to_owned(),
        }
    }

    /// The table, for messages.
    pub(super) fn origin(&self) -> String {
        format!("issuers: {}", self.issuer)
    }
}

/// As [`arguments::texts`]. A table has the entries of a map.
fn texts(value: &toml::Value) -> Result<Vec<String>, String> {
    let toml::Value::Table(entries) = value else { return arguments::texts(value) };
    let mut found = Vec::new();
    for (name, value) in entries {
        found.extend(arguments::texts(value)?.into_iter().map(|text| format!("{name}={text}")));
    }
    Ok(found)
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    let names = ALGORITHMS.map(|algorithm| format!("{algorithm:?}"));
    let known = ALGORITHMS.into_iter().zip(&names).find(|(_, known)| *known == name);
    let fault = || Fault::not_one_of("an algorithm of public keys", name, names.iter().map(String::as_str));
    known.map(|(algorithm, _)| algorithm).ok_or_else(|| format!("{}; allowed: {}", fault().message, names.join(", ")))
}

fn key_url(url: &str) -> Result<String, &'static str> {
    fetch::check_url(url).map(|()| url.to_owned())
}

/// A name of the issuer may contain `=`; a role of this service does not.
fn role_name(text: &str) -> Result<(String, String), String> {
    let (theirs, ours) = text.rsplit_once('=').ok_or("expected a table that maps the issuer's names to roles of this service")?;
    if role::named(ours).is_some() {
        Ok((theirs.to_owned(), ours.to_owned()))
    } else {
        Err(Fault::not_one_of("a role of this service", ours, ROLES.iter().map(|role| role.name)).message)
    }
}

/// A shorter interval would put load on the issuer.
fn refresh(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_secs(1);
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < SHORTEST { Err("at least 1s is needed".to_owned()) } else { Ok(duration) }
}

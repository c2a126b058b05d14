//! Every setting, with its default and its meaning: a flag, an environment variable, and for secrets a file.

use std::{
    ffi::OsString,
    fs,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::{
    domain::{batch::MAXIMUM_EVENTS, fault::Fault},
    http::{
        auth::token::{Demands, KeyError, Tokens},
        conversation_links::ConversationLinks,
    },
    store::{DatabaseUrl, StoreSettings},
};

/// What `logbook serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Who may call.
    #[command(flatten)]
    pub tokens: TokenSettings,

    /// Address and port to listen on, such as 127.0.0.1:8080, localhost:8080 or :8080 (all IPv4 addresses); port 0 takes a free one
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Template of the direct link to a conversation, with {conversationId}
    #[arg(long, env = "LOGBOOK_CONVERSATION_URL", default_value = "/conversations/{conversationId}", value_name = "TEMPLATE", value_parser = conversation_url)]
    pub conversation_url: String,

    /// Who may follow the logs.
    #[command(flatten)]
    pub streams: StreamSettings,

    /// Memory for encoded pages that are asked for again, in MiB; 0 caches none
    #[arg(long, env = "LOGBOOK_PAGE_CACHE", default_value_t = 4, value_name = "MIB", value_parser = clap::value_parser!(u64).range(0..=65536))]
    pub page_cache: u64,

    /// Threads that serve requests [default: one for each core]
    #[arg(long, env = "LOGBOOK_WORKERS", value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,

    /// Bring the database's schema up to date before serving
    #[arg(long, env = "LOGBOOK_MIGRATE_ON_START", default_value_t = true, action = clap::ArgAction::Set, value_name = "true|false")]
    pub migrate_on_start: bool,

    /// On SIGTERM, how long to go on serving while /health/ready says no, so that a balancer can turn away
    #[arg(long, env = "LOGBOOK_STOP_DELAY", default_value = "0s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub stop_delay: Duration,

    /// On SIGTERM, after the delay, how long requests that are being served may take to finish
    #[arg(long, env = "LOGBOOK_STOP_TIMEOUT", default_value = "25s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub stop_timeout: Duration,
}

/// Where the database is, and how many connections it gets.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// Database: sqlite:///path, sqlite://file or postgres://user:password@host/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, default_value = "sqlite://logbook.db", value_name = "URL")]
    pub database_url: DatabaseUrl,

    /// File with the database URL; takes precedence over --database-url
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// The most connections that read at the same time
    #[arg(long, env = "LOGBOOK_READ_CONNECTIONS", default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub read_connections: u32,

    /// The most connections that write at the same time; SQLite always has one
    #[arg(long, env = "LOGBOOK_WRITE_CONNECTIONS", default_value_t = 2, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub write_connections: u32,

    /// How many events may wait to be stored; who comes then is answered 503
    #[arg(long, env = "LOGBOOK_WRITE_QUEUE", default_value_t = 20_000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(MAXIMUM_EVENTS as i64..=10_000_000))]
    pub write_queue: u32,

    /// Memory for the terms (identifiers, names, values) that events consist of, in MiB
    #[arg(long, env = "LOGBOOK_TERM_CACHE", default_value_t = 8, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65536))]
    pub term_cache: u64,

    /// How long an answer may wait for the database, all in all; then it is 503
    #[arg(long, env = "LOGBOOK_DATABASE_TIMEOUT", default_value = "1900ms", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub database_timeout: Duration,
}

/// Who may call: at least one key is needed.
#[derive(Debug, Clone, Args)]
pub struct TokenSettings {
    /// Secret of HS256 tokens, at least 32 bytes
    #[arg(long, env = "LOGBOOK_JWT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub jwt_secret: Option<SecretString>,

    /// File with the secret of HS256 tokens; takes precedence over --jwt-secret
    #[arg(long, env = "LOGBOOK_JWT_SECRET_FILE", value_name = "FILE")]
    pub jwt_secret_file: Option<PathBuf>,

    /// PEM file of an RSA (RS256), EC P-256 (ES256) or Ed25519 (EdDSA) public key
    #[arg(long, env = "LOGBOOK_JWT_PUBLIC_KEY_FILE", value_name = "FILE")]
    pub jwt_public_key_file: Option<PathBuf>,

    /// Issuer (iss) that every token must name
    #[arg(long, env = "LOGBOOK_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,

    /// Audience (aud) that every token must be for
    #[arg(long, env = "LOGBOOK_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,
}

/// Where the service is that a command talks to, and as whom.
#[derive(Debug, Clone, Args)]
pub struct ClientSettings {
    /// The service: https://host or http://host:port, and the path before the API's own paths if a proxy adds one
    #[arg(long, env = "LOGBOOK_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,

    /// Token to call it with
    #[arg(long, env = "LOGBOOK_TOKEN", hide_env_values = true, value_name = "JWT")]
    pub token: Option<SecretString>,

    /// File with the token; takes precedence over --token
    #[arg(long, env = "LOGBOOK_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// How long to try again while the service cannot be reached, is busy or is restarted
    #[arg(long, env = "LOGBOOK_RETRY_FOR", default_value = "1m", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub retry_for: Duration,
}

/// Streams of what comes in.
#[derive(Debug, Clone, Args)]
pub struct StreamSettings {
    /// The most streams that one account may have open at an instance at the same time
    #[arg(id = "streams_per_account", long = "streams-per-account", env = "LOGBOOK_STREAMS_PER_ACCOUNT", default_value_t = 100, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub per_account: u32,

    /// How long a stream may be silent before a sign of life is sent
    #[arg(id = "stream_heartbeat", long = "stream-heartbeat", env = "LOGBOOK_STREAM_HEARTBEAT", default_value = "15s", value_name = "DURATION", value_parser = heartbeat)]
    pub heartbeat: Duration,
}

/// What is logged, and how; global options of the command line. The defaults depend on the command.
#[derive(Debug, Clone, Args)]
pub struct LogSettings {
    /// What to log: a level, or levels by module such as info,logbook::store=debug [default: info; for demo, import and export: warn]
    #[arg(long, env = "LOGBOOK_LOG", value_name = "FILTER", global = true, value_parser = log_filter)]
    pub log: Option<Targets>,

    /// The format of log lines [default: json; for demo, import and export: text]
    #[arg(long, env = "LOGBOOK_LOG_FORMAT", value_enum, global = true)]
    pub log_format: Option<LogFormat>,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// A setting that cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// There is no key to verify tokens with.
    #[error(
        "no key to verify tokens with: set LOGBOOK_JWT_SECRET (HS256, at least 32 bytes), LOGBOOK_JWT_SECRET_FILE, or \
         LOGBOOK_JWT_PUBLIC_KEY_FILE (PEM); to try the service out, run `logbook demo`"
    )]
    NoKey,
    #[error("{origin}: {error}")]
    Key {
        /// The setting, and the file that it names.
        origin: String,
        error: KeyError,
    },
    /// A file cannot be read.
    #[error("{setting}: cannot read {}: {error}", path.display())]
    File {
        /// The setting that names the file.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    #[error("DATABASE_URL_FILE: {}: {message}", path.display())]
    DatabaseUrl { path: PathBuf, message: String },
    #[error("{0}")]
    UnknownVariable(String),
}

impl Settings {
    /// From the flags of `serve` alone (without the program's name) and the environment.
    pub fn from_arguments(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        /// The flags as a command line of their own.
        #[derive(Parser)]
        struct Flags {
            #[command(flatten)]
            settings: Settings,
        }
        let named = std::iter::once("logbook".into()).chain(arguments.into_iter().map(Into::into));
        Flags::try_parse_from(named).map(|flags| flags.settings)
    }
}

impl DatabaseSettings {
    /// How the store is to be opened.
    pub fn store(&self) -> Result<StoreSettings, SettingsError> {
        let url = match &self.database_url_file {
            Some(path) => secret("DATABASE_URL_FILE", path)?
                .expose_secret()
                .parse()
                .map_err(|message| SettingsError::DatabaseUrl { path: path.clone(), message })?,
            None => self.database_url.clone(),
        };
        Ok(StoreSettings {
            url,
            read_connections: self.read_connections,
            write_connections: self.write_connections,
            write_queue: self.write_queue,
            term_cache: self.term_cache << 20,
            deadline: self.database_timeout,
        })
    }
}

impl TokenSettings {
    /// The keys; at least one.
    pub fn tokens(&self) -> Result<Tokens, SettingsError> {
        let demands = Demands { issuer: self.jwt_issuer.clone(), audience: self.jwt_audience.clone() };
        let mut tokens = Tokens::new();
        if let Some(secret) = self.secret()? {
            let wrong = |error| SettingsError::Key {
                origin: match &self.jwt_secret_file {
                    Some(path) => format!("LOGBOOK_JWT_SECRET_FILE: {}", path.display()),
                    None => "LOGBOOK_JWT_SECRET".to_owned(),
                },
                error,
            };
            tokens = tokens.with_secret(secret.expose_secret().as_bytes(), &demands).map_err(wrong)?;
        }
        if let Some(path) = &self.jwt_public_key_file {
            const SETTING: &str = "LOGBOOK_JWT_PUBLIC_KEY_FILE";
            let wrong = |error| SettingsError::Key { origin: format!("{SETTING}: {}", path.display()), error };
            tokens = tokens.with_public_key(secret(SETTING, path)?.expose_secret().as_bytes(), &demands).map_err(wrong)?;
        }
        if tokens.is_empty() { Err(SettingsError::NoKey) } else { Ok(tokens) }
    }

    /// The secret of HS256, from its file or its value.
    pub fn secret(&self) -> Result<Option<SecretString>, SettingsError> {
        match &self.jwt_secret_file {
            Some(path) => secret("LOGBOOK_JWT_SECRET_FILE", path).map(Some),
            None => Ok(self.jwt_secret.clone()),
        }
    }
}

impl ClientSettings {
    /// The token, from its file or its value.
    pub fn token(&self) -> Result<Option<SecretString>, SettingsError> {
        match &self.token_file {
            Some(path) => secret("LOGBOOK_TOKEN_FILE", path).map(Some),
            None => Ok(self.token.clone()),
        }
    }
}

/// The content of a file without the line break at its end, which editors add.
fn secret(setting: &'static str, path: &PathBuf) -> Result<SecretString, SettingsError> {
    let content = fs::read_to_string(path).map_err(|error| SettingsError::File { setting, path: path.clone(), error })?;
    Ok(content.trim_end_matches(['\r', '\n']).into())
}

/// `:8080` is every IPv4 address of the machine. Of the addresses of a name, an IPv4 address takes precedence.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let full = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
    let addresses: Vec<SocketAddr> = full
        .to_socket_addrs()
        .map_err(|error| format!("{error}; an address and a port are needed, such as 127.0.0.1:8080, localhost:8080 or :8080"))?
        .collect();
    let preferred = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    preferred.copied().ok_or_else(|| "the name has no address".to_owned())
}

/// A word without a level is a level: as the name of a module, a misspelt `info` would silence everything else.
fn log_filter(text: &str) -> Result<Targets, String> {
    for part in text.split(',').map(str::trim).filter(|part| !part.contains('=')) {
        if part.parse::<LevelFilter>().is_err() {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            return Err(format!("{}; levels are {}", Fault::not_one_of("a level", part, levels).message, levels.join(", ")));
        }
    }
    text.parse().map_err(|error| format!("{error}; an example is info,logbook::store=debug"))
}

/// The first variable `LOGBOOK_…` of the environment that no argument of the command line reads: most likely misspelt.
pub fn unknown_variable(command: &clap::Command) -> Result<(), SettingsError> {
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let known: Vec<&str> =
        commands.flat_map(clap::Command::get_arguments).filter_map(|argument| argument.get_env()?.to_str()).collect();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("LOGBOOK_") && !known.contains(&&*name) && !is_of_a_service_link(&name) {
            return Err(SettingsError::UnknownVariable(
                Fault::not_one_of("a variable of this program", &name, known.iter().copied()).message,
            ));
        }
    }
    Ok(())
}

/// Kubernetes gives every pod such variables for each service of its namespace: `LOGBOOK_SERVICE_HOST` for one named logbook.
fn is_of_a_service_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.ends_with("_PORT") || name.contains("_PORT_")
}

fn conversation_url(template: &str) -> Result<String, String> {
    if template.contains(ConversationLinks::PLACEHOLDER) {
        Ok(template.to_owned())
    } else {
        Err(format!("the template needs {} where the identifier goes", ConversationLinks::PLACEHOLDER))
    }
}

/// Signs of life that come faster would be a load of their own.
fn heartbeat(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_millis(100);
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration < SHORTEST { Err("at least 100ms is needed".to_owned()) } else { Ok(duration) }
}

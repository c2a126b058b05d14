//! The settings. Each field is a flag, an environment variable, and a member of the configuration file.

mod arguments;
mod client;
mod connections;
mod dangers;
mod database;
mod duration;
mod effective;
mod error;
mod file;
mod issuers;
mod limits;
mod listen;
mod load;
mod log;
mod markdown;
mod secret;
mod streams;
mod tokens;
mod variables;

use std::{ffi::OsString, net::SocketAddr, num::NonZero, time::Duration};

use clap::{Args, Parser};

pub use self::{
    client::ClientSettings,
    connections::ConnectionSettings,
    dangers::dangers,
    database::DatabaseSettings,
    effective::{Effective, effective},
    error::{Refusals, SettingsError},
    file::{ConfigFile, ConfigFileSetting},
    issuers::IssuerSettings,
    limits::LimitSettings,
    listen::listen_address,
    load::{LoadError, Loaded, load},
    log::{LogFormat, LogSettings},
    markdown::markdown,
    secret::Secret,
    streams::StreamSettings,
    tokens::TokenSettings,
    variables::unknown_variable,
};
use crate::{
    http::{auth::token::Tokens, connection::tls::Certificate, conversation_links::ConversationLinks},
    store::StoreSettings,
};

/// The settings of `logbook serve`.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address and port to listen on, such as 127.0.0.1:8080, localhost:8080 or :8080 (all IPv4 addresses); port 0 chooses a free
    /// one
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Template of the direct link to a conversation, with {conversationId}
    #[arg(long, env = "LOGBOOK_CONVERSATION_URL", default_value = "/conversations/{conversationId}", value_name = "TEMPLATE", value_parser = conversation_url)]
    pub conversation_url: String,

    /// Memory for the cache of encoded pages, in MiB; 0 disables it
    #[arg(long, env = "LOGBOOK_PAGE_CACHE", default_value_t = 4, value_name = "MIB", value_parser = clap::value_parser!(u64).range(0..=65536))]
    pub page_cache: u64,

    /// Memory for request bodies over 64 KiB that are received or parsed at the same time, in MiB; one account can use at most
    /// half. Further requests wait, and get 503 after 5 s
    #[arg(long, env = "LOGBOOK_BODY_MEMORY", default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u32).range(8..=65536))]
    pub body_memory: u32,

    /// Threads that serve requests [default: one per core]
    #[arg(long, env = "LOGBOOK_WORKERS", value_name = "COUNT")]
    pub workers: Option<NonZero<u16>>,

    /// On SIGTERM, how long to continue serving while /health/ready reports "not ready", so that load balancers use other
    /// instances
    #[arg(long, env = "LOGBOOK_STOP_DELAY", default_value = "0s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub stop_delay: Duration,

    /// On SIGTERM, after the delay, how long open requests may take to finish
    #[arg(long, env = "LOGBOOK_STOP_TIMEOUT", default_value = "25s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub stop_timeout: Duration,

    #[command(flatten, next_help_heading = "Tokens")]
    pub tokens: TokenSettings,

    #[command(flatten, next_help_heading = "Database")]
    pub database: DatabaseSettings,

    /// How long to wait for a database that is unreachable at startup; then the program ends
    #[arg(long, env = "LOGBOOK_START_TIMEOUT", default_value = "30s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub start_timeout: Duration,

    /// Migrate the schema before serving
    #[arg(long, env = "LOGBOOK_MIGRATE_ON_START", default_value_t = true, action = clap::ArgAction::Set, value_name = "true|false")]
    pub migrate_on_start: bool,

    #[command(flatten, next_help_heading = "Connections")]
    pub connections: ConnectionSettings,

    /// The maximum number of open exports per account and instance
    #[arg(long, env = "LOGBOOK_EXPORTS_PER_ACCOUNT", default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub exports_per_account: u32,

    #[command(flatten, next_help_heading = "Limits")]
    pub limits: LimitSettings,

    #[command(flatten, next_help_heading = "Streams")]
    pub streams: StreamSettings,
}

/// What the settings refer to: keys, the database, and the certificate.
#[derive(Debug)]
pub struct Resolved {
    pub tokens: Tokens,
    pub store: StoreSettings,
    pub tls: Option<Certificate>,
}

impl Settings {
    /// With the issuers of the configuration file, which are the only settings that are not arguments.
    pub fn with_issuers(mut self, file: Option<&ConfigFile>) -> Self {
        self.tokens.issuers = file.map(|file| file.issuers.clone()).unwrap_or_default();
        self
    }

    /// Reads the files that the settings name, and checks settings that depend on each other. `serve` starts only if this
    /// succeeds, and `config check` reports the errors.
    pub fn resolve(&self) -> Result<Resolved, Refusals> {
        match (self.tokens.tokens(), self.database.store(), self.connections.tls(), self.limits.check()) {
            (Ok(tokens), Ok(store), Ok(tls), Ok(())) => Ok(Resolved { tokens, store, tls }),
            (tokens, store, tls, limits) => {
                Err(Refusals([tokens.err(), store.err(), tls.err(), limits.err()].into_iter().flatten().collect()))
            }
        }
    }

    /// From the flags of `serve` alone (without the program's name), the environment, and the configuration file.
    pub fn from_arguments(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, LoadError> {
        /// The flags as a command line of their own.
        #[derive(Parser)]
        #[command(name = "logbook")]
        struct Flags {
            #[command(flatten)]
            settings: Settings,
            #[command(flatten)]
            _file: ConfigFileSetting,
        }
        let named = std::iter::once("logbook".into()).chain(arguments.into_iter().map(Into::into));
        load::<Flags>(named).map(|loaded| loaded.parsed.settings.with_issuers(loaded.file.as_ref()))
    }
}

fn conversation_url(template: &str) -> Result<String, String> {
    if template.contains(ConversationLinks::PLACEHOLDER) {
        Ok(template.to_owned())
    } else {
        Err(format!("the template needs {} in place of the identifier", ConversationLinks::PLACEHOLDER))
    }
}

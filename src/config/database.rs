//! The settings of the database.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;

use super::{Secret, SettingsError, duration::within};
use crate::{
    domain::batch::MAXIMUM_EVENTS,
    store::{DatabaseUrl, StoreSettings},
};

/// The location of the database, and the limits of its use.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// Database: sqlite:///path, sqlite://file or postgres://user:password@host/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, default_value = "sqlite://logbook.db", value_name = "URL")]
    pub database_url: Secret,

    /// File with the database URL; takes precedence over --database-url
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// The maximum number of connections for reading
    #[arg(long, env = "LOGBOOK_READ_CONNECTIONS", default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub read_connections: u32,

    /// The maximum number of connections for writing; SQLite always has one
    #[arg(long, env = "LOGBOOK_WRITE_CONNECTIONS", default_value_t = 2, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub write_connections: u32,

    /// The maximum number of events that wait to be stored; an event with long texts counts once more for each 4 KiB. Further
    /// writes get 503
    #[arg(long, env = "LOGBOOK_WRITE_QUEUE", default_value_t = 20_000, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(MAXIMUM_EVENTS as i64..=10_000_000))]
    pub write_queue: u32,

    /// Memory for the cache of texts (identifiers, names, values), in MiB
    #[arg(long, env = "LOGBOOK_TERM_CACHE", default_value_t = 8, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65536))]
    pub term_cache: u64,

    /// The maximum time that a request waits for the database; then it gets 503
    #[arg(long, env = "LOGBOOK_DATABASE_TIMEOUT", default_value = "1900ms", value_name = "DURATION", value_parser = database_timeout)]
    pub database_timeout: Duration,
}

fn database_timeout(text: &str) -> Result<Duration, String> {
    /// Its parts are the timeouts of statements and of waits for a connection.
    const ALLOWED: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_hours(1);
    within(ALLOWED, text)
}

impl DatabaseSettings {
    pub fn store(&self) -> Result<StoreSettings, SettingsError> {
        Ok(StoreSettings {
            url: self.url()?,
            read_connections: self.read_connections,
            write_connections: self.write_connections,
            write_queue: self.write_queue,
            term_cache: self.term_cache << 20,
            deadline: self.database_timeout,
        })
    }

    fn url(&self) -> Result<DatabaseUrl, SettingsError> {
        let (origin, url) = match &self.database_url_file {
            Some(path) => (format!("DATABASE_URL_FILE: {}", path.display()), &Secret::of_file("DATABASE_URL_FILE", path)?),
            None => ("DATABASE_URL".to_owned(), &self.database_url),
        };
        let invalid = |message| SettingsError::Invalid { origin: origin.clone(), message };
        let url = url.text().ok_or_else(|| invalid("not UTF-8".to_owned()))?.parse().map_err(invalid)?;
        if let DatabaseUrl::Sqlite(path) = &url
            && !path.starts_with("file:")
            && let Some(directory) =
                Path::new(path).parent().filter(|directory| !directory.as_os_str().is_empty() && !directory.is_dir())
        {
            return Err(invalid(format!("there is no directory {}", directory.display())));
        }
        Ok(url)
    }
}

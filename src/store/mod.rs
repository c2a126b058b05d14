//! All SQL: the two logs in SQLite or in PostgreSQL.
//!
//! Every function that touches a log takes the account as an argument of its own: there is no way to forget it.

mod audit_log;
mod commits;
mod connection;
mod conversation_log;
mod error;
mod facets;
mod follow;
mod fragments;
mod heads;
mod ingest;
mod keys;
mod log;
mod migrations;
mod notifications;
mod polling;
mod row;
mod schema;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use diesel::{
    QueryResult,
    r2d2::{Pool, PooledConnection},
};

pub use self::{
    audit_log::AuditLog, commits::Watch, connection::DatabaseUrl, conversation_log::ConversationLog, error::StoreError,
    follow::Followed, ingest::RecordError, log::Log, migrations::MigrationError,
};
use self::{
    commits::{Commits, LogKey},
    connection::{Db, Manager, Use},
    notifications::Notifications,
    polling::Polling,
};
use crate::domain::{
    account::AccountId,
    batch::Receipt,
    event::Recorded,
    facet::{FacetPage, FacetRequest},
    page::{Page, PageRequest, Total},
    text::EventId,
};

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// The most connections that read at the same time.
    pub read_connections: u32,
    /// The most connections that write at the same time; SQLite always has one.
    pub write_connections: u32,
    /// How long a caller waits for an answer, all in all. The steps on the way get less, so that they say what was slow.
    pub deadline: Duration,
}

/// The open database. Its functions block: call them off the event loop.
pub struct Store {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    /// Who waits for what comes in.
    commits: Arc<Commits>,
    /// To and from the other instances on a PostgreSQL.
    notifications: Option<Notifications>,
    /// Finds what no notification told of.
    _polling: Polling,
    deadline: Duration,
}

impl StoreSettings {
    /// How long a read waits for a free connection: reads are short, so a connection is free soon or there is trouble.
    fn read_wait(&self) -> Duration {
        self.deadline / 4
    }

    /// How long a write waits for a free connection: longer, because writers of one log go one after the other.
    fn write_wait(&self) -> Duration {
        self.deadline * 4 / 5
    }

    /// How long PostgreSQL works on one statement, or waits for its lock, before it gives up.
    fn statement_timeout(&self) -> Duration {
        self.deadline * 4 / 5
    }
}

impl Store {
    /// Makes the pools. They connect when they are first used: see [`Store::check`].
    pub fn open(settings: &StoreSettings) -> Self {
        let write_connections = match settings.url {
            // SQLite has one writer at a time; here the others wait in the pool, which is fair, instead of in its lock.
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => settings.write_connections,
        };
        let breaks = Arc::default();
        let pool = |used_for, size, wait| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(wait)
                .test_on_check_out(true)
                .error_handler(Box::new(LogConnectionError))
                .build_unchecked(manager(settings, used_for, &breaks))
        };
        let readers = pool(Use::Read, settings.read_connections, settings.read_wait());
        let writers = pool(Use::Write, write_connections, settings.write_wait());
        let commits = Arc::new(Commits::default());
        let notifications = match &settings.url {
            DatabaseUrl::Sqlite(_) => None,
            DatabaseUrl::Postgres(url) => {
                Some(Notifications::start(url.clone(), settings.statement_timeout(), Arc::clone(&commits)))
            }
        };
        let polling = Polling::start(readers.clone(), Arc::clone(&commits));
        Self { deadline: settings.deadline, readers, writers, commits, notifications, _polling: polling }
    }

    /// How long a caller waits for an answer, all in all.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// A page of the log.
    pub fn page<L: Log>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        request: &PageRequest,
    ) -> Result<Page<L::Event>, StoreError> {
        self.read(|db| {
            let rows = L::select(db, account, filter, request)?;
            let total = if request.include_total {
                Some(Total::from_count(L::count(db, account, filter, Total::LIMIT + 1)?))
            } else {
                None
            };
            Ok(Page::of_rows(rows, request, total))
        })
    }

    /// The event of that identifier, if the account's log has it.
    pub fn event<L: Log>(&self, account: &AccountId, id: &EventId) -> Result<Option<Recorded<L::Event>>, StoreError> {
        self.read(|db| Ok(L::find(db, account, &[id])?.pop()))
    }

    /// The sequence of the newest event of the account's log; 0 if it has none.
    pub fn newest<L: Log>(&self, account: &AccountId) -> Result<i64, StoreError> {
        self.read(|db| heads::newest(db, account, L::NAME))
    }

    /// A page of what a facet of the log offers.
    pub fn facet<L: Log>(&self, account: &AccountId, request: &FacetRequest) -> Result<FacetPage, StoreError> {
        self.read(|db| Ok(FacetPage::of_rows(facets::select::<L>(db, account, request)?, request)))
    }

    /// Stores a batch, all or nothing. When this returns, it is committed and durable.
    pub fn record<L: Log>(&self, account: &AccountId, batch: Vec<L::Event>) -> Result<Vec<Receipt>, RecordError> {
        let mut connection = self.writers.get().map_err(StoreError::from)?;
        let recorded = ingest::record::<L>(&mut connection.db, account, batch);
        if let Err(RecordError::Store(error)) = &recorded {
            connection.broken = error.breaks_connection();
        }
        drop(connection);
        if let Ok(receipts) = &recorded {
            self.announce::<L>(account, receipts);
        }
        recorded
    }

    /// The key of that name, which all instances share; `candidate` becomes it if there is none yet.
    pub fn key(&self, name: &str, candidate: &[u8]) -> Result<Vec<u8>, StoreError> {
        on(self.writers.get()?, |db| keys::get_or_insert(db, name, candidate))
    }

    /// Whether the database answers, and which migrations it lacks.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.readers.get()?;
        let pending = migrations::pending(&mut connection.db).map_err(StoreError::from);
        connection.broken = pending.is_err();
        pending
    }

    /// Wakes who follows the log, here and in the other instances. It is after the commit, so they find what they wake for.
    fn announce<L: Log>(&self, account: &AccountId, receipts: &[Receipt]) {
        let new = receipts.iter().filter(|receipt| !receipt.duplicate);
        let Some(newest) = new.map(|receipt| receipt.sequence).max() else { return };
        let key = LogKey::of::<L>(account);
        self.commits.raise(&key, newest);
        if let Some(notifications) = &self.notifications {
            notifications.tell(key, newest);
        }
    }

    fn read<T>(&self, query: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        on(self.readers.get()?, query)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("readers", &self.readers.state()).field("writers", &self.writers.state()).finish()
    }
}

/// Brings the schema up to date over a connection of its own; returns what was run.
pub fn migrate(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let mut db = manager(settings, Use::Write, &Arc::default()).open()?;
    Ok(migrations::run(&mut db)?)
}

/// What the schema lacks, over a connection of its own.
pub fn pending_migrations(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let mut db = manager(settings, Use::Write, &Arc::default()).open()?;
    Ok(migrations::pending(&mut db)?)
}

fn manager(settings: &StoreSettings, used_for: Use, breaks: &Arc<AtomicU64>) -> Manager {
    let (url, breaks) = (settings.url.clone(), Arc::clone(breaks));
    Manager { url, used_for, statement_timeout: settings.statement_timeout(), breaks }
}

/// Runs a query, and lets go of the connection for good if that is what was wrong.
fn on<T>(mut connection: PooledConnection<Manager>, query: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
    let result = query(&mut connection.db).map_err(StoreError::from);
    connection.broken = result.as_ref().is_err_and(StoreError::breaks_connection);
    result
}

/// Tells the log what keeps the pool from connecting; requests only see that they waited in vain.
#[derive(Debug)]
struct LogConnectionError;

impl diesel::r2d2::HandleError<diesel::ConnectionError> for LogConnectionError {
    fn handle_error(&self, error: diesel::ConnectionError) {
        tracing::warn!(%error, "could not connect to the database");
    }
}

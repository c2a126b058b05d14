//! All SQL: the two logs in SQLite or in PostgreSQL.
//!
//! Every function that touches a log takes the account as an argument of its own: there is no way to forget it.

mod announcer;
mod arms;
mod audit_log;
mod audit_rows;
mod backfill;
mod commits;
mod comparison;
mod connection;
mod conversation_log;
mod conversation_rows;
mod criteria;
mod error;
mod facet_upkeep;
mod facets;
mod follow;
mod head_reader;
mod heads;
mod index;
mod ingest;
mod keys;
mod log;
mod migrations;
mod notifications;
mod polling;
mod queue;
mod reading;
mod row;
mod row_order;
mod schema;
mod statement;
mod writer;

use std::{
    fmt,
    future::Future,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use diesel::{
    QueryResult,
    r2d2::{Pool, PooledConnection},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::{
    announcer::Announcer,
    commits::{Commits, LogKey},
    connection::{Db, Manager, Use},
    head_reader::HeadReader,
    notifications::Notifications,
    polling::Polling,
    writer::Writers,
};
pub use self::{
    audit_log::AuditLog, commits::Watch, connection::DatabaseUrl, conversation_log::ConversationLog, error::StoreError,
    follow::Followed, ingest::RecordError, log::Log, migrations::MigrationError, reading::Shelf,
};
use crate::domain::{
    account::AccountId,
    batch::Receipt,
    event::Recorded,
    facet::{FacetPage, FacetRequest},
    page::{Page, PageRequest},
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
    /// How many events may wait to be stored.
    pub write_queue: u32,
    /// How long a caller waits for an answer, all in all. The steps on the way get less, so that they say what was slow.
    pub deadline: Duration,
}

/// The open database. Its functions block, but for those that give a future: call them off the event loop.
pub struct Store {
    readers: Pool<Manager>,
    /// As many as there are connections that read.
    turns: Arc<Semaphore>,
    writing: Pool<Manager>,
    writers: Writers,
    /// Who waits for what comes in.
    commits: Arc<Commits>,
    /// Looks at heads for those who ask again.
    heads: HeadReader,
    /// Finds what no notification told of.
    _polling: Polling,
    deadline: Duration,
}

impl StoreSettings {
    /// How long a read waits for a free connection: reads are short, so a connection is free soon or there is trouble.
    fn read_wait(&self) -> Duration {
        self.deadline / 4
    }

    /// How long a writer waits for its connection: longer, because it may have to be made first.
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
            // SQLite has one writer at a time.
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
        let writing = pool(Use::Write, write_connections, settings.write_wait());
        let commits = Arc::new(Commits::default());
        let notifications = match &settings.url {
            DatabaseUrl::Sqlite(_) => None,
            DatabaseUrl::Postgres(url) => {
                Some(Notifications::start(url.clone(), settings.statement_timeout(), Arc::clone(&commits)))
            }
        };
        let announcer = Arc::new(Announcer { commits: Arc::clone(&commits), notifications });
        let writers = Writers::start(&writing, settings.write_queue, &announcer);
        let heads = HeadReader::start(readers.clone());
        let polling = Polling::start(readers.clone(), Arc::clone(&commits));
        let turns = Arc::new(Semaphore::new(settings.read_connections as usize));
        Self { deadline: settings.deadline, readers, turns, writing, writers, commits, heads, _polling: polling }
    }

    /// How long a caller waits for an answer, all in all.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Waits until there may be a connection to read by, as long as for the connection itself. There are as many turns as
    /// connections: whoever has none yet waits here, and needs no thread for that.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = tokio::time::timeout(self.readers.connection_timeout(), Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| StoreError::Unavailable("all connections that read are busy".to_owned()))
    }

    /// A page of the log.
    pub fn page<L: Log>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        request: &PageRequest,
    ) -> Result<Page<Recorded<L::Event>>, StoreError> {
        let rows = |db: &mut Db, request: &PageRequest| reading::select::<L>(db, account, filter, request);
        self.read(|db| reading::page::<L, _>(db, account, filter, request, rows))
    }

    /// The same, made of what is kept and of what is not kept yet.
    pub fn page_from<L: Log, S: Shelf<L::Event>>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        request: &PageRequest,
        shelf: &S,
    ) -> Result<Page<S::Entry>, StoreError> {
        let rows = |db: &mut Db, request: &PageRequest| reading::select_from::<L, S>(db, account, filter, request, shelf);
        self.read(|db| reading::page::<L, _>(db, account, filter, request, rows))
    }

    /// The event of that identifier, if the account's log has it.
    pub fn event<L: Log>(&self, account: &AccountId, id: &EventId) -> Result<Option<Recorded<L::Event>>, StoreError> {
        self.read(|db| Ok(L::find(db, &[(account, id)])?.pop().map(|(_, event)| event)))
    }

    /// The sequence of the newest event of the account's log; 0 if it has none.
    pub fn newest<L: Log>(&self, account: &AccountId) -> Result<i64, StoreError> {
        self.read(|db| heads::newest(db, account, L::NAME))
    }

    /// The same for many callers at once: it does not block.
    pub fn head<L: Log>(&self, account: &AccountId) -> impl Future<Output = Result<i64, StoreError>> + use<L> {
        self.heads.newest(LogKey::of::<L>(account))
    }

    /// A page of what a facet of the log offers.
    pub fn facet<L: Log>(&self, account: &AccountId, request: &FacetRequest) -> Result<FacetPage, StoreError> {
        self.read(|db| Ok(FacetPage::of_rows(facets::select::<L>(db, account, request)?, request)))
    }

    /// Stores a batch, all or nothing. When it is stored, it is committed and durable.
    ///
    /// Who no longer waits takes it back, if its turn has not come; else it may be stored nevertheless.
    pub async fn record<L: Log>(&self, account: &AccountId, batch: Vec<L::Event>) -> Result<Vec<Receipt>, RecordError> {
        let answer = self.writers.submit::<L>(account, batch)?;
        answer.await.unwrap_or(Err(RecordError::BrokenOff))
    }

    /// The key of that name, which all instances share; `candidate` becomes it if there is none yet.
    pub fn key(&self, name: &str, candidate: &[u8]) -> Result<Vec<u8>, StoreError> {
        on(self.writing.get()?, |db| keys::get_or_insert(db, name, candidate))
    }

    /// Whether the database answers, and which migrations it lacks.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.readers.get()?;
        let pending = migrations::pending(&mut connection.db).map_err(StoreError::from);
        connection.broken = pending.is_err();
        pending
    }

    fn read<T>(&self, query: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T, StoreError> {
        on(self.readers.get()?, query)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("readers", &self.readers.state()).field("writing", &self.writing.state()).finish()
    }
}

/// Brings the schema up to date over a connection of its own; returns what was run.
pub fn migrate(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let mut db = manager(settings, Use::Write, &Arc::default()).open()?;
    let applied = migrations::run(&mut db)?;
    backfill::run(&mut db)?;
    Ok(applied)
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

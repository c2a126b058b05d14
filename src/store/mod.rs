//! All SQL: the two logs in SQLite or PostgreSQL.
//!
//! Every method of [`Store`] that accesses a log requires the account as an argument, so that no query can omit it.

mod access_log;
mod access_queue;
mod access_writer;
mod arms;
mod audit_log;
mod caches;
mod commits;
mod conditions;
mod connection;
mod conversation_log;
mod database_file;
mod database_url;
mod error;
mod facet_writes;
mod facets;
mod faults;
mod follow;
mod fragment;
mod heads;
mod index;
mod ingest;
mod keys;
mod log;
mod merge;
mod migrations;
mod new_event;
mod newest;
mod page;
mod polling;
mod pool;
mod queue;
mod reader;
mod readiness;
mod row_security;
mod schema;
mod sort_key;
mod source;
mod statement;
mod stored_event;
mod term_numbers;
mod terms;
mod writer;

use std::{fmt, future::Future, path::Path, sync::Arc, time::Duration};

use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection, sql_types::Text};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::{
    access_log::RecordedAccess,
    audit_log::AuditLog,
    caches::Version,
    commits::Watch,
    conversation_log::ConversationLog,
    database_url::{DatabaseUrl, after_user, url_parameter},
    error::{RecordError, StoreError},
    follow::Followed,
    log::Log,
    readiness::Unready,
    stored_event::StoredEvent,
    terms::{NamedTerm, TermTexts},
};
use self::{
    access_queue::AccessQueue,
    caches::CurrentCaches,
    commits::{Commits, LogName},
    connection::{Db, Manager, Observed, Use},
    fragment::Fragment,
    newest::NewestSequences,
    polling::Polling,
    pool::ConnectionPool,
    reader::Reader,
    writer::Writers,
};
use crate::domain::{
    access::{Access, AccessFilter},
    account::AccountId,
    batch::Receipt,
    event::Event,
    facet::{Choice, FacetRequest, KindChoices},
    filter::Period,
    page::{Page, PageRequest, Total},
    text::EventId,
};

#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub url: DatabaseUrl,
    /// The maximum number of connections for reading.
    pub read_connections: u32,
    /// The maximum number of connections for writing. SQLite always uses one.
    pub write_connections: u32,
    /// The maximum number of events that wait to be stored; each counts once more for each 4 KiB of texts.
    pub write_queue: u32,
    /// The size of the term caches, in bytes.
    pub term_cache: u64,
    /// The maximum time for a request. Each step has a shorter timeout, so that its error states which step was slow.
    pub deadline: Duration,
}

/// The open database.
///
/// The methods block, except those that return a future. Do not call blocking methods on the event loop.
pub struct Store {
    readers: ConnectionPool,
    /// One permit per connection for reading.
    permits: Arc<Semaphore>,
    writing: ConnectionPool,
    writers: Writers,
    accesses: Arc<AccessQueue>,
    newest: NewestSequences,
    _polling: Polling,
    commits: Arc<Commits>,
    deadline: Duration,
}

impl StoreSettings {
    /// How long a read waits for a connection. Reads are short, so a longer wait indicates a problem.
    fn read_wait(&self) -> Duration {
        self.deadline / 4
    }

    /// How long a writer waits for a connection. This is longer, because the connection may have to be opened first.
    fn write_wait(&self) -> Duration {
        self.deadline * 4 / 5
    }

    /// PostgreSQL's timeout for one statement, including the wait for locks.
    fn statement_timeout(&self) -> Duration {
        self.deadline * 4 / 5
    }
}

impl Store {
    /// Creates the connection pools, which connect in the background: see [`Store::check`].
    pub fn open(settings: &StoreSettings) -> Self {
        let write_connections = match settings.url {
            // SQLite has one writer at a time.
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => settings.write_connections,
        };
        let (observed, faults) = (Observed::default(), Arc::default());
        let caches = Arc::new(CurrentCaches::new(settings.term_cache));
        let pool =
            |used_for, size, wait| ConnectionPool::new(manager(settings, used_for, &observed), size, wait, &faults, &caches);
        let readers = pool(Use::Read, settings.read_connections, settings.read_wait());
        let writing = pool(Use::Write, write_connections, settings.write_wait());
        let commits = Arc::new(Commits::default());
        Self {
            deadline: settings.deadline,
            permits: Arc::new(Semaphore::new(settings.read_connections as usize)),
            writers: Writers::start(&writing, settings.write_queue, &commits),
            accesses: access_writer::start(writing.clone()),
            newest: NewestSequences::start(readers.clone()),
            _polling: Polling::start(readers.clone(), Arc::clone(&commits)),
            readers,
            writing,
            commits,
        }
    }

    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Notes that a request got no answer from the database within the deadline.
    pub fn note_slow(&self) {
        self.writing.faults().unavailable.note("no answer within the deadline");
    }

    /// Waits for a permit to read, for at most a quarter of the deadline. There is one permit per connection, so callers wait here
    /// without blocking a thread, instead of blocking one to wait for the connection. The threads that read heads need no permit.
    pub async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let permit = tokio::time::timeout(self.readers.wait(), Arc::clone(&self.permits).acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or(StoreError::Busy)
    }

    pub fn page<L: Log>(
        &self,
        account: &AccountId,
        filter: &L::Filter,
        request: &PageRequest,
    ) -> Result<(Page<StoredEvent>, Version), StoreError> {
        let page = self.read::<L, _>(account, |reader| reader.page(L::event_filter(filter), request))?;
        let total = request.include_total.then_some(Total::from_count(0));
        Ok(page.unwrap_or_else(|| (Page::of_rows(Vec::new(), request, total), Version::default())))
    }

    /// The event with this identifier, if the account's log has one.
    pub fn event<L: Log>(&self, account: &AccountId, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
        let has_id = Fragment::new("events.id = ").text(id.as_str());
        let found = self.read::<L, _>(account, |Reader { db, caches, log, key }| {
            stored_event::load(db, &caches.dictionary, log, *key, has_id)
        });
        Ok(found?.and_then(|mut events| events.pop()))
    }

    /// The version of the account's log.
    pub fn version<L: Log>(&self, account: &AccountId) -> impl Future<Output = Result<Version, StoreError>> + use<L> {
        self.newest.of(LogName::new(L::TABLE, account))
    }

    /// The first choices of each kind.
    pub fn facet_by_kind<L: Log>(&self, account: &AccountId, request: &FacetRequest) -> Result<Vec<KindChoices>, StoreError> {
        Ok(self.read::<L, _>(account, |reader| reader.facet_by_kind(request))?.unwrap_or_default())
    }

    pub fn facet<L: Log>(&self, account: &AccountId, request: &FacetRequest) -> Result<Page<Choice>, StoreError> {
        let choices = self.read::<L, _>(account, |reader| reader.facet(request))?.unwrap_or_default();
        Ok(Page::split(choices, request.limit, request.start.as_ref()))
    }

    /// Stores a batch atomically. When this returns `Ok`, the batch is committed and durable.
    ///
    /// If the future is dropped, the batch is not stored, unless a writer has already taken it.
    pub async fn record<L: Log>(&self, account: &AccountId, batch: Vec<Event>) -> Result<Vec<Receipt>, RecordError> {
        let outcome = self.writers.submit(L::TABLE, account, batch)?;
        outcome.await.unwrap_or(Err(RecordError::WriterFailed))
    }

    /// A page of the account's accesses.
    pub fn accesses(
        &self,
        account: &AccountId,
        filter: &AccessFilter,
        period: &Period,
        request: &PageRequest,
    ) -> Result<Page<RecordedAccess>, StoreError> {
        self.readers.run(|db| access_log::page(db, account, filter, period, request))
    }

    /// Queues an access, which a thread stores soon afterwards. Does not block and does not fail.
    pub fn record_access(&self, account: AccountId, access: Access) {
        self.accesses.push(account, access);
    }

    /// Blocks until all accesses so far are recorded, but no longer than the deadline. Returns the number of those that are not.
    pub fn flush_accesses(&self) -> usize {
        self.accesses.flush(self.deadline)
    }

    /// The key of this name, which all instances share. Stores `candidate` as the key if there is none.
    pub fn key(&self, name: &str, candidate: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.writing.run(|db| keys::get_or_insert(db, name, candidate))
    }

    /// Reads the account's log; `None` if it does not exist yet.
    fn read<L: Log, T>(
        &self,
        account: &AccountId,
        query: impl FnOnce(&mut Reader<'_>) -> QueryResult<T>,
    ) -> Result<Option<T>, StoreError> {
        self.readers.run_cached(|db, caches| match caches.keys.find(db, account, L::TABLE)? {
            Some(key) => query(&mut Reader { db, caches, log: L::TABLE, key }).map(Some),
            None => Ok(None),
        })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.accesses.close();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("readers", &self.readers).field("writing", &self.writing).finish()
    }
}

/// Checks that a PostgreSQL database accepts connections and writes, and can be used. A SQLite file is opened when it is needed.
pub fn reach(settings: &StoreSettings) -> Result<(), StoreError> {
    match &settings.url {
        DatabaseUrl::Sqlite(_) => Ok(()),
        DatabaseUrl::Postgres(_) => {
            let is_read_only = Fragment::<Text>::new("SELECT current_setting('transaction_read_only')");
            match is_read_only.get_result::<String>(&mut connect(settings)?)?.as_str() {
                "off" => Ok(()),
                _ => Err(StoreError::ReadOnly(
                    "this server is a standby, or the database has default_transaction_read_only".to_owned(),
                )),
            }
        }
    }
}

/// Runs the pending migrations over a separate connection, checks that all tables can be read, and returns the names of the migrations.
pub fn migrate(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let mut db = connect(settings)?;
    let applied = migrations::run(&mut db)?;
    migrations::write_catalogues(&mut db)?;
    readiness::pending(&mut db)?;
    Ok(applied)
}

/// The names of the pending migrations, read over a separate connection. If there are none, checks that all tables can be read.
/// Does not create a missing SQLite file.
pub fn pending_migrations(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let mut db = match &settings.url {
        // Opening the file would create it.
        DatabaseUrl::Sqlite(path) if !path.starts_with("file:") && !Path::new(path).exists() => {
            Db::Sqlite(SqliteConnection::establish(":memory:")?)
        }
        _ => connect(settings)?,
    };
    readiness::pending(&mut db)
}

/// Opens a separate connection. Refuses a database whose encoding is not UTF-8.
fn connect(settings: &StoreSettings) -> Result<Db, StoreError> {
    let mut db = manager(settings, Use::Write, &Observed::default()).open()?;
    if let Db::Postgres(_) = db {
        let encoding: String = Fragment::<Text>::new("SELECT current_setting('server_encoding')").get_result(&mut db)?;
        if encoding != "UTF8" {
            return Err(StoreError::Unsuitable(format!(
                "the database has the encoding {encoding}, but UTF8 is required: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            )));
        }
    }
    Ok(db)
}

fn manager(settings: &StoreSettings, used_for: Use, observed: &Observed) -> Manager {
    let (url, observed) = (settings.url.clone(), observed.clone());
    Manager { url, used_for, statement_timeout: settings.statement_timeout(), observed }
}

//! Records accesses off the request path: one thread stores what is queued, in order, in short transactions.
//!
//! If the database is unreachable or refuses a batch, the batch is tried again until it is stored. No access can be refused for
//! its content, because all its texts were checked. A crash loses what is queued: the accesses of the gathering time and of the
//! running transaction.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    dsl::{exists, select},
    r2d2::Pool,
    result::Error as QueryError,
    sql_types::{BigInt, Nullable, SmallInt, Text},
};

use super::{
    access_queue::{AccessQueue, NewAccess},
    connection::{Db, Manager, run_on},
    error::StoreError,
    schema::accesses,
    statement::{End, Statement, column, insert_rows, row, rows},
};
use crate::domain::{access::Access, account::AccountId, text, timestamp::Timestamp};

/// The maximum size of queued accesses: those of some minutes of busy reading.
const CAPACITY: usize = 16 << 20;

/// The pause after an error.
const RETRY: Duration = Duration::from_millis(500);

/// A handle to the writer thread. When it is dropped, the thread stores what is queued and ends.
#[derive(Debug)]
pub(super) struct AccessWriter {
    queue: Arc<AccessQueue>,
}

impl AccessWriter {
    pub(super) fn start(pool: Pool<Manager>) -> Self {
        let queue = Arc::new(AccessQueue::new(CAPACITY));
        let taken = Arc::clone(&queue);
        std::thread::spawn(move || run(&pool, &taken));
        Self { queue }
    }

    /// Queues an access. Does not block.
    pub(super) fn record(&self, account: &AccountId, access: Access) {
        self.queue.push(account, access);
    }

    /// Blocks until everything that is queued was stored, or until the limit. Returns the number of accesses that were not.
    pub(super) fn flush(&self, limit: Duration) -> usize {
        self.queue.flush(limit)
    }
}

impl Drop for AccessWriter {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn run(pool: &Pool<Manager>, queue: &AccessQueue) {
    while let Some(batch) = queue.take() {
        let mut attempts = 0_u32;
        while let Err(error) = store(pool, &batch, attempts > 0) {
            attempts += 1;
            if attempts == 1 {
                tracing::error!(%error, "accesses cannot be recorded; they are queued");
            }
            if !queue.pause(RETRY) {
                tracing::error!(
                    count = batch.len(),
                    "accesses are lost: the service stops while the database does not store them"
                );
                break;
            }
        }
        if attempts > 0 {
            tracing::info!("accesses are recorded again");
        }
        queue.release(&batch);
    }
}

/// Stores a batch in one transaction.
fn store(pool: &Pool<Manager>, batch: &[NewAccess], again: bool) -> Result<(), StoreError> {
    run_on(pool.get()?, |db| {
        let stored = db.transaction(|db| {
            // Locked first, so that a commit whose response was lost is either visible now or does not happen any more.
            let first_numbers = reserve(db, batch)?;
            if again && is_stored(db, batch)? {
                return Err(QueryError::RollbackTransaction);
            }
            insert(db, batch, first_numbers)
        });
        match stored {
            Err(QueryError::RollbackTransaction) => Ok(()),
            outcome => outcome,
        }
    })
}

/// Locks the heads of the batch's accounts until the transaction ends, and reserves the sequences. Returns the first one of each
/// account.
///
/// Like [`heads::lock`](super::heads::lock), this must be the first statement, and it locks in the order of the accounts.
fn reserve<'a>(db: &mut Db, batch: &'a [NewAccess]) -> QueryResult<BTreeMap<&'a str, i64>> {
    const INTO: &str = "INSERT INTO access_heads (account_id, last_sequence)";
    const RETURNING: &str = " ON CONFLICT (account_id) DO UPDATE SET last_sequence = access_heads.last_sequence + \
        excluded.last_sequence RETURNING account_id, last_sequence";

    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for new in batch {
        *counts.entry(new.account.as_str()).or_default() += 1;
    }
    let last: Vec<(String, i64)> = match db {
        Db::Sqlite(connection) => counts
            .iter()
            .map(|(account, count)| {
                use diesel::IntoSql;
                let values = row((account.into_sql::<Text>(), count.into_sql::<BigInt>()));
                Statement::new(INTO, values, End(RETURNING)).typed::<(Text, BigInt)>().get_result(connection)
            })
            .collect::<QueryResult<_>>()?,
        Db::Postgres(connection) => {
            let rows = rows((column::<Text, _>(counts.keys().copied()), column::<BigInt, _>(counts.values().copied())));
            let rows = Statement::new(" SELECT * FROM", rows, End(RETURNING));
            Statement::new(INTO, rows, End("")).typed::<(Text, BigInt)>().load(connection)?
        }
    };
    for (account, last) in &last {
        let count = counts.get_mut(account.as_str()).ok_or(QueryError::NotFound)?;
        *count = last - *count + 1;
    }
    Ok(counts)
}

/// Whether an earlier attempt stored the batch, which is stored completely or not at all: whether it stored the first access.
fn is_stored(db: &mut Db, batch: &[NewAccess]) -> QueryResult<bool> {
    let Some(NewAccess { account, access, .. }) = batch.first() else { return Ok(true) };
    let same = accesses::account_id
        .eq(account.as_str())
        .and(accesses::log.eq(access.log.code()))
        .and(accesses::occurred_at.eq(access.occurred_at.microseconds()))
        .and(accesses::request_id.eq(&access.request_id))
        .and(accesses::outcome.eq(<&str>::from(access.outcome)));
    select(exists(accesses::table.filter(same))).get_result(db)
}

struct Row<'a> {
    new: &'a NewAccess,
    sequence: i64,
    recorded_at: i64,
    filter: String,
}

fn insert(db: &mut Db, batch: &[NewAccess], mut next: BTreeMap<&str, i64>) -> QueryResult<()> {
    /// In the order of the values below.
    const INTO: &str = "INSERT INTO accesses (account_id, sequence, occurred_at, recorded_at, log, call, path, filter, done_by_id, \
        done_by_name, outcome, status, row_count, highest_sequence, request_id, lost)";
    const INTO_SUBJECTS: &str = "INSERT INTO access_subjects (account_id, log, subject, occurred_at, sequence, done_by_id)";

    let recorded_at = Timestamp::now().microseconds();
    let mut numbered = Vec::with_capacity(batch.len());
    for new in batch {
        let number = next.get_mut(new.account.as_str()).ok_or(QueryError::NotFound)?;
        numbered.push(Row { new, sequence: *number, recorded_at, filter: new.access.filter_json() });
        *number += 1;
    }
    insert_rows!(&mut *db, numbered, INTO, "", |row| (
        Text: row.new.account.as_str(),
        BigInt: row.sequence,
        BigInt: row.new.access.occurred_at.microseconds(),
        BigInt: row.recorded_at,
        Text: row.new.access.log.code(),
        Text: <&str>::from(row.new.access.call),
        Text: row.new.access.path.as_str(),
        Text: row.filter.as_str(),
        Text: row.new.access.done_by.id.as_str(),
        Nullable<Text>: row.new.access.done_by.name.as_ref().map(text::Text::as_str),
        Text: <&str>::from(row.new.access.outcome),
        SmallInt: row.new.access.status.cast_signed(),
        BigInt: row.new.access.given.rows,
        Nullable<BigInt>: row.new.access.given.highest_sequence,
        Text: row.new.access.request_id.as_str(),
        BigInt: row.new.lost,
    ))?;
    let subjects: Vec<(&Row<'_>, &str)> =
        numbered.iter().flat_map(|row| row.new.access.subjects().into_iter().map(move |subject| (row, subject))).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    insert_rows!(db, subjects, INTO_SUBJECTS, "", |subject| (
        Text: subject.0.new.account.as_str(),
        Text: subject.0.new.access.log.code(),
        Text: subject.1,
        BigInt: subject.0.new.access.occurred_at.microseconds(),
        BigInt: subject.0.sequence,
        Text: subject.0.new.access.done_by.id.as_str(),
    ))
}

//! Records accesses after the response: one thread stores the queued accesses, those of an account in order, in short
//! transactions. Of equal accesses in a batch, only the first is stored, with their number.
//!
//! If the database is unreachable or refuses a batch, the batch is retried until it is stored. No access can be refused for
//! its content, because all its texts were validated. A crash loses the queued accesses: those that are being gathered, and those
//! of the open transaction.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use diesel::{
    Connection, OptionalExtension, QueryResult, RunQueryDsl,
    result::Error as QueryError,
    sql_types::{BigInt, Nullable, SmallInt, Text},
};

use super::{
    access_queue::{AccessQueue, NewAccess},
    connection::{Db, Dialect},
    error::StoreError,
    fragment::Fragment,
    pool::ConnectionPool,
    row_security::is_of_account,
    statement::{Statement, column, insert_rows, row, rows},
};
use crate::domain::{
    access::{Access, Content},
    account::AccountId,
    text,
    timestamp::Timestamp,
};

/// The maximum size of queued accesses, in bytes. It holds the accesses of some minutes under high load.
const CAPACITY: usize = 16 << 20;

/// The maximum number of rows in a transaction, so that it is short: on SQLite, event writers wait for it.
const ROWS: usize = 500;

/// The pause after an error.
const RETRY: Duration = Duration::from_millis(500);

/// Starts the writer thread. It ends when the queue is closed and all accesses are stored.
pub(super) fn start(pool: ConnectionPool) -> Arc<AccessQueue> {
    let queue = Arc::new(AccessQueue::new(CAPACITY));
    let taken = Arc::clone(&queue);
    std::thread::spawn(move || run(&pool, &taken));
    queue
}

fn run(pool: &ConnectionPool, queue: &AccessQueue) {
    while let Some(batch) = queue.take() {
        let mut rows = merged(&batch);
        // Rows of one account share pages of the tables and indexes, so a transaction with few accounts changes few pages. This
        // sort keeps the order within an account.
        rows.sort_by_key(|row| row.account.as_str());
        for rows in rows.chunks(ROWS) {
            // A panic must not end the thread. The panic hook logs it.
            if catch_unwind(AssertUnwindSafe(|| persist(pool, queue, rows))).is_err() {
                queue.lose(rows.iter().map(|row| (row.account, row.lost + row.count)));
            }
        }
        queue.release(&batch);
    }
}

/// An access to store, with the number of equal accesses that it represents.
struct MergedAccess<'a> {
    account: &'a AccountId,
    access: &'a Access,
    lost: i64,
    count: i64,
}

/// Merges equal accesses, in the order of the first of each.
fn merged(batch: &[NewAccess]) -> Vec<MergedAccess<'_>> {
    let mut places: HashMap<(&AccountId, Content<'_>), usize> = HashMap::new();
    let mut rows: Vec<MergedAccess<'_>> = Vec::new();
    for NewAccess { account, access, lost } in batch {
        // An access that reports a loss is not merged.
        if let Some(content) = access.content().filter(|_| *lost == 0) {
            let place = *places.entry((account, content)).or_insert(rows.len());
            if let Some(row) = rows.get_mut(place) {
                row.count += 1;
                continue;
            }
        }
        rows.push(MergedAccess { account, access, lost: *lost, count: 1 });
    }
    rows
}

/// Stores rows in one transaction, and retries until it succeeds or the service stops.
fn persist(pool: &ConnectionPool, queue: &AccessQueue, rows: &[MergedAccess<'_>]) {
    let mut attempts = 0_u32;
    while let Err(error) = store(pool, rows, attempts > 0) {
        attempts += 1;
        if attempts == 1 {
            tracing::error!(%error, "accesses cannot be recorded; they are queued");
        }
        if !queue.pause(RETRY) {
            // The service stops. `flush`, if it was called, has counted them.
            return;
        }
    }
    if attempts > 0 {
        tracing::info!("accesses are recorded again");
    }
}

fn store(pool: &ConnectionPool, batch: &[MergedAccess<'_>], again: bool) -> Result<(), StoreError> {
    pool.run(|db| {
        let stored = db.transaction(|db| {
            // Locked first, so that an earlier commit whose response was lost is either visible now or cannot happen later.
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
fn reserve<'a>(db: &mut Db, batch: &[MergedAccess<'a>]) -> QueryResult<BTreeMap<&'a str, i64>> {
    const INTO: &str = "INSERT INTO access_heads (account_id, last_sequence)";
    const RETURNING: &str = " ON CONFLICT (account_id) DO UPDATE SET last_sequence = access_heads.last_sequence + \
        excluded.last_sequence RETURNING account_id, last_sequence";

    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for row in batch {
        *counts.entry(row.account.as_str()).or_default() += 1;
    }
    let last: Vec<(String, i64)> = match db {
        Db::Sqlite(connection) => counts
            .iter()
            .map(|(account, count)| {
                use diesel::IntoSql;
                let values = row((account.into_sql::<Text>(), count.into_sql::<BigInt>()));
                Statement::new(INTO, values, RETURNING).typed::<(Text, BigInt)>().get_result(connection)
            })
            .collect::<QueryResult<_>>()?,
        Db::Postgres(connection) => {
            let rows = rows((column::<Text, _>(counts.keys().copied()), column::<BigInt, _>(counts.values().copied())));
            let rows = Statement::new(" SELECT * FROM", rows, RETURNING);
            Statement::new(INTO, rows, "").typed::<(Text, BigInt)>().load(connection)?
        }
    };
    for (account, last) in &last {
        let count = counts.get_mut(account.as_str()).ok_or(QueryError::NotFound)?;
        *count = last - *count + 1;
    }
    Ok(counts)
}

/// Whether an earlier attempt stored the batch. A batch is stored atomically, so its first access decides.
fn is_stored(db: &mut Db, batch: &[MergedAccess<'_>]) -> QueryResult<bool> {
    let Some(MergedAccess { account, access, .. }) = batch.first() else { return Ok(true) };
    let dialect = Dialect::of(db);
    let table = match dialect {
        // Without the name of the index, SQLite would scan all accesses of the account.
        Dialect::Sqlite => "accesses INDEXED BY accesses_log",
        Dialect::Postgres => "accesses",
    };
    let found = Fragment::<BigInt>::new(format!("SELECT sequence FROM {table} WHERE "))
        .then(is_of_account(dialect, account))
        .sql(" AND log = ")
        .text(access.log.code())
        .sql(" AND occurred_at = ")
        .number(access.occurred_at.microseconds())
        .sql(" AND request_id = ")
        .text(access.request_id.as_str())
        .sql(" AND outcome = ")
        .text(<&str>::from(access.outcome))
        .sql(" LIMIT 1")
        .get_result::<i64>(db);
    Ok(found.optional()?.is_some())
}

fn insert(db: &mut Db, batch: &[MergedAccess<'_>], mut next: BTreeMap<&str, i64>) -> QueryResult<()> {
    /// In the order of the values below.
    const INTO: &str = "INSERT INTO accesses (account_id, sequence, occurred_at, recorded_at, log, call, path, filter, done_by_id, \
        done_by_name, outcome, status, row_count, highest_sequence, request_id, lost, call_count)";
    const INTO_SUBJECTS: &str = "INSERT INTO access_subjects (account_id, log, subject, occurred_at, sequence, done_by_id)";

    struct Numbered<'a> {
        row: &'a MergedAccess<'a>,
        access: &'a Access,
        sequence: i64,
        recorded_at: i64,
        filter: String,
    }

    let recorded_at = Timestamp::now().microseconds();
    let mut numbered = Vec::with_capacity(batch.len());
    for row in batch {
        let number = next.get_mut(row.account.as_str()).ok_or(QueryError::NotFound)?;
        let MergedAccess { access, .. } = row;
        numbered.push(Numbered { row, access, sequence: *number, recorded_at, filter: access.filter_json() });
        *number += 1;
    }
    insert_rows!(&mut *db, numbered, INTO, "", |new| (
        Text: new.row.account.as_str(),
        BigInt: new.sequence,
        BigInt: new.access.occurred_at.microseconds(),
        BigInt: new.recorded_at,
        Text: new.access.log.code(),
        Text: <&str>::from(new.access.call),
        Text: new.access.path.as_str(),
        Text: new.filter.as_str(),
        Text: new.access.done_by.id.as_str(),
        Nullable<Text>: new.access.done_by.name.as_ref().map(text::Text::as_str),
        Text: <&str>::from(new.access.outcome),
        SmallInt: new.access.status.cast_signed(),
        BigInt: new.access.returned.rows,
        Nullable<BigInt>: new.access.returned.highest_sequence,
        Text: new.access.request_id.as_str(),
        BigInt: new.row.lost,
        BigInt: new.row.count,
    ))?;
    let subjects: Vec<(&Numbered<'_>, &str)> =
        numbered.iter().flat_map(|new| new.access.subjects().into_iter().map(move |subject| (new, subject))).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    insert_rows!(db, subjects, INTO_SUBJECTS, "", |subject| (
        Text: subject.0.row.account.as_str(),
        Text: subject.0.access.log.code(),
        Text: subject.1,
        BigInt: subject.0.access.occurred_at.microseconds(),
        BigInt: subject.0.sequence,
        Text: subject.0.access.done_by.id.as_str(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Call;

    #[test]
    fn equal_accesses_are_merged_and_those_that_state_a_loss_or_a_transfer_are_not() {
        let new = |account: &str, call, lost| {
            let access = Access { call, ..Access::example() };
            NewAccess { account: account.parse().unwrap(), access, lost }
        };
        let batch = [
            new("a", Call::List, 0),
            new("b", Call::List, 0),
            new("a", Call::List, 3),
            new("a", Call::List, 0),
            new("a", Call::Event, 0),
            new("a", Call::Stream, 0),
            new("a", Call::List, 0),
            new("a", Call::Stream, 0),
        ];
        let rows = merged(&batch);
        let rows: Vec<_> = rows.iter().map(|row| (row.account.as_str(), row.access.call, row.lost, row.count)).collect();
        assert_eq!(
            rows,
            [
                ("a", Call::List, 0, 3),
                ("b", Call::List, 0, 1),
                ("a", Call::List, 3, 1),
                ("a", Call::Event, 0, 1),
                ("a", Call::Stream, 0, 1),
                ("a", Call::Stream, 0, 1),
            ]
        );
    }
}

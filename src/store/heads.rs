//! The head of each log: its newest sequence, its newest term number, and the lock under which both are assigned.

use std::collections::BTreeMap;

use diesel::{
    ExpressionMethods, IntoSql, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    result::Error as QueryError,
    sql_types::{BigInt, Integer, Text},
};
use quick_cache::sync::Cache;

use super::{
    connection::{Db, on_each_backend},
    log::LogTable,
    row_security,
    schema::{LogKey, log_heads},
    statement::{Statement, column, row, rows},
};
use crate::domain::account::AccountId;

/// The keys of logs that have a head. They never change.
pub(super) struct LogKeys(Cache<(AccountId, &'static str), LogKey>);

/// The heads of a group, by key.
pub(super) type Heads<'a> = BTreeMap<LogKey, Head<'a>>;

/// A head, which [`lock`] locks and fills. The fields `newest…` are the values after this transaction.
#[derive(Debug, Clone)]
pub(super) struct Head<'a> {
    pub account: &'a AccountId,
    pub log: &'static LogTable,
    /// The number of sequences that are reserved for new events.
    pub reserved: i64,
    /// The sequence of the newest event when the head was locked; 0 if there is none.
    pub last_sequence: i64,
    pub newest: i64,
    /// The number of the newest term when the head was locked; 0 if there is none.
    pub last_term: i32,
    pub newest_term: i32,
}

impl LogKeys {
    pub(super) fn new() -> Self {
        /// The maximum number of cached keys.
        const KEYS: usize = 10_000;
        Self(Cache::new(KEYS))
    }

    /// The key of a log; `None` if it has no head, which the first batch creates.
    pub(super) fn find(&self, db: &mut Db, account: &AccountId, log: &LogTable) -> QueryResult<Option<LogKey>> {
        if let Some(key) = self.0.get(&(account.clone(), log.name)) {
            return Ok(Some(key));
        }
        let query = log_heads::table
            .filter(log_heads::account_id.eq(account.as_str()))
            .filter(log_heads::log.eq(log.name))
            .select(log_heads::log_key);
        let key: Option<LogKey> = query.first(db).optional()?;
        if let Some(key) = key {
            self.0.insert((account.clone(), log.name), key);
        }
        Ok(key)
    }

    /// The key of a log. Creates the head of the log if it has none; a head without events is harmless. Call it outside of
    /// transactions, so that only committed keys are cached.
    pub(super) fn find_or_create(&self, db: &mut Db, account: &AccountId, log: &LogTable) -> QueryResult<LogKey> {
        if let Some(key) = self.find(db, account, log)? {
            return Ok(key);
        }
        let head = (log_heads::account_id.eq(account.as_str()), log_heads::log.eq(log.name));
        on_each_backend!(&mut *db, connection => diesel::insert_into(log_heads::table)
            .values((
                head,
                log_heads::last_sequence.eq(0_i64),
                log_heads::first_sequence.eq(1_i64),
                log_heads::last_term.eq(0),
            ))
            .on_conflict_do_nothing()
            .execute(connection))?;
        self.find(db, account, log)?.ok_or(QueryError::NotFound)
    }
}

impl<'a> Head<'a> {
    /// A head that is not locked yet.
    pub(super) fn new(account: &'a AccountId, log: &'static LogTable) -> Self {
        Self { account, log, reserved: 0, last_sequence: 0, newest: 0, last_term: 0, newest_term: 0 }
    }

    /// Whether [`lock`] already wrote the new values.
    fn is_up_to_date(&self) -> bool {
        self.newest == self.last_sequence + self.reserved && self.newest_term == self.last_term
    }
}

/// Locks these heads until the transaction ends, reserves the sequences, and reads the current values.
///
/// This must be the first statement of its transaction, and it writes. So PostgreSQL locks the rows, and SQLite takes its write
/// lock at once instead of failing later to upgrade a read lock. All transactions lock heads in the order of their keys, so they
/// cannot deadlock. The statement is an upsert, although the rows exist, because an upsert keeps that order.
pub(super) fn lock(db: &mut Db, heads: &mut Heads<'_>) -> QueryResult<()> {
    const INTO: &str = "INSERT INTO log_heads (log_key, account_id, log, last_sequence)";
    const RETURNING: &str = " ON CONFLICT (log_key) DO UPDATE SET last_sequence = log_heads.last_sequence + excluded.last_sequence \
        WHERE log_heads.account_id = excluded.account_id AND log_heads.log = excluded.log \
        RETURNING log_key, last_sequence, last_term";
    /// From here to the end of the transaction, these logs are visible.
    const NAMING: &str = "set_config('logbook.log_keys', ";
    type Answer = (Integer, BigInt, Integer);
    type AnswerOfPostgres = (Integer, BigInt, Integer, Text);

    let locked: Vec<(LogKey, i64, i32)> = match db {
        Db::Sqlite(connection) => heads
            .iter()
            .map(|(key, head)| {
                let values = (
                    key.into_sql::<Integer>(),
                    head.account.as_str().into_sql::<Text>(),
                    head.log.name.into_sql::<Text>(),
                    head.reserved.into_sql::<BigInt>(),
                );
                Statement::new(INTO, row(values), RETURNING).typed::<Answer>().get_result(connection)
            })
            .collect::<QueryResult<_>>()?,
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Integer, _>(heads.keys().copied()),
                column::<Text, _>(heads.values().map(|head| head.account.as_str())),
                column::<Text, _>(heads.values().map(|head| head.log.name)),
                column::<BigInt, _>(heads.values().map(|head| head.reserved)),
            ));
            let rows = Statement::new(" SELECT * FROM", rows, RETURNING);
            let keys = row_security::setting(heads.keys());
            let naming = Statement::new(NAMING, keys.into_sql::<Text>(), ", true)");
            // Naming the logs adds one column to the returned rows.
            let locked: Vec<(LogKey, i64, i32, String)> =
                Statement::new(INTO, (rows, naming), "").typed::<AnswerOfPostgres>().load(connection)?;
            locked.into_iter().map(|(key, sequence, term, _)| (key, sequence, term)).collect()
        }
    };
    // The key of a head is cached. If the database was replaced by an older copy, it may now be that of another account.
    if locked.len() < heads.len() {
        return Err(QueryError::NotFound);
    }
    for (key, sequence, term) in locked {
        let head = heads.get_mut(&key).ok_or(QueryError::NotFound)?;
        head.last_sequence = sequence - head.reserved;
        head.newest = head.last_sequence;
        (head.last_term, head.newest_term) = (term, term);
    }
    Ok(())
}

/// Updates the heads that differ from what [`lock`] wrote: duplicate or rejected events need no sequence, and there may be new
/// terms.
pub(super) fn advance(db: &mut Db, heads: &Heads<'_>) -> QueryResult<()> {
    let changed: Vec<(&LogKey, &Head<'_>)> = heads.iter().filter(|(_, head)| !head.is_up_to_date()).collect();
    match db {
        _ if changed.is_empty() => Ok(()),
        Db::Sqlite(connection) => changed.iter().try_for_each(|(key, head)| {
            const SET: &str = "UPDATE log_heads SET last_sequence = column2, last_term = column3 FROM (";
            let values = (key.into_sql::<Integer>(), head.newest.into_sql::<BigInt>(), head.newest_term.into_sql::<Integer>());
            Statement::new(SET, row(values), ") WHERE log_key = column1").execute(connection).map(drop)
        }),
        Db::Postgres(connection) => {
            const SET: &str = "UPDATE log_heads SET last_sequence = new.last_sequence, last_term = new.last_term FROM";
            const OF: &str = " AS new (log_key, last_sequence, last_term) WHERE log_heads.log_key = new.log_key";
            let rows = rows((
                column::<Integer, _>(changed.iter().map(|(key, _)| **key)),
                column::<BigInt, _>(changed.iter().map(|(_, head)| head.newest)),
                column::<Integer, _>(changed.iter().map(|(_, head)| head.newest_term)),
            ));
            Statement::new(SET, rows, OF).execute(connection).map(drop)
        }
    }
}

/// The sequence of the newest event, or 0, read without a lock. Every event up to it is committed.
pub(super) fn newest(db: &mut Db, key: LogKey) -> QueryResult<i64> {
    let head = log_heads::table.find(key).select(log_heads::last_sequence);
    Ok(head.first(db).optional()?.unwrap_or(0))
}

/// The newest sequences of all logs of these accounts, as (account, log, sequence).
pub(super) fn newest_of(db: &mut Db, accounts: &[String]) -> QueryResult<Vec<(String, String, i64)>> {
    let columns = (log_heads::account_id, log_heads::log, log_heads::last_sequence);
    match db {
        // Not `eq_any`: on SQLite it binds one parameter per value, so each number of accounts would need its own statement.
        Db::Sqlite(connection) => {
            let heads = accounts
                .iter()
                .map(|account| log_heads::table.filter(log_heads::account_id.eq(account)).select(columns).load(connection));
            Ok(heads.collect::<QueryResult<Vec<Vec<_>>>>()?.concat())
        }
        Db::Postgres(connection) => {
            log_heads::table.filter(log_heads::account_id.eq_any(accounts)).select(columns).load(connection)
        }
    }
}

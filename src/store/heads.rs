//! The head of each account's log: the number of its newest event, and the lock under which numbers are given.

use std::collections::BTreeMap;

use diesel::{
    ExpressionMethods, IntoSql, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    result::Error as QueryError,
    sql_types::{BigInt, Text},
};

use super::{
    connection::Db,
    schema::log_heads,
    statement::{End, Statement, column, row, rows},
};
use crate::domain::account::AccountId;

/// Locked heads, by account and log.
pub(super) type Heads<'a> = BTreeMap<(&'a str, &'static str), Head>;

/// A log's head under its lock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    /// How many numbers are taken for new events.
    pub reserved: i64,
    /// The sequence of the newest event when the head was locked; 0: none yet.
    pub last_sequence: i64,
    /// The sequence of the newest event as it will be.
    pub newest: i64,
}

/// Locks these heads until the transaction ends, takes the numbers that each is to reserve, and fills in how far they were.
///
/// It is the first statement of its transaction and it writes, for the sake of both databases: PostgreSQL locks the rows,
/// and SQLite takes its write lock at once instead of failing to turn a read lock into one later. Everybody locks in the
/// order of the map, so no two transactions wait for each other.
pub(super) fn lock(db: &mut Db, heads: &mut Heads<'_>) -> QueryResult<()> {
    const INTO: &str = "INSERT INTO log_heads (account_id, log, last_sequence)";
    const RETURNING: &str = " ON CONFLICT (account_id, log) DO UPDATE \
        SET last_sequence = log_heads.last_sequence + excluded.last_sequence RETURNING account_id, log, last_sequence";
    type Answer = (Text, Text, BigInt);

    let locked: Vec<(String, String, i64)> = match db {
        Db::Sqlite(connection) => heads
            .iter()
            .map(|((account, log), head)| {
                let row = row((account.into_sql::<Text>(), log.into_sql::<Text>(), head.reserved.into_sql::<BigInt>()));
                Statement::new(INTO, row, End(RETURNING)).answering::<Answer>().get_result(connection)
            })
            .collect::<QueryResult<_>>()?,
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Text, _>(heads.keys().map(|(account, _)| *account)),
                column::<Text, _>(heads.keys().map(|(_, log)| *log)),
                column::<BigInt, _>(heads.values().map(|head| head.reserved)),
            ));
            let rows = Statement::new(" SELECT * FROM", rows, End(RETURNING));
            Statement::new(INTO, rows, End("")).answering::<Answer>().load(connection)?
        }
    };
    let locked: BTreeMap<(&str, &str), i64> =
        locked.iter().map(|(account, log, last_sequence)| ((account.as_str(), log.as_str()), *last_sequence)).collect();
    heads.iter_mut().try_for_each(|(key, head)| {
        head.last_sequence = *locked.get(key).ok_or(QueryError::NotFound)? - head.reserved;
        head.newest = head.last_sequence;
        Ok(())
    })
}

/// The newest event's sequence (0: none yet), without a lock. Every event up to it is committed.
pub(super) fn newest(db: &mut Db, account: &AccountId, log: &str) -> QueryResult<i64> {
    let head = log_heads::table.find((account.as_str(), log)).select(log_heads::last_sequence);
    Ok(head.first(db).optional()?.unwrap_or(0))
}

/// The newest sequences of all logs of these accounts: account, log, sequence.
pub(super) fn newest_of(db: &mut Db, accounts: &[String]) -> QueryResult<Vec<(String, String, i64)>> {
    let columns = (log_heads::account_id, log_heads::log, log_heads::last_sequence);
    match db {
        // A list has as many places as values there, so the statement would be prepared anew each time.
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

/// Takes back the numbers that were reserved and not given: those of events that were there already, or were refused.
pub(super) fn give_back(db: &mut Db, heads: &Heads<'_>) -> QueryResult<()> {
    let behind = || heads.iter().filter(|(_, head)| head.newest != head.last_sequence + head.reserved);
    if behind().next().is_none() {
        return Ok(());
    }
    match db {
        Db::Sqlite(connection) => behind().try_for_each(|((account, log), head)| {
            let key = (account.into_sql::<Text>(), log.into_sql::<Text>());
            let key = Statement::new(" WHERE (account_id, log) = (", key, End(")"));
            Statement::new("UPDATE log_heads SET last_sequence = ", head.newest.into_sql::<BigInt>(), key)
                .execute(connection)
                .map(drop)
        }),
        Db::Postgres(connection) => {
            let rows = rows((
                column::<Text, _>(behind().map(|((account, _), _)| *account)),
                column::<Text, _>(behind().map(|((_, log), _)| *log)),
                column::<BigInt, _>(behind().map(|(_, head)| head.newest)),
            ));
            const NEWEST: &str = " AS given (account_id, log, newest) \
                WHERE log_heads.account_id = given.account_id AND log_heads.log = given.log";
            Statement::new("UPDATE log_heads SET last_sequence = given.newest FROM", rows, End(NEWEST))
                .execute(connection)
                .map(drop)
        }
    }
}

//! The head of each account's log: the number of its newest event, and the lock under which numbers are given.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    connection::{Db, on_each_backend},
    schema::log_heads,
};
use crate::domain::account::AccountId;

/// Locks the head of the account's log until the transaction ends, and returns the newest event's sequence (0: none yet).
///
/// It is the first statement of its transaction and it writes, for the sake of both databases: PostgreSQL locks the row,
/// and SQLite takes its write lock at once instead of failing to turn a read lock into one later.
pub(super) fn lock(db: &mut Db, account: &AccountId, log: &str) -> QueryResult<i64> {
    let row = (log_heads::account_id.eq(account.as_str()), log_heads::log.eq(log), log_heads::last_sequence.eq(0));
    on_each_backend!(db, connection => diesel::insert_into(log_heads::table)
        .values(row)
        .on_conflict((log_heads::account_id, log_heads::log))
        .do_update()
        .set(log_heads::last_sequence.eq(log_heads::last_sequence))
        .returning(log_heads::last_sequence)
        .get_result(connection))
}

/// The newest event's sequence (0: none yet), without a lock. Every event up to it is committed.
pub(super) fn newest(db: &mut Db, account: &AccountId, log: &str) -> QueryResult<i64> {
    let head = log_heads::table.find((account.as_str(), log)).select(log_heads::last_sequence);
    Ok(head.first(db).optional()?.unwrap_or(0))
}

/// The newest sequences of all logs of these accounts: account, log, sequence.
pub(super) fn newest_of(db: &mut Db, accounts: &[String]) -> QueryResult<Vec<(String, String, i64)>> {
    log_heads::table
        .filter(log_heads::account_id.eq_any(accounts.iter().map(String::as_str)))
        .select((log_heads::account_id, log_heads::log, log_heads::last_sequence))
        .load(db)
}

/// Moves the locked head on.
pub(super) fn advance(db: &mut Db, account: &AccountId, log: &str, last_sequence: i64) -> QueryResult<()> {
    diesel::update(log_heads::table.find((account.as_str(), log)))
        .set(log_heads::last_sequence.eq(last_sequence))
        .execute(db)
        .map(drop)
}

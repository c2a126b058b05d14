//! Fills the facets of logs that have events from before there were facets.

use diesel::{Connection, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, dsl::sql, sql_types::Integer};

use super::{
    audit_log::AuditLog,
    connection::Db,
    conversation_log::ConversationLog,
    facets, heads,
    log::Log,
    reading,
    schema::{facet_entries, log_heads},
};
use crate::domain::{
    account::AccountId,
    page::{Limit, Order, PageRequest, Start},
};

/// Fills the facets, if there are events and no facets yet: all in one transaction, so that one that was cut short begins anew.
///
/// It holds the lock of each log that it has read until the end, as writers do.
pub(super) fn run(db: &mut Db) -> QueryResult<()> {
    db.transaction(|db| {
        let filled = facet_entries::table.select(sql::<Integer>("1")).limit(1).first::<i32>(db).optional()?;
        if filled.is_some() {
            return Ok(());
        }
        let mut logs: Vec<(String, String)> = log_heads::table.select((log_heads::account_id, log_heads::log)).load(db)?;
        // The order in which everybody takes these locks.
        logs.sort_unstable();
        for (account, log) in logs {
            let account = AccountId::from_stored(account);
            match log.as_str() {
                AuditLog::NAME => fill::<AuditLog>(db, &account)?,
                _ => fill::<ConversationLog>(db, &account)?,
            }
        }
        Ok(())
    })
}

fn fill<L: Log>(db: &mut Db, account: &AccountId) -> QueryResult<()> {
    let newest = heads::lock(db, account, L::NAME)?;
    tracing::info!(account = account.as_str(), log = L::NAME, events = newest, "filling the facets of a log");
    let mut after = 0;
    while after < newest {
        let start = Some(Start::after(after));
        let request = PageRequest { order: Order::FOLLOW, limit: Limit::EXPORT, start, include_total: false, newest: None };
        let events = reading::select::<L>(db, account, &L::Filter::default(), &request)?;
        let Some(last) = events.last() else { break };
        after = last.sequence;
        facets::keep_up::<L>(db, account, &events)?;
    }
    Ok(())
}

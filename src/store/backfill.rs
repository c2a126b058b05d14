//! Fills the facets of logs that have events from before there were facets.

use diesel::{Connection, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, dsl::sql, sql_types::Integer};

use super::{
    audit_log::AuditLog,
    connection::Db,
    conversation_log::ConversationLog,
    facet_upkeep,
    heads::{self, Head, Heads},
    log::Log,
    reading,
    schema::{facet_entries, log_heads},
};
use crate::domain::{
    account::AccountId,
    event::Recorded,
    page::{Limit, Order, PageRequest, Start},
};

/// Fills the facets, if there are events and no facets yet: all in one transaction, so that one that was cut short begins anew.
///
/// It holds the locks of all logs until the end, as writers do.
pub(super) fn run(db: &mut Db) -> QueryResult<()> {
    db.transaction(|db| {
        let filled = facet_entries::table.select(sql::<Integer>("1")).limit(1).first::<i32>(db).optional()?;
        if filled.is_some() {
            return Ok(());
        }
        let logs: Vec<(String, String)> = log_heads::table.select((log_heads::account_id, log_heads::log)).load(db)?;
        let name = |log: &str| if log == AuditLog::NAME { AuditLog::NAME } else { ConversationLog::NAME };
        let mut heads: Heads<'_> = logs.iter().map(|(account, log)| ((account.as_str(), name(log)), Head::default())).collect();
        if heads.is_empty() {
            return Ok(());
        }
        heads::lock(db, &mut heads)?;
        for ((account, log), Head { newest, .. }) in heads {
            tracing::info!(account, log, events = newest, "filling the facets of a log");
            let account = AccountId::from_stored(account.to_owned());
            if log == AuditLog::NAME {
                fill::<AuditLog>(db, &account, newest)?;
            } else {
                fill::<ConversationLog>(db, &account, newest)?;
            }
        }
        Ok(())
    })
}

fn fill<L: Log>(db: &mut Db, account: &AccountId, newest: i64) -> QueryResult<()> {
    let mut after = 0;
    while after < newest {
        let start = Some(Start::after(after));
        let request = PageRequest { order: Order::FOLLOW, limit: Limit::EXPORT, start, include_total: false, newest: None };
        let events = reading::select::<L>(db, account, &L::Filter::default(), &request)?;
        let Some(last) = events.last() else { break };
        after = last.sequence;
        let mentioning = events.iter().map(|recorded| {
            let Recorded { sequence, recorded_at, event } = recorded;
            (account, Recorded { sequence: *sequence, recorded_at: *recorded_at, event })
        });
        facet_upkeep::keep_up::<L>(db, &mentioning.collect::<Vec<_>>())?;
    }
    Ok(())
}

//! How batches of events become part of the logs: numbered in commit order, each all or nothing, each identifier once.

use std::collections::BTreeMap;

use diesel::{Connection, QueryResult};
use thiserror::Error;

use super::{
    audit_log::AuditLog,
    commits::LogKey,
    connection::Db,
    conversation_log::ConversationLog,
    error::StoreError,
    facet_upkeep,
    heads::{self, Heads},
    log::Log,
    writer::{Group, Request},
};
use crate::domain::{
    account::AccountId,
    batch::{Conflict, Planner, Receipt},
    event::{Event, Recorded},
    text::EventId,
    timestamp::Timestamp,
};

/// A batch that was not stored.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Some of its identifiers are taken by events with other content.
    #[error("identifiers are taken by other events")]
    Conflict(Conflict),
    /// The database did not store it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// So many events wait to be stored that it was not taken in.
    #[error("too many events wait to be stored")]
    Busy,
    /// What became of it is not known: its writer broke off.
    #[error("the writer broke off")]
    BrokenOff,
}

/// What became of a batch, where the database did all that it was asked.
pub(super) type Outcome = Result<Vec<Receipt>, Conflict>;

/// What became of a group.
pub(super) struct Outcomes {
    /// In the order of its requests.
    pub audit: Vec<Outcome>,
    /// In the order of its requests.
    pub conversation: Vec<Outcome>,
    /// The logs that have new events, and the newest sequence of each.
    pub news: Vec<(LogKey, i64)>,
}

/// Stores the batches of a group in one transaction. When this returns, it is committed and durable.
pub(super) fn record(db: &mut Db, group: &Group) -> QueryResult<Outcomes> {
    db.transaction(|db| {
        let mut heads = Heads::new();
        reserve::<AuditLog>(&mut heads, &group.audit);
        reserve::<ConversationLog>(&mut heads, &group.conversation);
        // From here to the commit nobody else numbers events of these logs: the sequences are dense and in commit order, and
        // an identifier that is not found now cannot come up before this group is in.
        heads::lock(db, &mut heads)?;
        let audit = record_in::<AuditLog>(db, &group.audit, &mut heads)?;
        let conversation = record_in::<ConversationLog>(db, &group.conversation, &mut heads)?;
        heads::give_back(db, &heads)?;
        let news = heads
            .iter()
            .filter(|(_, head)| head.newest > head.last_sequence)
            .map(|((account, log), head)| (LogKey { log: (*log).to_owned(), account: (*account).to_owned() }, head.newest));
        Ok(Outcomes { audit, conversation, news: news.collect() })
    })
}

/// As many numbers as there are events: usually all are new, and the head is written once.
fn reserve<'a, L: Log>(heads: &mut Heads<'a>, requests: &'a [Request<L::Event>]) {
    for Request { account, events, .. } in requests {
        heads.entry((account.as_str(), L::NAME)).or_default().reserved += events.len() as i64;
    }
}

/// Stores the batches for one log, each seeing those before it, and moves this log's heads on.
fn record_in<'a, L: Log>(db: &mut Db, requests: &'a [Request<L::Event>], heads: &mut Heads<'a>) -> QueryResult<Vec<Outcome>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<(&AccountId, &EventId)> =
        requests.iter().flat_map(|request| request.events.iter().map(|event| (&request.account, event.id()))).collect();
    let stored = L::find(db, &wanted)?;

    let recorded_at = Timestamp::now();
    let mut planners: BTreeMap<&str, (&AccountId, Planner<'_, L::Event>)> = BTreeMap::new();
    for Request { account, .. } in requests {
        let last_sequence = heads.get(&(account.as_str(), L::NAME)).map_or(0, |head| head.last_sequence);
        planners.entry(account.as_str()).or_insert_with(|| (account, Planner::new(last_sequence, recorded_at)));
    }
    for (index, event) in &stored {
        if let Some((_, planner)) = wanted.get(*index).and_then(|(account, _)| planners.get_mut(account.as_str())) {
            planner.know(event);
        }
    }
    let outcomes = requests.iter().filter_map(|Request { account, events, .. }| {
        let (_, planner) = planners.get_mut(account.as_str())?;
        Some(planner.plan(events))
    });
    let outcomes = outcomes.collect();

    let mut new: Vec<(&AccountId, Recorded<&L::Event>)> = Vec::with_capacity(wanted.len());
    for (account, planner) in planners.into_values() {
        if let Some(head) = heads.get_mut(&(account.as_str(), L::NAME)) {
            head.newest = planner.newest();
        }
        new.extend(planner.into_new().into_iter().map(|recorded| (account, recorded)));
    }
    if !new.is_empty() {
        facet_upkeep::keep_up::<L>(db, &new)?;
        L::insert(db, &new)?;
    }
    Ok(outcomes)
}

//! How a batch of events becomes part of a log: numbered in commit order, all or nothing, each identifier once.

use diesel::{Connection, result::Error as QueryError};
use thiserror::Error;

use super::{connection::Db, error::StoreError, facets, heads, log::Log};
use crate::domain::{
    account::AccountId,
    batch::{self, Conflict, Receipt},
    event::Event,
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
}

impl From<QueryError> for RecordError {
    fn from(error: QueryError) -> Self {
        Self::Store(error.into())
    }
}

/// Stores a batch. When this returns, it is committed and durable.
pub(super) fn record<L: Log>(db: &mut Db, account: &AccountId, batch: Vec<L::Event>) -> Result<Vec<Receipt>, RecordError> {
    db.transaction(|db| {
        // From here to the commit nobody else numbers events of this log: the sequence is dense and in commit order, and
        // an identifier that is not found now cannot come up before this batch is in.
        let last_sequence = heads::lock(db, account, L::NAME)?;
        let ids: Vec<&EventId> = batch.iter().map(Event::id).collect();
        let stored = L::find(db, account, &ids)?;
        let plan = batch::plan(batch, stored, last_sequence, Timestamp::now()).map_err(RecordError::Conflict)?;
        if let Some(newest) = plan.new.last() {
            heads::advance(db, account, L::NAME, newest.sequence)?;
            facets::keep_up::<L>(db, account, &plan.new)?;
            L::insert(db, account, plan.new)?;
        }
        Ok(plan.receipts)
    })
}

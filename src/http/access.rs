//! Records who reads what: each call that reads a log creates a [`Reading`], which is recorded when its result is known.
//!
//! Refused and failed calls return nothing of a log and are not recorded.

use std::sync::Arc;

use actix_web::http::StatusCode;

use super::{auth::Caller, parameters::Parameters, request_id, state::State};
use crate::{
    domain::{
        access::{Access, AccessedLog, Call, Outcome, Returned},
        account::AccountId,
        timestamp::Timestamp,
    },
    store::Store,
};

/// A call that reads a log, before its result is known.
#[derive(Debug)]
pub struct Reading {
    pub account: AccountId,
    access: Access,
    store: Arc<Store>,
}

impl Reading {
    pub fn new<G>(caller: &Caller<G>, log: AccessedLog, call: Call, parameters: &Parameters, state: &State) -> Self {
        let access = Access {
            occurred_at: Timestamp::now(),
            done_by: Arc::clone(&caller.principal),
            log,
            call,
            path: parameters.path().to_owned(),
            filter: parameters.filters().cloned().collect(),
            request_id: request_id::current(),
            outcome: Outcome::Complete,
            status: StatusCode::OK.as_u16(),
            returned: Returned::default(),
        };
        Self { account: caller.account.clone(), access, store: Arc::clone(&state.store) }
    }

    /// Records a complete response.
    pub fn answered(mut self, returned: Returned) {
        self.access.returned = returned;
        self.store.record_access(self.account, self.access);
    }

    /// Records a response 304.
    pub fn not_modified(mut self) {
        self.access.status = StatusCode::NOT_MODIFIED.as_u16();
        self.answered(Returned::default());
    }

    /// Records the beginning of a response that is sent in pieces.
    pub fn begun(self) -> Transfer {
        let mut transfer = Transfer(self);
        transfer.record(Outcome::Began);
        transfer.0.access.outcome = Outcome::Cut;
        transfer
    }
}

/// A response that is sent in pieces. Dropping it records the end: as `CUT`, unless [`Transfer::complete`] was called.
#[derive(Debug)]
pub struct Transfer(Reading);

impl Transfer {
    #[cfg(test)]
    pub fn example(account: AccountId, state: &State) -> Self {
        let parameters = Parameters::of(&actix_web::test::TestRequest::default().to_http_request());
        Reading::new(&Caller::<()>::example(account), AccessedLog::AuditLogs, Call::Stream, &parameters, state).begun()
    }

    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    /// Adds the rows of a piece, before the piece is sent.
    pub fn add(&mut self, returned: &Returned) {
        self.0.access.returned.add(returned);
    }

    /// To be called after the last piece was sent.
    pub fn complete(&mut self) {
        self.0.access.outcome = Outcome::Complete;
    }

    fn record(&mut self, outcome: Outcome) {
        let Reading { account, access, store } = &self.0;
        store.record_access(account.clone(), Access { outcome, occurred_at: Timestamp::now(), ..access.clone() });
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.record(self.0.access.outcome);
    }
}

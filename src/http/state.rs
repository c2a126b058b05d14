//! The state that all handlers share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpRequest, web::Data};

use super::{
    auth::token::Tokens, body::Bodies, conversation_links::ConversationLinks, cursor::Cursors, long_reads::LongReads,
    page_cache::PageCache, problem::Problem, rate_limits::RateLimits, slots::Slots, stream::streams::Streams,
};
use crate::store::Store;

/// Created once, shared by all workers.
#[derive(Debug)]
pub struct State {
    /// The database.
    pub store: Arc<Store>,
    /// Verifies callers' tokens.
    pub tokens: Tokens,
    /// Counts their requests.
    pub rate_limits: RateLimits,
    /// Makes and reads cursors.
    pub cursors: Cursors,
    /// Encoded pages that may be requested again.
    pub page_cache: PageCache,
    /// Makes the direct links to conversations.
    pub conversation_links: ConversationLinks,
    /// The memory for bodies of requests.
    pub bodies: Bodies,
    /// How streams and exports read the database.
    pub long_reads: LongReads,
    /// The open exports.
    pub exports: Slots,
    /// The open streams.
    pub streams: Streams,
    /// Whether the service is stopping.
    pub stopping: AtomicBool,
}

impl State {
    /// The state of the application that serves a request.
    pub fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        request.app_data().ok_or_else(Problem::internal)
    }

    /// From now on the service reports that it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

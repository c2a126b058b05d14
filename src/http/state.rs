//! The state that all handlers share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpRequest, web::Data};

use super::{
    auth::token::Tokens, body::Bodies, body_memory::BodyMemory, conversation_links::ConversationLinks, cursor::Cursors,
    long_reads::LongReads, page_cache::PageCache, problem::Problem, rate_limits::RateLimits, readiness::Readiness, slots::Slots,
    stream::streams::Streams,
};
use crate::store::Store;

/// Created once, shared by all workers.
#[derive(Debug)]
pub struct State {
    pub store: Arc<Store>,
    pub tokens: Tokens,
    pub rate_limits: RateLimits,
    pub cursors: Cursors,
    pub page_cache: PageCache,
    pub conversation_links: ConversationLinks,
    pub bodies: Bodies,
    /// For large pages that are being sent.
    pub page_memory: BodyMemory,
    pub long_reads: LongReads,
    /// The slots of open exports.
    pub exports: Slots,
    pub streams: Streams,
    pub readiness: Readiness,
    /// Whether the service is stopping.
    pub stopping: AtomicBool,
}

impl State {
    /// The state of the application that serves a request.
    pub fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        request.app_data().ok_or_else(Problem::internal)
    }

    /// After this, the service reports that it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

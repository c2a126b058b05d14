//! What every handler can reach.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{auth::token::Tokens, cursor::Cursors, demo::DemoTokens, page_cache::PageCache, stream::Streams};
use crate::store::Store;

/// Made once, shared by all workers.
#[derive(Debug)]
pub struct State {
    /// The database.
    pub store: Arc<Store>,
    /// Verifies callers' tokens.
    pub tokens: Tokens,
    /// Makes and reads cursors.
    pub cursors: Cursors,
    /// Pages for those who ask again.
    pub page_cache: PageCache,
    /// Makes the direct links to conversations.
    pub conversation_links: ConversationLinks,
    /// The open streams.
    pub streams: Streams,
    /// Enters the page of a demo; `None` in every other service.
    pub demo_tokens: Option<DemoTokens>,
    /// The service is about to stop.
    pub stopping: AtomicBool,
}

impl State {
    /// From now on the service says that it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// Makes direct links to conversations from a template.
#[derive(Debug, Clone)]
pub struct ConversationLinks {
    template: String,
}

impl ConversationLinks {
    /// What stands in the template where the identifier goes.
    pub const PLACEHOLDER: &str = "{conversationId}";

    /// With a template that has the placeholder.
    pub fn new(template: impl Into<String>) -> Self {
        Self { template: template.into() }
    }

    /// The link to a conversation.
    pub fn to(&self, conversation: &str) -> String {
        /// All but the unreserved characters of RFC 3986, so that an identifier stays one segment of a path.
        const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let id = utf8_percent_encode(conversation, RESERVED).to_string();
        self.template.replace(Self::PLACEHOLDER, &id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_the_identifier_as_one_segment() {
        let links = ConversationLinks::new("https://desk.example/c/{conversationId}?tab=log");
        assert_eq!(links.to("a/b c?é"), "https://desk.example/c/a%2Fb%20c%3F%C3%A9?tab=log");
    }
}

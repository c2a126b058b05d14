//! Direct links to conversations, created from a configured template.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

#[derive(Debug, Clone)]
pub struct ConversationLinks {
    template: String,
}

impl ConversationLinks {
    /// The text in the template that the identifier replaces.
    pub const PLACEHOLDER: &str = "{conversationId}";

    /// `template` must contain the placeholder.
    pub fn new(template: impl Into<String>) -> Self {
        Self { template: template.into() }
    }

    pub fn to(&self, conversation: &str) -> String {
        /// All but the unreserved characters of RFC 3986, so that an identifier remains one path segment.
        const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let id = utf8_percent_encode(conversation, RESERVED).to_string();
        self.template.replace(Self::PLACEHOLDER, &id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_is_one_segment_of_a_link() {
        let links = ConversationLinks::new("https://desk.example/c/{conversationId}?tab=log");
        assert_eq!(links.to("a/b c?é"), "https://desk.example/c/a%2Fb%20c%3F%C3%A9?tab=log");
    }
}

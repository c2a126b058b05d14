//! The format of event streams (WHATWG HTML, 9.2.5 and 9.2.6).

use std::time::Duration;

use actix_web::web::Bytes;
use serde::Serialize;

/// The media type of an event stream.
pub const MEDIA_TYPE: &str = "text/event-stream";

/// A chunk of a stream. It ends between two messages, never within one.
#[derive(Debug, Default)]
pub struct Piece {
    lines: Vec<u8>,
}

impl Piece {
    /// The time that the client waits before it reconnects.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.lines.extend(format!("retry: {}\n\n", after.as_millis()).as_bytes());
        self
    }

    /// The `Last-Event-ID` of a client that reconnects. Without data, the client gets no message.
    #[must_use]
    pub fn position(mut self, id: i64) -> Self {
        self.lines.extend(format!("id: {id}\n\n").as_bytes());
        self
    }

    /// A line that clients ignore. It must not contain line breaks.
    #[must_use]
    pub fn comment(mut self, text: &str) -> Self {
        self.lines.extend(format!(": {text}\n\n").as_bytes());
        self
    }

    /// A message. Its JSON is one line, because line breaks in strings are escaped.
    pub fn message(&mut self, id: i64, data: &impl Serialize) -> serde_json::Result<()> {
        self.lines.extend(format!("id: {id}\ndata: ").as_bytes());
        serde_json::to_writer(&mut self.lines, data)?;
        self.lines.extend(b"\n\n");
        Ok(())
    }

    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl From<Piece> for Bytes {
    fn from(piece: Piece) -> Self {
        piece.lines.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(piece: Piece) -> String {
        String::from_utf8(Bytes::from(piece).into()).unwrap()
    }

    #[test]
    fn a_message_has_its_number_and_one_line_of_json() {
        let mut piece = Piece::default();
        piece.message(7, &json!({"text": "a\r\nb\n\ndata: c\rd\u{2028}é"})).unwrap();
        assert_eq!(text(piece), "id: 7\ndata: {\"text\":\"a\\r\\nb\\n\\ndata: c\\rd\u{2028}é\"}\n\n");
    }

    #[test]
    fn only_messages_have_data() {
        let piece = Piece::default().retry(Duration::from_millis(1500)).position(42).comment("still here");
        assert_eq!(text(piece), "retry: 1500\n\nid: 42\n\n: still here\n\n");
    }

    #[test]
    fn pieces_are_sent_in_order() {
        let mut piece = Piece::default().position(1);
        piece.message(2, &json!(null)).unwrap();
        assert!(!piece.is_empty());
        assert_eq!(text(piece.comment("c")), "id: 1\n\nid: 2\ndata: null\n\n: c\n\n");
    }
}

//! A client of server-sent events: parses the stream and remembers the last event ID, as an `EventSource` does.

use std::time::Duration;

use reqwest::{Response, header::HeaderMap};
use serde_json::Value;
use tokio::time::timeout;

/// A stream that is being read.
pub struct EventStream {
    response: Response,
    received: Vec<u8>,
    /// The `Last-Event-ID` that the client would send when it reconnects.
    pub last_event_id: Option<String>,
}

/// A block of fields between two empty lines.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Block {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: Option<String>,
    pub retry: Option<u64>,
    pub comment: Option<String>,
}

/// A block that has data.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: i64,
    pub data: Value,
}

impl EventStream {
    pub(super) fn of(response: Response) -> Self {
        Self { response, received: Vec::new(), last_event_id: None }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next block. `None` if the stream has ended between two blocks.
    pub async fn next(&mut self) -> Option<Block> {
        /// A test fails if nothing arrives within this time.
        const TIMEOUT: Duration = Duration::from_secs(60);
        loop {
            if let Some(end) = self.received.windows(2).position(|pair| pair == b"\n\n") {
                let bytes: Vec<u8> = self.received.drain(..end + 2).collect();
                let block = Block::of(std::str::from_utf8(&bytes).expect("UTF-8"));
                if block.id.is_some() {
                    self.last_event_id = block.id.clone();
                }
                return Some(block);
            }
            let chunk = timeout(TIMEOUT, self.response.chunk()).await.expect("the stream sends something");
            match chunk.expect("the stream is not interrupted") {
                Some(chunk) => self.received.extend_from_slice(&chunk),
                None => {
                    assert!(
                        self.received.is_empty(),
                        "the stream ends within a block: {:?}",
                        String::from_utf8_lossy(&self.received)
                    );
                    return None;
                }
            }
        }
    }

    /// The next message. Blocks without data are skipped.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            let block = self.next().await?;
            if let Some(data) = block.data {
                assert_eq!(block.event, None, "messages are of the default type");
                let id = block.id.expect("a message has an id").parse().expect("a number");
                return Some(Message { id, data: serde_json::from_str(&data).expect("JSON") });
            }
        }
    }

    /// The next `count` messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Message> {
        let mut messages = Vec::with_capacity(count);
        while messages.len() < count {
            messages.push(self.message().await.unwrap_or_else(|| panic!("the stream ends after {}", messages.len())));
        }
        messages
    }
}

impl Block {
    fn of(text: &str) -> Self {
        let mut block = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "" => block.comment = Some(value),
                "id" => block.id = Some(value),
                "event" => block.event = Some(value),
                "data" => block.data = Some(block.data.map_or(value.clone(), |before| format!("{before}\n{value}"))),
                "retry" => block.retry = Some(value.parse().expect("milliseconds")),
                other => panic!("{other:?} is not a field of an event stream"),
            }
        }
        block
    }
}

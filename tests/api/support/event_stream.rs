//! What an EventSource does with an answer: takes it apart into messages and remembers where it is.

use std::time::Duration;

use reqwest::{Response, header::HeaderMap};
use serde_json::Value;
use tokio::time::timeout;

/// A stream that is being read.
pub struct EventStream {
    response: Response,
    received: Vec<u8>,
    /// What the client would come back with.
    pub last_event_id: Option<String>,
}

/// Something that stands between two empty lines.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Said {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: Option<String>,
    pub retry: Option<u64>,
    pub comment: Option<String>,
}

/// Something with data.
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

    /// What comes next; `None` when the stream has ended as it should, between two messages.
    pub async fn next(&mut self) -> Option<Said> {
        /// So that a test that waits in vain fails.
        const IN_VAIN: Duration = Duration::from_secs(60);
        loop {
            if let Some(end) = self.received.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.received.drain(..end + 2).collect();
                let said = Said::of(std::str::from_utf8(&block).expect("UTF-8"));
                if said.id.is_some() {
                    self.last_event_id = said.id.clone();
                }
                return Some(said);
            }
            let chunk = timeout(IN_VAIN, self.response.chunk()).await.expect("nothing came");
            match chunk.expect("the stream does not break off") {
                Some(chunk) => self.received.extend_from_slice(&chunk),
                None => {
                    assert!(self.received.is_empty(), "ends within {:?}", String::from_utf8_lossy(&self.received));
                    return None;
                }
            }
        }
    }

    /// The next message; what is none is passed over.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            let said = self.next().await?;
            if let Some(data) = said.data {
                assert_eq!(said.event, None, "messages are of the default type");
                let id = said.id.expect("a message has an id").parse().expect("a number");
                return Some(Message { id, data: serde_json::from_str(&data).expect("JSON") });
            }
        }
    }

    /// So many messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Message> {
        let mut messages = Vec::with_capacity(count);
        while messages.len() < count {
            messages.push(self.message().await.unwrap_or_else(|| panic!("the stream ends after {}", messages.len())));
        }
        messages
    }
}

impl Said {
    fn of(block: &str) -> Self {
        let mut said = Self::default();
        for line in block.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "" => said.comment = Some(value),
                "id" => said.id = Some(value),
                "event" => said.event = Some(value),
                "data" => said.data = Some(said.data.map_or(value.clone(), |before| format!("{before}\n{value}"))),
                "retry" => said.retry = Some(value.parse().expect("milliseconds")),
                other => panic!("{other:?} is no field of an event stream"),
            }
        }
        said
    }
}

//! Events as text: what is sent to the service, and the names that numbers stand for.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat};

use super::{ActorType, Event, Log, NOWHERE, RARE};

impl ActorType {
    pub fn code(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::System => "SYSTEM",
            Self::ApiUser => "API_USER",
        }
    }
}

impl Event {
    /// The id that it is sent with.
    pub fn id(number: u32) -> String {
        format!("event-{number:09}")
    }

    /// Appends the event as JSON.
    pub fn write(&self, id: &str, text: &mut String) {
        let kind = self.kind;
        let _ = write!(text, r#"{{"id":"{id}","occurredAt":"{}","event":"{}""#, instant(self.time), kind.code);
        match self.actor_type {
            ActorType::System => text.push_str(r#","doneBy":{"type":"SYSTEM"}"#),
            of => {
                let name = if self.actor.is_multiple_of(2) { "Ana Horvat" } else { "Marko Kovač" };
                let (code, actor) = (of.code(), actor(of, self.actor));
                let _ = write!(text, r#","doneBy":{{"type":"{code}","id":"{actor}","name":"{name} {}"}}"#, self.actor);
            }
        }
        for (name, number) in [("from", self.from), ("to", self.to)] {
            if let Some(number) = number {
                let value = value(number);
                let _ = write!(text, r#","{name}":{{"value":"{value}","label":"Value number {value}"}}"#);
            }
        }
        let object = object(self.log, kind.item_type, self.object);
        match self.log {
            Log::Audit => {
                let item_type = kind.item_type;
                let _ = write!(text, r#","item":{{"type":"{item_type}","id":"{object}","name":"The item {object}"}}"#);
                if self.number.is_multiple_of(10) {
                    let _ = write!(text, r#","details":{{"ticket":{},"reason":"asked for by the team"}}"#, self.number);
                }
            }
            Log::Conversation => {
                let _ = write!(text, r#","conversation":{{"id":"{object}"}}"#);
            }
        }
        if let Some(number) = self.operation {
            let _ = write!(text, r#","operationId":"{}""#, operation(number));
        }
        text.push('}');
    }
}

/// An instant as the contract has it.
pub fn instant(microseconds: i64) -> String {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub fn actor(of: ActorType, number: u32) -> String {
    named(if of == ActorType::ApiUser { "key-" } else { "user-" }, number)
}

pub fn value(number: u32) -> String {
    named("value-", number)
}

pub fn operation(number: u32) -> String {
    named("operation-", number)
}

/// The id of an item of that type, or of a conversation.
pub fn object(log: Log, item_type: &str, number: u32) -> String {
    match log {
        Log::Audit => named(&format!("{}-", item_type.to_lowercase()), number),
        Log::Conversation => named("conversation-", number),
    }
}

fn named(prefix: &str, number: u32) -> String {
    match number {
        NOWHERE => format!("{prefix}absent"),
        RARE => format!("{prefix}rare"),
        number => format!("{prefix}{number}"),
    }
}

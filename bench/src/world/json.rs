//! Events as JSON, as producers send them.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat};
use uuid::Uuid;

use super::{ActorType, BEGIN, Event, Log, YEAR, identity, texts, values};

/// One in this number of items has another name in the second half of the year.
const RENAMED: u32 = 16;

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
    /// The id that the producer gives it.
    pub fn id(&self) -> Uuid {
        let log = if self.log == Log::Audit { 0 } else { 1 << 31 };
        identity::event(self.time, (u64::from(self.account) << 32) | log | u64::from(self.number))
    }

    /// Appends the event as JSON.
    pub fn write(&self, text: &mut String) {
        let _ = write!(text, r#"{{"id":"{}","occurredAt":"{}""#, self.id(), instant(self.time));
        self.write_change(text);
        match self.log {
            Log::Audit => {
                let (item_type, id, name) = self.item();
                let _ = write!(text, r#","item":{{"type":"{item_type}","id":"{id}","name":"{name}"}}"#);
            }
            Log::Conversation => {
                let _ = write!(text, r#","conversation":{{"id":"{}"}}"#, identity::conversation(self.account, self.object));
            }
        }
        self.write_details(text);
        if let Some(number) = self.operation {
            let _ = write!(text, r#","operationId":"{}""#, identity::operation(self.account, self.log, number));
        }
        text.push('}');
    }

    /// Appends the members from `event` to `to`, with a comma before each.
    pub fn write_change(&self, text: &mut String) {
        let _ = write!(text, r#","event":"{}""#, self.kind.code);
        match self.actor_type {
            ActorType::System => text.push_str(r#","doneBy":{"type":"SYSTEM"}"#),
            of => {
                let (id, name) = (identity::actor(self.account, of, self.actor), texts::person(self.account, self.actor));
                let _ = write!(text, r#","doneBy":{{"type":"{}","id":"{id}","name":"{name}"}}"#, of.code());
            }
        }
        for (name, number) in [("from", self.from), ("to", self.to)] {
            if let Some(number) = number {
                let _ = write!(text, r#","{name}":{{"#);
                values::write(self.account, number, text);
                text.push('}');
            }
        }
    }

    /// Type, id and name.
    pub fn item(&self) -> (&'static str, Uuid, String) {
        let item_type = self.kind.item_type;
        let version = u32::from(self.object % RENAMED == 5 && self.time > BEGIN + YEAR / 2);
        (item_type, identity::item(self.account, item_type, self.object), texts::item(self.account, self.object, version))
    }

    /// Appends the member `details`, which every tenth event of the audit log has.
    pub fn write_details(&self, text: &mut String) {
        if self.log == Log::Audit && self.number.is_multiple_of(10) {
            let (account, number) = (self.account, self.number);
            let (request, reason) = (identity::request(account, number), texts::sentence(account, number));
            let address = format!("10.{}.{}.{}", account % 256, number / 256 % 256, number % 256);
            let _ = write!(text, r#","details":{{"ticket":"SUP-{number}","reason":"{reason}","source":"admin-console""#);
            let _ = write!(text, r#","address":"{address}","requestId":"{request}"}}"#);
        }
    }
}

/// An instant in the format of the API.
pub fn instant(microseconds: i64) -> String {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

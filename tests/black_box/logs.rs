//! The two logs, for tests that apply to both: paths, roles, events and event types.

use serde_json::{Value, json};

use crate::support::{Client, Service, audit_event, conversation_event};

/// One of the two logs.
#[derive(Clone, Copy)]
pub struct Log {
    /// Its path.
    pub path: &'static str,
    /// The role that may read it.
    pub role: &'static str,
    /// Its name in `log_heads`.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// The member of its events that names their subject.
    pub subject: &'static str,
    /// The filter of this member.
    pub subject_filter: &'static str,
    /// Its name in accesses.
    pub code: &'static str,
    /// A minimal valid event.
    pub event: fn(&str) -> Value,
}

pub const CONVERSATION_LOG: Log = Log {
    path: "/conversation-logs",
    role: "CONVERSATIONS_SUPERVISOR",
    name: "conversation",
    table: "conversation_events",
    subject: "conversation",
    subject_filter: "conversationId",
    code: "CONVERSATION_LOGS",
    event: conversation_event,
};

pub const AUDIT_LOG: Log = Log {
    path: "/audit-logs",
    role: "CONVERSATIONS_SETUP",
    name: "audit",
    table: "audit_events",
    subject: "item",
    subject_filter: "itemId",
    code: "AUDIT_LOGS",
    event: audit_event,
};

pub const LOGS: [Log; 2] = [CONVERSATION_LOG, AUDIT_LOG];

/// Every order of a list; the first is the default.
pub const ORDERS: [&str; 4] = ["occurredAt:desc", "occurredAt:asc", "sequence:asc", "sequence:desc"];

impl Log {
    /// Whether it is the audit log.
    pub fn is_audit(self) -> bool {
        self.path == AUDIT_LOG.path
    }

    /// A client that may read this log of this account.
    pub fn reader(self, service: &Service, account: &str) -> Client {
        service.client(account, &[self.role])
    }

    /// Posts a batch, which must be accepted. Returns the sequences.
    #[track_caller]
    pub fn post(self, client: &Client, events: &[Value]) -> impl Future<Output = Vec<i64>> {
        let caller = std::panic::Location::caller();
        async move {
            let response = client.post(self.path, &json!({"events": events})).await;
            assert!(matches!(response.status, 200 | 201), "{caller}: {}: {}", response.status, response.text());
            let receipts = response.json()["events"].as_array().unwrap().clone();
            receipts.iter().map(|receipt| receipt["sequence"].as_i64().unwrap()).collect()
        }
    }
}

/// A client that may write to both logs of this account.
pub fn producer(service: &Service, account: &str) -> Client {
    service.client(account, &["LOGS_PRODUCER"])
}

/// All events of the account's log by sequence, at most 1,000.
pub async fn stored(log: Log, service: &Service, account: &str) -> Vec<Value> {
    let path = format!("{}?orderBy=sequence:asc&limit=1000", log.path);
    let page = log.reader(service, account).get(&path).await.expect(200).json();
    page["events"].as_array().unwrap().clone()
}

/// An event with every member that the log allows.
pub fn full_event(log: Log, id: &str) -> Value {
    let mut event = (log.event)(id);
    event["doneBy"]["name"] = json!("Ana Horvat");
    event["from"] = json!({"value": "OPEN", "label": "Open"});
    event["to"] = json!({"value": "SOLVED", "label": "Solved"});
    event["operationId"] = json!("op-1");
    if log.is_audit() {
        event["item"]["name"] = json!("Billing");
        event["details"] = json!({"reason": "Summer hours", "ticket": 4711, "list": [1, "2", null]});
    }
    event
}

/// The labels of the event types of the conversation log.
pub const CONVERSATION_EVENT_TYPES: [&str; 17] = [
    "Conversation created",
    "Status changed",
    "Assignment changed",
    "Queue changed",
    "Priority changed",
    "Topic changed",
    "Summary changed",
    "Tag added",
    "Tag removed",
    "Note added",
    "Note updated",
    "Note removed",
    "Customer changed",
    "Form changed",
    "SLA policy changed",
    "Message updated",
    "Conversation deleted",
];

/// The labels of the event types of the audit log, by item type.
pub const AUDIT_EVENT_TYPES: [(&str, &[&str]); 5] = [
    ("TAG", &["Tag created", "Tag renamed", "Tag deleted"]),
    (
        "QUEUE",
        &[
            "Queue created",
            "Queue renamed",
            "Queue deleted",
            "Queue working hours changed",
            "Agent added to queue",
            "Agent removed from queue",
            "Sender added to queue",
            "Sender removed from queue",
            "Queue default sender changed",
            "Assignment method changed for queue",
        ],
    ),
    (
        "ACCOUNT_CONFIGURATION",
        &[
            "Account capacity live messaging created",
            "Account capacity live messaging changed",
            "Account capacity live messaging deleted",
            "Account capacity live chat created",
            "Account capacity live chat changed",
            "Account capacity live chat deleted",
            "Account capacity voice created",
            "Account capacity voice changed",
            "Account capacity voice deleted",
            "Account capacity email created",
            "Account capacity email changed",
            "Account capacity email deleted",
        ],
    ),
    (
        "AGENT_CONFIGURATION",
        &[
            "Agent capacity live messaging created",
            "Agent capacity live messaging changed",
            "Agent capacity live messaging deleted",
            "Agent capacity live chat created",
            "Agent capacity live chat changed",
            "Agent capacity live chat deleted",
            "Agent capacity voice created",
            "Agent capacity voice changed",
            "Agent capacity voice deleted",
            "Agent capacity email created",
            "Agent capacity email changed",
            "Agent capacity email deleted",
        ],
    ),
    (
        "ROUTE",
        &[
            "Route created",
            "Route renamed",
            "Route destination queue changed",
            "Route priority changed",
            "Route enabled changed",
            "Route only during working hours changed",
        ],
    ),
];

/// The code of an event type: its label in UPPER_SNAKE_CASE.
pub fn code(label: &str) -> String {
    label.to_uppercase().replace(' ', "_")
}

/// The label of a code of either log.
pub fn label(wanted: &str) -> &'static str {
    let audit = AUDIT_EVENT_TYPES.iter().flat_map(|(_, labels)| labels.iter());
    CONVERSATION_EVENT_TYPES.iter().chain(audit).find(|label| code(label) == wanted).expect("a code of a catalogue")
}

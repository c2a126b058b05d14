//! The event types of the filled databases, the most common first. The second to last is rare, and the last never occurs.

use super::Log;

/// How often a type occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Common,
    Rare,
    Never,
}

/// A type of event.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub code: &'static str,
    /// The item type; empty in the conversation log.
    pub item_type: &'static str,
    pub share: Share,
}

/// The event type of notes, whose values are free text.
pub const NOTE: &str = "NOTE_ADDED";

/// The reason for the last type of each log.
pub const ABSENT: &str = "queries request this type, but no event has it";

/// The types of a log.
pub fn of(log: Log) -> &'static [Kind] {
    match log {
        Log::Audit => &AUDIT,
        Log::Conversation => &CONVERSATION,
    }
}

const fn common(code: &'static str, item_type: &'static str) -> Kind {
    Kind { code, item_type, share: Share::Common }
}

static AUDIT: [Kind; 20] = [
    common("AGENT_ADDED_TO_QUEUE", "QUEUE"),
    common("AGENT_REMOVED_FROM_QUEUE", "QUEUE"),
    common("QUEUE_WORKING_HOURS_CHANGED", "QUEUE"),
    common("AGENT_CAPACITY_VOICE_CHANGED", "AGENT_CONFIGURATION"),
    common("AGENT_CAPACITY_EMAIL_CHANGED", "AGENT_CONFIGURATION"),
    common("TAG_CREATED", "TAG"),
    common("ROUTE_PRIORITY_CHANGED", "ROUTE"),
    common("TAG_RENAMED", "TAG"),
    common("SENDER_ADDED_TO_QUEUE", "QUEUE"),
    common("SENDER_REMOVED_FROM_QUEUE", "QUEUE"),
    common("ASSIGNMENT_METHOD_CHANGED_FOR_QUEUE", "QUEUE"),
    common("ACCOUNT_CAPACITY_VOICE_CHANGED", "ACCOUNT_CONFIGURATION"),
    common("AGENT_CAPACITY_VOICE_CREATED", "AGENT_CONFIGURATION"),
    common("ROUTE_CREATED", "ROUTE"),
    common("QUEUE_RENAMED", "QUEUE"),
    common("QUEUE_CREATED", "QUEUE"),
    common("ROUTE_DESTINATION_QUEUE_CHANGED", "ROUTE"),
    common("TAG_DELETED", "TAG"),
    Kind { code: "ROUTE_ENABLED_CHANGED", item_type: "ROUTE", share: Share::Rare },
    Kind { code: "ACCOUNT_CAPACITY_EMAIL_DELETED", item_type: "ACCOUNT_CONFIGURATION", share: Share::Never },
];

static CONVERSATION: [Kind; 14] = [
    common("STATUS_CHANGED", ""),
    common("ASSIGNMENT_CHANGED", ""),
    common("MESSAGE_UPDATED", ""),
    common("QUEUE_CHANGED", ""),
    common("TAG_ADDED", ""),
    common("NOTE_ADDED", ""),
    common("TOPIC_CHANGED", ""),
    common("PRIORITY_CHANGED", ""),
    common("CONVERSATION_CREATED", ""),
    common("TAG_REMOVED", ""),
    common("SUMMARY_CHANGED", ""),
    common("NOTE_UPDATED", ""),
    Kind { code: "CONVERSATION_DELETED", item_type: "", share: Share::Rare },
    Kind { code: "SLA_POLICY_CHANGED", item_type: "", share: Share::Never },
];

//! The audit log: its catalogue, its items and its events.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};
use utoipa::ToSchema;

use super::{
    catalogue::event_type,
    event::{Actor, ActorInput, Event, LabelledValue, LabelledValueInput, Subject},
    facet::{Facet, Mention},
    fault::Fault,
    numbered::Numbered,
    sent::Sent,
    text::{Details, EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// A type of event in the audit log. Each belongs to one type of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEventType {
    number: i16,
    code: &'static str,
    label: &'static str,
    item_type: ItemType,
    meaning: Meaning,
}

/// What an event means for the existence and the name of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// It still exists, under the same name.
    Change,
    /// It was created.
    Begin,
    /// It was deleted.
    End,
    /// The previous value is the old name, the new value the new one.
    Rename,
}

/// To add a type, add a line. A number is assigned once and never reused. There is no migration.
#[rustfmt::skip]
static CATALOGUE: [AuditEventType; 43] = [
    entry( 1, "TAG_CREATED",                             "Tag created",                             ItemType::Tag).begins(),
    entry( 2, "TAG_RENAMED",                             "Tag renamed",                             ItemType::Tag).renames(),
    entry( 3, "TAG_DELETED",                             "Tag deleted",                             ItemType::Tag).ends(),
    entry( 4, "QUEUE_CREATED",                           "Queue created",                           ItemType::Queue).begins(),
    entry( 5, "QUEUE_RENAMED",                           "Queue renamed",                           ItemType::Queue).renames(),
    entry( 6, "QUEUE_DELETED",                           "Queue deleted",                           ItemType::Queue).ends(),
    entry( 7, "QUEUE_WORKING_HOURS_CHANGED",             "Queue working hours changed",             ItemType::Queue),
    entry( 8, "AGENT_ADDED_TO_QUEUE",                    "Agent added to queue",                    ItemType::Queue),
    entry( 9, "AGENT_REMOVED_FROM_QUEUE",                "Agent removed from queue",                ItemType::Queue),
    entry(10, "SENDER_ADDED_TO_QUEUE",                   "Sender added to queue",                   ItemType::Queue),
    entry(11, "SENDER_REMOVED_FROM_QUEUE",               "Sender removed from queue",               ItemType::Queue),
    entry(12, "QUEUE_DEFAULT_SENDER_CHANGED",            "Queue default sender changed",            ItemType::Queue),
    entry(13, "ASSIGNMENT_METHOD_CHANGED_FOR_QUEUE",     "Assignment method changed for queue",     ItemType::Queue),
    entry(14, "ACCOUNT_CAPACITY_LIVE_MESSAGING_CREATED", "Account capacity live messaging created", ItemType::AccountConfiguration),
    entry(15, "ACCOUNT_CAPACITY_LIVE_MESSAGING_CHANGED", "Account capacity live messaging changed", ItemType::AccountConfiguration),
    entry(16, "ACCOUNT_CAPACITY_LIVE_MESSAGING_DELETED", "Account capacity live messaging deleted", ItemType::AccountConfiguration),
    entry(17, "ACCOUNT_CAPACITY_LIVE_CHAT_CREATED",      "Account capacity live chat created",      ItemType::AccountConfiguration),
    entry(18, "ACCOUNT_CAPACITY_LIVE_CHAT_CHANGED",      "Account capacity live chat changed",      ItemType::AccountConfiguration),
    entry(19, "ACCOUNT_CAPACITY_LIVE_CHAT_DELETED",      "Account capacity live chat deleted",      ItemType::AccountConfiguration),
    entry(20, "ACCOUNT_CAPACITY_VOICE_CREATED",          "Account capacity voice created",          ItemType::AccountConfiguration),
    entry(21, "ACCOUNT_CAPACITY_VOICE_CHANGED",          "Account capacity voice changed",          ItemType::AccountConfiguration),
    entry(22, "ACCOUNT_CAPACITY_VOICE_DELETED",          "Account capacity voice deleted",          ItemType::AccountConfiguration),
    entry(23, "ACCOUNT_CAPACITY_EMAIL_CREATED",          "Account capacity email created",          ItemType::AccountConfiguration),
    entry(24, "ACCOUNT_CAPACITY_EMAIL_CHANGED",          "Account capacity email changed",          ItemType::AccountConfiguration),
    entry(25, "ACCOUNT_CAPACITY_EMAIL_DELETED",          "Account capacity email deleted",          ItemType::AccountConfiguration),
    entry(26, "AGENT_CAPACITY_LIVE_MESSAGING_CREATED",   "Agent capacity live messaging created",   ItemType::AgentConfiguration),
    entry(27, "AGENT_CAPACITY_LIVE_MESSAGING_CHANGED",   "Agent capacity live messaging changed",   ItemType::AgentConfiguration),
    entry(28, "AGENT_CAPACITY_LIVE_MESSAGING_DELETED",   "Agent capacity live messaging deleted",   ItemType::AgentConfiguration),
    entry(29, "AGENT_CAPACITY_LIVE_CHAT_CREATED",        "Agent capacity live chat created",        ItemType::AgentConfiguration),
    entry(30, "AGENT_CAPACITY_LIVE_CHAT_CHANGED",        "Agent capacity live chat changed",        ItemType::AgentConfiguration),
    entry(31, "AGENT_CAPACITY_LIVE_CHAT_DELETED",        "Agent capacity live chat deleted",        ItemType::AgentConfiguration),
    entry(32, "AGENT_CAPACITY_VOICE_CREATED",            "Agent capacity voice created",            ItemType::AgentConfiguration),
    entry(33, "AGENT_CAPACITY_VOICE_CHANGED",            "Agent capacity voice changed",            ItemType::AgentConfiguration),
    entry(34, "AGENT_CAPACITY_VOICE_DELETED",            "Agent capacity voice deleted",            ItemType::AgentConfiguration),
    entry(35, "AGENT_CAPACITY_EMAIL_CREATED",            "Agent capacity email created",            ItemType::AgentConfiguration),
    entry(36, "AGENT_CAPACITY_EMAIL_CHANGED",            "Agent capacity email changed",            ItemType::AgentConfiguration),
    entry(37, "AGENT_CAPACITY_EMAIL_DELETED",            "Agent capacity email deleted",            ItemType::AgentConfiguration),
    entry(38, "ROUTE_CREATED",                           "Route created",                           ItemType::Route).begins(),
    entry(39, "ROUTE_RENAMED",                           "Route renamed",                           ItemType::Route).renames(),
    entry(40, "ROUTE_DESTINATION_QUEUE_CHANGED",         "Route destination queue changed",         ItemType::Route),
    entry(41, "ROUTE_PRIORITY_CHANGED",                  "Route priority changed",                  ItemType::Route),
    entry(42, "ROUTE_ENABLED_CHANGED",                   "Route enabled changed",                   ItemType::Route),
    entry(43, "ROUTE_ONLY_DURING_WORKING_HOURS_CHANGED", "Route only during working hours changed", ItemType::Route),
];

const fn entry(number: i16, code: &'static str, label: &'static str, item_type: ItemType) -> AuditEventType {
    AuditEventType { number, code, label, item_type, meaning: Meaning::Change }
}

impl AuditEventType {
    const fn begins(self) -> Self {
        Self { meaning: Meaning::Begin, ..self }
    }

    /// Only for the deletion of the item itself. Deleting one capacity of a configuration is a change of the configuration.
    const fn ends(self) -> Self {
        Self { meaning: Meaning::End, ..self }
    }

    const fn renames(self) -> Self {
        Self { meaning: Meaning::Rename, ..self }
    }

    pub fn item_type(self) -> ItemType {
        self.item_type
    }
}

event_type!(AuditEventType, CATALOGUE, "QUEUE_RENAMED", "A type of event in the audit log.", |event_type| Some(
    event_type.item_type.code()
));

/// The types of items whose changes are recorded.
// Their numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, ToSchema, VariantArray, VariantNames)]
#[repr(i16)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", parse_err_ty = Fault, parse_err_fn = unknown_item_type)]
pub enum ItemType {
    /// A tag.
    Tag = 1,
    /// A queue.
    Queue = 2,
    /// The capacity of one agent.
    AgentConfiguration = 3,
    /// The capacity of every agent of the account.
    AccountConfiguration = 4,
    /// A route.
    Route = 5,
}

fn unknown_item_type(code: &str) -> Fault {
    Fault::not_one_of("an item type", code, <ItemType as VariantNames>::VARIANTS.iter().copied())
}

impl ItemType {
    /// Its name in the contract.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

impl Numbered for ItemType {
    fn all() -> impl Iterator<Item = Self> {
        <Self as VariantArray>::VARIANTS.iter().copied()
    }

    fn number(self) -> i16 {
        self as i16
    }
}

/// A change to an item of the configuration, as a producer sends it.
#[derive(Debug, Clone, PartialEq, ToSchema)]
#[schema(as = AuditEventInput, rename_all = "camelCase", examples(json!({
    "occurredAt": "2026-03-29T12:34:56.789012Z",
    "event": "QUEUE_RENAMED",
    "doneBy": {"type": "USER", "id": "u-1042", "name": "Ana Horvat"},
    "from": {"value": "Billing"},
    "to": {"value": "Invoices"},
    "item": {"type": "QUEUE", "id": "q-17", "name": "Invoices"},
    "operationId": "op-7f3a",
    "details": {"reason": "Billing is another team now", "ticket": 4711}
})))]
pub struct AuditEvent {
    /// The event's identifier; without it the service generates a UUIDv7. With it, sending the event again changes nothing.
    #[schema(required = false, value_type = Option<EventId>)]
    pub id: EventId,
    /// When it happened, by the producer's clock; at most 5 minutes ahead of the clock of the service.
    pub occurred_at: Timestamp,
    /// What happened.
    #[schema(rename = "event")]
    pub event_type: AuditEventType,
    /// Who or what caused it.
    #[schema(value_type = ActorInput)]
    pub done_by: Actor,
    /// The previous value, if there was one.
    #[schema(value_type = Option<LabelledValueInput>)]
    pub from: Option<LabelledValue>,
    /// The new value, if there is one.
    #[schema(value_type = Option<LabelledValueInput>)]
    pub to: Option<LabelledValue>,
    /// The item that was changed. Its type must be the one that the event type belongs to.
    #[schema(value_type = ItemInput)]
    pub item: Item,
    /// The operation (one click or API call) that the event is part of.
    pub operation_id: Option<Identifier>,
    /// Additional information about the change.
    pub details: Option<Details>,
}

/// The item that an audit event changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({"type": "QUEUE", "id": "q-17", "name": "Invoices"})))]
pub struct Item {
    /// The type of the item.
    #[serde(rename = "type")]
    pub item_type: ItemType,
    /// The item's identifier.
    pub id: Identifier,
    /// The name of the item.
    #[schema(required = true)]
    pub name: Option<Text>,
}

impl Item {
    /// The subject of an audit event; `None` if this version does not know its type.
    pub fn of(Subject { kind, id, name }: Subject) -> Option<Self> {
        Some(Self { item_type: Numbered::of(kind)?, id, name })
    }
}

/// An [`Item`] as producers send it.
pub type ItemInput = Sent<Item>;

impl From<AuditEvent> for Event {
    fn from(event: AuditEvent) -> Self {
        let AuditEvent { id, occurred_at, event_type, done_by, from, to, item, operation_id, details } = event;
        let subject = Subject { kind: item.item_type.number(), id: item.id, name: item.name };
        Self { id, occurred_at, event_type: event_type.number, done_by, from, to, subject, operation_id, details }
    }
}

/// The number of the item type that an event type belongs to; 0 if this version does not know the event type.
pub fn item_kind(event_type: i16) -> i16 {
    AuditEventType::of(event_type).map_or(0, |event_type| event_type.item_type.number())
}

/// What an event of the audit log states about its actor and its item.
pub fn mentions(event: &Event) -> Vec<Mention<'_>> {
    let mut item = Mention::new(Facet::Item, event.subject.kind, event.subject.id.as_str(), event.subject.name.as_ref());
    match AuditEventType::of(event.event_type).map_or(Meaning::Change, |event_type| event_type.meaning) {
        Meaning::Change => {}
        Meaning::Begin => item.deleted = Some(false),
        Meaning::End => item.deleted = Some(true),
        Meaning::Rename => {
            // The values state the names even if the item has none.
            item.name = item.name.or_else(|| event.to.as_ref().map(LabelledValue::shown));
            item.former_name = event.from.as_ref().map(LabelledValue::shown);
        }
    }
    vec![event.done_by.mention(), item]
}

/// The numbers of the event types that rename an item.
pub fn renaming_types() -> Vec<i16> {
    types_that(|meaning| meaning == Meaning::Rename)
}

/// The numbers of the event types that create or delete an item.
pub fn life_cycle_types() -> Vec<i16> {
    types_that(|meaning| matches!(meaning, Meaning::Begin | Meaning::End))
}

fn types_that(has: impl Fn(Meaning) -> bool) -> Vec<i16> {
    CATALOGUE.iter().filter(|event_type| has(event_type.meaning)).map(|event_type| event_type.number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_follows_the_rules() {
        super::super::catalogue::check_catalogue::<AuditEventType>();
    }

    #[test]
    fn item_types_have_fixed_numbers_and_codes() {
        let types = [
            (ItemType::Tag, 1, "TAG"),
            (ItemType::Queue, 2, "QUEUE"),
            (ItemType::AgentConfiguration, 3, "AGENT_CONFIGURATION"),
            (ItemType::AccountConfiguration, 4, "ACCOUNT_CONFIGURATION"),
            (ItemType::Route, 5, "ROUTE"),
        ];
        for (item_type, number, code) in types {
            assert_eq!((item_type.code(), code.parse()), (code, Ok(item_type)));
            assert_eq!((item_type.number(), ItemType::of(number)), (number, Some(item_type)));
            assert_eq!(serde_json::to_value(item_type).unwrap(), code);
        }
    }
}

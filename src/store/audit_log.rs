//! The audit log.

use serde::ser::Error as _;
use serde_json::{Error, value::to_raw_value};

use super::{
    conditions::{Column, EventFilter, numbers_of},
    log::{Log, LogTable},
    terms::Kind,
};
use crate::domain::{
    audit_event::{self, AuditEventType, Item},
    filter::{AuditFilter, Filter},
    numbered::Numbered,
    text::Identifier,
};

#[derive(Debug)]
pub struct AuditLog;

impl Log for AuditLog {
    const TABLE: &'static LogTable = &LogTable {
        name: "audit",
        table: "audit_events",
        subject_kind: audit_event::item_kind,
        encode_subject: |subject| {
            let item = Item::of(subject).ok_or_else(|| Error::custom("an item type is unknown to this version"))?;
            to_raw_value(&item)
        },
        mentions: audit_event::mentions,
        renaming_types: audit_event::renaming_types,
        life_cycle_types: audit_event::life_cycle_types,
    };
    type Filter = Filter<AuditEventType, AuditFilter>;

    fn event_filter(filter: &Self::Filter) -> EventFilter<'_> {
        // No `..`: a new filter does not compile until it is handled here.
        let AuditFilter { item_type, item_id } = &filter.own;
        let mut shared = EventFilter::of(filter);
        if let Some(ids) = item_id.values() {
            let ids = ids.iter().map(Identifier::as_str);
            shared.require_terms(Column::Subject, Kind::Subject, &numbers_of(item_type), ids);
        } else if let Some(types) = item_type.values() {
            // The event type implies the item's type, so events have no column for it.
            let events = AuditEventType::all().filter(|event| types.contains(&event.item_type()));
            shared.conditions.require(Column::EventType, events.map(|event| event.number()));
        }
        shared
    }
}

//! The audit log.

use serde::ser::Error as _;
use serde_json::{Error, value::to_raw_value};

use super::{
    conditions::{EventFilter, Subjects},
    log::{Log, LogTable},
};
use crate::domain::{
    audit_event::{self, AuditEventType, Item, ItemType},
    filter::{AuditFilter, Filter},
    numbered::Numbered,
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
        // An item's term implies its type. Without items, the event type does, so events have no column for it.
        if let (Some(types), None) = (item_type.values(), item_id.values()) {
            let events = AuditEventType::all().filter(|event| types.contains(&event.item_type()));
            shared.narrow_event_types(events.map(|event| event.number()));
        }
        if let Some(ids) = item_id.values() {
            let types = item_type.values().map_or_else(|| ItemType::all().collect(), <[ItemType]>::to_vec);
            let kinds = types.into_iter().map(ItemType::number).collect();
            shared.subjects = Some(Subjects { kinds, ids: ids.iter().map(|id| id.as_str()).collect() });
        }
        shared
    }
}

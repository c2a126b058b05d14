//! The conversation log.

use serde_json::value::to_raw_value;

use super::{
    conditions::{EventFilter, Subjects},
    log::{Log, LogTable},
};
use crate::domain::{
    catalogue::EventType,
    conversation_event::{self, ConversationReference},
    filter::ConversationLogFilter,
};

/// The conversation log.
#[derive(Debug)]
pub struct ConversationLog;

impl Log for ConversationLog {
    const TABLE: &'static LogTable = &LogTable {
        name: "conversation",
        table: "conversation_events",
        catalogue: conversation_event::catalogue,
        subject_kind: |_| 0,
        show_subject: |subject| to_raw_value(&ConversationReference { id: subject.id }),
        mentions: conversation_event::mentions,
        renaming_types: Vec::new,
        life_cycle_types: Vec::new,
    };
    type Filter = ConversationLogFilter;

    fn event_filter(filter: &ConversationLogFilter) -> EventFilter<'_> {
        // Every filter is named, so that a new one does not compile until it is handled.
        let ConversationLogFilter {
            event,
            done_by_id,
            done_by_type,
            from_value,
            to_value,
            operation_id,
            date_from,
            date_to,
            // It is part of `date_from` and `date_to` already.
            time_zone: _,
            conversation_id,
        } = filter;
        let mut shared = EventFilter::default();
        if let Some(types) = event.values() {
            shared.narrow_event_types(types.iter().map(|event| event.number()));
        }
        if let Some(ids) = conversation_id.values() {
            shared.subjects = Some(Subjects { kinds: vec![0], ids: ids.iter().map(|id| id.as_str()).collect() });
        }
        shared.actors(done_by_id, done_by_type);
        shared.values(from_value, to_value);
        shared.operations(operation_id);
        shared.period(*date_from, *date_to);
        shared
    }
}

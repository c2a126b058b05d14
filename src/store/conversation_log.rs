//! The conversation log.

use serde_json::value::to_raw_value;

use super::{
    conditions::{EventFilter, Subjects},
    log::{Log, LogTable},
};
use crate::domain::{
    conversation_event::{self, ConversationEventType, ConversationReference},
    filter::{ConversationFilter, Filter},
};

#[derive(Debug)]
pub struct ConversationLog;

impl Log for ConversationLog {
    const TABLE: &'static LogTable = &LogTable {
        name: "conversation",
        table: "conversation_events",
        subject_kind: |_| 0,
        encode_subject: |subject| to_raw_value(&ConversationReference { id: subject.id }),
        mentions: conversation_event::mentions,
        renaming_types: Vec::new,
        life_cycle_types: Vec::new,
    };
    type Filter = Filter<ConversationEventType, ConversationFilter>;

    fn event_filter(filter: &Self::Filter) -> EventFilter<'_> {
        // No `..`: a new filter does not compile until it is handled here.
        let ConversationFilter { conversation_id } = &filter.own;
        let mut shared = EventFilter::of(filter);
        if let Some(ids) = conversation_id.values() {
            shared.subjects = Some(Subjects { kinds: vec![0], ids: ids.iter().map(|id| id.as_str()).collect() });
        }
        shared
    }
}

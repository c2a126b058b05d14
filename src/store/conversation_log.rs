//! The conversation log.

use serde_json::value::to_raw_value;

use super::{
    conditions::{Column, EventFilter},
    log::{Log, LogTable},
    terms::Kind,
};
use crate::domain::{
    conversation_event::{self, ConversationEventType, ConversationReference},
    filter::{ConversationFilter, Filter},
    text::Identifier,
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
            shared.require_terms(Column::Subject, Kind::Subject, &[0], ids.iter().map(Identifier::as_str));
        }
        shared
    }
}

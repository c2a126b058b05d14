//! The conversation log's table: its rows, its filters, and the four things that are done with it.

use diesel::{QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper, connection::DefaultLoadingMode};

use super::{
    arms::Rows,
    comparison::Table,
    connection::Db,
    conversation_rows,
    criteria::{Column, Criteria},
    log::Log,
    row,
    schema::conversation_events,
    writer::{Job, Request},
};
use crate::domain::{
    account::AccountId,
    catalogue::EventType,
    conversation_event::{ConversationEvent, ConversationEventType},
    event::Recorded,
    filter::ConversationLogFilter,
    page::PageRequest,
    text::{EventId, Identifier},
    timestamp::Timestamp,
};

/// The conversation log.
#[derive(Debug)]
pub struct ConversationLog;

impl Log for ConversationLog {
    const NAME: &str = "conversation";
    const TABLE: Table = Table { name: "conversation_events", item: "conversation_id" };
    type Event = ConversationEvent;
    type Filter = ConversationLogFilter;

    fn criteria(filter: &ConversationLogFilter) -> Criteria<'_> {
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
            // The period was read in it, and is instants now.
            time_zone: _,
            conversation_id,
        } = filter;
        let mut criteria = Criteria::new(ConversationEventType::CATALOGUE.iter().map(|event| event.number()));
        criteria.events(event.values().map(|types| types.iter().map(|event| event.number())));
        criteria.identifiers(Column::Actor, done_by_id);
        criteria.actor_types(done_by_type);
        criteria.previous_values(from_value);
        criteria.new_values(to_value);
        criteria.identifiers(Column::Operation, operation_id);
        criteria.period(*date_from, *date_to);
        criteria.identifiers(Column::Item, conversation_id);
        criteria
    }

    fn load(db: &mut Db, rows: Rows<'_>, request: &PageRequest) -> QueryResult<Vec<Recorded<ConversationEvent>>> {
        let order = rows.order(request);
        let query = conversation_events::table.filter(rows).select(Row::as_select()).order(order).limit(request.rows());
        query.load_iter::<Row, DefaultLoadingMode>(db)?.map(|row| row?.into_recorded()).collect()
    }

    fn find(db: &mut Db, wanted: &[(&AccountId, &EventId)]) -> QueryResult<Vec<(usize, Recorded<ConversationEvent>)>> {
        conversation_rows::find(db, wanted)
    }

    fn insert(db: &mut Db, events: &[(&AccountId, Recorded<&ConversationEvent>)]) -> QueryResult<()> {
        conversation_rows::insert(db, events)
    }

    fn job(request: Request<ConversationEvent>) -> Job {
        Job::Conversation(request)
    }
}

/// A row of the table without its account.
#[derive(Queryable, Selectable)]
#[diesel(table_name = conversation_events)]
pub(super) struct Row {
    sequence: i64,
    id: String,
    occurred_at: i64,
    recorded_at: i64,
    event_type: i16,
    done_by_type: i16,
    done_by_id: Option<String>,
    done_by_name: Option<String>,
    from_value: Option<String>,
    from_label: Option<String>,
    to_value: Option<String>,
    to_label: Option<String>,
    conversation_id: String,
    operation_id: Option<String>,
}

impl Row {
    pub(super) fn into_recorded(self) -> QueryResult<Recorded<ConversationEvent>> {
        let event_type = ConversationEventType::from_number(self.event_type)
            .ok_or_else(|| row::unknown_number("event_type", self.event_type))?;
        let event = ConversationEvent {
            id: EventId::from_stored(self.id),
            occurred_at: Timestamp::from_microseconds(self.occurred_at),
            event_type,
            done_by: row::actor(self.done_by_type, self.done_by_id, self.done_by_name)?,
            from: row::value(self.from_value, self.from_label),
            to: row::value(self.to_value, self.to_label),
            conversation: Identifier::from_stored(self.conversation_id),
            operation_id: self.operation_id.map(Identifier::from_stored),
        };
        let recorded_at = Timestamp::from_microseconds(self.recorded_at);
        Ok(Recorded { sequence: self.sequence, recorded_at, event })
    }
}

//! The conversation log's table: its rows, its filters, and the four things that are done with it.

use diesel::{ExpressionMethods, Insertable, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper};

use super::{
    arms::Rows,
    comparison::Table,
    connection::{Db, on_each_backend},
    criteria::{Column, Criteria},
    log::Log,
    row,
    schema::conversation_events,
};
use crate::domain::{
    account::AccountId,
    catalogue::EventType,
    conversation_event::{ConversationEvent, ConversationEventType},
    event::Recorded,
    filter::ConversationLogFilter,
    page::PageRequest,
    text::{EventId, Identifier, Text},
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
        criteria.from_values(from_value);
        criteria.to_values(to_value);
        criteria.identifiers(Column::Operation, operation_id);
        criteria.period(*date_from, *date_to);
        criteria.identifiers(Column::Item, conversation_id);
        criteria
    }

    fn load(db: &mut Db, rows: Rows<'_>, request: &PageRequest) -> QueryResult<Vec<Recorded<ConversationEvent>>> {
        let order = rows.order(request);
        let query = conversation_events::table.filter(rows).select(Row::as_select()).order(order).limit(request.rows());
        query.load::<Row>(db)?.into_iter().map(Row::into_recorded).collect()
    }

    fn find(db: &mut Db, account: &AccountId, ids: &[&EventId]) -> QueryResult<Vec<Recorded<ConversationEvent>>> {
        conversation_events::table
            .filter(conversation_events::account_id.eq(account.as_str()))
            .filter(conversation_events::id.eq_any(ids.iter().map(|id| id.as_str())))
            .select(Row::as_select())
            .load::<Row>(db)?
            .into_iter()
            .map(Row::into_recorded)
            .collect()
    }

    fn insert(db: &mut Db, account: &AccountId, events: Vec<Recorded<ConversationEvent>>) -> QueryResult<()> {
        let rows: Vec<Row> = events.into_iter().map(Row::from).collect();
        let rows: Vec<_> = rows.iter().map(|row| (conversation_events::account_id.eq(account.as_str()), row)).collect();
        on_each_backend!(db, connection => diesel::insert_into(conversation_events::table).values(rows).execute(connection))
            .map(drop)
    }
}

/// A row of the table without its account.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = conversation_events, treat_none_as_default_value = false)]
struct Row {
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
    fn into_recorded(self) -> QueryResult<Recorded<ConversationEvent>> {
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

impl From<Recorded<ConversationEvent>> for Row {
    fn from(Recorded { sequence, recorded_at, event }: Recorded<ConversationEvent>) -> Self {
        let (from_value, from_label) = row::columns(event.from);
        let (to_value, to_label) = row::columns(event.to);
        Self {
            sequence,
            id: event.id.into_string(),
            occurred_at: event.occurred_at.microseconds(),
            recorded_at: recorded_at.microseconds(),
            event_type: event.event_type.number(),
            done_by_type: event.done_by.actor_type.number(),
            done_by_id: event.done_by.id.map(Identifier::into_string),
            done_by_name: event.done_by.name.map(Text::into_string),
            from_value,
            from_label,
            to_value,
            to_label,
            conversation_id: event.conversation.into_string(),
            operation_id: event.operation_id.map(Identifier::into_string),
        }
    }
}

//! The conversation log's table: its rows, its filters, and the four things that are done with it.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::sql,
    sql_types::{BigInt, Integer},
};

use super::{
    connection::{Backend, Db},
    conversation_rows,
    fragments::{Beyond, Count, indexed_from_value, indexed_to_value, reading_order, sequence_up_to},
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
    type Event = ConversationEvent;
    type Filter = ConversationLogFilter;

    fn select(
        db: &mut Db,
        account: &AccountId,
        filter: &ConversationLogFilter,
        request: &PageRequest,
    ) -> QueryResult<Vec<Recorded<ConversationEvent>>> {
        let mut query = matching(account, filter).select(Row::as_select()).order(reading_order(request)).limit(request.rows());
        if let Some(beyond) = Beyond::start_of(request) {
            query = query.filter(beyond);
        }
        if let Some(newest) = request.newest {
            query = query.filter(sequence_up_to(request).bind::<BigInt, _>(newest));
        }
        query.load::<Row>(db)?.into_iter().map(Row::into_recorded).collect()
    }

    fn count(db: &mut Db, account: &AccountId, filter: &ConversationLogFilter, at_most: i64) -> QueryResult<i64> {
        Count(matching(account, filter).select(sql::<Integer>("1")).limit(at_most)).get_result(db)
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

/// The account's events that the filter lets through.
fn matching<'a>(account: &'a AccountId, filter: &'a ConversationLogFilter) -> conversation_events::BoxedQuery<'a, Backend> {
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
    let mut query = conversation_events::table.filter(conversation_events::account_id.eq(account.as_str())).into_boxed();
    if let Some(types) = event.values() {
        query = query.filter(conversation_events::event_type.eq_any(types.iter().map(|event| event.number())));
    }
    if let Some(ids) = done_by_id.values() {
        query = query.filter(conversation_events::done_by_id.eq_any(ids.iter().map(|id| id.as_str())));
    }
    if let Some(types) = done_by_type.values() {
        query = query.filter(conversation_events::done_by_type.eq_any(types.iter().map(|actor| actor.number())));
    }
    if let Some(values) = from_value.values() {
        let beginnings = indexed_from_value().eq_any(values.iter().map(row::indexed));
        let whole = conversation_events::from_value.eq_any(values.iter().map(|value| value.as_str()));
        query = query.filter(conversation_events::from_value.is_not_null().and(beginnings).and(whole));
    }
    if let Some(values) = to_value.values() {
        let beginnings = indexed_to_value().eq_any(values.iter().map(row::indexed));
        let whole = conversation_events::to_value.eq_any(values.iter().map(|value| value.as_str()));
        query = query.filter(conversation_events::to_value.is_not_null().and(beginnings).and(whole));
    }
    if let Some(ids) = operation_id.values() {
        query = query.filter(conversation_events::operation_id.eq_any(ids.iter().map(|id| id.as_str())));
    }
    if let Some(instant) = date_from {
        query = query.filter(conversation_events::occurred_at.ge(instant.microseconds()));
    }
    if let Some(instant) = date_to {
        query = query.filter(conversation_events::occurred_at.lt(instant.microseconds()));
    }
    if let Some(ids) = conversation_id.values() {
        query = query.filter(conversation_events::conversation_id.eq_any(ids.iter().map(|id| id.as_str())));
    }
    query
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

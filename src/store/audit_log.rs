//! The audit log's table: its rows, its filters, and the four things that are done with it.

use diesel::{QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper, connection::DefaultLoadingMode};

use super::{
    arms::Rows,
    audit_rows,
    comparison::Table,
    connection::Db,
    criteria::{Column, Criteria},
    log::Log,
    row,
    schema::audit_events,
    writer::{Job, Request},
};
use crate::domain::{
    account::AccountId,
    audit_event::{AuditEvent, AuditEventType, Item},
    catalogue::EventType,
    event::Recorded,
    filter::AuditLogFilter,
    page::PageRequest,
    text::{EventId, Identifier, Text},
    timestamp::Timestamp,
};

/// The audit log.
#[derive(Debug)]
pub struct AuditLog;

impl Log for AuditLog {
    const NAME: &str = "audit";
    const TABLE: Table = Table { name: "audit_events", item: "item_id" };
    type Event = AuditEvent;
    type Filter = AuditLogFilter;

    fn criteria(filter: &AuditLogFilter) -> Criteria<'_> {
        // Every filter is named, so that a new one does not compile until it is handled.
        let AuditLogFilter {
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
            item_type,
            item_id,
        } = filter;
        let mut criteria = Criteria::new(AuditEventType::CATALOGUE.iter().map(|event| event.number()));
        criteria.events(event.values().map(|types| types.iter().map(|event| event.number())));
        criteria.identifiers(Column::Actor, done_by_id);
        criteria.actor_types(done_by_type);
        criteria.previous_values(from_value);
        criteria.new_values(to_value);
        criteria.identifiers(Column::Operation, operation_id);
        criteria.period(*date_from, *date_to);
        // The event type tells the item's type, which therefore has no column of its own.
        criteria.events(item_type.values().map(|types| {
            let events = AuditEventType::CATALOGUE.iter().filter(|event| types.contains(&event.item_type()));
            events.map(|event| event.number())
        }));
        criteria.identifiers(Column::Item, item_id);
        criteria
    }

    fn load(db: &mut Db, rows: Rows<'_>, request: &PageRequest) -> QueryResult<Vec<Recorded<AuditEvent>>> {
        let order = rows.order(request);
        let query = audit_events::table.filter(rows).select(Row::as_select()).order(order).limit(request.rows());
        query.load_iter::<Row, DefaultLoadingMode>(db)?.map(|row| row?.into_recorded()).collect()
    }

    fn find(db: &mut Db, wanted: &[(&AccountId, &EventId)]) -> QueryResult<Vec<(usize, Recorded<AuditEvent>)>> {
        audit_rows::find(db, wanted)
    }

    fn insert(db: &mut Db, events: &[(&AccountId, Recorded<&AuditEvent>)]) -> QueryResult<()> {
        audit_rows::insert(db, events)
    }

    fn job(request: Request<AuditEvent>) -> Job {
        Job::Audit(request)
    }
}

/// A row of the table without its account.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
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
    item_id: String,
    item_name: Option<String>,
    operation_id: Option<String>,
    details: Option<String>,
}

impl Row {
    pub(super) fn into_recorded(self) -> QueryResult<Recorded<AuditEvent>> {
        let event_type =
            AuditEventType::from_number(self.event_type).ok_or_else(|| row::unknown_number("event_type", self.event_type))?;
        let event = AuditEvent {
            id: EventId::from_stored(self.id),
            occurred_at: Timestamp::from_microseconds(self.occurred_at),
            event_type,
            done_by: row::actor(self.done_by_type, self.done_by_id, self.done_by_name)?,
            from: row::value(self.from_value, self.from_label),
            to: row::value(self.to_value, self.to_label),
            item: Item {
                item_type: event_type.item_type(),
                id: Identifier::from_stored(self.item_id),
                name: self.item_name.map(Text::from_stored),
            },
            operation_id: self.operation_id.map(Identifier::from_stored),
            details: self.details.map(row::details).transpose()?,
        };
        let recorded_at = Timestamp::from_microseconds(self.recorded_at);
        Ok(Recorded { sequence: self.sequence, recorded_at, event })
    }
}

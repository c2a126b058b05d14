//! The audit log's table as it is written to: which identifiers are taken, and new rows.

use diesel::{
    ExpressionMethods, Insertable, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::{AsSelect, SqlTypeOf},
    pg::Pg,
    sql_types::{BigInt, Nullable, SmallInt, Text as SqlText},
};

use super::{
    audit_log::Row,
    connection::Db,
    row,
    schema::audit_events,
    statement::{End, Statement, column, rows},
};
use crate::domain::{
    account::AccountId,
    audit_event::AuditEvent,
    catalogue::EventType,
    event::Recorded,
    text::{EventId, Identifier, Text},
};

/// The events of these identifiers that are there, each with the place at which it is wanted.
pub(super) fn find(db: &mut Db, wanted: &[(&AccountId, &EventId)]) -> QueryResult<Vec<(usize, Recorded<AuditEvent>)>> {
    /// The order is that of [`Row`]. The limit keeps to the index, whatever PostgreSQL thinks of how many are wanted.
    const FOUND: &str = " WITH ORDINALITY AS wanted (account_id, id, place) CROSS JOIN LATERAL (SELECT \
        sequence, id, occurred_at, recorded_at, event_type, done_by_type, done_by_id, done_by_name, from_value, \
        from_label, to_value, to_label, item_id, item_name, operation_id, details \
        FROM audit_events WHERE audit_events.account_id = wanted.account_id AND audit_events.id = wanted.id LIMIT 1) AS found";
    type Found = (BigInt, SqlTypeOf<AsSelect<Row, Pg>>);

    let found: Vec<(i64, Row)> = match db {
        Db::Sqlite(connection) => {
            let mut found = Vec::new();
            for ((account, id), place) in wanted.iter().zip(1..) {
                let event = audit_events::table
                    .filter(audit_events::account_id.eq(account.as_str()))
                    .filter(audit_events::id.eq(id.as_str()))
                    .select(Row::as_select());
                found.extend(event.first(connection).optional()?.map(|row| (place, row)));
            }
            found
        }
        Db::Postgres(connection) => {
            let wanted = rows((
                column::<SqlText, _>(wanted.iter().map(|(account, _)| account.as_str())),
                column::<SqlText, _>(wanted.iter().map(|(_, id)| id.as_str())),
            ));
            Statement::new("SELECT place, found.* FROM", wanted, End(FOUND)).answering::<Found>().load(connection)?
        }
    };
    found.into_iter().map(|(place, row)| Ok((row::place(place)?, row.into_recorded()?))).collect()
}

/// Inserts numbered events.
pub(super) fn insert(db: &mut Db, events: &[(&AccountId, Recorded<&AuditEvent>)]) -> QueryResult<()> {
    /// The order is that of the columns below.
    const INTO: &str = "INSERT INTO audit_events ( \
        account_id, sequence, id, occurred_at, recorded_at, event_type, done_by_type, done_by_id, done_by_name, \
        from_value, from_label, to_value, to_label, item_id, item_name, operation_id, details) \
        SELECT * FROM";

    let new: Vec<NewRow<'_>> = events.iter().map(NewRow::from).collect();
    match db {
        Db::Sqlite(connection) => {
            new.iter().try_for_each(|row| diesel::insert_into(audit_events::table).values(row).execute(connection).map(drop))
        }
        Db::Postgres(connection) => {
            let columns = (
                column::<SqlText, _>(new.iter().map(|row| row.account_id)),
                column::<BigInt, _>(new.iter().map(|row| row.sequence)),
                column::<SqlText, _>(new.iter().map(|row| row.id)),
                column::<BigInt, _>(new.iter().map(|row| row.occurred_at)),
                column::<BigInt, _>(new.iter().map(|row| row.recorded_at)),
                column::<SmallInt, _>(new.iter().map(|row| row.event_type)),
                column::<SmallInt, _>(new.iter().map(|row| row.done_by_type)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.done_by_id)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.done_by_name)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.from_value)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.from_label)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.to_value)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.to_label)),
                column::<SqlText, _>(new.iter().map(|row| row.item_id)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.item_name)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.operation_id)),
                column::<Nullable<SqlText>, _>(new.iter().map(|row| row.details.as_deref())),
            );
            Statement::new(INTO, rows(columns), End("")).execute(connection).map(drop)
        }
    }
}

/// A new row of the table, which borrows the event's texts.
#[derive(Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct NewRow<'a> {
    account_id: &'a str,
    sequence: i64,
    id: &'a str,
    occurred_at: i64,
    recorded_at: i64,
    event_type: i16,
    done_by_type: i16,
    done_by_id: Option<&'a str>,
    done_by_name: Option<&'a str>,
    from_value: Option<&'a str>,
    from_label: Option<&'a str>,
    to_value: Option<&'a str>,
    to_label: Option<&'a str>,
    item_id: &'a str,
    item_name: Option<&'a str>,
    operation_id: Option<&'a str>,
    details: Option<String>,
}

impl<'a> From<&'a (&AccountId, Recorded<&AuditEvent>)> for NewRow<'a> {
    fn from((account, Recorded { sequence, recorded_at, event }): &'a (&AccountId, Recorded<&AuditEvent>)) -> Self {
        let (from_value, from_label) = row::columns(event.from.as_ref());
        let (to_value, to_label) = row::columns(event.to.as_ref());
        Self {
            account_id: account.as_str(),
            sequence: *sequence,
            id: event.id.as_str(),
            occurred_at: event.occurred_at.microseconds(),
            recorded_at: recorded_at.microseconds(),
            event_type: event.event_type.number(),
            done_by_type: event.done_by.actor_type.number(),
            done_by_id: event.done_by.id.as_ref().map(Identifier::as_str),
            done_by_name: event.done_by.name.as_ref().map(Text::as_str),
            from_value,
            from_label,
            to_value,
            to_label,
            item_id: event.item.id.as_str(),
            item_name: event.item.name.as_ref().map(Text::as_str),
            operation_id: event.operation_id.as_ref().map(Identifier::as_str),
            details: event.details.as_ref().map(|details| details.as_json().to_owned()),
        }
    }
}

//! The query that finds events by an index: one arm for each value of its key.
//!
//! An arm is a short walk through the index in the order of reading, so a page costs what it shows, not what matches.
//!
//! SQLite is given the index by name. PostgreSQL goes by the conditions that it is shown: what is no key of the chosen index is
//! hidden from it (`IS TRUE`), but for single values of columns that the index has behind the sequence. Those it compares
//! inside the index, even before a vacuum.

use diesel::{ExpressionMethods, QueryDsl, dsl::IntoBoxed};

use super::{
    conditions::Conditions,
    connection::{Backend, Dialect},
    fragment::{Fragment, among},
    index::{Column, Index},
    log::LogTable,
    on::Source,
    schema::{LogKey, events},
};
use crate::domain::page::{OrderKey, PageRequest};

pub(super) type EventQuery<'a> = IntoBoxed<'a, events::table, Backend>;

/// The events of a log that match, by one index.
#[derive(Debug, Clone)]
pub(super) struct Arms<'a> {
    pub dialect: Dialect,
    pub log: &'static LogTable,
    pub key: LogKey,
    pub conditions: &'a Conditions,
    pub index: Index,
}

/// Where the value of the key comes from, if there are several.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeySource {
    /// The list of values, as a table `keys` with a column `value`.
    List,
    /// The queue, which has a column `key`.
    Queue,
    /// The rows themselves, which were joined with the list and have a column `key`.
    Rows,
}

impl<'a> Arms<'a> {
    pub(super) fn new(dialect: Dialect, log: &'static LogTable, key: LogKey, conditions: &'a Conditions, index: Index) -> Self {
        Self { dialect, log, key, conditions, index }
    }

    /// The events of one arm that lie in the page's range.
    pub(super) fn in_range(&self, source: KeySource, page: &PageRequest) -> EventQuery<'static> {
        let of_sequence = |condition: Fragment| hidden_if(self.index != Index::Sequence, condition);
        let mut query = self.matching(source);
        if let Some(newest) = page.newest {
            query = query.filter(of_sequence(Fragment::new("events.sequence <= ").number(newest)));
        }
        if let Some(start) = page.start {
            let comparison = match (page.reads_descending(), start.inclusive) {
                (true, false) => "<",
                (true, true) => "<=",
                (false, false) => ">",
                (false, true) => ">=",
            };
            let (occurred_at, sequence) = (start.position.occurred_at.microseconds(), start.position.sequence);
            query = match page.order.key {
                OrderKey::OccurredAt => query.filter(beyond(comparison, occurred_at, sequence)),
                OrderKey::Sequence => {
                    query.filter(of_sequence(Fragment::new(format!("events.sequence {comparison} ")).number(sequence)))
                }
            };
        }
        query
    }

    /// The events of one arm.
    pub(super) fn matching(&self, source: KeySource) -> EventQuery<'static> {
        // Every condition is named, so that a new one does not compile until it is compared.
        let Conditions {
            event_types,
            actor_types,
            actors,
            subjects,
            from_values,
            to_values,
            operations,
            date_from: _,
            date_to: _,
        } = self.conditions;
        let mut query = self.by_keys(source);
        if let Some(condition) = self.other(Column::EventType, event_types.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(condition) = self.other(Column::ActorType, actor_types.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(condition) = self.other(Column::Actor, actors.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(condition) = self.other(Column::Subject, subjects.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(condition) = self.other(Column::From, from_values.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(condition) = self.other(Column::To, to_values.as_deref()) {
            query = query.filter(condition);
        }
        if let Some(operations) = operations {
            // By identifier too, because two operations may share a number.
            let shown = operations.ids.len() == 1 && self.index == Index::Operation;
            let mut among = Fragment::new("events.operation_id IN (");
            for (place, id) in operations.ids.iter().enumerate() {
                among = among.sql(if place > 0 { ", " } else { "" }).text(id);
            }
            query = query.filter(hidden_if(!shown, among.sql(")")));
        }
        query
    }

    /// The events of one arm, by the keys of the index and the period alone.
    pub(super) fn by_keys(&self, source: KeySource) -> EventQuery<'static> {
        let mut query = events::table.filter(events::log_key.eq(self.key)).into_boxed();
        if let Some((column, values)) = self.keys() {
            let equal: Fragment = Fragment::new(format!("events.{} = ", column.name()));
            query = query.filter(match (values, source) {
                ([value], _) => equal.number(*value),
                (_, KeySource::List) => equal.sql("keys.value"),
                (_, KeySource::Queue) => equal.sql("queue.key"),
                (_, KeySource::Rows) => equal.sql("events.key"),
            });
        }
        let of_time = |condition| hidden_if(self.index == Index::Sequence, condition);
        if let Some(from) = self.conditions.date_from {
            query = query.filter(of_time(Fragment::new("events.occurred_at >= ").number(from)));
        }
        if let Some(to) = self.conditions.date_to {
            query = query.filter(of_time(Fragment::new("events.occurred_at < ").number(to)));
        }
        query
    }

    /// Whether the events are first found in the index alone and then read. It is so for several arms, and where columns behind
    /// the sequence are compared: SQLite would read the row of each entry that it compares, and PostgreSQL does for a list.
    pub(super) fn are_found_first(&self) -> bool {
        let compared = |column: &Column| match (self.conditions.of(*column), self.dialect) {
            (Some(_), Dialect::Sqlite) => true,
            (Some(values), Dialect::Postgres) => values.len() > 1,
            (None, _) => false,
        };
        self.list().is_some() || self.index.behind().iter().any(compared)
    }

    /// The values of the index's key, if there are several.
    pub(super) fn list(&self) -> Option<&[i64]> {
        self.keys().map(|(_, values)| values).filter(|values| values.len() != 1)
    }

    fn keys(&self) -> Option<(Column, &[i64])> {
        let column = self.index.key()?;
        Some((column, self.conditions.of(column)?))
    }

    pub(super) fn source(&self) -> Source {
        Source::by_index(self.log, self.dialect, self.index)
    }

    /// A column compared with the values of a filter, unless it is a key of the index.
    fn other(&self, column: Column, values: Option<&[i64]>) -> Option<Fragment> {
        let values = values.filter(|_| self.index.key() != Some(column))?;
        let shown = values.len() == 1 && self.index.behind().contains(&column);
        Some(hidden_if(!shown, among(format!("events.{}", column.name()), values, self.dialect)))
    }
}

/// A condition that no planner uses to choose an index, if it is to be hidden.
fn hidden_if(hidden: bool, condition: Fragment) -> Fragment {
    if hidden { Fragment::new("(").then(condition).sql(") IS TRUE") } else { condition }
}

/// Beyond a position in the order of time.
pub(super) fn beyond(comparison: &str, occurred_at: i64, sequence: i64) -> Fragment {
    let columns = Fragment::new(format!("(events.occurred_at, events.sequence) {comparison} ("));
    columns.number(occurred_at).sql(", ").number(sequence).sql(")")
}

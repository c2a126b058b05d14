//! Queries that find events through an index, with one *arm* per value of the index's key.
//!
//! An arm scans one key value in reading order and stops at the limit. So the cost of a page depends on its size, not on the
//! number of matches.
//!
//! On SQLite, the query names the index (`INDEXED BY`). PostgreSQL chooses the index from the conditions, so conditions on
//! columns other than the key are hidden from its planner (`IS TRUE`). An exception is a single value of a trailing column:
//! PostgreSQL compares it inside the index, even before a vacuum.

use diesel::{ExpressionMethods, QueryDsl, dsl::IntoBoxed};

use super::{
    conditions::{Column, Conditions},
    connection::{Backend, Dialect},
    fragment::{Fragment, comparison, is_one_of, is_one_of_texts},
    index::Index,
    log::LogTable,
    schema::{LogKey, events},
    source::Source,
};
use crate::domain::page::{OrderKey, PageRequest};

pub(super) type EventQuery<'a> = IntoBoxed<'a, events::table, Backend>;

/// The matching events of a log, read through one index.
#[derive(Debug, Clone)]
pub(super) struct Arms<'a> {
    pub dialect: Dialect,
    pub log: &'static LogTable,
    pub key: LogKey,
    pub conditions: &'a Conditions,
    pub index: Index,
}

/// Where an arm takes its key value from, if the filter has several.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeySource {
    /// The list of values: the column `value` of the table `keys`.
    List,
    /// The queue of `merge`: the column `key` of the table `queue`.
    Queue,
    /// The event rows, already joined with the list: their column `key`.
    Rows,
}

impl<'a> Arms<'a> {
    pub(super) fn new(dialect: Dialect, log: &'static LogTable, key: LogKey, conditions: &'a Conditions, index: Index) -> Self {
        Self { dialect, log, key, conditions, index }
    }

    /// The matching events of one arm within the page's range.
    pub(super) fn in_range(&self, source: KeySource, page: &PageRequest) -> EventQuery<'static> {
        let of_sequence = |condition: Fragment| hidden_if(self.index != Index::Sequence, condition);
        let mut query = self.matching(source);
        if let Some(newest) = page.newest {
            query = query.filter(of_sequence(Fragment::new("events.sequence <= ").number(newest)));
        }
        if page.above > 0 {
            query = query.filter(of_sequence(Fragment::new("events.sequence > ").number(page.above)));
        }
        if let Some(start) = page.start {
            let comparison = comparison(page.reads_descending(), start.inclusive);
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

    /// The matching events of one arm.
    pub(super) fn matching(&self, source: KeySource) -> EventQuery<'static> {
        // No `..`: a new condition does not compile until it is handled here.
        let Conditions { values, operation_ids, date_from: _, date_to: _ } = self.conditions;
        let mut query = self.by_keys(source);
        for (column, values) in values {
            // Operations are compared by their identifiers.
            if *column != Column::Operation && self.index != Index::By(*column) {
                query = query.filter(self.compared(*column, values));
            }
        }
        if let Some(ids) = operation_ids {
            let shown = ids.len() == 1 && self.index == Index::By(Column::Operation);
            let identifiers = is_one_of_texts("events.operation_id", ids.iter().map(String::as_str));
            query = query.filter(hidden_if(!shown, identifiers));
        }
        query
    }

    /// The events of one arm that match the index's key and the period. Other conditions are not compared.
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

    /// Whether the query first finds sequences in the index alone and then reads their rows.
    ///
    /// It does so for several arms, and if trailing columns are compared. Otherwise SQLite would read the row of every entry that
    /// it compares, and PostgreSQL would do the same for a list of values.
    pub(super) fn are_found_in_index_first(&self) -> bool {
        let compared = |column: &Column| match (self.conditions.of(*column), self.dialect) {
            (Some(_), Dialect::Sqlite) => true,
            (Some(values), Dialect::Postgres) => values.len() > 1,
            (None, _) => false,
        };
        self.list().is_some() || self.index.trailing().iter().any(compared)
    }

    /// The values of the index's key, unless there is exactly one.
    pub(super) fn list(&self) -> Option<&[i64]> {
        self.keys().map(|(_, values)| values).filter(|values| values.len() != 1)
    }

    fn keys(&self) -> Option<(Column, &[i64])> {
        let column = self.index.key()?;
        Some((column, self.conditions.of(column)?))
    }

    pub(super) fn source(&self) -> Source {
        Source::by_index(self.log, self.dialect, self.key, self.index)
    }

    /// Compares a column that is not the index's key with the values of a filter.
    fn compared(&self, column: Column, values: &[i64]) -> Fragment {
        let shown = values.len() == 1 && self.index.trailing().contains(&column);
        let name = format!("events.{}", column.name());
        let condition = match (values, self.dialect) {
            // PostgreSQL hashes the result of a sub-select. It would compare each row with all elements of an array.
            ([_, _, ..], Dialect::Postgres) => {
                let list = self.dialect.list(values);
                Fragment::new(format!("{name} IN (SELECT unnest(CAST(")).text(list).sql(" AS bigint[])))")
            }
            _ => is_one_of(name, values, self.dialect),
        };
        hidden_if(!shown, condition)
    }
}

/// Hides a condition from the planner, so that it has no effect on the choice of the index.
fn hidden_if(hidden: bool, condition: Fragment) -> Fragment {
    if hidden { Fragment::new("(").then(condition).sql(") IS TRUE") } else { condition }
}

/// Compares an event's position in time order with the given one.
pub(super) fn beyond(comparison: &str, occurred_at: i64, sequence: i64) -> Fragment {
    let columns = Fragment::new(format!("(events.occurred_at, events.sequence) {comparison} ("));
    columns.number(occurred_at).sql(", ").number(sequence).sql(")")
}

//! The query that finds events by an index: one arm for each combination of its keys, merged.
//!
//! An arm is a short walk through the index in the order of reading, so a page costs what it shows, not what matches. One arm
//! is a plain query. Several are merged inside the database: PostgreSQL reads the first entries of each arm (`LATERAL`) and
//! takes the first of all; SQLite has no `LATERAL`, but its recursive queries with an order are priority queues: the queue
//! holds the next entry of each arm, and an entry that leaves it is followed by the next one of its arm.
//!
//! PostgreSQL goes by the conditions that it is shown. What is no key of the chosen index is hidden from it (`IS TRUE`), but for
//! single values of columns that the index has behind the sequence: those it compares inside the index, even before a vacuum.

use diesel::{
    BoxableExpression, ExpressionMethods, QueryDsl, QueryResult,
    dsl::IntoBoxed,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
};

use super::{
    conditions::Conditions,
    connection::Backend,
    heads::LogKey,
    index::{Column, Index},
    log::LogTable,
    on::{Dialect, Source},
    schema::events,
};
use crate::domain::page::{OrderKey, PageRequest};

pub(super) type Pass<'a, 'b> = AstPass<'a, 'b, Backend>;
type Condition = Box<dyn BoxableExpression<events::table, Backend, SqlType = Bool>>;
pub(super) type EventQuery<'a> = IntoBoxed<'a, events::table, Backend>;

/// The events of a log that match, by one index.
#[derive(Debug, Clone)]
pub(super) struct Arms<'a> {
    pub dialect: Dialect,
    pub log: &'static LogTable,
    pub key: LogKey,
    pub conditions: &'a Conditions,
    pub index: Index,
    keys: Vec<Values>,
}

/// The values of a key of the index.
#[derive(Debug, Clone)]
enum Values {
    One(i64),
    /// As the database reads a list from a text.
    List(String),
}

/// Where the values of keys that have several come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeySource {
    /// The lists of keys, as tables `k0`, `k1`, … with a column `value`.
    Lists,
    /// The queue, which has columns `k0`, `k1`, …
    Queue,
    /// The rows themselves, joined with the lists, have columns `k0`, `k1`, …
    Rows,
}

impl<'a> Arms<'a> {
    pub(super) fn new(dialect: Dialect, log: &'static LogTable, key: LogKey, conditions: &'a Conditions, index: Index) -> Self {
        let event_types: Vec<i64> = log.event_types().collect();
        let values = |column: &Column| match conditions.key(*column, &event_types).as_slice() {
            [value] => Values::One(*value),
            values => Values::List(dialect.list(values)),
        };
        let keys = index.keys().iter().map(values).collect();
        Self { dialect, log, key, conditions, index, keys }
    }

    /// The events of one arm that lie in the page's range.
    pub(super) fn in_range(&self, source: KeySource, page: &PageRequest) -> EventQuery<'static> {
        let mut query = self.matching(source);
        if let Some(newest) = page.newest {
            query = query.filter(self.of_sequence(events::sequence.le(newest)));
        }
        let Some(start) = page.start else { return query };
        let (occurred_at, sequence) = (start.position.occurred_at.microseconds(), start.position.sequence);
        let comparison = match (page.reads_descending(), start.inclusive) {
            (true, false) => " < ",
            (true, true) => " <= ",
            (false, false) => " > ",
            (false, true) => " >= ",
        };
        match page.order.key {
            OrderKey::OccurredAt => query.filter(Beyond { comparison, occurred_at, sequence }),
            OrderKey::Sequence => match comparison {
                " < " => query.filter(self.of_sequence(events::sequence.lt(sequence))),
                " <= " => query.filter(self.of_sequence(events::sequence.le(sequence))),
                " > " => query.filter(self.of_sequence(events::sequence.gt(sequence))),
                _ => query.filter(self.of_sequence(events::sequence.ge(sequence))),
            },
        }
    }

    /// The events of one arm.
    pub(super) fn matching(&self, source: KeySource) -> EventQuery<'static> {
        let mut query = self.by_keys(source);
        // Every condition is named, so that a new one does not compile until it is compared.
        let Conditions { event_types, actor_types, actors, subjects, from_values, to_values, operations, date_from: _, date_to: _ } =
            self.conditions;
        if let Some(types) = self.other(Column::EventType, event_types) {
            query = query.filter(self.compared(Column::EventType, events::event_type, types));
        }
        if let Some(types) = self.other(Column::ActorType, actor_types) {
            query = query.filter(self.compared(Column::ActorType, events::actor_type, types));
        }
        if let Some(actors) = self.other(Column::Actor, actors) {
            query = query.filter(self.compared(Column::Actor, events::actor, actors));
        }
        if let Some(subjects) = self.other(Column::Subject, subjects) {
            query = query.filter(self.compared(Column::Subject, events::subject, subjects));
        }
        if let Some(values) = self.other(Column::From, from_values) {
            query = query.filter(self.compared(Column::From, events::from_value, values));
        }
        if let Some(values) = self.other(Column::To, to_values) {
            query = query.filter(self.compared(Column::To, events::to_value, values));
        }
        if let Some(operations) = operations {
            // By identifier too, because two operations may share a number.
            let among = AmongTexts(operations.ids.clone());
            let shown = operations.ids.len() == 1 && self.index == Index::Operation;
            query = if shown { query.filter(among) } else { query.filter(Hidden(among)) };
        }
        query
    }

    /// The events of one arm, by the keys of the index and the period alone.
    pub(super) fn by_keys(&self, source: KeySource) -> EventQuery<'static> {
        let mut query = events::table.filter(events::log_key.eq(self.key)).into_boxed();
        for (place, column) in self.index.keys().iter().enumerate() {
            let key = self.key_of(place, source);
            query = match column {
                Column::EventType => query.filter(Equal(events::event_type, key)),
                Column::ActorType => query.filter(Equal(events::actor_type, key)),
                Column::Actor => query.filter(Equal(events::actor, key)),
                Column::Subject => query.filter(Equal(events::subject, key)),
                Column::From => query.filter(Equal(events::from_value, key)),
                Column::To => query.filter(Equal(events::to_value, key)),
                Column::Operation => query.filter(Equal(events::operation, key)),
            };
        }
        if let Some(from) = self.conditions.date_from {
            query = query.filter(self.of_time(events::occurred_at.ge(from)));
        }
        if let Some(to) = self.conditions.date_to {
            query = query.filter(self.of_time(events::occurred_at.lt(to)));
        }
        query
    }

    /// Whether it is more than a plain query: several arms, or a list that PostgreSQL compares inside an index only if it reads
    /// nothing else.
    pub(super) fn are_merged(&self) -> bool {
        let has_list = |column: &Column| self.conditions.of(*column).is_some_and(|values| values.len() > 1);
        let lists_behind = self.index.behind().iter().any(has_list);
        self.lists().next().is_some() || self.dialect == Dialect::Postgres && lists_behind
    }

    /// The keys that have several values, with their places.
    pub(super) fn lists(&self) -> impl Iterator<Item = (usize, &String)> {
        self.keys.iter().enumerate().filter_map(|(place, values)| match values {
            Values::List(list) => Some((place, list)),
            Values::One(_) => None,
        })
    }

    pub(super) fn source(&self) -> Source {
        Source::by_index(self.log, self.dialect, self.index)
    }

    fn key_of(&self, place: usize, source: KeySource) -> Key {
        match (&self.keys[place], source) {
            (Values::One(value), _) => Key::Value(*value),
            (Values::List(_), KeySource::Lists) => Key::Column(format!("k{place}.value")),
            (Values::List(_), KeySource::Queue) => Key::Column(format!("queue.k{place}")),
            (Values::List(_), KeySource::Rows) => Key::Column(format!("events.k{place}")),
        }
    }

    /// The values to compare a column with, unless it is a key of the index.
    fn other(&self, column: Column, values: &'a Option<Vec<i64>>) -> Option<&'a [i64]> {
        values.as_deref().filter(|_| !self.index.keys().contains(&column))
    }

    fn compared<C>(&self, column: Column, expression: C, values: &[i64]) -> Condition
    where
        Among<C>: Expression<SqlType = Bool>,
        C: InEvents,
    {
        let among = among(expression, values.to_vec(), self.dialect);
        let shown = values.len() == 1 && self.index.behind().contains(&column);
        if shown { Box::new(among) } else { Box::new(Hidden(among)) }
    }

    /// A condition on the time, which every index has as a key but the primary key.
    fn of_time(&self, condition: impl ConditionOnEvents) -> Condition {
        if self.index == Index::Sequence { Box::new(Hidden(condition)) } else { Box::new(condition) }
    }

    /// A condition on the sequence, which only the primary key has in front.
    fn of_sequence(&self, condition: impl ConditionOnEvents) -> Condition {
        if self.index == Index::Sequence { Box::new(condition) } else { Box::new(Hidden(condition)) }
    }
}

/// A condition on a row of `events`.
trait ConditionOnEvents:
    BoxableExpression<events::table, Backend, SqlType = Bool> + QueryFragment<Backend> + Expression<SqlType = Bool> + 'static
{
}

impl<C> ConditionOnEvents for C where
    C: BoxableExpression<events::table, Backend, SqlType = Bool> + QueryFragment<Backend> + Expression<SqlType = Bool> + 'static
{
}

/// A column of `events`.
pub(super) trait InEvents: Expression + QueryFragment<Backend> + SelectableExpression<events::table> + Send + 'static {}

impl<C> InEvents for C where C: Expression + QueryFragment<Backend> + SelectableExpression<events::table> + Send + 'static {}

/// The value of a key.
#[derive(Debug, Clone)]
enum Key {
    Value(i64),
    Column(String),
}

/// A column that has the value of a key.
#[derive(Debug, Clone)]
struct Equal<C>(C, Key);

/// A column that has one of these numbers.
#[derive(Debug, Clone)]
pub(super) struct Among<C> {
    column: C,
    /// One number, or several as the database reads a list from a text.
    numbers: Numbers,
}

#[derive(Debug, Clone)]
enum Numbers {
    One(i64),
    List(Dialect, String),
}

/// Events of one of these operations.
#[derive(Debug, Clone)]
struct AmongTexts(Vec<String>);

/// A condition that no planner uses to choose an index.
#[derive(Debug, Clone)]
struct Hidden<E>(E);

/// Beyond a position in the order of time.
#[derive(Debug, Clone)]
pub(super) struct Beyond {
    pub comparison: &'static str,
    pub occurred_at: i64,
    pub sequence: i64,
}

/// A column that has one of these numbers. A list is one value to bind, so that one statement serves any number of them.
pub(super) fn among<C>(column: C, numbers: Vec<i64>, dialect: Dialect) -> Among<C> {
    let numbers = match numbers.as_slice() {
        [number] => Numbers::One(*number),
        numbers => Numbers::List(dialect, dialect.list(numbers)),
    };
    Among { column, numbers }
}

impl Dialect {
    /// A list of numbers as a text: `[1,2]` or `{1,2}`.
    pub(super) fn list(self, numbers: &[i64]) -> String {
        let [open, close] = match self {
            Self::Sqlite => ["[", "]"],
            Self::Postgres => ["{", "}"],
        };
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        format!("{open}{}{close}", numbers.join(","))
    }

    /// The numbers of a list as a table of that name with the column `value`.
    pub(super) fn push_table<'b>(self, list: &'b String, name: &str, out: &mut Pass<'_, 'b>) -> QueryResult<()> {
        let [before, after] = match self {
            Self::Sqlite => ["json_each(", ") AS "],
            Self::Postgres => ["unnest(CAST(", " AS bigint[])) AS "],
        };
        out.push_sql(before);
        out.push_bind_param::<Text, _>(list)?;
        out.push_sql(after);
        out.push_sql(name);
        if self == Self::Postgres {
            out.push_sql("(value)");
        }
        Ok(())
    }
}

impl<C: QueryFragment<Backend>> QueryFragment<Backend> for Equal<C> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" = ");
        match &self.1 {
            Key::Value(value) => out.push_bind_param::<BigInt, _>(value)?,
            Key::Column(name) => out.push_sql(name),
        }
        Ok(())
    }
}

impl<C: QueryFragment<Backend>> QueryFragment<Backend> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        match &self.numbers {
            Numbers::One(number) => {
                out.push_sql(" = ");
                out.push_bind_param::<BigInt, _>(number)
            }
            Numbers::List(Dialect::Sqlite, list) => {
                out.push_sql(" IN (SELECT value FROM json_each(");
                out.push_bind_param::<Text, _>(list)?;
                out.push_sql("))");
                Ok(())
            }
            Numbers::List(Dialect::Postgres, list) => {
                out.push_sql(" = ANY (CAST(");
                out.push_bind_param::<Text, _>(list)?;
                out.push_sql(" AS bigint[]))");
                Ok(())
            }
        }
    }
}

impl QueryFragment<Backend> for AmongTexts {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        events::operation_id.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        for (place, text) in self.0.iter().enumerate() {
            out.push_sql(if place > 0 { ", " } else { "" });
            out.push_bind_param::<Text, _>(text)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<E: QueryFragment<Backend>> QueryFragment<Backend> for Hidden<E> {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") IS TRUE");
        Ok(())
    }
}

impl QueryFragment<Backend> for Beyond {
    fn walk_ast<'b>(&'b self, mut out: Pass<'_, 'b>) -> QueryResult<()> {
        let Self { comparison, occurred_at, sequence } = self;
        out.push_sql("(");
        events::occurred_at.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        events::sequence.walk_ast(out.reborrow())?;
        out.push_sql(")");
        out.push_sql(comparison);
        out.push_sql("(");
        out.push_bind_param::<BigInt, _>(occurred_at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(sequence)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Such a fragment is a condition wherever its columns are.
macro_rules! condition {
    ($name:ident $(<$part:ident>)?) => {
        impl $(<$part: Expression>)? Expression for $name $(<$part>)? {
            type SqlType = Bool;
        }

        impl<Tables $(, $part: Expression)?> AppearsOnTable<Tables> for $name $(<$part>)? {}

        impl<Tables $(, $part: Expression)?> SelectableExpression<Tables> for $name $(<$part>)? {}

        impl<GroupBy $(, $part)?> ValidGrouping<GroupBy> for $name $(<$part>)? {
            type IsAggregate = is_aggregate::Never;
        }

        impl $(<$part>)? QueryId for $name $(<$part>)? {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    };
}
pub(super) use condition;
condition!(Equal<C>);
condition!(Among<C>);
condition!(Hidden<C>);
condition!(AmongTexts);
condition!(Beyond);

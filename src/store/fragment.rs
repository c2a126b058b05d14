//! SQL that diesel cannot express: a sequence of text, bound values and typed queries. Unlike with diesel's own `sql`, prepared
//! statements are cached.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    expression::{AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
};

use super::connection::{Backend, Db, Dialect};

/// An expression or a query of SQL type `T`; a condition by default.
pub(super) struct Fragment<T = Bool> {
    parts: Vec<Part>,
    of: PhantomData<T>,
}

enum Part {
    Sql(Cow<'static, str>),
    Number(i64),
    Text(String),
    Query(Box<dyn QueryFragment<Backend> + Send>),
}

impl<T> Fragment<T> {
    pub(super) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { parts: vec![Part::Sql(sql.into())], of: PhantomData }
    }

    #[must_use]
    pub(super) fn sql(self, sql: impl Into<Cow<'static, str>>) -> Self {
        self.with(Part::Sql(sql.into()))
    }

    #[must_use]
    pub(super) fn number(self, number: i64) -> Self {
        self.with(Part::Number(number))
    }

    #[must_use]
    pub(super) fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    #[must_use]
    pub(super) fn query(self, query: impl QueryFragment<Backend> + Send + 'static) -> Self {
        self.with(Part::Query(Box::new(query)))
    }

    /// Appends another fragment.
    #[must_use]
    pub(super) fn then<U>(mut self, other: Fragment<U>) -> Self {
        self.parts.extend(other.parts);
        self
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

impl<T> QueryFragment<Backend> for Fragment<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for part in &self.parts {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Part::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Part::Query(query) => query.walk_ast(out.reborrow())?,
            }
        }
        Ok(())
    }
}

/// Connections cache prepared statements by their text.
impl<T> QueryId for Fragment<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: TypedExpressionType> Expression for Fragment<T> {
    type SqlType = T;
}

impl<T, Tables> AppearsOnTable<Tables> for Fragment<T> where Self: Expression {}

impl<T, Tables> SelectableExpression<Tables> for Fragment<T> where Self: Expression {}

impl<T, GroupBy> ValidGrouping<GroupBy> for Fragment<T> {
    type IsAggregate = is_aggregate::Never;
}

impl<T> Query for Fragment<T> {
    type SqlType = T;
}

impl<T> RunQueryDsl<Db> for Fragment<T> {}

/// The operator that compares with the position at which a page starts, in the direction of reading.
pub(super) fn comparison(descending: bool, inclusive: bool) -> &'static str {
    match (descending, inclusive) {
        (true, false) => "<",
        (true, true) => "<=",
        (false, false) => ">",
        (false, true) => ">=",
    }
}

/// Whether a column has one of these texts.
pub(super) fn is_one_of_texts<'a>(column: &str, texts: impl IntoIterator<Item = &'a str>) -> Fragment {
    let mut condition = Fragment::new(format!("{column} IN ("));
    for (position, text) in texts.into_iter().enumerate() {
        condition = condition.sql(if position > 0 { ", " } else { "" }).text(text);
    }
    condition.sql(")")
}

/// Whether a column has one of these numbers. A list is bound as a single value, so that one statement serves lists of any length.
pub(super) fn is_one_of(column: impl Into<Cow<'static, str>>, numbers: &[i64], dialect: Dialect) -> Fragment {
    match (numbers, dialect) {
        ([number], _) => Fragment::new(column).sql(" = ").number(*number),
        (numbers, Dialect::Sqlite) => {
            Fragment::new(column).sql(" IN (SELECT value FROM json_each(").text(dialect.list(numbers)).sql("))")
        }
        (numbers, Dialect::Postgres) => {
            // In a sub-select, so that the list is parsed once and not for each row that is compared.
            Fragment::new(column).sql(" = ANY ((SELECT CAST(").text(dialect.list(numbers)).sql(" AS bigint[]))::bigint[])")
        }
    }
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
}

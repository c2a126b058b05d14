//! Statements with constant text, which a connection prepares once: upserts, updates, batches of rows. Diesel can express them,
//! but prepares them again for every execution.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    dsl::AsExprOf,
    expression::AsExpression,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, SingleValue},
};

/// Text, values, and the rest of the statement. The values are a tuple to bind or another statement.
#[derive(Debug)]
pub(super) struct Statement<V, A> {
    before: Cow<'static, str>,
    values: V,
    after: A,
}

/// The end of a statement: only text.
#[derive(Debug)]
pub(super) struct End<T = &'static str>(pub(super) T);

/// A statement that returns rows of the SQL type `T`.
#[derive(Debug)]
pub(super) struct Typed<T, S>(S, PhantomData<T>);

impl<V, A> Statement<V, A> {
    pub(super) fn new(before: impl Into<Cow<'static, str>>, values: V, after: A) -> Self {
        Self { before: before.into(), values, after }
    }

    /// Declares the SQL type of the returned rows, which must match the text.
    pub(super) fn typed<T>(self) -> Typed<T, Self> {
        Typed(self, PhantomData)
    }
}

/// One row to insert.
pub(super) fn row<V>(values: V) -> Statement<V, End> {
    Statement::new(" VALUES (", values, End(")"))
}

/// Rows, given by column, for PostgreSQL: the text is the same for any number of rows.
pub(super) fn rows<V>(columns: V) -> Statement<V, End> {
    Statement::new(" unnest(", columns, End(")"))
}

/// A column of [`rows`].
pub(super) fn column<S, T>(values: impl Iterator<Item = T>) -> AsExprOf<Vec<T>, Array<S>>
where
    S: SingleValue,
    Vec<T>: AsExpression<Array<S>>,
{
    values.collect::<Vec<T>>().as_expression()
}

impl<V: QueryFragment<DB>, A: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Statement<V, A> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.before);
        self.values.walk_ast(out.reborrow())?;
        self.after.walk_ast(out)
    }
}

impl<T: AsRef<str>, DB: Backend> QueryFragment<DB> for End<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0.as_ref());
        Ok(())
    }
}

impl<T, S: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Typed<T, S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

// Connections cache prepared statements by their text.
impl<V, A> QueryId for Statement<V, A> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, S> QueryId for Typed<T, S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, S> Query for Typed<T, S> {
    type SqlType = T;
}

impl<V, A, C> RunQueryDsl<C> for Statement<V, A> {}

impl<T, S, C> RunQueryDsl<C> for Typed<T, S> {}

/// Inserts rows with constant statement text: all at once on PostgreSQL, one by one on SQLite.
macro_rules! insert_rows {
    ($db:expr, $rows:expr, $into:expr, $after:expr, |$row:ident| ($($sql:ty: $value:expr),+ $(,)?)) => {{
        use diesel::{IntoSql, RunQueryDsl};
        use $crate::store::{connection::Db, statement::{End, Statement, column, row, rows}};

        match $db {
            Db::Sqlite(connection) => $rows.iter().try_for_each(|$row| {
                let values = row(($($value.into_sql::<$sql>(),)+));
                Statement::new($into, values, End($after)).execute(connection).map(drop)
            }),
            Db::Postgres(connection) => {
                let rows = rows(($(column::<$sql, _>($rows.iter().map(|$row| $value)),)+));
                let rows = Statement::new(" SELECT * FROM", rows, End($after));
                Statement::new($into, rows, End("")).execute(connection).map(drop)
            }
        }
    }};
}
pub(super) use insert_rows;

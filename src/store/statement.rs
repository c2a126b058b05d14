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

/// SQL text that contains bound values, or other statements, at one position. `T` is the SQL type of the rows that
/// it returns.
#[derive(Debug)]
pub(super) struct Statement<V, T = ()> {
    before: Cow<'static, str>,
    values: V,
    after: Cow<'static, str>,
    returned: PhantomData<T>,
}

impl<V> Statement<V> {
    pub(super) fn new(before: impl Into<Cow<'static, str>>, values: V, after: impl Into<Cow<'static, str>>) -> Self {
        Self { before: before.into(), values, after: after.into(), returned: PhantomData }
    }

    /// Declares the SQL type of the returned rows, which must match the text.
    pub(super) fn typed<T>(self) -> Statement<V, T> {
        let Self { before, values, after, .. } = self;
        Statement { before, values, after, returned: PhantomData }
    }
}

/// One row to insert.
pub(super) fn row<V>(values: V) -> Statement<V> {
    Statement::new(" VALUES (", values, ")")
}

/// Rows, given by column, for PostgreSQL: the text is the same for any number of rows.
pub(super) fn rows<V>(columns: V) -> Statement<V> {
    Statement::new(" unnest(", columns, ")")
}

/// Puts what a statement found for [`rows`] into their order. `found` has the positions of the rows, as `WITH ORDINALITY` counts them.
pub(super) fn by_position<T>(rows: usize, found: Vec<(i64, T)>) -> Vec<Option<T>> {
    let mut ordered: Vec<Option<T>> = (0..rows).map(|_| None).collect();
    for (position, found) in found {
        if let Some(place) = usize::try_from(position - 1).ok().and_then(|index| ordered.get_mut(index)) {
            *place = Some(found);
        }
    }
    ordered
}

/// A column of [`rows`].
pub(super) fn column<S, T>(values: impl Iterator<Item = T>) -> AsExprOf<Vec<T>, Array<S>>
where
    S: SingleValue,
    Vec<T>: AsExpression<Array<S>>,
{
    values.collect::<Vec<T>>().as_expression()
}

impl<V: QueryFragment<DB>, T, DB: Backend> QueryFragment<DB> for Statement<V, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.before);
        self.values.walk_ast(out.reborrow())?;
        out.push_sql(&self.after);
        Ok(())
    }
}

// Connections cache prepared statements by their text.
impl<V, T> QueryId for Statement<V, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V, T> Query for Statement<V, T> {
    type SqlType = T;
}

impl<V, T, C> RunQueryDsl<C> for Statement<V, T> {}

/// Inserts rows with constant statement text: all at once on PostgreSQL, one by one on SQLite.
macro_rules! insert_rows {
    ($db:expr, $rows:expr, $into:expr, $after:expr, |$row:ident| ($($sql:ty: $value:expr),+ $(,)?)) => {{
        use diesel::{IntoSql, RunQueryDsl};
        use $crate::store::{connection::Db, statement::{Statement, column, row, rows}};

        match $db {
            Db::Sqlite(connection) => $rows.iter().try_for_each(|$row| {
                let values = row(($($value.into_sql::<$sql>(),)+));
                Statement::new($into, values, $after).execute(connection).map(drop)
            }),
            Db::Postgres(connection) => {
                let rows = rows(($(column::<$sql, _>($rows.iter().map(|$row| $value)),)+));
                let rows = Statement::new(" SELECT * FROM", rows, $after);
                Statement::new($into, rows, "").execute(connection).map(drop)
            }
        }
    }};
}
pub(super) use insert_rows;

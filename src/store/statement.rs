//! Statements of constant text, which a connection prepares once: what diesel has words for, but prepares anew each time
//! (an upsert, an UPDATE, a batch of rows).

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    dsl::AsExprOf,
    expression::AsExpression,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, SingleValue},
};

/// Text, values, and what follows them. Values are a tuple of bound ones, with commas between them, or a statement within.
#[derive(Debug)]
pub(super) struct Statement<V, A> {
    before: &'static str,
    values: V,
    after: A,
}

/// The end of a statement: text alone.
#[derive(Debug)]
pub(super) struct End(pub(super) &'static str);

/// A statement that answers with rows of this SQL type.
#[derive(Debug)]
pub(super) struct Answering<T, S>(S, PhantomData<T>);

impl<V, A> Statement<V, A> {
    pub(super) fn new(before: &'static str, values: V, after: A) -> Self {
        Self { before, values, after }
    }

    /// Whoever says what it answers knows its text.
    pub(super) fn answering<T>(self) -> Answering<T, Self> {
        Answering(self, PhantomData)
    }
}

/// One row to insert.
pub(super) fn row<V>(values: V) -> Statement<V, End> {
    Statement::new(" VALUES (", values, End(")"))
}

/// Rows by their columns, for PostgreSQL: as many as there are, in a text of one length.
pub(super) fn rows<V>(columns: V) -> Statement<V, End> {
    Statement::new(" unnest(", columns, End(")"))
}

/// One of the columns of [`rows`].
pub(super) fn column<S, T>(values: impl Iterator<Item = T>) -> AsExprOf<Vec<T>, Array<S>>
where
    S: SingleValue,
    Vec<T>: AsExpression<Array<S>>,
{
    values.collect::<Vec<T>>().as_expression()
}

impl<V: QueryFragment<DB>, A: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Statement<V, A> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.values.walk_ast(out.reborrow())?;
        self.after.walk_ast(out)
    }
}

impl<DB: Backend> QueryFragment<DB> for End {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<T, S: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Answering<T, S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

// They are told apart by their texts.
impl<V, A> QueryId for Statement<V, A> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, S> QueryId for Answering<T, S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, S> Query for Answering<T, S> {
    type SqlType = T;
}

impl<V, A, C> RunQueryDsl<C> for Statement<V, A> {}

impl<T, S, C> RunQueryDsl<C> for Answering<T, S> {}

//! The order in which a page's rows are read.

use diesel::{
    QueryResult,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Integer,
};

use super::connection::Backend;

/// What stands behind `ORDER BY`. Diesel's own literals would do, but a statement with one in it is prepared anew each time.
#[derive(Debug, Clone, Copy)]
pub struct RowOrder(pub(super) &'static str);

impl QueryFragment<Backend> for RowOrder {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl Expression for RowOrder {
    type SqlType = Integer;
}

impl<Tables> AppearsOnTable<Tables> for RowOrder {}

impl<Tables> SelectableExpression<Tables> for RowOrder {}

impl<GroupBy> ValidGrouping<GroupBy> for RowOrder {
    type IsAggregate = is_aggregate::Never;
}

/// Connections find the statement again by its text.
impl QueryId for RowOrder {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

//! Row-level security of PostgreSQL: a role that does not own the tables sees only the rows of the logs that the transaction names,
//! and the accesses of the account that it names.
//!
//! So a query that forgets its condition on the log returns nothing. A statement names the log that it reads by [`names_log`], or
//! the account whose accesses it reads by [`is_of_account`], in the same round trip. A transaction that writes names its logs
//! when it locks their heads.
//!
//! The policies and the functions `names_log` and `names_account` are in the migrations. The functions set a variable until the
//! end of the transaction. They do not depend on rows, so PostgreSQL evaluates them before it begins to read, and the policies
//! while it reads. In another order, the statement would return nothing. docs/security.md has the roles.

use super::{connection::Dialect, fragment::Fragment, schema::LogKey};
use crate::domain::account::AccountId;

/// A condition that is always true and makes the rows of a log visible. `None` on SQLite, which has no row-level security.
///
/// It must be a condition of the outermost query, or of the query on the table itself.
pub(super) fn names_log(dialect: Dialect, key: LogKey) -> Option<Fragment> {
    match dialect {
        Dialect::Sqlite => None,
        Dialect::Postgres => Some(Fragment::new("names_log(").number(key.into()).sql(")")),
    }
}

diesel::define_sql_function! {
    /// As [`names_log`], for queries that are written for PostgreSQL only.
    #[sql_name = "names_log"]
    fn names_log_in_postgres(log_key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// The condition that a row of a table of accesses is of this account. It makes the rows of the account visible.
pub(super) fn is_of_account(dialect: Dialect, account: &AccountId) -> Fragment {
    let condition = match dialect {
        Dialect::Sqlite => Fragment::new(""),
        Dialect::Postgres => Fragment::new("names_account(").text(account.as_str()).sql(") AND "),
    };
    condition.sql("account_id = ").text(account.as_str())
}

/// Logs in the form of the variable.
pub(super) fn setting<'a>(keys: impl Iterator<Item = &'a LogKey>) -> String {
    let keys: Vec<String> = keys.map(LogKey::to_string).collect();
    format!("{{{}}}", keys.join(","))
}

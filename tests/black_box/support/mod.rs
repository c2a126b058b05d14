//! The basis of the tests: an empty database, a service that uses it, a client with a token, and the program.

mod client;
mod database;
mod event_stream;
mod postgres;
mod program;
mod restricted;
mod running;
mod service;
mod small_disk;
mod statements;

pub use client::{Client, Response, audit_event, conversation_event};
pub use database::{Database, TABLES_OF_ACCOUNTS};
pub use event_stream::{EventStream, Message};
pub use program::Program;
pub use running::{Running, logbook};
pub use service::{SECRET, Service, sign, token};
pub use small_disk::SmallDisk;
pub use statements::Statements;

/// The number of repetitions of a test: `short`, or `long` if `LOGBOOK_TEST_LONG` is set. docs/reliability.md has the results.
pub fn times(short: usize, long: usize) -> usize {
    if std::env::var_os("LOGBOOK_TEST_LONG").is_some() { long } else { short }
}

/// Defines the two tests `name::sqlite` and `name::postgres`.
///
/// If PostgreSQL is not installed, `name::postgres` is skipped; see [`Database::postgres`].
macro_rules! both_databases {
    ($($tests:tt)+) => { $crate::support::on_each_database! { postgres: postgres; $($tests)+ } };
}
pub(crate) use both_databases;

/// As [`both_databases`], but on PostgreSQL the service has a role that does not own the tables, as in docs/security.md.
macro_rules! both_databases_restricted {
    ($($tests:tt)+) => { $crate::support::on_each_database! { postgres_restricted: restricted; $($tests)+ } };
}
pub(crate) use both_databases_restricted;

/// The name of the test on PostgreSQL, the function of [`Database`] that creates its database, and the tests.
macro_rules! on_each_database {
    ($test:ident: $open:ident; $($(#[$attribute:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs what its file imports")]
            use super::*;

            async fn definition($database: $crate::support::Database) $body

            #[actix_web::test]
            async fn sqlite() {
                definition($crate::support::Database::sqlite()).await;
            }

            #[actix_web::test]
            async fn $test() {
                if let Some(database) = $crate::support::Database::$open() {
                    definition(database).await;
                }
            }
        }
    )+};
}
pub(crate) use on_each_database;

/// Defines the two tests `name::sqlite` and `name::postgres`, each with a database on a disk that the test can fill. They are skipped where
/// no such disk can be mounted; see [`SmallDisk`].
macro_rules! both_small_disks {
    ($(async fn $name:ident($disk:ident: SmallDisk, $database:ident: Database) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn definition($disk: &SmallDisk, $database: &Database) $body

            #[actix_web::test]
            async fn sqlite() {
                if let Some((disk, database)) = SmallDisk::with_sqlite() {
                    definition(&disk, &database).await;
                }
            }

            #[actix_web::test]
            async fn postgres() {
                if let Some((disk, database)) = SmallDisk::with_postgres() {
                    definition(&disk, &database).await;
                }
            }
        }
    )+};
}
pub(crate) use both_small_disks;

/// Defines tests of requests that never reach SQL, so they need one database only.
macro_rules! one_database {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {$(
        $(#[$attribute])*
        #[actix_web::test]
        async fn $name() {
            let $database = $crate::support::Database::sqlite();
            $body
        }
    )+};
}
pub(crate) use one_database;

//! Schema migrations, embedded in the program.

use std::{collections::HashSet, fmt::Display};

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    migration::MigrationSource,
    pg::Pg,
    sql_types::{Nullable, Text},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    AuditLog, ConversationLog, Log,
    connection::{Db, on_each_backend},
    error::StoreError,
    fragment::Fragment,
    schema::{applied_migrations, event_types},
};
use crate::domain::{audit_event::AuditEventType, catalogue::EventType, conversation_event::ConversationEventType};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The names of the pending migrations. Only reads; diesel's own function would create the table of migrations.
pub(super) fn pending(db: &mut Db) -> Result<Vec<String>, StoreError> {
    const TABLE: &str = "__diesel_schema_migrations";
    let table: Option<String> = match db {
        Db::Sqlite(_) => {
            Fragment::<Nullable<Text>>::new("SELECT (SELECT name FROM sqlite_master WHERE name = ").text(TABLE).sql(")")
        }
        Db::Postgres(_) => Fragment::<Nullable<Text>>::new("SELECT CAST(to_regclass(").text(TABLE).sql(") AS text)"),
    }
    .get_result(db)?;
    let applied: HashSet<String> = match table {
        Some(_) => applied_migrations::table.select(applied_migrations::version).load(db)?.into_iter().collect(),
        None => HashSet::new(),
    };
    names(db, |version| !applied.contains(version))
}

/// Runs the pending migrations and returns their names. Instances that start at the same time wait for each other: on PostgreSQL, until
/// this connection is closed.
pub(super) fn run(db: &mut Db) -> Result<Vec<String>, StoreError> {
    /// The key of the advisory lock: an arbitrary number that no other lock in the database uses.
    const LOCK: i64 = 0x6c6f_6762_6f6f_6b01;
    let applied = match db {
        // One transaction, which takes the write lock first, and waits for it as long as a migration takes.
        Db::Sqlite(connection) => {
            connection.batch_execute("PRAGMA busy_timeout = 600000").map_err(failed)?;
            connection.immediate_transaction(|connection| apply(connection, SQLITE))?
        }
        Db::Postgres(connection) => {
            // The lock ends with the connection.
            let lock = format!("SET statement_timeout = 0; SELECT pg_advisory_lock({LOCK})");
            connection.batch_execute(&lock).map_err(failed)?;
            apply(connection, POSTGRES)?
        }
    };
    names(db, |version| applied.contains(version))
}

/// Writes the catalogues into the table that the SQL views read.
pub(super) fn write_catalogues(db: &mut Db) -> QueryResult<()> {
    write_catalogue::<AuditEventType>(db, AuditLog::TABLE.name)?;
    write_catalogue::<ConversationEventType>(db, ConversationLog::TABLE.name)
}

fn write_catalogue<T: EventType>(db: &mut Db, log: &str) -> QueryResult<()> {
    for event in T::all() {
        let row = (
            event_types::log.eq(log),
            event_types::number.eq(event.number()),
            event_types::code.eq(event.code()),
            event_types::label.eq(event.label()),
            event_types::item_type.eq(event.item_type_code()),
        );
        on_each_backend!(&mut *db, connection => diesel::insert_into(event_types::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(connection))?;
    }
    Ok(())
}

/// The names of this program's migrations whose version fulfils the condition.
fn names(db: &Db, condition: impl Fn(&str) -> bool) -> Result<Vec<String>, StoreError> {
    let known = match db {
        Db::Sqlite(_) => versions::<Sqlite>(&SQLITE),
        Db::Postgres(_) => versions::<Pg>(&POSTGRES),
    }?;
    Ok(known.into_iter().filter(|(version, _)| condition(version)).map(|(_, name)| name).collect())
}

/// The version and the name of each migration.
fn versions<DB: diesel::backend::Backend>(known: &EmbeddedMigrations) -> Result<Vec<(String, String)>, StoreError> {
    let known = MigrationSource::<DB>::migrations(known).map_err(failed)?;
    Ok(known.iter().map(|migration| (migration.name().version().to_string(), migration.name().to_string())).collect())
}

/// Runs the pending migrations and returns their versions.
fn apply<DB: diesel::backend::Backend>(
    connection: &mut impl MigrationHarness<DB>,
    known: EmbeddedMigrations,
) -> Result<HashSet<String>, StoreError> {
    let applied = connection.run_pending_migrations(known).map_err(failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

fn failed(error: impl Display) -> StoreError {
    StoreError::Migration(error.to_string())
}

//! Databases with two roles, created by the statements of docs/security.md: one that owns the tables, and one that serves.

use std::{process::Command, sync::OnceLock};

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use super::postgres::Server;

/// Creates the database and its tables. Returns the URL of the serving role.
pub fn create(server: &Server, name: &str) -> String {
    static ROLES: OnceLock<()> = OnceLock::new();

    let [roles, database, grants] = statements();
    let mut administrator = PgConnection::establish(&server.url("postgres")).unwrap();
    ROLES.get_or_init(|| administrator.batch_execute(&roles).unwrap());
    // Several statements at once are a transaction, which must not contain CREATE DATABASE.
    for statement in database.replace("DATABASE logbook", &format!("DATABASE {name}")).trim().split_inclusive(';') {
        administrator.batch_execute(statement).unwrap();
    }
    let owner = server.url_of("logbook_owner", name);
    let migrated = Command::new(env!("CARGO_BIN_EXE_logbook")).args(["migrate", "--database-url", &owner]).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    PgConnection::establish(&owner).unwrap().batch_execute(&grants).unwrap();
    server.url_of("logbook_serve", name)
}

/// The first three blocks of SQL of the page: the roles, the database, and the grants.
fn statements() -> [String; 3] {
    let page = include_str!("../../../docs/security.md");
    let blocks = page.split("```sql\n").skip(1).filter_map(|block| block.split("```").next());
    let blocks: Vec<String> = blocks.map(str::to_owned).take(3).collect();
    blocks.try_into().expect("three blocks of SQL")
}

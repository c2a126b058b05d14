//! A schema that the service cannot use: it does not start, and the error names the remedy.

use std::process::Command;

use crate::{
    problem::Problem,
    support::{Database, Program, SECRET, both_databases},
};

#[test]
fn a_schema_that_the_service_cannot_use_is_named_with_the_remedy() {
    let Some(database) = Database::postgres() else { return };
    let message = refused_start(&["--migrate-on-start", "false", "--database-url", database.url()]);
    assert!(message.contains("000001_create_logs") && message.contains("run `logbook migrate`"), "{message}");
    let Some(database) = Database::restricted() else { return };
    let message = refused_start(&["--database-url", database.url()]);
    assert!(message.contains("permission denied") && message.contains("LOGBOOK_MIGRATE_ON_START=false"), "{message}");
}

#[test]
fn a_database_without_unicode_is_refused() {
    let Some(database) = Database::postgres() else { return };
    let (server, name) = database.server_and_name();
    let name = format!("{name}_latin");
    database.execute(&format!("CREATE DATABASE {name} ENCODING 'WIN1252' LOCALE 'C' TEMPLATE template0")).unwrap();
    let url = format!("{server}/{name}");
    for message in [refused(&["migrate", "--database-url", &url]), refused_start(&["--database-url", &url])] {
        assert!(message.contains("WIN1252") && message.contains("UTF8 is required"), "{message}");
    }
    database.execute(&format!("DROP DATABASE {name}")).unwrap();
}

both_databases! {
    async fn programs_that_migrate_at_the_same_time_wait_for_each_other(database: Database) {
        let migrate = || Command::new(env!("CARGO_BIN_EXE_logbook")).args(["migrate", "--database-url", database.own_url()]).output().unwrap();
        std::thread::scope(|scope| {
            let programs: Vec<_> = (0..4).map(|_| scope.spawn(migrate)).collect();
            for output in programs.into_iter().map(|program| program.join().unwrap()) {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        });
    }

    async fn a_table_that_is_missing_at_the_start_is_named(database: Database) {
        drop(Program::serve(&database));
        database.execute("ALTER TABLE facet_entries RENAME TO mislaid").unwrap();
        let url = database.own_url();
        let commands = [refused(&["migrate", "--check", "--database-url", url]), refused(&["migrate", "--database-url", url])];
        let starts = ["true", "false"].map(|migrate| refused_start(&["--migrate-on-start", migrate, "--database-url", url]));
        for message in commands.into_iter().chain(starts) {
            assert!(message.contains("facet_entries") && message.contains("from a backup"), "{message}");
        }
    }
}

#[actix_web::test]
async fn a_service_that_cannot_read_the_table_of_migrations_is_not_ready() {
    let Some(database) = Database::restricted() else { return };
    let program = Program::serve_with(&database, &["--migrate-on-start=false"]);
    database.execute("REVOKE SELECT ON __diesel_schema_migrations FROM logbook_serve").unwrap();
    let problem = Problem::of(&program.anonymous().get("/health/ready").await, 503);
    assert!(problem.detail.contains("cannot be read"), "{}", problem.detail);
}

/// The output of a service that ends instead of serving.
pub(super) fn refused_start(arguments: &[&str]) -> String {
    refused(&[&["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET], arguments].concat())
}

/// The output of a command that fails.
fn refused(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_logbook")).args(arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

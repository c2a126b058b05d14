//! The privileges of the serving role in PostgreSQL, with the statements of docs/security.md.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use serde_json::json;

use crate::access_log::recorded;
use crate::support::{Database, Service, TABLES_OF_ACCOUNTS, audit_event, conversation_event};

/// The tables with rows of logs.
const TABLES: [&str; 5] = ["audit_events", "conversation_events", "event_details", "terms", "facet_entries"];

const ACCOUNTS: [&str; 2] = ["account-of-anna", "account-of-boris"];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A database with the same number of rows in each account, and a connection as the serving role.
async fn filled() -> Option<(Database, PgConnection)> {
    let database = Database::restricted()?;
    let service = Service::start(&database).await;
    for account in ACCOUNTS {
        let producer = service.client(account, &["LOGS_PRODUCER"]);
        let events = |event: fn(&str) -> serde_json::Value| {
            let mut events = ["a", "b", "c"].map(event);
            events.iter_mut().for_each(|event| event["details"] = json!({"account": account}));
            events
        };
        producer.post("/audit-logs", &json!({"events": events(audit_event)})).await.expect(201);
        let conversations = ["a", "b", "c"].map(conversation_event);
        producer.post("/conversation-logs", &json!({"events": conversations})).await.expect(201);
    }
    let serving = PgConnection::establish(database.url()).unwrap();
    Some((database, serving))
}

fn count(connection: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Count>(connection).unwrap_or_else(|error| panic!("{query}: {error}")).count
}

fn keys(database: &Database, account: &str) -> Vec<i64> {
    let query = format!("SELECT log_key::bigint AS count FROM log_heads WHERE account_id = '{account}' ORDER BY log");
    database.load::<Count>(&query).into_iter().map(|key| key.count).collect()
}

/// A table with rows of accounts.
#[derive(Debug, QueryableByName)]
struct Protected {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    policies: i64,
}

/// Also those that a later migration creates.
#[actix_web::test]
async fn every_table_with_rows_of_accounts_has_row_level_security() {
    let Some(database) = Database::postgres() else { return };
    let _service = Service::start(&database).await;
    let tables: Vec<Protected> = database.load(&format!(
        "SELECT relname::text AS name, CASE WHEN relrowsecurity THEN (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid)
             ELSE 0 END AS policies
         FROM {TABLES_OF_ACCOUNTS}"
    ));
    assert!(TABLES.iter().all(|name| tables.iter().any(|table| table.name == *name)), "{tables:?}");
    let unprotected: Vec<&Protected> = tables.iter().filter(|table| table.policies == 0).collect();
    assert!(unprotected.is_empty(), "{unprotected:?}");
}

#[actix_web::test]
async fn the_serving_role_sees_no_row_without_the_setting_and_only_the_named_logs_with_it() {
    let Some((database, mut serving)) = filled().await else { return };
    let [anna, boris] = ACCOUNTS.map(|account| keys(&database, account));
    for table in TABLES {
        let all = format!("SELECT count(*) FROM {table}");
        let of = |keys: &[i64]| {
            let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
            database.load::<Count>(&format!("{all} WHERE log_key IN ({})", keys.join(", ")))[0].count
        };
        assert_eq!(count(&mut serving, &all), 0, "{table}: without the setting");
        assert_eq!(count(&mut serving, &format!("{all} WHERE log_key = {}", anna[0])), 0, "{table}: without the setting");
        for (own, foreign) in [(&anna, &boris), (&boris, &anna)] {
            assert!(of(own) > 0, "{table} has rows");
            serving.batch_execute(&format!("SET logbook.log_keys = '{{{},{}}}'", own[0], own[1])).unwrap();
            assert_eq!(count(&mut serving, &all), of(own), "{table}: a query without a filter");
            assert_eq!(count(&mut serving, &format!("{all} WHERE log_key IN ({}, {})", foreign[0], foreign[1])), 0, "{table}");
            serving.batch_execute("RESET logbook.log_keys").unwrap();
            assert_eq!(count(&mut serving, &all), 0, "{table}: after a reset");
            serving.batch_execute(&format!("SET logbook.log_key = {}", own[0])).unwrap();
            assert_eq!(count(&mut serving, &all), of(&own[..1]), "{table}: the other log of the account");
            serving.batch_execute("RESET logbook.log_key").unwrap();
        }
        let naming = format!("SELECT count(*) FROM {table} WHERE names_log({})", anna[0]);
        assert_eq!(count(&mut serving, &naming), of(&anna[..1]), "{table}: a statement that names its log");
        assert_eq!(count(&mut serving, &all), 0, "{table}: the name ends with its transaction");
    }
}

#[actix_web::test]
async fn the_serving_role_sees_only_the_accesses_of_the_account_that_it_names() {
    let Some((database, mut serving)) = filled().await else { return };
    let service = Service::start(&database).await;
    for account in ACCOUNTS {
        let reader = service.client(account, &["CONVERSATIONS_SETUP", "LOGS_AUDITOR"]);
        reader.get("/audit-logs?itemId=q-1").await.expect(200);
        recorded(&reader).await;
    }
    drop(service);
    for table in ["accesses", "access_subjects"] {
        let all = format!("SELECT count(*) FROM {table}");
        assert_eq!(count(&mut serving, &all), 0, "{table}: without the setting");
        for account in ACCOUNTS {
            let of = database.load::<Count>(&format!("{all} WHERE account_id = '{account}'"))[0].count;
            assert!(of > 0, "{table} has rows");
            let naming = format!("{all} WHERE names_account('{account}')");
            assert_eq!(count(&mut serving, &naming), of, "{table}: a statement that names its account");
            assert_eq!(count(&mut serving, &all), 0, "{table}: the name ends with its transaction");
        }
    }
}

#[actix_web::test]
async fn the_serving_role_cannot_write_to_logs_that_it_does_not_name() {
    let Some((database, mut serving)) = filled().await else { return };
    let [anna, boris] = ACCOUNTS.map(|account| keys(&database, account)[0]);
    serving.batch_execute(&format!("SET logbook.log_keys = '{{{anna}}}'")).unwrap();
    let insert = |key: i64| format!("INSERT INTO event_details (log_key, sequence, details) VALUES ({key}, 1000, '{{}}')");
    let refused = serving.batch_execute(&insert(boris)).unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    let rename = |key: i64| format!("UPDATE facet_entries SET name = 'x' WHERE log_key = {key}");
    assert_eq!(sql_query(rename(boris)).execute(&mut serving), Ok(0));
    assert!(sql_query(rename(anna)).execute(&mut serving).unwrap() > 0);
    serving.batch_execute(&insert(anna)).unwrap();
}

#[actix_web::test]
async fn the_serving_role_can_neither_change_nor_remove_what_is_stored() {
    let Some((database, mut serving)) = filled().await else { return };
    let keys = keys(&database, ACCOUNTS[0]);
    serving.batch_execute(&format!("SET logbook.log_keys = '{{{},{}}}'", keys[0], keys[1])).unwrap();
    let mut statements: Vec<(String, &str)> = Vec::new();
    for table in TABLES {
        if table != "facet_entries" {
            statements.push((format!("UPDATE {table} SET log_key = log_key"), "permission denied"));
        }
        statements.push((format!("DELETE FROM {table}"), "permission denied"));
        statements.push((format!("TRUNCATE {table}"), "permission denied"));
        for change in ["DISABLE TRIGGER ALL", "DISABLE ROW LEVEL SECURITY", "ADD COLUMN x INTEGER", "RENAME TO x"] {
            statements.push((format!("ALTER TABLE {table} {change}"), "must be owner"));
        }
        statements.push((format!("DROP TABLE {table}"), "must be owner"));
        statements.push((format!("DROP POLICY of_log ON {table}"), "must be owner"));
    }
    for table in ["accesses", "access_subjects"] {
        statements.push((format!("UPDATE {table} SET account_id = account_id"), "permission denied"));
        statements.push((format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"), "must be owner"));
    }
    for table in ["accesses", "access_subjects", "access_heads", "log_heads", "service_keys", "__diesel_schema_migrations"] {
        statements.push((format!("DELETE FROM {table}"), "permission denied"));
        statements.push((format!("TRUNCATE {table}"), "permission denied"));
    }
    statements.extend([
        ("CREATE TABLE x (y INTEGER)".to_owned(), "permission denied"),
        ("CREATE TEMPORARY TABLE x (y INTEGER)".to_owned(), "permission denied"),
        ("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS ''".to_owned(), "permission denied"),
        ("SELECT count(*) FROM audit_log".to_owned(), "permission denied"),
        ("SELECT count(*) FROM conversation_log".to_owned(), "permission denied"),
        ("SET ROLE logbook_owner".to_owned(), "permission denied"),
    ]);
    for (statement, reason) in statements {
        let refused = serving.batch_execute(&statement).expect_err(&statement).to_string();
        assert!(refused.contains(reason), "{statement}: {refused}");
    }
}

//! Events cannot be changed or removed, even with access to the database: its triggers refuse it.

use diesel::{
    QueryableByName,
    sql_types::{Bool, Text},
};

use crate::{
    logs::{LOGS, Log},
    support::*,
};

#[derive(Debug, QueryableByName)]
#[expect(dead_code, reason = "the name is shown if the test fails")]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    refuses: bool,
}

both_databases! {
    async fn an_event_cannot_be_updated(database: Database) {
        fill(&database).await;
        for Log { table, .. } in LOGS {
            let refusal = database.execute(&format!("UPDATE {table} SET recorded_at = 0 WHERE sequence = 1")).unwrap_err();
            assert!(refusal.contains("events are immutable"), "{refusal}");
        }
    }

    async fn an_event_cannot_be_deleted(database: Database) {
        fill(&database).await;
        for Log { table, .. } in LOGS {
            let refusal = database.execute(&format!("DELETE FROM {table} WHERE sequence = 1")).unwrap_err();
            assert!(refusal.contains("deleted by retention only"), "{refusal}");
        }
    }

    async fn a_table_cannot_be_emptied(database: Database) {
        fill(&database).await;
        for Log { table, .. } in LOGS {
            // SQLite has no TRUNCATE. There a DELETE without a condition must not bypass the trigger.
            let statement = if database.is_postgres() { format!("TRUNCATE {table}") } else { format!("DELETE FROM {table}") };
            database.execute(&statement).unwrap_err();
        }
    }

    async fn every_table_with_rows_of_accounts_refuses_changes(database: Database) {
        let _service = Service::start(&database).await;
        // Heads advance, and entries of facets are renamed. The types of triggers of PostgreSQL are a bit set: 8 is DELETE, 16 UPDATE,
        // 32 TRUNCATE.
        let query = if database.is_postgres() {
            format!(
                "SELECT relname::text AS name, COALESCE((SELECT bit_or(tgtype) FROM pg_trigger WHERE tgrelid = pg_class.oid AND
                     tgenabled = 'O'), 0) & 56 = 56 AS refuses
                 FROM {TABLES_OF_ACCOUNTS} AND relname <> 'facet_entries'"
            )
        } else {
            "SELECT name, (SELECT COUNT(*) FROM sqlite_master AS other WHERE other.type = 'trigger' AND other.tbl_name = tables.name
                 AND (other.sql LIKE '%BEFORE UPDATE ON%' OR other.sql LIKE '%BEFORE DELETE ON%')) = 2 AS refuses
             FROM sqlite_master AS tables
             WHERE type = 'table' AND name NOT LIKE '%\\_heads' ESCAPE '\\' AND name <> 'facet_entries'
                 AND EXISTS (SELECT 1 FROM pragma_table_info(tables.name) AS info WHERE info.name IN ('log_key', 'account_id'))"
                .to_owned()
        };
        let tables: Vec<Table> = database.load(&query);
        assert!(tables.len() >= 6, "{tables:?}");
        assert!(tables.iter().all(|table| table.refuses), "{tables:?}");
    }

    async fn retention_deletes_only_events_below_the_first_sequence_of_the_head(database: Database) {
        let service = fill(&database).await;
        let reader = service.client("acme", &["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR"]);
        for Log { table, name: log, path, .. } in LOGS {
            let raise = format!("UPDATE log_heads SET first_sequence = 3 WHERE account_id = 'acme' AND log = '{log}'");
            database.execute(&raise).unwrap();
            let of = |account: &str| {
                format!("log_key = (SELECT log_key FROM log_heads WHERE account_id = '{account}' AND log = '{log}')")
            };
            database.execute(&format!("DELETE FROM {table} WHERE {} AND sequence = 3", of("acme"))).unwrap_err();
            database.execute(&format!("DELETE FROM {table} WHERE {} AND sequence = 1", of("other"))).unwrap_err();
            assert_eq!(database.execute(&format!("DELETE FROM {table} WHERE {} AND sequence < 3", of("acme"))), Ok(2));
            let left = reader.get(&format!("{path}?orderBy=sequence:asc")).await.expect(200).json();
            assert_eq!(left["events"][0]["sequence"], 3);
        }
    }
}

/// Stores three events in each log of two accounts.
async fn fill(database: &Database) -> Service {
    let service = Service::start(database).await;
    for account in ["acme", "other"] {
        let producer = service.client(account, &["LOGS_PRODUCER"]);
        let ids = ["a", "b", "c"];
        let conversation_events = ids.map(conversation_event);
        let audit_events = ids.map(audit_event);
        producer.post("/conversation-logs", &serde_json::json!({ "events": conversation_events })).await.expect(201);
        producer.post("/audit-logs", &serde_json::json!({ "events": audit_events })).await.expect(201);
    }
    service
}

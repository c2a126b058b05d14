//! The number of database pages that a query reads is bounded, for every filter and every pair of filters, in a skewed log.
//!
//! The statements are those that the service runs, as diesel reports them, and the databases explain their plans. No time is
//! asserted.

mod filling;

use std::collections::HashSet;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log},
    support::{Database, Service, Statements, TABLES_OF_ACCOUNTS, both_databases_restricted},
};

/// The number of events on PostgreSQL: a third in the account's log and the rest in those of 199 others. A common value has a
/// tenth of the account's events, which would be far more pages than [`BUFFERS`].
const EVENTS: usize = 1_000_000;

/// The number of events on SQLite, whose plans do not depend on the size of a table.
const EVENTS_OF_SQLITE: usize = 20_000;

/// The maximum number of pages of 8 KiB that PostgreSQL may read for one statement. An arm reads about four, and there are at
/// most 129. A common value that is compared within an index reads some hundred, and a list has two of them.
const BUFFERS: i64 = 1_600;

/// Parameters of a list that are not filters.
const NO_FILTERS: [&str; 5] = ["limit", "orderBy", "cursor", "includeTotal", "timeZone"];

both_databases_restricted! {
    async fn every_filter_and_pair_of_the_conversation_log_reads_few_pages(database: Database) {
        every_filter_and_pair_reads_few_pages(&database, CONVERSATION_LOG).await;
    }

    async fn every_filter_and_pair_of_the_audit_log_reads_few_pages(database: Database) {
        every_filter_and_pair_reads_few_pages(&database, AUDIT_LOG).await;
    }
}

/// PostgreSQL plans for a log of average size, which must not be small only because most logs are.
#[actix_web::test]
async fn plans_do_not_depend_on_the_number_of_logs() {
    let Some(database) = Database::postgres() else { return };
    let _service = Service::start(&database).await;
    let statement = format!(
        "SELECT relname::text AS name FROM {TABLES_OF_ACCOUNTS} AND attnum = 1
             AND NOT COALESCE(attoptions, '{{}}') @> '{{n_distinct=100}}'"
    );
    let mut connection = PgConnection::establish(database.own_url()).unwrap();
    let without: Vec<Table> = sql_query(statement).load(&mut connection).unwrap();
    assert!(without.is_empty(), "these tables need n_distinct, as in the migration `statistics`: {without:?}");
}

#[derive(Debug, QueryableByName)]
#[expect(dead_code, reason = "shown if the test fails")]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// SQLite chooses the index of an access log's statement without knowing how many accesses an account has.
#[actix_web::test]
async fn every_filter_of_the_access_log_is_compared_in_an_index() {
    const ACCOUNT: i32 = 900_005;

    let recorded = Statements::record(ACCOUNT);
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let auditor = service.client(&ACCOUNT.to_string(), &["LOGS_AUDITOR"]);
    let mut explained = Explained::connect(&database);
    for query in [
        "",
        "log=AUDIT_LOGS",
        "doneById=u-1",
        "doneById=u-1&doneById=u-2&log=AUDIT_LOGS",
        "conversationId=c-1",
        "itemId=i-1&doneById=u-1",
        "dateFrom=2024-01-01T00:00:00Z",
        "doneById=u-1&includeTotal=true",
    ] {
        recorded.take();
        auditor.get(&format!("/access-logs?{query}")).await.expect(200);
        let statements: Vec<String> = recorded.take().into_iter().filter(|text| text.starts_with("SELECT")).collect();
        assert!(!statements.is_empty(), "{query}: no statement was recorded");
        statements.iter().for_each(|statement| explained.check(statement, query));
    }
}

/// Values of a filter, each a query. The first two are common, and the first of one filter never occurs together with the second
/// of another, where that is possible. Then come lists, and a value that no event has.
fn values(filter: &str) -> &'static [&'static str] {
    match filter {
        "event" => &["event=#1", "event=#2", "event=#1&event=#2", "event=#3"],
        "doneByType" => &["doneByType=USER", "doneByType=API_USER", "doneByType=USER&doneByType=SYSTEM"],
        "doneById" => &["doneById=u-0", "doneById=u-3", "doneById=u-0&doneById=u-1", "doneById=nobody"],
        "fromValue" => &["fromValue=v-0", "fromValue=v-3", "fromValue=v-0&fromValue=v-1", "fromValue=nothing"],
        "toValue" => &["toValue=v-0", "toValue=v-3", "toValue=v-0&toValue=v-1", "toValue=nothing"],
        "operationId" => &["operationId=o-0", "operationId=o-3", "operationId=o-0&operationId=o-1", "operationId=none"],
        "conversationId" => {
            &["conversationId=i-0", "conversationId=i-3", "conversationId=i-0&conversationId=i-1", "conversationId=none"]
        }
        "itemId" => &["itemId=i-0", "itemId=i-3", "itemId=i-0&itemId=i-1", "itemId=none"],
        "itemType" => &["itemType=TAG", "itemType=QUEUE", "itemType=TAG&itemType=ROUTE"],
        "dateFrom" => &["dateFrom=2024-01-01T00:00:00Z", "dateFrom=2030-01-01T00:00:00Z"],
        "dateTo" => &["dateTo=2024-01-01T00:00:00Z", "dateTo=2000-01-01T00:00:00Z"],
        _ => panic!("{filter} is a new filter: give it an index (src/store/index.rs) and values here"),
    }
}

async fn every_filter_and_pair_reads_few_pages(database: &Database, log: Log) {
    let key = 900_001 + i32::from(log.is_audit()) + 2 * i32::from(database.is_postgres());
    let recorded = Statements::record(key);
    let service = Service::start(database).await;
    filling::fill(database, log, "acme", key, if database.is_postgres() { EVENTS } else { EVENTS_OF_SQLITE });
    let reader = log.reader(&service, "acme");

    let document = service.anonymous().get("/openapi.json").await.expect(200).json();
    let parameters = document["paths"][log.path]["get"]["parameters"].as_array().unwrap();
    let parameters = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let names = parameters.map(|parameter| parameter["name"].as_str().unwrap());
    let filters: Vec<&str> = names.filter(|name| !NO_FILTERS.contains(name)).collect();
    assert!(filters.len() >= 9, "{filters:?}");

    let mut queries: Vec<String> = vec![String::new()];
    for (index, filter) in filters.iter().enumerate() {
        queries.extend(values(filter).iter().map(|value| (*value).to_owned()));
        for other in &filters[index + 1..] {
            // A period that ends before it begins is refused.
            let values = |filter: &&str| values(filter).iter().filter(|value| !value.contains("2000") && !value.contains("2030"));
            queries.extend(
                values(filter)
                    .flat_map(|one| values(other).map(move |two| format!("{one}&{two}")))
                    .filter(|query| !(query.contains("dateFrom=2024") && query.contains("dateTo=2024"))),
            );
        }
    }
    let mut explained = Explained::connect(database);
    for query in queries {
        let codes = if log.is_audit() {
            ["QUEUE_RENAMED", "AGENT_ADDED_TO_QUEUE", "TAG_CREATED"]
        } else {
            ["STATUS_CHANGED", "QUEUE_CHANGED", "FORM_CHANGED"]
        };
        let query = query.replace("#1", codes[0]).replace("#2", codes[1]).replace("#3", codes[2]);
        recorded.take();
        reader.get(&format!("{}?{query}", log.path)).await.expect(200);
        reader.get(&format!("{}?{query}&includeTotal=true&orderBy=occurredAt:asc", log.path)).await.expect(200);
        let statements = recorded.take();
        // An event type of another item type matches nothing, so no statement runs.
        let contradicts = query.contains("event=") && query.contains("itemType=");
        assert!(contradicts || !statements.is_empty(), "{query}: no statement was recorded");
        for statement in &statements {
            explained.check(statement, &query);
        }
    }
}

/// A connection that explains the plan of a statement.
enum Explained {
    Sqlite(SqliteConnection),
    Postgres {
        connection: PgConnection,
        /// The statements that were explained, with their binds.
        explained: HashSet<String>,
    },
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

/// The part of a plan in JSON that the test reads.
#[derive(Deserialize)]
struct Explanation {
    #[serde(rename = "Plan")]
    root: Buffers,
}

#[derive(Deserialize)]
struct Buffers {
    #[serde(rename = "Shared Hit Blocks")]
    hit: i64,
    #[serde(rename = "Shared Read Blocks")]
    read: i64,
}

impl Explained {
    fn connect(database: &Database) -> Self {
        if database.is_postgres() {
            let mut connection = PgConnection::establish(database.url()).unwrap();
            // The settings of the service.
            connection.batch_execute("SET jit = off; SET enable_bitmapscan = off; SET enable_sort = off").unwrap();
            Self::Postgres { connection, explained: HashSet::new() }
        } else {
            Self::Sqlite(SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap())
        }
    }

    /// Asserts that a statement, as diesel reports it, reads few pages.
    fn check(&mut self, reported: &str, query: &str) {
        let (statement, binds) = reported.split_once(" -- binds: ").unwrap();
        match self {
            Self::Sqlite(connection) => {
                let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(connection).unwrap();
                let steps: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
                for step in &steps {
                    let of_list = step.contains("VIRTUAL TABLE") || step.contains("queue") || step.contains("LIST SUBQUERY");
                    let scans =
                        step.starts_with("SCAN") && !of_list && !step.contains("counted") && !step.contains("CONSTANT ROW");
                    // Rows that an index found first may be sorted.
                    let sorts = step.contains("TEMP B-TREE") && !statement.contains("sequence IN (WITH");
                    // An index with a key must be used, not that of the time alone, unless a period is the only filter.
                    let by_time = step.contains("_time ") && query.contains("=") && !query.starts_with("date");
                    // All terms of a log, or all accesses of an account.
                    let reads_all = step.starts_with("SEARCH terms USING PRIMARY KEY (log_key=?)")
                        || step.starts_with("SEARCH accesses") && step.ends_with("(account_id=?)");
                    assert!(!scans && !sorts && !by_time && !reads_all, "{query}: {step}\n{steps:#?}\n{statement}");
                }
            }
            Self::Postgres { connection, explained } => {
                // Many queries begin with the same counts.
                if !explained.insert(reported.to_owned()) {
                    return;
                }
                let binds: Vec<Value> = serde_json::from_str(binds).unwrap_or_else(|error| panic!("{error}: {binds}"));
                let literals: Vec<String> = binds.iter().map(literal).collect();
                let prepare = format!("DEALLOCATE ALL; PREPARE prepared AS {statement}");
                connection.batch_execute(&prepare).unwrap_or_else(|error| panic!("{error}: {statement}"));
                let execute = format!("EXECUTE prepared({})", literals.join(", "));
                // PostgreSQL chooses between two plans for a prepared statement.
                for mode in ["force_custom_plan", "force_generic_plan"] {
                    connection.batch_execute(&format!("SET plan_cache_mode = {mode}")).unwrap();
                    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {execute}");
                    let plan = sql_query(explain).get_result::<Plan>(connection).unwrap().plan;
                    let [Explanation { root }] = serde_json::from_str(&plan).unwrap();
                    let buffers = root.hit + root.read;
                    assert!(buffers <= BUFFERS, "{query}: {buffers} pages\n{statement}\n{binds:?}\n{plan}");
                }
            }
        }
    }
}

/// A bound value as a literal of PostgreSQL. An array is one of byte strings.
fn literal(bind: &Value) -> String {
    let hex = |bytes: &Value| -> String {
        let bytes = bytes.as_array().unwrap().iter();
        bytes.map(|byte| format!("{:02x}", byte.as_u64().unwrap())).collect()
    };
    match bind {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Array(strings) => {
            let strings: Vec<String> = strings.iter().map(|bytes| format!(r#""\\x{}""#, hex(bytes))).collect();
            format!("'{{{}}}'", strings.join(","))
        }
        other => format!("'{other}'"),
    }
}

//! What a page reads is bounded, for every filter and every pair of filters, in a log that is skewed to hurt.
//!
//! The statements are those that the service runs, as diesel tells them; the databases say how they carry them out. No time
//! is asserted.

mod filling;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};
use serde_json::Value;

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log},
    support::{Database, Service, Statements, both_databases},
};

/// How many events there are on PostgreSQL, a third of them in the account's log and the rest in those of 199 others. A tenth of
/// the account's, which is what busy values have, would be far more than [`BUFFERS`].
const EVENTS: usize = 1_000_000;

/// On SQLite, which plans without a look at how large a table is.
const EVENTS_OF_SQLITE: usize = 20_000;

/// The most pages of 8 KiB that PostgreSQL may touch for one statement: an arm takes about four, and there can be 129; a busy
/// value takes some hundred where it is compared within an index, and there are two of them in a list.
const BUFFERS: i64 = 2_500;

/// Parameters of a list that are no filters.
const NO_FILTERS: [&str; 5] = ["limit", "orderBy", "cursor", "includeTotal", "timeZone"];

both_databases! {
    async fn every_filter_and_pair_of_the_conversation_log_reads_little(database: Database) {
        every_filter_and_pair_reads_little(&database, CONVERSATION_LOG).await;
    }

    async fn every_filter_and_pair_of_the_audit_log_reads_little(database: Database) {
        every_filter_and_pair_reads_little(&database, AUDIT_LOG).await;
    }
}

/// Values of a filter, each a query: the first and the second are common, and the first of one filter never meets the second
/// of another where that can be; then lists, and what no event has.
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

async fn every_filter_and_pair_reads_little(database: &Database, log: Log) {
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
    for (place, filter) in filters.iter().enumerate() {
        queries.extend(values(filter).iter().map(|value| (*value).to_owned()));
        for other in &filters[place + 1..] {
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
        // An event type and an item type that is not its own need no look at the log.
        let contradicts = query.contains("event=") && query.contains("itemType=");
        assert!(contradicts || !statements.is_empty(), "{query}: no statement was seen");
        for statement in statements.iter().filter(|statement| statement.contains(log.table())) {
            explained.check(statement, &query);
        }
    }
}

/// A database that tells how it carries out a statement.
enum Explained {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
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

impl Explained {
    fn connect(database: &Database) -> Self {
        if database.is_postgres() {
            let mut connection = PgConnection::establish(database.url()).unwrap();
            // As the service has it.
            connection.batch_execute("SET jit = off; SET enable_bitmapscan = off; SET enable_sort = off").unwrap();
            Self::Postgres(connection)
        } else {
            Self::Sqlite(SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap())
        }
    }

    /// Asserts that the statement, as diesel tells it, reads little.
    fn check(&mut self, told: &str, query: &str) {
        let (statement, binds) = told.split_once(" -- binds: ").unwrap();
        match self {
            Self::Sqlite(connection) => {
                let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(connection).unwrap();
                let steps: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
                for step in &steps {
                    let of_list = step.contains("VIRTUAL TABLE") || step.contains("queue") || step.contains("LIST SUBQUERY");
                    let scans =
                        step.starts_with("SCAN") && !of_list && !step.contains("counted") && !step.contains("CONSTANT ROW");
                    // Rows that were found in an index first are sorted once more.
                    let sorts = step.contains("TEMP B-TREE") && !statement.contains("sequence IN (WITH");
                    // By the key of an index, and not by the time alone, unless a period is all that there is.
                    let by_time = step.contains("_time ") && query.contains("=") && !query.starts_with("date");
                    assert!(!scans && !sorts && !by_time, "{query}: {step}\n{steps:#?}\n{statement}");
                }
            }
            Self::Postgres(connection) => {
                let binds: Vec<Value> = serde_json::from_str(binds).unwrap_or_else(|error| panic!("{error}: {binds}"));
                let literal =
                    |bind: &Value| format!("'{}'", bind.as_str().map_or(bind.to_string(), |text| text.replace('\'', "''")));
                let literals: Vec<String> = binds.iter().map(literal).collect();
                // Of a statement that was prepared PostgreSQL has two plans, and takes the one or the other.
                for mode in ["force_custom_plan", "force_generic_plan"] {
                    let prepare = format!("DEALLOCATE ALL; SET plan_cache_mode = {mode}; PREPARE prepared AS {statement}");
                    connection.batch_execute(&prepare).unwrap_or_else(|error| panic!("{error}: {statement}"));
                    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE prepared({})", literals.join(", "));
                    let plan = sql_query(explain).get_result::<Plan>(connection).unwrap().plan;
                    let explained: Value = serde_json::from_str(&plan).unwrap();
                    let blocks = |name: &str| explained[0]["Plan"][name].as_i64().unwrap();
                    let buffers = blocks("Shared Hit Blocks") + blocks("Shared Read Blocks");
                    assert!(buffers <= BUFFERS, "{query}: {buffers} pages\n{statement}\n{binds:?}\n{plan}");
                }
            }
        }
    }
}

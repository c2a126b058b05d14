//! Snapshots of the SQL of every filter and of a write, on both databases, so that changes of statements are visible in review.
//!
//! The files in `statements/` are committed. After an intended change,
//! `INSTA_UPDATE=always cargo test --test black_box -- statements::` rewrites them. If the environment variable `CI` is set, a
//! difference fails the test and nothing is written.

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};

use crate::{
    facets::query::facets,
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log, full_event, producer},
    support::{Client, Database, Service, Statements, both_databases},
};

/// Parameters of a list that are not filters.
const NO_FILTERS: [&str; 5] = ["limit", "orderBy", "cursor", "includeTotal", "timeZone"];

both_databases! {
    async fn the_statements_of_the_conversation_log_equal_the_snapshot(database: Database) {
        compare_with_snapshot(&database, CONVERSATION_LOG).await;
    }

    async fn the_statements_of_the_audit_log_equal_the_snapshot(database: Database) {
        compare_with_snapshot(&database, AUDIT_LOG).await;
    }
}

/// Three values of a filter that the log has.
fn values(log: Log, filter: &str) -> [&'static str; 3] {
    match filter {
        "event" if log.is_audit() => ["QUEUE_RENAMED", "TAG_CREATED", "ROUTE_CREATED"],
        "event" => ["STATUS_CHANGED", "QUEUE_CHANGED", "TAG_ADDED"],
        "doneByType" => ["USER", "SYSTEM", "API_USER"],
        "itemType" => ["QUEUE", "TAG", "ROUTE"],
        "doneById" => ["u-0", "u-1", "u-2"],
        "conversationId" | "itemId" => ["i-0", "i-1", "i-2"],
        "fromValue" | "toValue" => ["v-0", "v-1", "v-2"],
        "operationId" => ["o-0", "o-1", "o-2"],
        _ => panic!("{filter} is a new filter: give it values here"),
    }
}

/// Events that have each value of each filter.
fn events(log: Log) -> Vec<Value> {
    let value = |filter: &str, number: usize| json!(values(log, filter)[number % 3]);
    let event = |number: usize| {
        let mut event = full_event(log, &format!("e-{number}"));
        event["occurredAt"] = json!(format!("2026-03-{:02}T12:00:00Z", number + 1));
        event["event"] = value("event", number);
        event["doneBy"]["type"] = value("doneByType", number);
        event["doneBy"]["id"] = value("doneById", number);
        event["from"]["value"] = value("fromValue", number);
        event["to"]["value"] = value("toValue", number + 1);
        event["operationId"] = value("operationId", number);
        let subject = log.subject;
        event[subject]["id"] = value(&format!("{subject}Id"), number);
        if log.is_audit() {
            event["item"]["type"] = value("itemType", number);
        }
        event
    };
    (0..9).map(event).collect()
}

/// The queries of lists: every filter with one value and with three, pairs, and the parameters that are not filters.
fn queries(log: Log, filters: &[&str]) -> Vec<String> {
    let subject = log.subject_filter;
    let mut queries = vec![String::new()];
    for filter in filters {
        if filter.starts_with("date") {
            queries.push(format!("{filter}=2026-03-05T00:00:00Z"));
            continue;
        }
        let values = values(log, filter).map(|value| format!("{filter}={value}"));
        queries.extend([values[0].clone(), values.join("&")]);
    }
    queries.extend([
        "dateFrom=2026-03-02T00:00:00Z&dateTo=2026-03-05T00:00:00Z".to_owned(),
        format!("doneById=u-0&event={}", values(log, "event")[0]),
        format!("doneById=u-0&doneById=u-1&event={}&event={}", values(log, "event")[0], values(log, "event")[1]),
        format!("{subject}=i-0&toValue=v-1"),
        "toValue=a value that the log does not have".to_owned(),
        "orderBy=occurredAt:asc".to_owned(),
        "orderBy=sequence:asc".to_owned(),
        "orderBy=sequence:desc".to_owned(),
        "toValue=v-0&orderBy=occurredAt:asc".to_owned(),
        "toValue=v-0&orderBy=sequence:asc".to_owned(),
        "includeTotal=true".to_owned(),
        "toValue=v-0&includeTotal=true".to_owned(),
        "limit=2".to_owned(),
        "toValue=v-0&toValue=v-1&limit=2".to_owned(),
    ]);
    queries
}

async fn compare_with_snapshot(database: &Database, log: Log) {
    let key = 900_101 + i32::from(log.is_audit()) + 2 * i32::from(database.is_postgres());
    let recorded = Statements::record(key);
    let service = Service::start(database).await;
    let name = log.name;
    let head = format!("INSERT INTO log_heads (log_key, account_id, log) VALUES ({key}, 'acme', '{name}')");
    database.execute(&head).unwrap();
    let producer = producer(&service, "acme");
    log.post(&producer, &events(log)).await;
    let reader = log.reader(&service, "acme");
    // After this, the texts of all terms are cached.
    reader.get(&format!("{}?limit=1000", log.path)).await.expect(200);
    recorded.take();

    let document = service.anonymous().get("/openapi.json").await.expect(200).json();
    let parameters = document["paths"][log.path]["get"]["parameters"].as_array().unwrap();
    let parameters = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let names = parameters.map(|parameter| parameter["name"].as_str().unwrap());
    let filters: Vec<&str> = names.filter(|name| !NO_FILTERS.contains(name)).collect();
    let mut snapshot = Snapshot { reader, recorded, key, text: String::new() };
    for query in queries(log, &filters) {
        snapshot.add(log.path, &query).await;
    }
    for facet in facets(log) {
        let path = format!("{}/facets/{facet}", log.path);
        let kinds = match *facet {
            "doneBy" => "doneByType=USER&doneByType=SYSTEM".to_owned(),
            "item" => "itemType=QUEUE&itemType=TAG".to_owned(),
            _ => format!("event={}&event={}", values(log, "event")[0], values(log, "event")[1]),
        };
        for query in ["", "search=a", &kinds, &format!("{kinds}&search=a"), "limit=1"] {
            snapshot.add(&path, query).await;
        }
    }
    let mut known = events(log).swap_remove(1);
    known["id"] = json!("e-10");
    log.post(&producer, &[known]).await;
    snapshot.add_statements(&format!("POST {}, an event that only has known texts", log.path));
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("statements");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let database = if database.is_postgres() { "postgres" } else { "sqlite" };
    settings.bind(|| assert_snapshot!(format!("{name}_log_{database}"), snapshot.text));
}

/// Requests with the statements that they ran.
struct Snapshot {
    reader: Client,
    recorded: Statements,
    key: i32,
    text: String,
}

impl Snapshot {
    /// Adds a request. If its limit is small, adds the next page and the one before that, too.
    async fn add(&mut self, path: &str, query: &str) {
        let page = self.call(&format!("{path}?{query}"), &format!("GET {path}?{query}")).await;
        if query.contains("limit=") {
            let cursor = |page: &Value, name: &str| page["pagination"][name].as_str().expect("there is another page").to_owned();
            let next = format!("{path}?{query}&cursor={}", cursor(&page, "nextCursor"));
            let page = self.call(&next, &format!("GET {path}?{query}&cursor=(next page)")).await;
            let previous = format!("{path}?{query}&cursor={}", cursor(&page, "previousCursor"));
            self.call(&previous, &format!("GET {path}?{query}&cursor=(previous page)")).await;
        }
    }

    async fn call(&mut self, path_and_query: &str, title: &str) -> Value {
        let page = self.reader.get(path_and_query).await.expect(200).json();
        self.add_statements(title.trim_end_matches('?'));
        page
    }

    /// Adds the statements since the last call.
    fn add_statements(&mut self, title: &str) {
        self.text.push_str(&format!("{title}\n"));
        let statements = self.recorded.take();
        assert!(!statements.is_empty(), "{title}: no statement was recorded");
        for statement in statements {
            self.text.push_str(&format!("{}\n", readable(&statement, self.key)));
        }
        self.text.push('\n');
    }
}

/// A statement in lines, without the numbers that differ between runs: the log's key, and times.
fn readable(statement: &str, key: i32) -> String {
    const LINES: [&str; 11] = [
        "FROM",
        "WHERE",
        "AND",
        "ORDER BY",
        "LIMIT",
        "UNION ALL",
        "INNER JOIN",
        "LEFT OUTER JOIN",
        "CROSS JOIN",
        "WITH",
        "-- binds:",
    ];
    /// The number of digits of a time in microseconds.
    const TIME: usize = 16;

    let mut text = String::new();
    let mut rest = statement;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = rest[start..].find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len() - start);
        let (before, number) = (&rest[..start], &rest[start..start + digits]);
        text.push_str(before);
        match number {
            number if number == key.to_string() => text.push_str("KEY"),
            number if number.len() == TIME => text.push_str("TIME"),
            number => text.push_str(number),
        }
        rest = &rest[start + digits..];
    }
    text.push_str(rest);
    for keyword in LINES {
        text = text.replace(&format!(" {keyword} "), &format!("\n    {keyword} "));
    }
    format!("  {}", text.trim())
}

//! The log of accesses: each call that reads a log is recorded once, with the rows that it returned.

mod faults;
mod filters;
mod transfers;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, LOGS, Log, full_event, producer},
    problem::Problem,
    support::{Client, Database, Service, both_databases_restricted, sign},
};

/// A client with all roles in this account.
fn everybody(service: &Service, account: &str, subject: &str) -> Client {
    let roles = ["CONVERSATIONS_SUPERVISOR", "CONVERSATIONS_SETUP", "LOGS_AUDITOR", "LOGS_PRODUCER"];
    let claims = json!({
        "sub": subject, "name": format!("Name of {subject}"), "accountId": account, "roles": roles, "exp": 32_503_680_000_u64
    });
    service.with_authorization(&format!("Bearer {}", sign(&claims)))
}

fn auditor(service: &Service, account: &str) -> Client {
    service.client(account, &["LOGS_AUDITOR"])
}

/// The accesses of a page.
async fn page(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("/access-logs?{query}")).await.expect(200).json()["accesses"].as_array().unwrap().clone()
}

/// The accesses that were recorded so far, in order, without those of this function. An access that represents several equal
/// calls is returned once for each of them.
///
/// Accesses are recorded in order, so this function makes a call of its own and waits until it is recorded.
pub async fn recorded(auditor: &Client) -> Vec<Value> {
    static COUNT: AtomicU32 = AtomicU32::new(0);

    let marker = format!("marker-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    // The marker makes it different from all other calls.
    auditor.send("GET", &format!("/access-logs?doneById={marker}"), &[("x-request-id", &marker)], "").await.expect(200);
    let accesses = until(auditor, |accesses| accesses.iter().any(|access| access["requestId"] == marker)).await;
    let earlier = accesses.into_iter().take_while(|access| access["requestId"] != marker);
    earlier.filter(|access| !is_of_this_file(access)).flat_map(each_call).collect()
}

/// Repeats the access for each call that it represents.
fn each_call(mut access: Value) -> impl Iterator<Item = Value> {
    let count = access["count"].as_u64().unwrap() as usize;
    access["count"] = json!(1);
    std::iter::repeat_n(access, count)
}

/// All accesses in the order of recording, as soon as the condition holds.
async fn until(auditor: &Client, fit: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    /// A bound for a failing test, far above the expected time.
    const TIMEOUT: Duration = Duration::from_secs(60);
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let accesses = page_of(auditor).await;
        let own = |access: &Value| is_of_this_file(access) && !access["requestId"].as_str().unwrap().starts_with("marker-");
        if fit(&accesses) {
            return accesses.into_iter().filter(|access| !own(access)).collect();
        }
        assert!(Instant::now() < deadline, "{accesses:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn page_of(auditor: &Client) -> Vec<Value> {
    // The date makes it different from the calls that tests count.
    let path = "/access-logs?limit=1000&orderBy=sequence:asc&dateFrom=2000-01-01T00:00:00Z";
    let response = auditor.send("GET", path, &[("x-request-id", "poll")], "").await.expect(200);
    response.json()["accesses"].as_array().unwrap().clone()
}

fn is_of_this_file(access: &Value) -> bool {
    let id = access["requestId"].as_str().unwrap();
    id == "poll" || id.starts_with("marker-")
}

/// The members that depend on the request only.
fn essence(access: &Value) -> Value {
    let member = |name: &str| (name.to_owned(), access[name].clone());
    ["log", "call", "path", "filter", "outcome", "status", "rows", "highestSequence", "lost", "count"]
        .map(member)
        .into_iter()
        .collect()
}

/// Events of two subjects, i-0 and i-1, alternately.
fn events(log: Log, count: usize) -> Vec<Value> {
    let subject = log.subject;
    let event = |number: usize| {
        let mut event = full_event(log, &format!("e-{number}"));
        event[subject]["id"] = json!(format!("i-{}", number % 2));
        event
    };
    (0..count).map(event).collect()
}

both_databases_restricted! {
    async fn each_call_is_recorded_once_with_what_it_returned(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1042");
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 10)).await;
            let (path, filter) = (log.path, log.subject_filter);
            // The filter does not contain the parameters of a page, and contains repeated values once.
            let list = format!("?limit=3&orderBy=occurredAt:asc&includeTotal=true&{filter}=i-1&{filter}=i-0&{filter}=i-1");
            let calls = [
                ("LIST", String::new(), json!({}), 10, Some(10)),
                ("LIST", list, json!({filter: ["i-0", "i-1"]}), 3, Some(3)),
                ("LIST", "?doneById=nobody".to_owned(), json!({"doneById": ["nobody"]}), 0, None),
                ("EVENT", "/e-4".to_owned(), json!({}), 1, Some(5)),
                ("RELATED", "/e-4/related?by=item".to_owned(), json!({"by": ["item"]}), 5, Some(9)),
                ("FACET", "/facets/doneBy?search=ana".to_owned(), json!({"search": ["ana"]}), 1, None),
            ];
            for (number, (_, rest, ..)) in calls.iter().enumerate() {
                let id = format!("{}-{number}", log.code);
                client.send("GET", &format!("{path}{rest}"), &[("x-request-id", &id)], "").await.expect(200);
            }
            let accesses = recorded(&auditor(&service, "acme")).await;
            let accesses: Vec<_> = accesses.iter().filter(|access| access["log"] == log.code).collect();
            assert_eq!(accesses.len(), calls.len());
            for (number, (access, (call, rest, filter, rows, highest))) in accesses.iter().zip(calls).enumerate() {
                assert_eq!(essence(access), json!({
                    "log": log.code, "call": call, "path": format!("{path}{}", rest.split('?').next().unwrap()), "filter": filter,
                    "outcome": "COMPLETE", "status": 200, "rows": rows, "highestSequence": highest, "lost": 0, "count": 1,
                }));
                assert_eq!(access["doneBy"], json!({"id": "u-1042", "name": "Name of u-1042"}));
                assert_eq!(access["requestId"], format!("{}-{number}", log.code));
                assert!(access["occurredAt"].as_str().unwrap() <= access["recordedAt"].as_str().unwrap());
            }
        }
    }

    async fn equal_calls_are_counted(database: Database) {
        let service = Service::start(&database).await;
        let [first, second] = ["u-1", "u-2"].map(|subject| everybody(&service, "acme", subject));
        AUDIT_LOG.post(&first, &events(AUDIT_LOG, 4)).await;
        let calls = ["/audit-logs", "/audit-logs?limit=2", "/audit-logs?itemId=i-1", "/audit-logs/e-1", "/audit-logs/export?format=csv"];
        for _ in 0..20 {
            for (number, path) in calls.iter().enumerate() {
                let client = if number % 2 == 0 { &first } else { &second };
                client.get(path).await.expect(200);
            }
        }
        let calls = recorded(&first).await;
        let of = |call: &str, rows: u64| calls.iter().filter(|access| access["call"] == call && access["rows"] == rows).count();
        assert_eq!(of("LIST", 4), 20);
        assert_eq!(of("LIST", 2), 40, "a page of two events, and the filter with two");
        assert_eq!((of("EVENT", 1), of("EXPORT", 0), of("EXPORT", 4)), (20, 20, 20));
        for access in page(&first, "limit=1000").await {
            assert!(access["call"] != "EXPORT" || access["count"] == 1, "each export has its two accesses: {access}");
        }
    }

    async fn values_by_event_type_are_recorded(database: Database) {
        let service = Service::start(&database).await;
        CONVERSATION_LOG.post(&producer(&service, "acme"), &events(CONVERSATION_LOG, 3)).await;
        let client = everybody(&service, "acme", "u-1");
        for facet in ["fromValue", "toValue"] {
            client.get(&format!("/conversation-logs/facets/{facet}/byEvent")).await.expect(200);
        }
        let accesses = recorded(&client).await;
        let seen: Vec<_> = accesses.iter().map(|access| (&access["call"], &access["path"], &access["rows"])).collect();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1], (&json!("FACET"), &json!("/conversation-logs/facets/toValue/byEvent"), &json!(1)));
    }

    async fn a_cached_page_counts_its_rows_and_a_304_counts_none(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 4)).await;
            for path in [log.path.to_owned(), format!("{}/e-1/related", log.path)] {
                let first = client.get(&path).await.expect(200);
                client.get(&path).await.expect(200);
                let seen = ("if-none-match", first.header("etag").unwrap());
                client.send("GET", &path, &[seen], "").await.expect(304);
            }
        }
        let accesses = recorded(&client).await;
        let seen: Vec<_> = accesses.iter().map(|access| json!([access["status"], access["rows"], access["highestSequence"]])).collect();
        let of_log = [json!([200, 4, 4]), json!([200, 4, 4]), json!([304, 0, null]), json!([200, 2, 4]), json!([200, 2, 4]), json!([304, 0, null])];
        assert_eq!(seen, [of_log.clone(), of_log].concat());
        for log in LOGS {
            let named = page(&client, &format!("{}=i-1&log={}", log.subject_filter, log.code)).await;
            // Includes the page from the cache, for which the event was not read.
            let calls: Vec<_> = named.into_iter().flat_map(each_call).map(|access| access["status"].clone()).collect();
            assert_eq!(calls, [200, 200]);
        }
    }

    async fn calls_that_return_nothing_are_not_recorded(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log, 1)).await;
            client.get(&format!("{}/event-types", log.path)).await.expect(200);
            for rest in ["?limit=0", "?nothing=1", "/facets/doneBy?limit=0", "/export", "/export?format=xlsx", "/stream?event=X"] {
                Problem::of(&client.get(&format!("{}{rest}", log.path)).await, 400);
            }
            for rest in ["/unknown", "/unknown/related"] {
                Problem::of(&client.get(&format!("{}{rest}", log.path)).await, 404);
            }
            Problem::of(&service.anonymous().get(log.path).await, 401);
            Problem::of(&service.client("acme", &["CONVERSATIONS_AGENT"]).get(log.path).await, 403);
            Problem::of(&client.send("GET", log.path, &[("accept", "text/csv")], "").await, 406);
        }
        Problem::of(&client.get("/access-logs?limit=0").await, 400);
        assert_eq!(recorded(&auditor(&service, "acme")).await, [] as [Value; 0]);
    }

    async fn reading_accesses_is_recorded(database: Database) {
        let service = Service::start(&database).await;
        let auditor = auditor(&service, "acme");
        for query in ["?log=AUDIT_LOGS&conversationId=c-1", "?limit=1"] {
            auditor.send("GET", &format!("/access-logs{query}"), &[("x-request-id", "own")], "").await.expect(200);
            recorded(&auditor).await;
        }
        let own = recorded(&auditor).await;
        let filter = json!({"log": ["AUDIT_LOGS"], "conversationId": ["c-1"]});
        for (access, (filter, rows)) in own.iter().zip([(filter, 0), (json!({}), 1)]) {
            assert_eq!((&access["log"], &access["call"]), (&json!("ACCESS_LOGS"), &json!("LIST")));
            assert_eq!((&access["filter"], &access["rows"]), (&filter, &json!(rows)));
        }
        assert_eq!(own.len(), 2);
        assert_eq!(page(&auditor, "conversationId=c-1").await, [] as [Value; 0], "the auditor did not look at the conversation");
    }

    async fn an_account_sees_its_own_accesses_only(database: Database) {
        let service = Service::start(&database).await;
        let accounts = ["acme", "other", "acme2"];
        for (number, account) in accounts.into_iter().enumerate() {
            let client = everybody(&service, account, "the-same-subject");
            for log in LOGS {
                log.post(&client, &events(log, 2)).await;
                for actor in 0..=number {
                    client.get(&format!("{}?{}=i-1&doneById=u-{actor}", log.path, log.subject_filter)).await.expect(200);
                }
            }
        }
        let mut cursors = Vec::new();
        for (number, account) in accounts.into_iter().enumerate() {
            let auditor = auditor(&service, account);
            let accesses = recorded(&auditor).await;
            assert_eq!(accesses.len(), 2 * (number + 1), "{account}");
            let numbers: Vec<i64> = accesses.iter().map(|access| access["sequence"].as_i64().unwrap()).collect();
            assert_eq!(numbers, (1..).take(accesses.len()).collect::<Vec<_>>(), "each account has its own numbers");
            for query in ["conversationId=i-1", "itemId=i-1", "doneById=the-same-subject&log=AUDIT_LOGS"] {
                assert_eq!(page(&auditor, query).await.len(), number + 1, "{account}: {query}");
            }
            let first = auditor.get("/access-logs?limit=1").await.expect(200).json();
            cursors.push(first["pagination"]["nextCursor"].as_str().unwrap().to_owned());
        }
        for (account, cursor) in accounts.into_iter().zip(cursors) {
            for other in accounts {
                let status = if other == account { 200 } else { 400 };
                auditor(&service, other).get(&format!("/access-logs?limit=1&cursor={cursor}")).await.expect(status);
            }
        }
    }

    async fn accesses_cannot_be_changed_or_removed(database: Database) {
        let service = Service::start(&database).await;
        let client = everybody(&service, "acme", "u-1");
        client.get("/audit-logs?itemId=i-1").await.expect(200);
        recorded(&client).await;
        for table in ["accesses", "access_subjects"] {
            for statement in [format!("UPDATE {table} SET sequence = 7"), format!("DELETE FROM {table}")] {
                let refusal = database.execute(&statement).unwrap_err();
                assert!(refusal.contains("accesses are immutable"), "{refusal}");
            }
            if database.is_postgres() {
                database.execute(&format!("TRUNCATE {table}")).unwrap_err();
            }
        }
    }
}

#[actix_web::test]
async fn a_head_request_is_recorded_as_a_get() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let client = everybody(&service, "acme", "u-1");
    AUDIT_LOG.post(&client, &events(AUDIT_LOG, 2)).await;
    client.send("HEAD", "/audit-logs", &[], "").await.expect(200);
    let accesses = recorded(&client).await;
    assert_eq!(accesses.iter().map(|access| &access["rows"]).collect::<Vec<_>>(), [2]);
}

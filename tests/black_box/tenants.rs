//! Accounts never see each other's events, although they use the same ids.

mod random;

use serde_json::{Value, json};

use crate::{
    problem::Problem,
    support::{Client, Service, audit_event, both_databases_restricted, conversation_event},
};

const ACCOUNTS: [&str; 3] = ["account-of-anna", "account-of-boris", "account-of-chen"];
const READERS: [&str; 2] = ["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR"];
const LOGS: [&str; 2] = ["/conversation-logs", "/audit-logs"];
const EVENTS: usize = 5;

/// The same ids, actors, items, conversations and operations in every account. Only names and labels contain the account.
fn events(log: &str, account: &str) -> Vec<Value> {
    let event = |number: usize| {
        let id = format!("event-{number}");
        let mut event = if log == "/conversation-logs" { conversation_event(&id) } else { audit_event(&id) };
        event["operationId"] = json!("the-operation");
        event["doneBy"]["name"] = json!(format!("A user of {account}"));
        event["from"] = json!({"value": "before", "label": format!("Before, says {account}")});
        event["to"] = json!({"value": "after", "label": format!("After, says {account}")});
        event
    };
    (1..=EVENTS).map(event).collect()
}

async fn record_everywhere(service: &Service) {
    for account in ACCOUNTS {
        let producer = service.client(account, &["LOGS_PRODUCER"]);
        for log in LOGS {
            let response = producer.post(log, &json!({"events": events(log, account)})).await.expect(201).json();
            let sequences: Vec<_> =
                response["events"].as_array().unwrap().iter().map(|event| event["sequence"].as_i64()).collect();
            assert_eq!(sequences, (1..=5).map(Some).collect::<Vec<_>>(), "{account} has its own ids and sequences");
        }
    }
}

/// Reads a path. The response must be 200 and must not contain the name of another account.
async fn get(client: &Client, account: &str, path: &str) -> Value {
    let response = client.get(path).await.expect(200);
    for other in ACCOUNTS.into_iter().filter(|other| *other != account) {
        assert!(!response.text().contains(other), "{path} shows data of {other} to {account}: {}", response.text());
    }
    assert!(response.text().contains(account), "{path} does not show its own data to {account}: {}", response.text());
    response.json()
}

both_databases_restricted! {
    async fn the_same_ids_in_three_accounts_are_different_events(database: Database) {
        let service = Service::start(&database).await;
        record_everywhere(&service).await;
        for account in ACCOUNTS {
            let reader = service.client(account, &READERS);
            for log in LOGS {
                let subject = if log == "/conversation-logs" { "conversationId=c-90210" } else { "itemId=q-17&itemType=QUEUE" };
                for path in [
                    log.to_owned(),
                    format!("{log}?orderBy=sequence:asc"),
                    format!("{log}?operationId=the-operation&doneById=u-1042&fromValue=before&toValue=after"),
                    format!("{log}?{subject}"),
                    format!("{log}/event-1/related"),
                    format!("{log}/event-1/related?by=operation"),
                ] {
                    let path = format!("{path}{}includeTotal=true", if path.contains('?') { '&' } else { '?' });
                    let page = get(&reader, account, &path).await;
                    assert_eq!(page["events"].as_array().unwrap().len(), EVENTS, "{account} {path}");
                    assert_eq!(page["pagination"]["total"], json!({"count": EVENTS, "relation": "EXACT"}), "{account} {path}");
                }
                let single = get(&reader, account, &format!("{log}/event-3")).await;
                assert_eq!((&single["id"], &single["sequence"]), (&json!("event-3"), &json!(3)));
            }
        }
    }

    async fn a_log_key_that_now_belongs_to_another_account_is_never_written_to(database: Database) {
        let service = Service::start(&database).await;
        let post = async |id: &str| service.client("anna", &["LOGS_PRODUCER"]).post("/audit-logs", &json!({"events": [audit_event(id)]})).await;
        post("event-1").await.expect(201);
        // As after a failover that lost the head of the log, while the service has cached its key.
        database.execute("UPDATE log_heads SET account_id = 'boris' WHERE account_id = 'anna'").unwrap();
        assert_eq!(post("event-2").await.status, 500);
        let log = service.client("boris", &READERS).get("/audit-logs").await.expect(200).json();
        assert_eq!(log["events"].as_array().unwrap().len(), 1);
    }

    async fn paging_with_cursors_stays_in_its_account(database: Database) {
        let service = Service::start(&database).await;
        record_everywhere(&service).await;
        for account in ACCOUNTS {
            let reader = service.client(account, &READERS);
            for (log, order) in LOGS.into_iter().flat_map(|log| [(log, "occurredAt:desc"), (log, "sequence:asc")]) {
                let mut path = format!("{log}?limit=2&orderBy={order}");
                let mut seen = 0;
                while seen < EVENTS {
                    let page = get(&reader, account, &path).await;
                    seen += page["events"].as_array().unwrap().len();
                    if seen < EVENTS {
                        let cursor = page["pagination"]["nextCursor"].as_str().expect("a next page");
                        path = format!("{log}?limit=2&orderBy={order}&cursor={cursor}");
                    }
                }
                assert_eq!(seen, EVENTS);
            }
        }
    }

    async fn a_cursor_of_one_account_is_refused_in_another(database: Database) {
        let service = Service::start(&database).await;
        record_everywhere(&service).await;
        let [anna, boris, _] = ACCOUNTS.map(|account| service.client(account, &READERS));
        for log in LOGS {
            for list in [format!("{log}?limit=2"), format!("{log}/event-1/related?limit=2")] {
                let page = get(&anna, ACCOUNTS[0], &list).await;
                let cursor = page["pagination"]["nextCursor"].as_str().expect("a next page");
                let path = format!("{list}&cursor={cursor}");
                assert_eq!(get(&anna, ACCOUNTS[0], &path).await["events"].as_array().unwrap().len(), 2);
                let response = boris.get(&path).await;
                let locations: Vec<_> = Problem::of(&response, 400).violations.into_iter().map(|violation| violation.location).collect();
                assert_eq!(locations, ["cursor"], "{}", response.text());
            }
        }
    }

    async fn a_request_cannot_choose_its_account(database: Database) {
        let service = Service::start(&database).await;
        let producer = service.client(ACCOUNTS[0], &["LOGS_PRODUCER"]);
        for log in LOGS {
            let mut smuggled = events(log, ACCOUNTS[0]).remove(0);
            smuggled["accountId"] = json!(ACCOUNTS[1]);
            Problem::of(&producer.post(log, &json!({"events": [smuggled]})).await, 422);
            let good = json!({"events": events(log, ACCOUNTS[0])});
            Problem::of(&producer.post(log, &json!({"events": good["events"], "accountId": ACCOUNTS[1]})).await, 422);
            // There is no such parameter.
            Problem::of(&producer.post(&format!("{log}?accountId={}", ACCOUNTS[1]), &good).await, 400);
            for account in ACCOUNTS {
                let page = service.client(account, &READERS).get(log).await.expect(200).json();
                assert_eq!(page["events"], json!([]), "{account} {log}");
            }
        }
    }
}

//! Random calls with ids, cursors and values of another account. No response contains data of that account.

use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNTS, LOGS, READERS};
use crate::{
    oracle::random_numbers,
    support::{Client, Response, Service, audit_event, both_databases, conversation_event, times},
};

/// The number of events per log and account.
const EVENTS: usize = 12;

both_databases! {
    async fn random_calls_show_nothing_of_another_account(database: Database) {
        let service = Service::start(&database).await;
        let mut random = random_numbers();
        for account in ACCOUNTS {
            for log in LOGS {
                let events: Vec<Value> = (0..EVENTS).map(|number| event(log, account, number)).collect();
                service.client(account, &["LOGS_PRODUCER"]).post(log, &json!({"events": events})).await.expect(201);
            }
        }
        let clients = ACCOUNTS.map(|account| service.client(account, &READERS));
        let mut cursors: Vec<String> = Vec::new();
        let mut answered = 0;
        for _ in 0..times(600, 100_000) {
            let (own, other) = (random.usize(..ACCOUNTS.len()), random.usize(..ACCOUNTS.len()));
            let path = path(&mut random, ACCOUNTS[other], &cursors);
            let response = clients[own].get(&path).await;
            assert!(response.status < 500, "{path}: {}", response.text());
            answered += usize::from(response.status == 200);
            assert_own(&response, own, &path);
            collect(&response, &mut cursors, &mut random);
            if own != other && !path.contains('?') {
                compare_with_unknown(&clients[own], &path, &response).await;
            }
        }
        assert!(answered > 100, "{answered}");
    }
}

/// An event whose texts all contain the name of the account.
fn event(log: &str, account: &str, number: usize) -> Value {
    let id = format!("{account}-{number}");
    let mut event = if log == "/conversation-logs" { conversation_event(&id) } else { audit_event(&id) };
    event["operationId"] = json!(format!("operation-of-{account}"));
    event["doneBy"] = json!({"type": "USER", "id": format!("user-of-{account}"), "name": format!("A user of {account}")});
    event["from"] = json!({"value": format!("before-{account}"), "label": format!("Before, says {account}")});
    event["to"] = json!({"value": format!("after-{account}"), "label": format!("After, says {account}")});
    match event.get("item").is_some() {
        true => {
            event["item"] = json!({"type": "QUEUE", "id": format!("queue-of-{account}"), "name": format!("A queue of {account}")})
        }
        false => event["conversation"] = json!({"id": format!("conversation-of-{account}")}),
    }
    event
}

/// A call with ids, cursors and values of this account.
fn path(random: &mut Rng, account: &str, cursors: &[String]) -> String {
    let log = LOGS[random.usize(..2)];
    let id = format!("{account}-{}", random.usize(..EVENTS));
    let call = match random.u8(..8) {
        0 => return format!("{log}/{id}"),
        1 => format!("{log}/{id}/related?by={}", ["item", "operation"][random.usize(..2)]),
        2 => format!("{log}/export?format={}", ["csv", "ndjson"][random.usize(..2)]),
        3 => return format!("{log}/facets/doneBy?limit={}&search={account}", random.usize(1..4)),
        4 if log == "/audit-logs" => return format!("{log}/facets/item?search={account}"),
        4 => return format!("{log}/facets/toValue?search={account}"),
        _ => format!("{log}?limit={}", random.usize(1..4)),
    };
    let filters = [
        format!("doneById=user-of-{account}"),
        format!("fromValue=before-{account}"),
        format!("toValue=after-{account}"),
        format!("operationId=operation-of-{account}"),
        if log == "/audit-logs" {
            format!("itemId=queue-of-{account}")
        } else {
            format!("conversationId=conversation-of-{account}")
        },
    ];
    let filter = match random.choice(&filters) {
        Some(filter) if random.bool() => format!("&{filter}"),
        _ => String::new(),
    };
    let cursor = match random.choice(cursors) {
        Some(cursor) if random.bool() && !call.contains("export") => format!("&cursor={cursor}"),
        _ => String::new(),
    };
    format!("{call}{filter}{cursor}")
}

#[track_caller]
fn assert_own(response: &Response, own: usize, path: &str) {
    // A problem may repeat values of the request.
    if response.status != 200 {
        return;
    }
    let text = response.text();
    for (number, account) in ACCOUNTS.iter().enumerate() {
        assert!(number == own || !text.contains(account), "{path} shows something of {account} to {}: {text}", ACCOUNTS[own]);
    }
}

fn collect(response: &Response, cursors: &mut Vec<String>, random: &mut Rng) {
    let Ok(page) = serde_json::from_slice::<Value>(&response.body) else { return };
    let found = ["nextCursor", "previousCursor"].map(|name| page["pagination"][name].as_str().map(str::to_owned));
    cursors.extend(found.into_iter().flatten());
    if cursors.len() > 300 {
        cursors.swap_remove(random.usize(..300));
    }
}

/// Asserts that the response to an id of another account equals that to an unknown id, byte for byte.
async fn compare_with_unknown(client: &Client, path: &str, response: &Response) {
    let (log, _) = path.rsplit_once('/').unwrap();
    let unknown = client.send("GET", &format!("{log}/unknown"), &[("x-request-id", "same")], "").await;
    let foreign = client.send("GET", path, &[("x-request-id", "same")], "").await;
    assert_eq!(response.status, 404, "{path}");
    assert_eq!((foreign.status, foreign.text()), (unknown.status, unknown.text()), "{path}");
}

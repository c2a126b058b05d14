//! Concurrent writers: every request succeeds, and the sequences of every log are dense.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    logs::{LOGS, Log, producer},
    support::{Service, both_databases},
};

/// The sequences of an account's log, in ascending order.
async fn sequences(log: Log, service: &Service, account: &str) -> Vec<i64> {
    let path = format!("{}?orderBy=sequence:asc&limit=1000", log.path);
    let page = log.reader(service, account).get(&path).await.expect(200).json();
    page["events"].as_array().unwrap().iter().map(|event| event["sequence"].as_i64().unwrap()).collect()
}

both_databases! {
    async fn concurrent_writers_of_one_account_all_succeed(database: Database) {
        let mut services = vec![Service::start(&database).await];
        if database.is_postgres() {
            services.push(Service::start(&database).await);
        }
        for log in LOGS {
            let post = async |writer: usize| {
                let client = producer(&services[writer % services.len()], "acme");
                for batch in 0..3 {
                    let events: Vec<Value> = (0..3).map(|index| (log.event)(&format!("e-{writer}-{batch}-{index}"))).collect();
                    let receipts = client.post(log.path, &json!({"events": events})).await.expect(201).json();
                    let sequences: Vec<i64> = receipts["events"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|receipt| receipt["sequence"].as_i64().unwrap())
                        .collect();
                    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "the sequences of a batch are consecutive: {sequences:?}");
                }
            };
            join_all((0..64).map(post)).await;
            assert_eq!(sequences(log, &services[0], "acme").await, (1..=64 * 9).collect::<Vec<_>>());
        }
    }

    async fn concurrent_writers_of_the_same_events_store_them_once(database: Database) {
        let mut services = vec![Service::start(&database).await];
        if database.is_postgres() {
            services.push(Service::start(&database).await);
        }
        for log in LOGS {
            // Each writer has another order, which causes deadlocks if writers lock rows one by one.
            let post = async |writer: usize| {
                let mut events: Vec<Value> = (0..20).map(|number| (log.event)(&format!("e-{number}"))).collect();
                fastrand::Rng::with_seed(writer as u64).shuffle(&mut events);
                let response =
                    producer(&services[writer % services.len()], "acme").post(log.path, &json!({"events": events})).await;
                assert!(matches!(response.status, 200 | 201), "{}: {}", response.status, response.text());
                response.json()["accepted"].as_u64().unwrap()
            };
            let accepted = join_all((0..40).map(post)).await;
            assert_eq!(accepted.iter().sum::<u64>(), 20);
            assert_eq!(sequences(log, &services[0], "acme").await, (1..=20).collect::<Vec<_>>());
        }
    }

    async fn one_of_many_conflicting_writers_succeeds_and_the_others_get_409(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let post = async |writer: usize| {
                let mut event = (log.event)("e-1");
                event["operationId"] = json!(format!("op-{writer}"));
                producer(&service, "acme").post(log.path, &json!({"events": [event]})).await.status
            };
            let mut responses = join_all((0..24).map(post)).await;
            responses.sort_unstable();
            assert_eq!(responses, [vec![201], vec![409; 23]].concat());
            assert_eq!(sequences(log, &service, "acme").await, [1]);
        }
    }

    async fn concurrent_writers_of_many_accounts_get_separate_sequences(database: Database) {
        let service = Service::start(&database).await;
        let post = async |writer: usize| {
            let account = format!("account-{}", writer % 10);
            for log in LOGS {
                let events = [(log.event)(&format!("e-{writer}"))];
                producer(&service, &account).post(log.path, &json!({"events": events})).await.expect(201);
            }
        };
        join_all((0..60).map(post)).await;
        for log in LOGS {
            for account in 0..10 {
                assert_eq!(sequences(log, &service, &format!("account-{account}")).await, [1, 2, 3, 4, 5, 6]);
            }
        }
    }
}

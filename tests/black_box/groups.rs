//! Group commit: concurrent requests are stored in one transaction, and each gets the response it would get alone.

mod ledger;
pub mod write_lock;

use std::cell::Cell;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use self::{
    ledger::Ledger,
    write_lock::{WriteLock, refuse_id},
};
use crate::{
    logs::{LOGS, full_event, producer, stored},
    problem::Problem,
    support::{Service, both_databases},
};

const ACCOUNTS: [&str; 4] = ["acme", "other", "ACME", "a:b"];

both_databases! {
    async fn responses_to_concurrent_overlapping_batches_match_the_stored_events(database: Database) {
        let mut services = vec![Service::start(&database).await];
        if database.is_postgres() {
            services.push(Service::start(&database).await);
        }
        let ledgers: Vec<Ledger> =
            LOGS.into_iter().flat_map(|log| ACCOUNTS.map(|account| Ledger::new(log, account))).collect();
        let write = async |writer: usize| {
            let mut random = fastrand::Rng::with_seed(writer as u64);
            for _ in 0..12 {
                let ledger = &ledgers[random.usize(..ledgers.len())];
                let client = producer(&services[writer % services.len()], ledger.account);
                ledger.write(&client, &mut random).await;
            }
        };
        join_all((0..48).map(write)).await;
        for ledger in &ledgers {
            ledger.check(&services[0]).await;
        }
    }

    async fn a_failing_request_does_not_fail_its_group(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            refuse_id(&database, log, "guilty");
            let lock = WriteLock::take(&database);
            let write = async |number: usize| {
                let account = ACCOUNTS[number % ACCOUNTS.len()];
                let last = if number == 7 { "guilty".to_owned() } else { format!("e-{number}-b") };
                let events = [full_event(log, &format!("e-{number}-a")), full_event(log, &last)];
                producer(&service, account).post(log.path, &json!({"events": events})).await.status
            };
            // The first requests occupy the writers, and the others form groups.
            let (statuses, ()) = join(join_all((0..24).map(write)), lock.release_soon()).await;
            let expected: Vec<u16> = (0..24).map(|number| if number == 7 { 500 } else { 201 }).collect();
            assert_eq!(statuses, expected);
            for account in ACCOUNTS {
                let events = stored(log, &service, account).await;
                assert_eq!(events.len(), if ACCOUNTS[7 % ACCOUNTS.len()] == account { 10 } else { 12 });
                assert!(events.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence));
                assert!(!events.iter().any(|event| event["id"] == "e-7-a" || event["id"] == "guilty"));
            }
        }
    }

    async fn each_request_of_a_group_gets_its_own_conflicts_and_duplicates(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let lock = WriteLock::take(&database);
            let write = async |number: usize| {
                // One in three sends other content with the same identifier.
                let mut event = full_event(log, "e-1");
                event["operationId"] = json!(if number.is_multiple_of(3) { "op-a" } else { "op-b" });
                let batch = [event, full_event(log, &format!("own-{number}"))];
                producer(&service, "acme").post(log.path, &json!({"events": batch})).await
            };
            let (responses, ()) = join(join_all((0..30).map(write)), lock.release_soon()).await;
            let events = stored(log, &service, "acme").await;
            let winner = events.iter().find(|event| event["id"] == "e-1").unwrap()["operationId"].clone();
            let mut first = 0;
            for (number, response) in responses.into_iter().enumerate() {
                let own = events.iter().any(|event| event["id"] == format!("own-{number}"));
                if (winner == "op-a") == number.is_multiple_of(3) {
                    let receipts = response.expect(201).json();
                    first += usize::from(receipts["accepted"] == 2);
                    assert!(own && receipts["events"][0]["sequence"] == 1, "{receipts}");
                } else {
                    let locations: Vec<String> = Problem::of(&response, 409).violations.into_iter().map(|fault| fault.location).collect();
                    assert_eq!(locations, ["events[0].id"]);
                    assert!(!own, "no event of a conflicting batch is stored");
                }
            }
            assert_eq!(first, 1, "one request stored the event");
            assert!(events.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence));
        }
    }

    async fn a_request_gets_503_while_the_write_queue_is_full(database: Database) {
        let service = Service::start_with(&database, &["--write-queue=1000"]).await;
        for log in LOGS {
            let lock = Cell::new(Some(WriteLock::take(&database)));
            let refused = Cell::new(0);
            let write = async |number: usize| {
                let events: Vec<Value> = (0..600).map(|index| (log.event)(&format!("e-{number}-{index}"))).collect();
                let response = producer(&service, "acme").post(log.path, &json!({"events": events})).await;
                if response.status == 503 {
                    let problem = Problem::of(&response, 503);
                    assert!(problem.detail.contains("waiting to be stored"), "{}", response.text());
                    assert!(response.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
                    refused.set(refused.get() + 1);
                    // The queue has room for one request only. The others have been refused, so this one may be stored.
                    if refused.get() == 2 {
                        lock.take();
                    }
                }
                response.status
            };
            let mut statuses = join_all((0..3).map(write)).await;
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 503, 503]);
            // Now the queue has room again.
            for number in 0..3 {
                let event = (log.event)(&format!("again-{number}"));
                producer(&service, "acme").post(log.path, &json!({"events": [event]})).await.expect(201);
            }
        }
    }
}

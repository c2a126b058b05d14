//! Requests that arrive together are stored together, and each is answered as if it had come alone.

pub mod held;
mod ledger;

use std::cell::Cell;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use self::{
    held::{Held, refuse_id},
    ledger::Ledger,
};
use crate::{
    logs::{LOGS, full_event, producer, stored},
    problem::Problem,
    support::{Service, both_databases},
};

const ACCOUNTS: [&str; 4] = ["acme", "other", "ACME", "a:b"];

both_databases! {
    async fn many_writers_of_overlapping_batches_are_told_what_the_logs_then_have(database: Database) {
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

    async fn a_request_at_fault_fails_alone(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            refuse_id(&database, log, "guilty");
            let held = Held::take(&database);
            let write = async |number: usize| {
                let account = ACCOUNTS[number % ACCOUNTS.len()];
                let last = if number == 7 { "guilty".to_owned() } else { format!("e-{number}-b") };
                let events = [full_event(log, &format!("e-{number}-a")), full_event(log, &last)];
                producer(&service, account).post(log.path, &json!({"events": events})).await.status
            };
            // The first of them keep the writers busy, the others become groups.
            let (statuses, ()) = join(join_all((0..24).map(write)), held.release_soon()).await;
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

    async fn conflicts_and_duplicates_within_a_group_are_told_to_whom_they_concern(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let held = Held::take(&database);
            let write = async |number: usize| {
                // One in three says something else under the same identifier.
                let mut event = full_event(log, "e-1");
                event["operationId"] = json!(if number.is_multiple_of(3) { "op-a" } else { "op-b" });
                let batch = [event, full_event(log, &format!("own-{number}"))];
                producer(&service, "acme").post(log.path, &json!({"events": batch})).await
            };
            let (answers, ()) = join(join_all((0..30).map(write)), held.release_soon()).await;
            let events = stored(log, &service, "acme").await;
            let winner = events.iter().find(|event| event["id"] == "e-1").unwrap()["operationId"].clone();
            let mut first = 0;
            for (number, answer) in answers.into_iter().enumerate() {
                let own = events.iter().any(|event| event["id"] == format!("own-{number}"));
                if (winner == "op-a") == number.is_multiple_of(3) {
                    let receipts = answer.expect(201).json();
                    first += usize::from(receipts["accepted"] == 2);
                    assert!(own && receipts["events"][0]["sequence"] == 1, "{receipts}");
                } else {
                    let places: Vec<String> = Problem::of(&answer, 409).violations.into_iter().map(|fault| fault.location).collect();
                    assert_eq!(places, ["events[0].id"]);
                    assert!(!own, "nothing of a conflicting batch is stored");
                }
            }
            assert_eq!(first, 1, "one of them is told that it stored the event");
            assert!(events.iter().zip(1..).all(|(event, sequence)| event["sequence"] == sequence));
        }
    }

    async fn who_comes_while_the_queue_is_full_is_told_to_come_back(database: Database) {
        let service = Service::start_with(&database, &["--write-queue=1000"]).await;
        for log in LOGS {
            let held = Cell::new(Some(Held::take(&database)));
            let refused = Cell::new(0);
            let write = async |number: usize| {
                let events: Vec<Value> = (0..600).map(|place| (log.event)(&format!("e-{number}-{place}"))).collect();
                let answer = producer(&service, "acme").post(log.path, &json!({"events": events})).await;
                if answer.status == 503 {
                    let problem = Problem::of(&answer, 503);
                    assert!(problem.detail.contains("waiting to be stored"), "{}", answer.text());
                    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
                    refused.set(refused.get() + 1);
                    // There is room for one only: the others have come, so it may be stored.
                    if refused.get() == 2 {
                        held.take();
                    }
                }
                answer.status
            };
            let mut statuses = join_all((0..3).map(write)).await;
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 503, 503]);
            // And there is room again.
            for number in 0..3 {
                let event = (log.event)(&format!("again-{number}"));
                producer(&service, "acme").post(log.path, &json!({"events": [event]})).await.expect(201);
            }
        }
    }
}

//! Transactions that fail after their terms were inserted.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{dictionary, history::History, new_terms::event_of};
use crate::{
    groups::write_lock::{WriteLock, refuse_id},
    logs::{LOGS, producer},
    support::{Service, both_databases},
};

both_databases! {
    async fn a_transaction_that_is_rolled_back_leaves_no_term_in_the_database_or_in_a_cache(database: Database) {
        let services = [Service::start(&database).await, Service::start(&database).await];
        let writers = services.each_ref().map(|service| producer(service, "acme"));
        for log in LOGS {
            refuse_id(&database, log, "refused");
            let history = History::new(log);
            // A log that has terms already, and then one more each time.
            history.post(&writers[0], &[event_of(log, "e-0", "first")]).await;
            for round in 0..8 {
                let (failing, other) = (&writers[round % 2], &writers[round / 2 % 2]);
                let text = |index: usize| format!("t-{round}-{index}");
                let mut batch: Vec<_> = (0..3).map(|index| event_of(log, &format!("e-{round}-{index}"), &text(index))).collect();
                batch.push(event_of(log, "refused", &text(3)));
                let before = dictionary::terms(&database);
                failing.post(log.path, &json!({"events": batch})).await.expect(500);
                assert_eq!(dictionary::terms(&database), before, "a batch that is refused leaves no term");
                // Other terms get the numbers that the failed transaction had assigned.
                history.post(other, &[event_of(log, &format!("e-{round}-other"), &format!("other-{round}"))]).await;
                history.post(failing, &batch[..3]).await;
                for (number, writer) in writers.iter().enumerate() {
                    let again = (0..4).map(|index| event_of(log, &format!("e-{round}-again-{number}-{index}"), &text(index)));
                    history.post(writer, &again.collect::<Vec<_>>()).await;
                }
                dictionary::check(&database);
            }
            for service in &services {
                history.check(&log.reader(service, "acme")).await;
            }
        }
    }

    async fn a_request_that_fails_within_a_group_leaves_the_new_terms_of_the_others(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            refuse_id(&database, log, "guilty");
            let history = History::new(log);
            let lock = WriteLock::take(&database);
            // Some terms are new to all requests, and some to one.
            let own = |number: usize| format!("{} {number}", log.table);
            let write = async |number: usize| {
                let second = if number == 7 { "guilty".to_owned() } else { format!("e-{number}-b") };
                let events = [event_of(log, &format!("e-{number}-a"), "shared"), event_of(log, &second, &own(number))];
                let response = writer.post(log.path, &json!({"events": events})).await;
                if number == 7 {
                    response.expect(500);
                } else {
                    history.record(&events, &response);
                }
            };
            join(join_all((0..24).map(write)), lock.release_soon()).await;
            dictionary::check(&database);
            let refused = dictionary::terms(&database).into_iter().filter(|term| term.has_text(&own(7)));
            assert_eq!(refused.count(), 0, "the refused request leaves no term");
            history.check(&log.reader(&service, "acme")).await;
            history.post(&writer, &[event_of(log, "e-7", &own(7))]).await;
            dictionary::check(&database);
            history.check(&log.reader(&service, "acme")).await;
        }
    }
}

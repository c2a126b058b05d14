//! Instances that receive the same new terms at the same time.

use fastrand::Rng;
use futures_util::future::{OptionFuture, join, join_all};
use serde_json::{Value, json};

use super::{dictionary, history::History, new_terms::event_of};
use crate::{
    facets::query::ACTOR_TYPES,
    groups::write_lock::WriteLock,
    logs::{LOGS, producer},
    support::{Service, both_databases},
};

/// The number of times that new terms appear.
const ROUNDS: usize = 24;
/// The number of concurrent requests with these terms.
const WRITERS: usize = 8;

both_databases! {
    async fn new_terms_that_two_instances_receive_at_once_are_stored_once(database: Database) {
        let services = [Service::start(&database).await, Service::start(&database).await];
        let writers = services.each_ref().map(|service| producer(service, "acme"));
        for log in LOGS {
            let history = History::new(log);
            for round in 0..ROUNDS {
                // Requests that wait for the same lock are stored by both instances immediately one after the other.
                let lock = round.is_multiple_of(4).then(|| WriteLock::take(&database).release_soon());
                let post = async |number: usize| {
                    let mut batch: Vec<Value> = (0..6)
                        .map(|index| {
                            let mut event = event_of(log, &format!("e-{round}-{number}-{index}"), &format!("t-{round}-{}", index / 3));
                            event["doneBy"]["type"] = json!(ACTOR_TYPES[index % 3]);
                            event
                        })
                        .collect();
                    // Each writer sends the terms in another order.
                    Rng::with_seed(number as u64).shuffle(&mut batch);
                    history.post(&writers[number % writers.len()], &batch).await;
                };
                join(join_all((0..WRITERS).map(post)), OptionFuture::from(lock)).await;
            }
            for service in &services {
                history.check(&log.reader(service, "acme")).await;
            }
        }
        dictionary::check(&database);
    }
}

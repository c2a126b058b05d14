//! A log that is older than the facets has them after the service has started.

use serde_json::{Value, json};

use super::{FACETS, values};
use crate::{
    logs::{LOGS, full_event, producer},
    support::{Service, both_databases},
};

const ACCOUNTS: [&str; 2] = ["acme", "rival"];

both_databases! {
    async fn logs_that_are_older_than_the_facets_get_them_when_the_service_starts(database: Database) {
        let service = Service::start(&database).await;
        for account in ACCOUNTS {
            for log in LOGS {
                // More than are read at a time.
                for batch in 0..3 {
                    let events: Vec<Value> = (0..400).map(|number| {
                        let mut event = full_event(log, &format!("{batch}-{number}"));
                        event["doneBy"] = json!({"type": "USER", "id": format!("{account}-{batch}-{}", number % 50), "name": format!("Name {number}")});
                        event
                    }).collect();
                    log.post(&producer(&service, account), &events).await;
                }
            }
        }
        let offered = facets(&service).await;
        assert_eq!(offered[&format!("acme{}", FACETS[0].1)].as_array().unwrap().len(), 150);

        database.execute("DELETE FROM facet_entries").unwrap();
        assert_ne!(facets(&service).await, offered);
        let service = Service::start(&database).await;
        assert_eq!(facets(&service).await, offered);
    }
}

/// All that all facets offer.
async fn facets(service: &Service) -> Value {
    let mut offered = json!({});
    for account in ACCOUNTS {
        for (log, path) in FACETS {
            offered[format!("{account}{path}")] = values(&log.reader(service, account), path, &[("limit", "1000")]).await.into();
        }
    }
    offered
}

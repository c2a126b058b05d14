//! Limits of exports: their number, and clients that are slow or never read.

use std::time::Duration;

use tokio::time::sleep;

use super::fill_with_large_events;
use crate::{
    logs::{AUDIT_LOG, producer},
    problem::Problem,
    support::{Service, both_databases},
};

const NDJSON: &str = "/audit-logs/export?format=ndjson";

both_databases! {
    async fn an_account_has_a_maximum_of_open_exports(database: Database) {
        let service = Service::start_with(&database, &["--exports-per-account=2"]).await;
        for account in ["acme", "other"] {
            fill_with_large_events(&producer(&service, account)).await;
        }
        let client = AUDIT_LOG.reader(&service, "acme");
        let mut open = vec![client.begin(NDJSON).await, client.begin(NDJSON).await];
        let refused = client.get(NDJSON).await;
        assert!(refused.header("retry-after").is_some());
        assert!(Problem::of(&refused, 429).detail.contains("2 open exports"));
        AUDIT_LOG.reader(&service, "other").get(NDJSON).await.expect(200);
        client.get("/audit-logs?limit=1").await.expect(200);

        open.truncate(1);
        for attempt in 0.. {
            if client.get(NDJSON).await.status == 200 {
                break;
            }
            assert!(attempt < 500, "the place is not free again");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn exports_that_are_not_read_stop_no_other_and_can_be_read_later(database: Database) {
        let service = Service::start_with(&database, &["--read-connections=2", "--exports-per-account=30", "--connections-per-address=1000"]).await;
        let events = fill_with_large_events(&producer(&service, "acme")).await;
        let client = AUDIT_LOG.reader(&service, "acme");
        let mut open = Vec::new();
        for _ in 0..20 {
            open.push(client.begin(NDJSON).await);
        }
        assert_eq!(client.get(NDJSON).await.expect(200).text().lines().count(), events);
        for response in open {
            assert_eq!(response.status().as_u16(), 200);
            assert_eq!(response.text().await.expect("the export is complete").lines().count(), events);
        }
    }
}

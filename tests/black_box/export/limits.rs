//! Limits of exports: their number, and clients that are slow or never read.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::fill_with_large_events;
use crate::{
    logs::{AUDIT_LOG, producer},
    problem::Problem,
    support::{Program, Service, both_databases, times},
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
            assert!(attempt < 500, "the slot is not free again");
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

    async fn many_exports_that_are_never_read_log_no_fault(database: Database) {
        // Pages that a busy machine encodes too slowly would be reported as a slow database: few at the same time, and more time.
        let slow = ["--read-connections=2", "--database-timeout=8s"];
        let limits = ["--exports-per-account=2000", "--connections-per-address=3000"];
        let program = Program::serve_with(&database, &[limits, slow].concat());
        fill_with_large_events(&program.client("acme", &["LOGS_PRODUCER"])).await;
        let client = program.client("acme", &["CONVERSATIONS_SETUP"]);
        let open = join_all((0..times(60, 1_000)).map(|_| client.begin(NDJSON))).await;
        // Too many at once: those that cannot begin in time are refused.
        let begun = open.iter().filter(|response| response.status().as_u16() == 200).count();
        let refused = open.iter().filter(|response| response.status().as_u16() == 503).count();
        assert!(begun > 0 && begun + refused == open.len(), "{begun} begun, {refused} refused");
        client.get("/audit-logs?limit=1").await.expect(200);
        drop(open);
        client.get("/audit-logs?limit=1").await.expect(200);
        assert_eq!(program.faults(), [""; 0]);
    }
}

//! Filtered pages in sequence order, in logs whose matches are close together and far from the beginning.

use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, producer},
    support::{Service, audit_event, both_databases},
    walk::{By, Walk, entries, entries_back},
};

/// More sequences than the service scans directly.
const FAR: usize = 21_000;

both_databases! {
    async fn events_far_from_the_beginning_are_found_in_sequence_order(database: Database) {
        let service = Service::start(&database).await;
        let producer = producer(&service, "acme");
        // Other events, with one match among the first ones. Then matches, newest first, and then more matches of another filter
        // than are sorted at first.
        let event = |number: usize| {
            let mut event = audit_event(&format!("e-{number}"));
            let is_match = number == 10 || (FAR..FAR + 1_500).contains(&number);
            let id = match number {
                _ if is_match => format!("late-{}", number % 2),
                ..FAR => "other".to_owned(),
                _ => "crowd".to_owned(),
            };
            event["doneBy"]["id"] = json!(id);
            if is_match {
                event["occurredAt"] = json!(format!("2026-03-01T00:{:02}:{:02}Z", 59 - number % 3600 / 60, 59 - number % 60));
            }
            event
        };
        let events: Vec<Value> = (1..=FAR + 22_000).map(event).collect();
        for batch in events.chunks(1_000) {
            AUDIT_LOG.post(&producer, batch).await;
        }
        let matching = |wanted: &dyn Fn(&str) -> bool| -> Vec<i64> {
            let numbers = events.iter().zip(1..);
            numbers.filter(|(event, _)| wanted(event["doneBy"]["id"].as_str().unwrap())).map(|(_, number)| number).collect()
        };
        let reader = AUDIT_LOG.reader(&service, "acme");
        for (filter, mut expected) in [
            ("doneById=crowd", matching(&|id| id == "crowd")),
            ("doneById=late-1", matching(&|id| id == "late-1")),
            ("doneById=late-0&doneById=late-1", matching(&|id| id.starts_with("late"))),
            ("doneById=late-1&event=QUEUE_RENAMED&dateTo=2026-03-29T00:00:00Z", matching(&|id| id == "late-1")),
        ] {
            for order in ["sequence:asc", "sequence:desc"] {
                let first = format!("/audit-logs?{filter}&orderBy={order}&limit=700");
                let walk = Walk { client: &reader, first: &first, by: By::Cursor };
                let pages = walk.forward(false).await;
                let found: Vec<i64> = entries(&pages).iter().map(|entry| entry.sequence).collect();
                assert_eq!(found, expected, "{first}");
                let last = &pages[pages.len() - 1];
                let back = entries_back(last, &walk.back(last).await);
                assert_eq!(back, entries(&pages), "{first}, backward");
                expected.reverse();
            }
        }
    }

    async fn accesses_far_from_the_beginning_are_found_in_sequence_order(database: Database) {
        let service = Service::start(&database).await;
        let last = FAR + 100;
        database
            .execute(&format!(
                "INSERT INTO accesses (account_id, sequence, occurred_at, recorded_at, log, call, path, filter, done_by_id, outcome,
                     status, row_count, request_id, lost)
                 WITH RECURSIVE numbers(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM numbers WHERE g < {last})
                 SELECT 'acme', g, 1700000000000000 - g, 1700000000000000,
                     CASE WHEN g > {FAR} THEN 'AUDIT_LOGS' ELSE 'CONVERSATION_LOGS' END, 'LIST', '/', '{{}}',
                     CASE WHEN g > {FAR} THEN 'u-' || (g % 2) ELSE 'u-9' END, 'COMPLETE', 200, 1, 'r', 0
                 FROM numbers"
            ))
            .unwrap();
        database.execute(&format!("INSERT INTO access_heads (account_id, last_sequence) VALUES ('acme', {last})")).unwrap();
        let auditor = service.client("acme", &["LOGS_AUDITOR"]);
        let sequences = async |query: &str| -> Vec<usize> {
            let page = auditor.get(&format!("/access-logs?{query}&limit=3")).await.expect(200).json();
            let accesses = page["accesses"].as_array().unwrap().iter();
            accesses.map(|access| usize::try_from(access["sequence"].as_u64().unwrap()).unwrap()).collect()
        };
        assert_eq!(sequences("log=AUDIT_LOGS&orderBy=sequence:asc").await, [FAR + 1, FAR + 2, FAR + 3]);
        assert_eq!(sequences("log=CONVERSATION_LOGS&doneById=u-9&orderBy=sequence:desc").await, [FAR, FAR - 1, FAR - 2]);
        let two = "doneById=u-1&doneById=u-0&dateFrom=2020-01-01T00:00:00Z&orderBy=sequence:asc";
        assert_eq!(sequences(two).await, [FAR + 1, FAR + 2, FAR + 3]);
    }
}

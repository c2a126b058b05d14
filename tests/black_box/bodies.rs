//! Snapshots of the bodies of responses, with every member. They are the same on both databases.
//!
//! The files in `bodies/` are committed. After an intended change,
//! `INSTA_UPDATE=always cargo test --test black_box -- bodies::` rewrites them. If the environment variable `CI` is set, a
//! difference fails the test and nothing is written.

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};

use crate::{
    access_log::recorded,
    logs::{AUDIT_LOG, LOGS, Log, full_event, producer},
    support::{Service, both_databases},
};

/// Members whose values differ in each run.
const REDACTED: [&str; 4] = ["recordedAt", "requestId", "nextCursor", "previousCursor"];

/// Compares a body with the snapshot of this name.
#[track_caller]
pub fn assert_body(name: &str, body: &Value) {
    assert_redacted(name, body, &REDACTED);
}

#[track_caller]
fn assert_redacted(name: &str, body: &Value, members: &[&str]) {
    let mut body = body.clone();
    redact(&mut body, members);
    let mut settings = Settings::new();
    settings.set_snapshot_path("bodies");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(name, format!("{body:#}")));
}

fn redact(value: &mut Value, members: &[&str]) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if members.contains(&name.as_str()) && value.is_string() {
                    *value = json!("[redacted]");
                } else {
                    redact(value, members);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, members)),
        _ => {}
    }
}

/// The name of a snapshot of one log.
fn of(log: Log, what: &str) -> String {
    format!("{}_{what}", log.path.trim_start_matches('/').replace('-', "_"))
}

/// An event with every member, and one without the optional ones. The first time has an offset.
fn events(log: Log) -> [Value; 2] {
    let (mut full, mut minimal) = (full_event(log, "e-1"), (log.event)("e-2"));
    full["occurredAt"] = json!("2026-03-29T14:34:56.7+02:00");
    minimal["doneBy"] = json!({"type": "SYSTEM"});
    [full, minimal]
}

both_databases! {
    async fn of_lists_events_and_related_events(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log)).await;
            let reader = log.reader(&service, "acme");
            for (what, rest) in [("list", "?limit=1&includeTotal=true"), ("event", "/e-1"), ("related", "/e-2/related")] {
                assert_body(&of(log, what), &reader.get(&format!("{}{rest}", log.path)).await.expect(200).json());
            }
        }
    }

    async fn of_facets(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &events(log)).await;
            let reader = log.reader(&service, "acme");
            let own: &[&str] = if log.is_audit() { &["doneBy", "item"] } else { &["doneBy", "toValue", "toValue/byEvent"] };
            for facet in own {
                let name = of(log, &format!("facet_{}", facet.replace('/', "_")));
                assert_body(&name, &reader.get(&format!("{}/facets/{facet}", log.path)).await.expect(200).json());
            }
        }
    }

    async fn of_accesses(database: Database) {
        let service = Service::start(&database).await;
        AUDIT_LOG.post(&producer(&service, "acme"), &events(AUDIT_LOG)).await;
        let path = "/audit-logs?itemId=q-17&limit=10";
        AUDIT_LOG.reader(&service, "acme").get(path).await.expect(200);
        let auditor = service.client("acme", &["LOGS_AUDITOR"]);
        recorded(&auditor).await;
        let page = auditor.get("/access-logs?log=AUDIT_LOGS").await.expect(200).json();
        assert_redacted("access_logs", &page, &[&REDACTED[..], &["occurredAt"]].concat());
    }

    async fn of_problems(database: Database) {
        let service = Service::start(&database).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        let problems = [
            ("invalid_parameters", "/audit-logs?event=QUEUE_RENAMD&limit=0&colour=red", 400),
            ("forbidden", "/conversation-logs", 403),
            ("not_found", "/audit-logs/e-1", 404),
        ];
        for (name, path, status) in problems {
            let mut problem = reader.get(path).await.expect(status).json();
            if name == "invalid_parameters" {
                // The whole catalogue.
                problem["violations"][0]["allowed"].as_array_mut().unwrap().truncate(2);
            }
            assert_body(&format!("problem_{name}"), &problem);
        }
    }
}

//! `details`, which may be any JSON object: their numbers, their size, and the memory and CPU time of large bodies.

use futures_util::future::join_all;
use serde_json::json;

use super::{ACCOUNT, all_roles, assert_stored};
use crate::{
    problem::Problem,
    support::{Client, Database, Program, Response, Service, both_databases},
};

const MEBIBYTE: usize = 1024 * 1024;

/// Posts an event of the audit log with these details, a JSON text.
async fn post(client: &Client, id: &str, details: &str) -> Response {
    let event = json!({
        "id": id, "occurredAt": "2026-03-29T12:34:56Z", "event": "QUEUE_RENAMED", "doneBy": {"type": "SYSTEM"}, "item": {"type": "QUEUE", "id": "q"},
        "details": "here",
    });
    let body = json!({"events": [event]}).to_string().replace("\"here\"", details);
    client.send("POST", "/audit-logs", &[("content-type", "application/json")], body).await
}

both_databases! {
    async fn a_number_keeps_its_value_or_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let kept = r#"{"a":0.1,"b":[18446744073709551615,-9223372036854775808],"c":1.7976931348623157e308,"d":-0.5,"e":"1e999 and -1.00000000000000000001 \\\" 9"}"#;
        post(&client, "kept", kept).await.expect(201);
        let stored = client.get("/audit-logs/kept").await.expect(200).text();
        assert!(stored.contains(&kept.replace("e308", "e+308")) || stored.contains(kept), "{stored}");

        for number in ["18446744073709551616", "12345678901234567890123", "-1.00000000000000000001", "0.10000000000000000001", "1e400", "1e-400", "1e99999999999999999999"] {
            for details in [format!("{{\"a\":{number}}}"), format!("{{\"a\\\"\": [true, {{\"b\" :{number} }}]}}")] {
                let response = post(&client, "refused", &details).await;
                let violations = Problem::of(&response, 422).violations;
                assert_eq!(violations.len(), 1, "{details}");
                assert_eq!(violations[0].location, "events[0].details", "{details}");
                assert!(violations[0].message.contains(number) && violations[0].message.contains("string"), "{}", violations[0].message);
            }
        }
    }

    async fn numbers_are_compared_by_value(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        post(&client, "one", r#"{"a":9007199254740993,"b":1.50}"#).await.expect(201);
        post(&client, "one", r#"{"b":15e-1,"a":9007199254740993}"#).await.expect(200);
        for other in [r#"{"a":9007199254740992.0,"b":1.5}"#, r#"{"a":9007199254740992,"b":1.5}"#, r#"{"a":9007199254740993,"b":-1.5}"#] {
            Problem::of(&post(&client, "one", other).await, 409);
        }
    }

    async fn large_details_are_refused_with_their_location(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let members: String = (0..300_000).map(|number| format!("\"m{number}\":1,")).collect();
        for details in [format!("{{{members}\"z\":1}}"), format!("{{\"a\":[{}1]}}", "1,".repeat(1_000_000)), format!("{{{}}}", " ".repeat(70_000))] {
            let response = post(&client, "large", &details).await;
            let violations = Problem::of(&response, 422).violations;
            assert_eq!((violations.len(), violations[0].location.as_str()), (1, "events[0].details"));
            assert!(violations[0].message.contains(&details.len().to_string()), "{}", violations[0].message);
        }
        // The limit of 8 KiB does not include white space.
        post(&client, "spaces", &format!("{{\"a\":{} 1}}", " ".repeat(20_000))).await.expect(201);
    }

    async fn a_body_with_very_many_values_gets_413(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let ones = "1,".repeat(1_000_000);
        for body in [format!("[{ones}1]"), format!("{{\"events\":[{ones}1]}}"), format!("{{\"events\":[{{\"from\":{{\"a\":[{ones}1]}}}}]}}")] {
            let response = client.send("POST", "/audit-logs", &[("content-type", "application/json")], body).await;
            assert!(Problem::of(&response, 413).detail.contains("100000"));
        }
        assert_stored(&client, 0).await;
    }
}

#[actix_web::test]
async fn parallel_large_bodies_use_limited_memory() {
    let database = Database::sqlite();
    let program = Program::serve(&database);
    let client = program.client(ACCOUNT, &["LOGS_PRODUCER"]);
    post(&client, "first", "{}").await.expect(201);
    let before = program.resident_memory();
    let padding = " ".repeat(4 * MEBIBYTE - 1024);
    let posts = (0..60).map(|number| {
        let (client, details) = (client.clone(), format!("{{}}{padding}"));
        async move { post(&client, &format!("e{number}"), &details).await }
    });
    let mut peak = before;
    let watch = async {
        loop {
            peak = peak.max(program.resident_memory());
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let responses = tokio::select! {
        responses = join_all(posts) => responses,
        () = watch => unreachable!(),
    };
    for response in responses {
        // A body that waited too long for memory is not read, and can be sent again.
        if response.status != 201 {
            assert!(response.header("retry-after").is_some());
            Problem::of(&response, 503);
        }
    }
    let rise = (peak - before) / MEBIBYTE as u64;
    assert!(rise < 128, "{rise} MiB");
}

#[actix_web::test]
async fn while_producers_post_details_with_very_many_members_all_others_are_served() {
    const PRODUCERS: usize = 4;
    const BODIES: usize = 5;
    let database = Database::sqlite();
    // More producers than threads.
    let program = Program::serve_with(&database, &["--database-timeout=60s"]);
    let members: String = (0..300_000).map(|number| format!("\"m{number}\":1,")).collect();
    let details = format!("{{{members}\"z\":1}}");
    let client = program.client(ACCOUNT, &["CONVERSATIONS_SETUP", "LOGS_PRODUCER"]);
    let producers = join_all((0..PRODUCERS).map(|number| {
        let (client, details) = (&client, &details);
        async move {
            for _ in 0..BODIES {
                let response = post(client, &format!("large-{number}"), details).await;
                let violations = Problem::of(&response, 422).violations;
                assert_eq!((violations.len(), violations[0].location.as_str()), (1, "events[0].details"));
            }
        }
    }));
    let others = async {
        let mut stored = 0;
        loop {
            program.anonymous().get("/health/live").await.expect(200);
            post(&client, &format!("small-{stored}"), "{}").await.expect(201);
            stored += 1;
            let page = client.get("/audit-logs?limit=1&includeTotal=true").await.expect(200).json();
            assert_eq!(page["pagination"]["total"]["count"], stored);
        }
    };
    tokio::select! {
        _ = producers => {}
        () = others => unreachable!(),
    }
    assert_eq!(program.faults(), [""; 0]);
}

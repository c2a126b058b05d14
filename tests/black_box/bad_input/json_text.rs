//! Bodies that are not JSON (400), and JSON that parsers interpret differently (422).

use super::{Check, LOGS, all_roles, assert_stored, event};
use crate::{
    problem::Problem,
    support::{Client, Response, Service, one_database},
};

async fn post(client: &Client, log: &str, body: impl Into<Vec<u8>>) -> Response {
    client.send("POST", log, &[("content-type", "application/json")], body).await
}

/// The JSON text of a batch of one event, with a part of it replaced.
fn batch(log: &str, piece: &str, replacement: &str) -> Vec<u8> {
    let text = format!("{{\"events\":[{}]}}", event(log, "bad"));
    assert!(text.contains(piece), "{piece} in {text}");
    text.replacen(piece, replacement, 1).into_bytes()
}

/// As `batch`, with bytes that need not be text.
fn batch_of_bytes(log: &str, piece: &str, replacement: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(batch(log, piece, "\u{1}")).unwrap();
    let (before, after) = text.split_once('\u{1}').unwrap();
    [before.as_bytes(), replacement, after.as_bytes()].concat()
}

fn not_json(log: &str) -> Vec<Vec<u8>> {
    let good = batch(log, "bad", "good");
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "\n",
        "not JSON",
        "{",
        "}",
        "{\"events\"",
        "{\"events\":",
        "{\"events\":[",
        "{'events':[]}",
        "{events:[]}",
        "{\"events\":[],}",
        "[1,]",
        "NaN",
        "Infinity",
        "undefined",
        "True",
        "01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"tab\tin it\"",
        "// comment",
        "{\"events\":[]} // comment",
        "events=1",
        "<events/>",
        "--- {}",
        "\u{feff}{}",
        "{\"events\":[]}{\"events\":[]}",
        "{\"events\":[]}x",
        "{}\0",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    // Unpaired surrogates.
    for lone in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud83d ", r"\udc00\ud800", r"\ud800A"] {
        bodies.push(batch(log, "u-1042", lone));
    }
    // Invalid UTF-8: a byte that never occurs, a truncated character, an overlong slash, a surrogate, a code point beyond Unicode.
    for bytes in [&b"\xff"[..], b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
        bodies.push(batch_of_bytes(log, "u-1042", bytes));
    }
    // Other encodings of Unicode.
    bodies.push(String::from_utf8(good.clone()).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect());
    bodies.push(good[..good.len() - 1].to_vec());
    bodies.push([&good[..], b","].concat());
    bodies.push([&good[..], b"\xff"].concat());
    bodies
}

one_database! {
    async fn a_body_that_is_not_json_is_a_bad_request(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut faults = Vec::new();
        for log in LOGS {
            for body in not_json(log) {
                let response = post(&client, log, body.clone()).await;
                let shown = String::from_utf8_lossy(&body).into_owned();
                match Problem::read(&response, 400) {
                    Err(fault) => faults.push(format!("{shown:?}: {fault}")),
                    Ok(Problem { detail, violations, .. }) => {
                        let locations: Vec<_> = violations.iter().map(|violation| violation.location.as_str()).collect();
                        let is_surrogate = [r"\ud8", r"\udc"].iter().any(|start| shown.contains(start));
                        let is_named = violations.iter().all(|violation| violation.message.contains("unpaired surrogate"));
                        if !detail.contains("JSON") || locations != ["body"] || is_surrogate != is_named {
                            faults.push(format!("{shown:?}: {detail} {violations:?}"));
                        }
                    }
                }
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
        assert_stored(&client, 0).await;
    }

    async fn a_duplicate_member_is_named(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        for log in LOGS {
            let rows = [
                (r#""id":"bad""#, r#""id":"bad","id":"bad""#, "events[0].id"),
                (r#""id":"bad""#, r#""id":"bad","\u0069d":"bad""#, "events[0].id"),
                (r#""type":"USER""#, r#""type":"SYSTEM","type":"USER""#, "events[0].doneBy.type"),
                (r#""doneBy":"#, r#""doneBy":{"type":"SYSTEM"},"doneBy":"#, "events[0].doneBy"),
                (r#""doneBy":"#, r#""from":null,"from":null,"doneBy":"#, "events[0].from"),
                (r#"}]}"#, r#"}],"events":[]}"#, "events"),
            ];
            for (piece, replacement, location) in rows {
                let response = post(&client, log, batch(log, piece, replacement)).await;
                check.refused(&format!("{log} {replacement}"), &response, 422, &[(location, "is given more than once", &[])]);
            }
        }
        let inside = r#""details":{"a":1,"b":{"c":1,"c":2}},"doneBy":"#;
        let response = post(&client, LOGS[1], batch(LOGS[1], r#""doneBy":"#, inside)).await;
        check.refused("within details", &response, 422, &[("events[0].details.b.c", "is given more than once", &[])]);
        check.finish(11);
        assert_stored(&client, 0).await;
    }

    async fn excessive_nesting_is_refused_with_its_location(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for levels in [200, 10_000, 1_000_000] {
            let (objects, arrays) = ("{\"a\":".repeat(levels) + "1" + &"}".repeat(levels), "[".repeat(levels) + &"]".repeat(levels));
            for (log, body) in [
                (LOGS[0], objects.clone().into_bytes()),
                (LOGS[0], arrays.clone().into_bytes()),
                (LOGS[0], batch(LOGS[0], "\"u-1042\"", &objects)),
                (LOGS[0], batch(LOGS[0], "\"u-1042\"", &arrays)),
                (LOGS[0], "[".repeat(levels).into_bytes()),
                (LOGS[1], batch(LOGS[1], "\"doneBy\":", &format!("\"details\":{objects},\"doneBy\":"))),
                (LOGS[1], batch(LOGS[1], "\"doneBy\":", &format!("\"details\":{{\"a\":{arrays}}},\"doneBy\":"))),
            ] {
                let in_details = body.windows(9).any(|name| name == b"\"details\"");
                let response = post(&client, log, body).await;
                // Details are read apart from the rest of the body.
                let status = if response.status == 413 && levels == 1_000_000 { 413 } else if in_details { 422 } else { 400 };
                Problem::of(&response, status);
            }
        }
        assert_stored(&client, 0).await;
    }

    async fn numbers_of_any_size_are_refused_where_text_is_expected(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for number in ["9223372036854775808", "-9223372036854775809", "1e400", "1e-400", "0.1e999999999", &"9".repeat(1000)] {
            let response = post(&client, LOGS[0], batch(LOGS[0], "\"u-1042\"", number)).await;
            let status = if response.status == 400 { 400 } else { 422 };
            let problem = Problem::of(&response, status);
            // A number outside the range of a double is refused as JSON. Any other is a number where text is expected.
            assert!(status == 400 || problem.violations[0].location == "events[0].doneBy.id", "{number}: {}", response.text());
        }
        assert_stored(&client, 0).await;
    }

    async fn the_size_of_a_problem_does_not_grow_with_the_request(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let long = "x".repeat(100_000);
        let twice = "\"a\":1,".repeat(5_000) + "\"a\":1";
        let unknown: String = (0..5_000).map(|number| format!("\"unknown-{number}\":1,")).collect();
        for (log, body) in [
            (LOGS[0], format!("{{\"{long}\":1}}")),
            (LOGS[0], format!("{{{unknown}\"events\":[]}}")),
            (LOGS[0], format!("{{\"events\":[{{\"{long}\":1}}]}}")),
            (LOGS[0], format!("{{\"events\":[{{\"event\":\"{long}\",\"id\":\"{long}\",\"occurredAt\":\"{long}\"}}]}}")),
            (LOGS[1], format!("{{\"events\":[{{\"item\":{{{unknown}\"type\":\"{long}\"}}}}]}}")),
            (LOGS[1], format!("{{\"events\":[{{\"details\":{{\"{long}\":{{{twice}}}}}}}]}}")),
        ] {
            let response = post(&client, log, body).await;
            let problem = Problem::of(&response, 422);
            assert!(problem.violations.len() <= 1000, "{}", problem.violations.len());
            assert!(response.body.len() < 1024 * 1024, "{} bytes: {}", response.body.len(), problem.detail);
        }
    }
}

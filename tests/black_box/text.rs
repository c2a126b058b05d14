//! Text that is easily misinterpreted or damaged is returned unchanged.

use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, LOGS, full_event, producer, stored},
    support::{Service, both_databases},
};

/// Texts that must be returned byte for byte. Each equals only itself.
pub const ODD_TEXTS: [&str; 40] = [
    "",
    " ",
    "  leading and trailing  ",
    "open",
    "Open",
    "OPEN",
    "OPEN ",
    "null",
    "\\N",
    "0",
    "00",
    "0.0",
    "100%",
    "100_",
    "100\\%",
    "%",
    "_",
    "%25",
    "a+b c&d=e;f#g?h/i",
    "it's",
    "''; DROP TABLE conversation_events; --",
    "\"quoted\"",
    "`back` $1 ?1 :name @name {conversationId}",
    "<script>alert(1)</script>",
    "=SUM(A1:A9)",
    "+49 30 1234",
    "-1",
    "@here",
    "\tstarts with a tab",
    "line\r\nline\nline",
    "\u{1}\u{2}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}",
    "\u{feff}with a byte order mark",
    // Visually equal: composed and decomposed.
    "caf\u{e9}",
    "cafe\u{301}",
    "stra\u{df}e STRASSE",
    "I\u{131}\u{130}i",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{202e}\u{645}\u{631}\u{62d}\u{628}\u{627}\u{202c}",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f1ed}\u{1f1f7} \u{1f44d}\u{1f3fd}",
    "Z\u{351}\u{36f}a\u{334}\u{31b}l\u{335}\u{321}g\u{337}\u{31f}o\u{338}\u{322}",
    "\u{fffd}\u{ffff}\u{10ffff}\u{e000}",
];

/// A name or value of maximum length, of characters of 4 bytes.
pub fn longest_text() -> String {
    "\u{10348}".repeat(1024)
}

/// An identifier of maximum length.
pub fn longest_identifier() -> String {
    "\u{10348}\u{e9}".repeat(64)
}

both_databases! {
    async fn any_text_is_returned_unchanged(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        for log in LOGS {
            let texts = ODD_TEXTS.map(str::to_owned).into_iter().chain([longest_text()]);
            let identifiers =
                ODD_TEXTS.map(str::to_owned).into_iter().filter(|text| !text.is_empty()).chain([longest_identifier()]).cycle();
            let events: Vec<Value> = texts
                .zip(identifiers)
                .enumerate()
                .map(|(number, (text, identifier))| {
                    let mut event = full_event(log, &format!("e-{number}"));
                    for pointer in ["/doneBy/name", "/from/value", "/from/label", "/to/value", "/to/label"] {
                        *event.pointer_mut(pointer).unwrap() = json!(text);
                    }
                    event["doneBy"]["id"] = json!(identifier);
                    event["operationId"] = json!(identifier);
                    if log.is_audit() {
                        event["item"]["id"] = json!(identifier);
                        event["item"]["name"] = json!(text);
                        event["details"] = json!({identifier: [{"deep": text}]});
                    } else {
                        event["conversation"]["id"] = json!(identifier);
                    }
                    event
                })
                .collect();
            log.post(&writer, &events).await;
            let stored = stored(log, &service, "acme").await;
            assert_eq!(stored.len(), events.len());
            for (returned, sent) in stored.iter().zip(&events) {
                assert_members(returned, sent);
            }
            // The same events again are duplicates.
            writer.post(log.path, &json!({"events": events})).await.expect(200);
        }
    }

    async fn numbers_in_details_are_returned_exactly(database: Database) {
        let service = Service::start(&database).await;
        let whole = r#""largest": 18446744073709551615, "smallest": -9223372036854775808"#;
        let details = format!(r#"{{{whole}, "tenth": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308}}"#);
        let mut event = full_event(AUDIT_LOG, "e-1");
        event["details"] = serde_json::from_str(&details).unwrap();
        AUDIT_LOG.post(&producer(&service, "acme"), std::slice::from_ref(&event)).await;
        assert_eq!(stored(AUDIT_LOG, &service, "acme").await[0]["details"], event["details"]);
    }
}

/// Asserts that every sent member is returned unchanged.
fn assert_members(returned: &Value, sent: &Value) {
    for (name, sent) in sent.as_object().unwrap() {
        let returned = &returned[name];
        match sent {
            // Details are returned exactly. The service may add members to the other objects.
            Value::Object(_) if name != "details" => assert_members(returned, sent),
            _ => assert_eq!(returned, sent, "{name}"),
        }
    }
}

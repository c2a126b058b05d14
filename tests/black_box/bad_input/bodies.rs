//! JSON bodies that are invalid: 422 with one violation for each fault of the batch, and nothing is stored.

use serde_json::{Value, json};

use super::{Check, LOGS, Row, THE_CATALOGUE, all_roles, assert_stored, event};
use crate::{
    problem::Problem,
    support::{Service, both_databases, one_database},
};

const CONVERSATION: &str = LOGS[0];
const AUDIT: &str = LOGS[1];
const ACTOR_TYPES: &[&str] = &["USER", "SYSTEM", "API_USER"];
const ITEM_TYPES: &[&str] = &["TAG", "QUEUE", "AGENT_CONFIGURATION", "ACCOUNT_CONFIGURATION", "ROUTE"];
const EVENT_MEMBERS: &[&str] = &["id", "occurredAt", "event", "doneBy", "from", "to", "conversation", "operationId"];
const AUDIT_MEMBERS: &[&str] = &["id", "occurredAt", "event", "doneBy", "from", "to", "item", "operationId", "details"];
const NUL: &str = "must not contain the character NUL (U+0000)";

/// A marker in place of a value: the member is removed.
fn absent() -> Value {
    json!("\u{1}absent")
}

/// An object with this number of nested levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({"a": inner}))
}

/// A change of a valid event and its result: the log, the member (a JSON pointer), its new value, the violations.
type Fault = (&'static str, &'static str, Value, &'static [Row]);

#[rustfmt::skip]
fn faults() -> Vec<Fault> {
    vec![
        // Missing and unknown members.
        (CONVERSATION, "/occurredAt", absent(), &[("events[1].occurredAt", "is required", &[])]),
        (CONVERSATION, "/event", absent(), &[("events[1].event", "is required", &[])]),
        (CONVERSATION, "/doneBy", absent(), &[("events[1].doneBy", "is required", &[])]),
        (CONVERSATION, "/doneBy/type", absent(), &[("events[1].doneBy.type", "is required", &[])]),
        (CONVERSATION, "/conversation", absent(), &[("events[1].conversation", "is required", &[])]),
        (CONVERSATION, "/conversation/id", absent(), &[("events[1].conversation.id", "is required", &[])]),
        (CONVERSATION, "/from", json!({}), &[("events[1].from.value", "is required", &[])]),
        (AUDIT, "/item", absent(), &[("events[1].item", "is required", &[])]),
        (AUDIT, "/item/type", absent(), &[("events[1].item.type", "is required", &[])]),
        (AUDIT, "/item/id", absent(), &[("events[1].item.id", "is required", &[])]),
        (AUDIT, "/to", json!({"label": "After"}), &[("events[1].to.value", "is required", &[])]),
        (CONVERSATION, "/ocurredAt", json!("2026-03-29T12:34:56Z"), &[("events[1].ocurredAt", "\"ocurredAt\" is not a member of this object; did you mean occurredAt?", EVENT_MEMBERS)]),
        (CONVERSATION, "/sequence", json!(1), &[("events[1].sequence", "\"sequence\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/recordedAt", json!("2026-03-29T12:34:56Z"), &[("events[1].recordedAt", "\"recordedAt\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/label", json!("Status changed"), &[("events[1].label", "\"label\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/item", json!({"type": "QUEUE", "id": "q"}), &[("events[1].item", "\"item\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/details", json!({}), &[("events[1].details", "\"details\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/accountId", json!("another"), &[("events[1].accountId", "\"accountId\" is not a member of this object", EVENT_MEMBERS)]),
        (CONVERSATION, "/doneBy/Name", json!("Ana"), &[("events[1].doneBy.Name", "\"Name\" is not a member of this object; did you mean name?", &["type", "id", "name"])]),
        (CONVERSATION, "/conversation/url", json!("https://x.example"), &[("events[1].conversation.url", "\"url\" is not a member of this object", &["id"])]),
        (CONVERSATION, "/to", json!({"value": "a", "lable": "A"}), &[("events[1].to.lable", "\"lable\" is not a member of this object; did you mean label?", &["value", "label"])]),
        (AUDIT, "/conversation", json!({"id": "c"}), &[("events[1].conversation", "\"conversation\" is not a member of this object", AUDIT_MEMBERS)]),
        (AUDIT, "/item/label", json!("Billing"), &[("events[1].item.label", "\"label\" is not a member of this object", &["type", "id", "name"])]),
        (AUDIT, "/", json!("no name"), &[("events[1].", "\"\" is not a member of this object", AUDIT_MEMBERS)]),

        // Values of other types.
        (CONVERSATION, "", json!("an event"), &[("events[1]", "must be an object, not a string", &[])]),
        (CONVERSATION, "", json!(null), &[("events[1]", "must be an object, not null", &[])]),
        (CONVERSATION, "", json!([]), &[("events[1]", "must be an object, not an array", &[])]),
        (CONVERSATION, "/id", json!(5), &[("events[1].id", "must be a string, not a number", &[])]),
        (CONVERSATION, "/id", json!(9_223_372_036_854_775_808_u64), &[("events[1].id", "must be a string, not a number", &[])]),
        (CONVERSATION, "/id", json!(1.5), &[("events[1].id", "must be a string, not a number", &[])]),
        (CONVERSATION, "/id", json!({"$ne": null}), &[("events[1].id", "must be a string, not an object", &[])]),
        (CONVERSATION, "/occurredAt", json!(1_774_787_696), &[("events[1].occurredAt", "must be a string, not a number", &[])]),
        (CONVERSATION, "/occurredAt", json!(null), &[("events[1].occurredAt", "is required", &[])]),
        (CONVERSATION, "/event", json!(2), &[("events[1].event", "must be a string, not a number", &[])]),
        (CONVERSATION, "/event", json!(null), &[("events[1].event", "is required", &[])]),
        (CONVERSATION, "/event", json!(["STATUS_CHANGED"]), &[("events[1].event", "must be a string, not an array", &[])]),
        (CONVERSATION, "/doneBy", json!("u-1042"), &[("events[1].doneBy", "must be an object, not a string", &[])]),
        (CONVERSATION, "/doneBy", json!(null), &[("events[1].doneBy", "is required", &[])]),
        (CONVERSATION, "/doneBy/type", json!(null), &[("events[1].doneBy.type", "is required", &[])]),
        (CONVERSATION, "/doneBy/id", json!(1042), &[("events[1].doneBy.id", "must be a string, not a number", &[])]),
        (CONVERSATION, "/doneBy/name", json!(true), &[("events[1].doneBy.name", "must be a string, not a boolean", &[])]),
        (CONVERSATION, "/from", json!("OPEN"), &[("events[1].from", "must be an object, not a string", &[])]),
        (CONVERSATION, "/from", json!({"value": null}), &[("events[1].from.value", "is required", &[])]),
        (CONVERSATION, "/from", json!({"value": 3}), &[("events[1].from.value", "must be a string, not a number", &[])]),
        (CONVERSATION, "/to", json!({"value": "a", "label": 1.5}), &[("events[1].to.label", "must be a string, not a number", &[])]),
        (CONVERSATION, "/conversation", json!("c-1"), &[("events[1].conversation", "must be an object, not a string", &[])]),
        (CONVERSATION, "/conversation/id", json!(null), &[("events[1].conversation.id", "is required", &[])]),
        (CONVERSATION, "/operationId", json!(false), &[("events[1].operationId", "must be a string, not a boolean", &[])]),
        (AUDIT, "/item", json!([]), &[("events[1].item", "must be an object, not an array", &[])]),
        (AUDIT, "/item/id", json!(17), &[("events[1].item.id", "must be a string, not a number", &[])]),
        (AUDIT, "/details", json!("text"), &[("events[1].details", "must be an object, not a string", &[])]),
        (AUDIT, "/details", json!([1]), &[("events[1].details", "must be an object, not an array", &[])]),

        // Codes.
        (CONVERSATION, "/event", json!("STATUS_CHANGE"), &[("events[1].event", "\"STATUS_CHANGE\" is not an event type of this log; did you mean STATUS_CHANGED?", THE_CATALOGUE)]),
        (CONVERSATION, "/event", json!("Status changed"), &[("events[1].event", "\"Status changed\" is not an event type of this log; did you mean STATUS_CHANGED?", THE_CATALOGUE)]),
        (CONVERSATION, "/event", json!("QUEUE_RENAMED"), &[("events[1].event", "\"QUEUE_RENAMED\" is not an event type of this log; did you mean QUEUE_CHANGED?", THE_CATALOGUE)]),
        (CONVERSATION, "/event", json!(""), &[("events[1].event", "\"\" is not an event type of this log", THE_CATALOGUE)]),
        (CONVERSATION, "/doneBy/type", json!("user"), &[("events[1].doneBy.type", "\"user\" is not an actor type; did you mean USER?", ACTOR_TYPES)]),
        (AUDIT, "/event", json!("NOTHING"), &[("events[1].event", "\"NOTHING\" is not an event type of this log", THE_CATALOGUE)]),
        (AUDIT, "/item/type", json!("TAGS"), &[("events[1].item.type", "\"TAGS\" is not an item type; did you mean TAG?", ITEM_TYPES)]),
        (AUDIT, "/item/type", json!("TAG"), &[("events[1].item.type", "TAG does not match QUEUE_RENAMED, which requires QUEUE", &["QUEUE"])]),
        (AUDIT, "/event", json!("ACCOUNT_CAPACITY_VOICE_CHANGED"), &[("events[1].item.type", "QUEUE does not match ACCOUNT_CAPACITY_VOICE_CHANGED, which requires ACCOUNT_CONFIGURATION", &["ACCOUNT_CONFIGURATION"])]),

        // Actors.
        (CONVERSATION, "/doneBy", json!({"type": "USER"}), &[("events[1].doneBy.id", "is required for USER; only SYSTEM may omit it", &[])]),
        (CONVERSATION, "/doneBy", json!({"type": "API_USER", "id": null}), &[("events[1].doneBy.id", "is required for API_USER; only SYSTEM may omit it", &[])]),
        (AUDIT, "/doneBy", json!({"type": "USER", "name": "Ana"}), &[("events[1].doneBy.id", "is required for USER; only SYSTEM may omit it", &[])]),

        // Identifiers.
        (CONVERSATION, "/id", json!(""), &[("events[1].id", "\"\" is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!("a b"), &[("events[1].id", "\"a b\" is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!("a/b"), &[("events[1].id", "\"a/b\" is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!("é"), &[("events[1].id", "\"é\" is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!("a\u{0}"), &[("events[1].id", "\"a\\0\" is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!("a".repeat(65)), &[("events[1].id", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"… is not an event id: 1 to 64 characters of A-Z a-z 0-9 . _ : -", &[])]),
        (CONVERSATION, "/id", json!(".."), &[("events[1].id", "\"..\" is reserved for paths of this service and cannot be an event id", &[])]),
        (CONVERSATION, "/id", json!("event-types"), &[("events[1].id", "\"event-types\" is reserved for paths of this service and cannot be an event id", &[])]),
        (CONVERSATION, "/id", json!("export"), &[("events[1].id", "\"export\" is reserved for paths of this service and cannot be an event id", &[])]),
        (AUDIT, "/id", json!("facets"), &[("events[1].id", "\"facets\" is reserved for paths of this service and cannot be an event id", &[])]),
        (AUDIT, "/id", json!("stream"), &[("events[1].id", "\"stream\" is reserved for paths of this service and cannot be an event id", &[])]),

        // Text that PostgreSQL cannot store, and text over its limit.
        (CONVERSATION, "/doneBy/id", json!("\u{0}"), &[("events[1].doneBy.id", NUL, &[])]),
        (CONVERSATION, "/doneBy/name", json!("A\u{0}na"), &[("events[1].doneBy.name", NUL, &[])]),
        (CONVERSATION, "/from", json!({"value": "\u{0}"}), &[("events[1].from.value", NUL, &[])]),
        (CONVERSATION, "/from", json!({"value": "a", "label": "\u{0}"}), &[("events[1].from.label", NUL, &[])]),
        (CONVERSATION, "/to", json!({"value": "\u{0}"}), &[("events[1].to.value", NUL, &[])]),
        (CONVERSATION, "/to", json!({"value": "a", "label": "\u{0}"}), &[("events[1].to.label", NUL, &[])]),
        (CONVERSATION, "/conversation/id", json!("c\u{0}"), &[("events[1].conversation.id", NUL, &[])]),
        (CONVERSATION, "/operationId", json!("\u{0}"), &[("events[1].operationId", NUL, &[])]),
        (AUDIT, "/item/id", json!("\u{0}"), &[("events[1].item.id", NUL, &[])]),
        (AUDIT, "/item/name", json!("\u{0}"), &[("events[1].item.name", NUL, &[])]),
        (AUDIT, "/details", json!({"a": [{"b": "\u{0}"}]}), &[("events[1].details", NUL, &[])]),
        (AUDIT, "/details", json!({"a\u{0}": 1}), &[("events[1].details", NUL, &[])]),
        (CONVERSATION, "/doneBy/id", json!("x".repeat(129)), &[("events[1].doneBy.id", "has 129 characters; 1 to 128 are allowed", &[])]),
        (CONVERSATION, "/doneBy/id", json!(""), &[("events[1].doneBy.id", "has 0 characters; 1 to 128 are allowed", &[])]),
        (CONVERSATION, "/doneBy/name", json!("é".repeat(1025)), &[("events[1].doneBy.name", "has 1025 characters; 0 to 1024 are allowed", &[])]),
        (CONVERSATION, "/from", json!({"value": "x".repeat(1025)}), &[("events[1].from.value", "has 1025 characters; 0 to 1024 are allowed", &[])]),
        (CONVERSATION, "/to", json!({"value": "a", "label": "x".repeat(2000)}), &[("events[1].to.label", "has 2000 characters; 0 to 1024 are allowed", &[])]),
        (CONVERSATION, "/conversation/id", json!("x".repeat(129)), &[("events[1].conversation.id", "has 129 characters; 1 to 128 are allowed", &[])]),
        (CONVERSATION, "/operationId", json!("x".repeat(129)), &[("events[1].operationId", "has 129 characters; 1 to 128 are allowed", &[])]),
        (CONVERSATION, "/operationId", json!(""), &[("events[1].operationId", "has 0 characters; 1 to 128 are allowed", &[])]),
        (AUDIT, "/item/id", json!("x".repeat(129)), &[("events[1].item.id", "has 129 characters; 1 to 128 are allowed", &[])]),
        (AUDIT, "/item/name", json!("x".repeat(1025)), &[("events[1].item.name", "has 1025 characters; 0 to 1024 are allowed", &[])]),
        (AUDIT, "/details", json!({"a": "x".repeat(8192)}), &[("events[1].details", "has 8200 bytes as JSON without whitespace; at most 8192 are allowed", &[])]),

        // Times.
        (CONVERSATION, "/occurredAt", json!("2026-03-29T12:34:56"), &[("events[1].occurredAt", "\"2026-03-29T12:34:56\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00", &[])]),
        (CONVERSATION, "/occurredAt", json!("2026-02-30T12:34:56Z"), &[("events[1].occurredAt", "\"2026-02-30T12:34:56Z\" has a day, a time or an offset that does not exist", &[])]),
        (CONVERSATION, "/occurredAt", json!(""), &[("events[1].occurredAt", "\"\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00", &[])]),
        (CONVERSATION, "/occurredAt", json!("2026-03-29T12:34:56Z\u{0}"), &[("events[1].occurredAt", "\"2026-03-29T12:34:56Z\\0\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00", &[])]),
        (AUDIT, "/occurredAt", json!("0000-01-01T00:00:00Z"), &[("events[1].occurredAt", "\"0000-01-01T00:00:00Z\" is outside the years 1 to 9999 in UTC", &[])]),
        (AUDIT, "/occurredAt", json!("9999-12-31T23:59:59-01:00"), &[("events[1].occurredAt", "\"9999-12-31T23:59:59-01:00\" is outside the years 1 to 9999 in UTC", &[])]),
    ]
}

/// Sets the value at a JSON pointer, or removes the member.
fn change(event: &mut Value, pointer: &str, value: Value) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        *event = value;
        return;
    };
    let parent = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value == absent() {
        parent.remove(name).expect("a member to remove");
    } else {
        parent.insert(name.to_owned(), value);
    }
}

one_database! {
    async fn every_invalid_member_is_named_and_no_event_of_the_batch_is_stored(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        for (log, pointer, value, expected) in faults() {
            let what = format!("{log} {pointer} = {}", value.to_string().chars().take(60).collect::<String>());
            let mut bad = event(log, "bad");
            change(&mut bad, pointer, value);
            let response = client.post(log, &json!({"events": [event(log, "good"), bad]})).await;
            check.refused(&what, &response, 422, expected);
        }
        assert_stored(&client, 0).await;
        check.finish(100);
    }

    async fn one_response_lists_all_violations_of_a_batch(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        let mut events: Vec<Value> = (0..6).map(|number| event(AUDIT, &format!("event-{number}"))).collect();
        change(&mut events[1], "/event", json!("QUEUE_RENAMD"));
        change(&mut events[1], "/doneBy", json!({"type": "USR", "id": "", "more": 1}));
        change(&mut events[3], "/item", json!({"type": "TAG", "id": "x".repeat(129), "name": "\u{0}"}));
        change(&mut events[3], "/occurredAt", json!("yesterday"));
        events[4] = json!(null);
        change(&mut events[5], "/operationId", json!(7));
        let response = client.post(AUDIT, &json!({"events": events, "more": true})).await;
        check.refused(AUDIT, &response, 422, &[
            ("events[1].event", "\"QUEUE_RENAMD\" is not an event type of this log; did you mean QUEUE_RENAMED?", THE_CATALOGUE),
            ("events[1].doneBy.type", "\"USR\" is not an actor type; did you mean USER?", ACTOR_TYPES),
            ("events[1].doneBy.id", "has 0 characters; 1 to 128 are allowed", &[]),
            ("events[1].doneBy.more", "\"more\" is not a member of this object", &["type", "id", "name"]),
            ("events[3].occurredAt", "\"yesterday\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00", &[]),
            ("events[3].item.id", "has 129 characters; 1 to 128 are allowed", &[]),
            ("events[3].item.name", NUL, &[]),
            ("events[3].item.type", "TAG does not match QUEUE_RENAMED, which requires QUEUE", &["QUEUE"]),
            ("events[4]", "must be an object, not null", &[]),
            ("events[5].operationId", "must be a string, not a number", &[]),
            ("more", "\"more\" is not a member of this object", &["events"]),
        ]);
        assert_stored(&client, 0).await;
        check.finish(1);
    }

    async fn every_one_of_1000_invalid_events_is_named(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for log in LOGS {
            let mut bad = event(log, "bad");
            bad["doneBy"]["id"] = json!("\u{0}");
            let response = client.post(log, &json!({"events": vec![bad; 1000]})).await;
            let violations = Problem::of(&response, 422).violations;
            assert_eq!(violations.len(), 1000);
            assert_eq!(violations[999].location, "events[999].doneBy.id");
        }
        assert_stored(&client, 0).await;
    }

    async fn a_batch_is_an_object_with_1_to_1000_events_only(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        for log in LOGS {
            let good = event(log, "good");
            let rows: [(Value, &[Row]); 13] = [
                (json!({}), &[("events", "is required", &[])]),
                (json!({"events": null}), &[("events", "is required", &[])]),
                (json!({"events": {}}), &[("events", "must be an array, not an object", &[])]),
                (json!({"events": good}), &[("events", "must be an array, not an object", &[])]),
                (json!({"events": "x"}), &[("events", "must be an array, not a string", &[])]),
                (json!({"events": []}), &[("events", "has 0 elements; 1 to 1000 are allowed", &[])]),
                (json!({"events": vec![&good; 1001]}), &[("events", "has 1001 elements; 1 to 1000 are allowed", &[])]),
                (json!({"event": [good]}), &[
                    ("events", "is required", &[]),
                    ("event", "\"event\" is not a member of this object; did you mean events?", &["events"]),
                ]),
                (json!({"events": [good], "dryRun": true}), &[("dryRun", "\"dryRun\" is not a member of this object", &["events"])]),
                (json!([good]), &[("body", "must be an object, not an array", &[])]),
                (json!("events"), &[("body", "must be an object, not a string", &[])]),
                (json!(null), &[("body", "must be an object, not null", &[])]),
                (json!(1), &[("body", "must be an object, not a number", &[])]),
            ];
            for (body, expected) in rows {
                let what = format!("{log} {}", body.to_string().chars().take(80).collect::<String>());
                check.refused(&what, &client.post(log, &body).await, 422, expected);
            }
        }
        assert_stored(&client, 0).await;
        check.finish(26);
    }

    async fn a_time_more_than_five_minutes_ahead_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let in_minutes = |minutes| json!((chrono::Utc::now() + chrono::TimeDelta::minutes(minutes)).to_rfc3339());
        for (log, time) in LOGS.into_iter().flat_map(|log| [(log, in_minutes(6)), (log, in_minutes(60 * 24)), (log, json!("9999-12-31T23:59:59Z"))]) {
            let mut ahead = event(log, "ahead");
            change(&mut ahead, "/occurredAt", time);
            let response = client.post(log, &json!({"events": [event(log, "good"), ahead]})).await;
            let violations = Problem::of(&response, 422).violations;
            assert_eq!((violations.len(), &*violations[0].location), (1, "events[1].occurredAt"), "{}", response.text());
            assert!(violations[0].message.contains("is more than 5 minutes ahead of this service's clock"), "{}", response.text());
        }
        assert_stored(&client, 0).await;
        for log in LOGS {
            let mut ahead = event(log, "a-little-ahead");
            change(&mut ahead, "/occurredAt", in_minutes(4));
            client.post(log, &json!({"events": [ahead]})).await.expect(201);
        }
    }
}

both_databases! {
    async fn values_at_the_limits_are_accepted(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut conversation = event(CONVERSATION, &"a".repeat(64));
        for (pointer, value) in [
            ("/doneBy", json!({"type": "SYSTEM", "id": null, "name": "é".repeat(1024)})),
            ("/from", json!({"value": "", "label": null})),
            ("/to", json!({"value": "𝄞".repeat(1024), "label": "é".repeat(1024)})),
            ("/conversation/id", json!("é".repeat(128))),
            ("/operationId", json!("é".repeat(128))),
        ] {
            change(&mut conversation, pointer, value);
        }
        client.post(CONVERSATION, &json!({"events": [conversation]})).await.expect(201);

        let mut audit = event(AUDIT, "A.b_c:d-9");
        for (pointer, value) in [
            ("/item", json!({"type": "QUEUE", "id": "é".repeat(128), "name": "é".repeat(1024)})),
            ("/details", json!({"a": "x".repeat(8192 - r#"{"a":""}"#.len())})),
            ("/from", json!(null)),
            ("/operationId", json!(null)),
        ] {
            change(&mut audit, pointer, value);
        }
        let mut deep = event(AUDIT, "deep");
        change(&mut deep, "/details", nested(100));
        client.post(AUDIT, &json!({"events": [audit, deep]})).await.expect(201);
    }
}

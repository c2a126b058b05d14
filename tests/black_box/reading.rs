//! Reading, as far as the oracle does not compare it: single events, defaults, cursors, catalogues.

use serde_json::{Value, json};

use crate::{
    logs::{
        AUDIT_EVENT_TYPES, AUDIT_LOG, CONVERSATION_EVENT_TYPES, CONVERSATION_LOG, LOGS, Log, ORDERS, code, full_event, producer,
    },
    problem::Problem,
    support::{Client, Service, both_databases},
};

/// Events `e-1` to `e-{count}` of one account's log, all at the same time.
async fn fill(service: &Service, log: Log, account: &str, count: usize) {
    let events: Vec<Value> = (1..=count).map(|number| (log.event)(&format!("e-{number}"))).collect();
    log.post(&producer(service, account), &events).await;
}

/// The identifiers of a page's events.
fn ids(page: &Value) -> Vec<String> {
    page["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

async fn page(client: &Client, path: &str, query: &[(&str, &str)]) -> Value {
    client.get_query(path, query).await.expect(200).json()
}

both_databases! {
    async fn a_single_event_equals_its_entry_in_the_list(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            fill(&service, log, "acme", 3).await;
            let reader = log.reader(&service, "acme");
            for event in page(&reader, log.path, &[]).await["events"].as_array().unwrap() {
                let path = format!("{}/{}", log.path, event["id"].as_str().unwrap());
                assert_eq!(reader.get(&path).await.expect(200).json(), *event);
            }
        }
    }

    async fn a_conversation_url_is_the_template_with_the_encoded_id(database: Database) {
        let service = Service::start(&database).await;
        let arguments = ["--conversation-url", "https://desk.example/c/{conversationId}/log?tab=1"];
        let with_template = Service::start_with(&database, &arguments).await;
        let ids = [
            ("c-1", "c-1"),
            ("a/b c?d#e%f", "a%2Fb%20c%3Fd%23e%25f"),
            ("\u{e9}\u{1f44d}", "%C3%A9%F0%9F%91%8D"),
            ("{conversationId}", "%7BconversationId%7D"),
        ];
        for (number, (id, encoded)) in ids.into_iter().enumerate() {
            let mut event = (CONVERSATION_LOG.event)(&format!("e-{number}"));
            event["conversation"]["id"] = json!(id);
            CONVERSATION_LOG.post(&producer(&service, "acme"), &[event]).await;
            for (service, url) in [
                (&service, format!("/conversations/{encoded}")),
                (&with_template, format!("https://desk.example/c/{encoded}/log?tab=1")),
            ] {
                let path = format!("/conversation-logs/e-{number}");
                let event = CONVERSATION_LOG.reader(service, "acme").get(&path).await.expect(200).json();
                assert_eq!(event["conversation"], json!({"id": id, "url": url}));
            }
        }
    }

    async fn an_event_of_another_account_cannot_be_distinguished_from_a_missing_one(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let stranger = log.reader(&service, "other");
            for path in [format!("{}/e-1", log.path), format!("{}/e-1/related", log.path)] {
                let get = async || stranger.send("GET", &path, &[("x-request-id", "same")], "").await.expect(404).body;
                let unknown = get().await;
                fill(&service, log, "acme", 1).await;
                assert_eq!(get().await, unknown, "{path}");
            }
            assert_eq!(ids(&page(&stranger, log.path, &[]).await), Vec::<String>::new());
        }
    }

    async fn the_next_page_of_the_longest_request_can_be_requested(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            log.post(&producer(&service, "acme"), &[full_event(log, "e-1"), full_event(log, "e-2")]).await;
            let reader = log.reader(&service, "acme");
            let mut path = format!("{}?limit=1&operationId=op-1&toValue=SOLVED", log.path);
            for number in 10..59 {
                // Characters that a URL may contain as they are, and one that must be encoded.
                path += &format!("&operationId={number}{}", "a/b:c@d,e%20".repeat(10));
            }
            path += &format!("&toValue={}&toValue=", "/".repeat(1000));
            path += &"/".repeat(8 * 1024 - path.len());
            Problem::of(&reader.get(&format!("{path}x")).await, 414);
            let response = reader.get(&path).await.expect(200);
            let link = response.header("link").and_then(|link| link.strip_prefix('<')?.split_once('>')).expect("a next page").0;
            assert!(link.starts_with(&path), "{link}");
            assert_eq!(ids(&reader.get(link).await.expect(200).json()), ["e-1"]);
        }
    }

    async fn an_empty_log_has_one_empty_page(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let reader = log.reader(&service, "acme");
            let response = reader.get(log.path).await.expect(200);
            assert_eq!(response.header("link"), None);
            let nothing = json!({"limit": 50, "nextCursor": null, "previousCursor": null});
            assert_eq!(response.json(), json!({"events": [], "pagination": nothing}));
        }
    }

    async fn a_follower_of_an_empty_log_gets_the_first_events(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let reader = log.reader(&service, "acme");
            let mut empty = page(&reader, log.path, &[("orderBy", "sequence:asc")]).await;
            for _ in 0..2 {
                assert_eq!(ids(&empty), Vec::<String>::new());
                let cursor = empty["pagination"]["nextCursor"].as_str().expect("a follower always gets a next cursor").to_owned();
                empty = page(&reader, log.path, &[("orderBy", "sequence:asc"), ("cursor", &cursor)]).await;
            }
            fill(&service, log, "acme", 2).await;
            let cursor = empty["pagination"]["nextCursor"].as_str().unwrap();
            let first = page(&reader, log.path, &[("orderBy", "sequence:asc"), ("cursor", cursor)]).await;
            assert_eq!(ids(&first), ["e-1", "e-2"]);
        }
    }

    async fn a_page_has_the_50_newest_events_by_default(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            fill(&service, log, "acme", 60).await;
            // It happened before all others, although it is stored last.
            let mut earliest = (log.event)("earliest");
            earliest["occurredAt"] = json!("2026-03-29T12:34:56.789011Z");
            log.post(&producer(&service, "acme"), &[earliest]).await;

            let reader = log.reader(&service, "acme");
            let newest = page(&reader, log.path, &[]).await;
            assert_eq!(newest["pagination"]["limit"], 50);
            assert_eq!(ids(&newest), (11..=60).rev().map(|number| format!("e-{number}")).collect::<Vec<_>>());
            let cursor = newest["pagination"]["nextCursor"].as_str().unwrap();
            let rest = page(&reader, log.path, &[("cursor", cursor)]).await;
            assert_eq!(ids(&rest).last().unwrap(), "earliest");
            assert_eq!(rest["pagination"]["nextCursor"], Value::Null);
        }
    }

    async fn only_the_order_of_a_follower_has_a_cursor_after_the_last_page(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            fill(&service, log, "acme", 4).await;
            let reader = log.reader(&service, "acme");
            for order in ORDERS {
                // The last page is full with one limit and not with the other.
                for limit in ["4", "5"] {
                    let last = page(&reader, log.path, &[("orderBy", order), ("limit", limit)]).await;
                    let has_next = !last["pagination"]["nextCursor"].is_null();
                    assert_eq!(has_next, order == "sequence:asc", "{} by {order}", log.path);
                }
            }
        }
    }

    async fn a_cursor_is_valid_with_another_limit(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            fill(&service, log, "acme", 10).await;
            let reader = log.reader(&service, "acme");
            let first = page(&reader, log.path, &[("orderBy", "sequence:desc"), ("limit", "3")]).await;
            let cursor = first["pagination"]["nextCursor"].as_str().unwrap();
            let second = page(&reader, log.path, &[("orderBy", "sequence:desc"), ("limit", "5"), ("cursor", cursor)]).await;
            assert_eq!(ids(&second), ["e-7", "e-6", "e-5", "e-4", "e-3"]);
            let total = [("orderBy", "sequence:desc"), ("includeTotal", "true"), ("cursor", cursor)];
            assert_eq!(page(&reader, log.path, &total).await["pagination"]["total"], json!({"count": 10, "relation": "EXACT"}));
        }
    }

    async fn a_cursor_is_refused_for_another_account_log_filter_or_order(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            for account in ["acme", "other"] {
                fill(&service, log, account, 10).await;
            }
        }
        let both_roles = LOGS.map(|log| log.role);
        let (reader, stranger) = (service.client("acme", &both_roles), service.client("other", &both_roles));
        for (log, other_log) in [(CONVERSATION_LOG, AUDIT_LOG), (AUDIT_LOG, CONVERSATION_LOG)] {
            let query = [("doneById", "u-1042"), ("orderBy", "sequence:asc"), ("limit", "3")];
            let first = page(&reader, log.path, &query).await;
            let cursor = first["pagination"]["nextCursor"].as_str().unwrap();
            let at = |filter: &[(&'static str, &'static str)]| [filter, &[("cursor", cursor)]].concat();

            reader.get_query(log.path, &at(&query)).await.expect(200);
            stranger.get_query(log.path, &at(&query)).await.expect(400);
            reader.get_query(other_log.path, &at(&query)).await.expect(400);
            reader.get_query(&format!("{}/e-1/related", log.path), &at(&query)).await.expect(400);
            let others: [&[_]; 6] = [
                &[("orderBy", "sequence:asc")],
                &[("doneById", "u-1042"), ("orderBy", "sequence:desc")],
                &[("doneById", "u-1042")],
                &[("doneById", "u-1043"), ("orderBy", "sequence:asc")],
                &[("doneById", "u-1042"), ("doneById", "u-1043"), ("orderBy", "sequence:asc")],
                &[("doneById", "u-1042"), ("dateFrom", "2026-01-01T00:00:00Z"), ("orderBy", "sequence:asc")],
            ];
            for other in others {
                let problem = reader.get_query(log.path, &at(other)).await.expect(400).json();
                assert_eq!(problem["violations"][0]["location"], "cursor", "{other:?}: {problem}");
            }
        }
    }

    async fn a_period_includes_its_start_and_excludes_its_end_in_any_offset(database: Database) {
        let service = Service::start(&database).await;
        for log in LOGS {
            let at = |id: &str, time: &str| {
                let mut event = (log.event)(id);
                event["occurredAt"] = json!(time);
                event
            };
            let events = [
                at("before", "2026-01-31T23:59:59.999999Z"),
                at("first", "2026-02-01T00:00:00Z"),
                at("last", "2026-02-28T23:59:59.999999Z"),
                at("after", "2026-03-01T00:00:00Z"),
            ];
            log.post(&producer(&service, "acme"), &events).await;
            let reader = log.reader(&service, "acme");
            for (from, to) in
                [("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"), ("2026-02-01T05:30:00+05:30", "2026-02-28T16:00:00-08:00")]
            {
                let span = [("dateFrom", from), ("dateTo", to), ("orderBy", "occurredAt:asc")];
                assert_eq!(ids(&page(&reader, log.path, &span).await), ["first", "last"], "{from} to {to}");
            }
        }
    }

    async fn the_catalogues_have_the_event_types_of_the_product(database: Database) {
        let service = Service::start(&database).await;
        let catalogue = async |log: Log| page(&log.reader(&service, "acme"), &format!("{}/event-types", log.path), &[]).await;

        let conversation = CONVERSATION_EVENT_TYPES.map(|label| json!({"code": code(label), "label": label, "group": null}));
        assert_eq!(catalogue(CONVERSATION_LOG).await, json!({"eventTypes": conversation}));
        let audit: Vec<Value> = AUDIT_EVENT_TYPES
            .iter()
            .flat_map(|(group, labels)| {
                labels.iter().map(move |label| json!({"code": code(label), "label": label, "group": group}))
            })
            .collect();
        assert_eq!((conversation.len(), audit.len()), (17, 43));
        assert_eq!(catalogue(AUDIT_LOG).await, json!({"eventTypes": audit}));
    }
}

//! Invalid cursors: a cursor is valid only unchanged, and only for the list that it was made for.

use serde_json::json;

use super::{ACCOUNT, Check, LOGS, Row, all_roles, event, record};
use crate::support::{Client, Service, both_databases, one_database};

const IDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
#[rustfmt::skip]
const REFUSAL: &[Row] = &[("cursor", "is not a cursor of this list: a cursor is valid only for the account, path, filters and order that it was made for. Start again without it", &[])];
const EMPTY: &[Row] = &[("cursor", "must not be empty; omit it for the first page", &[])];

/// The cursor of a list's second page, and the cursor from there to the first.
async fn cursors(client: &Client, list: &str) -> [String; 2] {
    let separator = if list.contains('?') { '&' } else { '?' };
    let first = client.get(&format!("{list}{separator}limit=2")).await.expect(200).json();
    let next = first["pagination"]["nextCursor"].as_str().expect("a second page").to_owned();
    let second = client.get(&format!("{list}{separator}limit=2&cursor={next}")).await.expect(200).json();
    assert_eq!(second["events"].as_array().unwrap().len(), 2, "{list}");
    [next, second["pagination"]["previousCursor"].as_str().expect("a previous page").to_owned()]
}

one_database! {
    async fn a_cursor_with_any_character_changed_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &IDS).await;
        let mut check = Check::new(&client).await;
        for log in LOGS {
            let [cursor, _] = cursors(&client, log).await;
            for (position, character) in cursor.char_indices() {
                let neighbour = char::from(character as u8 ^ 1);
                let other_case = char::from(character as u8 ^ 32);
                for replacement in [neighbour, other_case, 'A', '_', '%'].into_iter().filter(|replacement| *replacement != character) {
                    let altered = format!("{}{replacement}{}", &cursor[..position], &cursor[position + 1..]);
                    let response = client.get_query(log, &[("limit", "2"), ("cursor", &altered)]).await;
                    check.refused(&format!("{log} {altered}"), &response, 400, REFUSAL);
                }
            }
        }
        check.finish(200);
    }

    async fn a_truncated_or_extended_cursor_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &IDS).await;
        let mut check = Check::new(&client).await;
        for log in LOGS {
            let [cursor, _] = cursors(&client, log).await;
            let cut = (0..cursor.len()).flat_map(|position| [cursor[..position].to_owned(), cursor[position + 1..].to_owned()]);
            let extended = ["A", "AA", "AAA", "AAAA", "=", "==", ".", " ", "\0", "é", "\n"].into_iter();
            let extended = extended.flat_map(|more| [format!("{cursor}{more}"), format!("{more}{cursor}")]);
            let made_up = ["x", "null", "0", "1", "{}", "e30", "..", "é", "\0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
            let made_up = made_up.into_iter().map(str::to_owned).chain([cursor.repeat(2), cursor.repeat(20), "x".repeat(3000)]);
            for cursor in cut.chain(extended).chain(made_up) {
                let response = client.get_query(log, &[("limit", "2"), ("cursor", &cursor)]).await;
                let expected = if cursor.is_empty() { EMPTY } else { REFUSAL };
                check.refused(&format!("{log} {cursor:?}"), &response, 400, expected);
            }
        }
        check.finish(100);
    }

    async fn a_cursor_is_bound_to_log_account_filters_order_and_endpoint(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &IDS).await;
        let stranger = service.client("another-account", &["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_PRODUCER"]);
        record(&stranger, &IDS).await;
        let mut check = Check::new(&client).await;
        for log in LOGS {
            let other_log = if log == LOGS[0] { LOGS[1] } else { LOGS[0] };
            let lists = [
                log.to_owned(),
                format!("{log}?orderBy=occurredAt:asc"),
                format!("{log}?orderBy=sequence:asc"),
                format!("{log}?orderBy=sequence:desc"),
                format!("{log}?doneByType=USER"),
                format!("{log}?doneByType=USER&doneByType=SYSTEM"),
                format!("{log}?doneById=u-1042"),
                format!("{log}?dateFrom=2026-01-01T00:00:00Z"),
                format!("{log}?dateTo=2027-01-01T00:00:00Z"),
                format!("{log}/first/related"),
                format!("{log}/first/related?doneByType=USER"),
                other_log.to_owned(),
                format!("{other_log}?orderBy=sequence:asc"),
            ];
            for origin in &lists {
                for cursor in cursors(&client, origin).await {
                    for use_elsewhere in lists.iter().filter(|list| *list != origin) {
                        let separator = if use_elsewhere.contains('?') { '&' } else { '?' };
                        let path = format!("{use_elsewhere}{separator}limit=2&cursor={cursor}");
                        check.refused(&format!("of {origin} in {path}"), &client.get(&path).await, 400, REFUSAL);
                    }
                    let separator = if origin.contains('?') { '&' } else { '?' };
                    let path = format!("{origin}{separator}limit=2&cursor={cursor}");
                    check.refused(&format!("of {ACCOUNT} for another account: {path}"), &stranger.get(&path).await, 400, REFUSAL);
                    client.get(&path).await.expect(200);
                }
            }
        }
        check.finish(300);
    }
}

both_databases! {
    async fn a_cursor_is_valid_with_another_limit_and_with_its_filters_in_any_order(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &IDS).await;
        for log in LOGS {
            let list = format!("{log}?doneByType=USER&doneByType=SYSTEM&doneById=u-1042");
            let [cursor, _] = cursors(&client, &list).await;
            for same in [
                format!("{list}&limit=1"),
                format!("{list}&includeTotal=true"),
                format!("{list}&orderBy=occurredAt:desc"),
                format!("{log}?doneById=u-1042&doneByType=SYSTEM&doneByType=USER"),
            ] {
                client.get(&format!("{same}&cursor={cursor}")).await.expect(200);
            }
        }
    }
}

both_databases! {
    async fn a_cursor_remains_valid_after_new_events(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &IDS).await;
        for log in LOGS {
            let [cursor, _] = cursors(&client, &format!("{log}?orderBy=sequence:asc")).await;
            client.post(log, &json!({"events": [event(log, "sixth")]})).await.expect(201);
            let page = client.get(&format!("{log}?orderBy=sequence:asc&limit=10&cursor={cursor}")).await.expect(200).json();
            let sequences: Vec<_> = page["events"].as_array().unwrap().iter().map(|event| event["sequence"].clone()).collect();
            assert_eq!(sequences, [3, 4, 5, 6]);
        }
    }
}

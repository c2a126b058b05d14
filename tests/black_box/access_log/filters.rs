//! The filters, the orders and the pages of the log of accesses.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::Value;

use super::{auditor, events, everybody, page, page_of, recorded};
use crate::{
    logs::{LOGS, ORDERS, producer},
    problem::Problem,
    support::{Client, Service, both_databases_restricted},
};

const READERS: [&str; 3] = ["u-0", "u-1", "u-2"];

/// Makes random calls, and returns all accesses, including those of the auditor.
async fn accesses(service: &Service, auditor: &Client, random: &mut Rng) -> Vec<Value> {
    for log in LOGS {
        log.post(&producer(service, "acme"), &events(log, 6)).await;
    }
    let readers = READERS.map(|reader| everybody(service, "acme", reader));
    for _ in 0..160 {
        let (reader, log) = (&readers[random.usize(..3)], LOGS[random.usize(..2)]);
        let (subject, event) = (random.usize(..4), random.usize(..6));
        let filter = log.subject_filter;
        let rest = match random.usize(..7) {
            0 => String::new(),
            1 => format!("?{filter}=i-{subject}"),
            2 => format!("?{filter}=i-{subject}&{filter}=i-1"),
            3 => format!("/e-{event}"),
            4 => format!("/e-{event}/related"),
            5 => format!("/export?format=csv&{filter}=i-{subject}"),
            _ => "/facets/doneBy".to_owned(),
        };
        reader.get(&format!("{}{rest}", log.path)).await.expect(200);
        if random.usize(..10) == 0 {
            page(auditor, "").await;
        }
    }
    recorded(auditor).await;
    page_of(auditor).await
}

/// A filter of the list, and whether an access matches it.
struct Filter {
    query: String,
    matches: Box<dyn Fn(&Value) -> bool>,
}

/// The conversations or items that an access names. Events alternate between i-0 and i-1.
fn subjects(access: &Value, log: &str, filter: &str) -> BTreeSet<String> {
    if access["log"] != log {
        return BTreeSet::new();
    }
    let filtered = access["filter"][filter].as_array().into_iter().flatten().map(|id| id.as_str().unwrap().to_owned());
    let event = access["path"].as_str().unwrap().split("/e-").nth(1).map(|rest| rest.split('/').next().unwrap());
    let of_event = event.map(|number| format!("i-{}", number.parse::<usize>().unwrap() % 2));
    filtered.chain(of_event).collect()
}

/// A random subset of these values as a repeated parameter; usually none or one.
fn chosen(random: &mut Rng, values: &[&str], chance: usize) -> Vec<String> {
    if random.usize(..chance) > 0 {
        return Vec::new();
    }
    let count = 1 + random.usize(..2);
    (0..count).map(|_| values[random.usize(..values.len())].to_owned()).collect()
}

fn filter(random: &mut Rng, times: &[String]) -> Filter {
    let readers = chosen(random, &["u-0", "u-1", "u-2", "tester", "nobody"], 3);
    let logs = chosen(random, &["CONVERSATION_LOGS", "AUDIT_LOGS", "ACCESS_LOGS"], 3);
    let conversations = chosen(random, &["i-0", "i-1", "i-2", "i-9"], 3);
    let items = chosen(random, &["i-0", "i-1", "i-2", "i-9"], 6);
    let mut period = [random.usize(..times.len()), random.usize(..times.len())];
    period.sort_unstable();
    let [from, to] = period.map(|number| times[number].clone());
    let from = Some(from).filter(|_| random.usize(..4) == 0);
    let to = Some(to).filter(|to| random.usize(..4) == 0 && Some(to) > from.as_ref());

    let lists = [("doneById", &readers), ("log", &logs), ("conversationId", &conversations), ("itemId", &items)];
    let mut pairs: Vec<String> =
        lists.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}"))).collect();
    pairs.extend(from.iter().map(|time| format!("dateFrom={time}")));
    pairs.extend(to.iter().map(|time| format!("dateTo={time}")));
    let matches = move |access: &Value| {
        let any = |values: &[String], value: &Value| values.is_empty() || values.iter().any(|other| value == other);
        let names = |values: &[String], log, filter| {
            values.is_empty() || values.iter().any(|value| subjects(access, log, filter).contains(value))
        };
        let time = access["occurredAt"].as_str().unwrap();
        any(&readers, &access["doneBy"]["id"])
            && any(&logs, &access["log"])
            && names(&conversations, "CONVERSATION_LOGS", "conversationId")
            && names(&items, "AUDIT_LOGS", "itemId")
            && from.as_ref().is_none_or(|from| from.as_str() <= time)
            && to.as_ref().is_none_or(|to| time < to.as_str())
    };
    Filter { query: pairs.join("&"), matches: Box::new(matches) }
}

/// The accesses that match, in this order.
fn expected(all: &[Value], filter: &Filter, order: &str) -> Vec<Value> {
    let mut matching: Vec<Value> = all.iter().filter(|access| (filter.matches)(access)).cloned().collect();
    if order.starts_with("occurredAt") {
        // The sort is stable, so ties remain in the order of their sequences.
        matching.sort_by_key(|access| access["occurredAt"].as_str().unwrap().to_owned());
    }
    if order.ends_with("desc") {
        matching.reverse();
    }
    matching
}

/// The cursor of a page in this direction.
fn cursor(page: &Value, name: &str) -> Option<String> {
    page["pagination"][name].as_str().map(str::to_owned)
}

async fn get(client: &Client, query: &str, cursor: Option<&str>) -> Value {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    client.get(&format!("/access-logs?{query}{cursor}")).await.expect(200).json()
}

fn entries(pages: &[Value]) -> Vec<Value> {
    pages.iter().flat_map(|page| page["accesses"].as_array().unwrap().clone()).collect()
}

both_databases_restricted! {
    async fn every_filter_and_order_equals_the_oracle_forward_and_back(database: Database) {
        let service = Service::start(&database).await;
        let auditor = auditor(&service, "acme");
        let mut random = Rng::with_seed(4711);
        let mut all = accesses(&service, &auditor, &mut random).await;
        assert!(all.len() > 80);
        // The reads of this test are accesses too.
        let end = all.pop().unwrap()["occurredAt"].as_str().unwrap().to_owned();
        let times: Vec<String> = all.iter().map(|access| access["occurredAt"].as_str().unwrap().to_owned()).collect();
        let mut matched = 0;
        for number in 0..60 {
            let mut filter = filter(&mut random, &times);
            let order = ORDERS[number % 4];
            if !filter.query.contains("dateTo") {
                filter.query.push_str(&format!("&dateTo={end}"));
            }
            let expected = expected(&all, &filter, order);
            matched += expected.len();
            let query = format!("{}&orderBy={order}&limit=7", filter.query);
            let total = get(&auditor, &format!("{query}&includeTotal=true"), None).await["pagination"]["total"].clone();
            assert_eq!(total, serde_json::json!({"count": expected.len(), "relation": "EXACT"}), "{query}");

            let mut pages = vec![get(&auditor, &query, None).await];
            while let Some(next) = cursor(pages.last().unwrap(), "nextCursor") {
                let page = get(&auditor, &query, Some(&next)).await;
                let is_empty = page["accesses"].as_array().unwrap().is_empty();
                if is_empty {
                    // Only the order of followers always has a next page.
                    assert_eq!(order, "sequence:asc", "{query}");
                    break;
                }
                pages.push(page);
            }
            assert_eq!(entries(&pages), expected, "{query}");

            let mut back = vec![pages.last().unwrap().clone()];
            while let Some(previous) = cursor(back.last().unwrap(), "previousCursor") {
                back.push(get(&auditor, &query, Some(&previous)).await);
            }
            back.reverse();
            assert_eq!(entries(&back), expected, "{query} backwards");
        }
        assert!(matched > 300, "{matched}");
    }

    async fn a_follower_gets_every_access_once(database: Database) {
        let service = Service::start(&database).await;
        let (auditor, reader) = (auditor(&service, "acme"), everybody(&service, "acme", "u-1"));
        let query = "orderBy=sequence:asc&log=AUDIT_LOGS&log=CONVERSATION_LOGS&limit=3";
        let (mut position, mut seen) = (None, Vec::new());
        for round in 0..4 {
            for number in 0..round * 2 {
                reader.get(&format!("/audit-logs?doneById=u-{round}-{number}")).await.expect(200);
            }
            recorded(&auditor).await;
            loop {
                let page = get(&auditor, query, position.as_deref()).await;
                position = Some(cursor(&page, "nextCursor").expect("a follower always has a next page"));
                let accesses = page["accesses"].as_array().unwrap().clone();
                if accesses.is_empty() {
                    break;
                }
                seen.extend(accesses);
            }
        }
        let expected: Vec<Value> =
            recorded(&auditor).await.into_iter().filter(|access| access["log"] != "ACCESS_LOGS").collect();
        assert_eq!(seen, expected);
        assert_eq!(seen.len(), 12);
    }

    async fn an_invalid_parameter_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let auditor = auditor(&service, "acme");
        let cases = [
            ("log=AUDIT", "log"),
            ("log=audit_logs", "log"),
            ("event=QUEUE_RENAMED", "event"),
            ("itemType=QUEUE", "itemType"),
            ("doneById=", "doneById"),
            ("conversationId=%00", "conversationId"),
            ("dateFrom=2026-03-29", "dateFrom"),
            ("dateFrom=2026-03-29T00:00:00Z&dateTo=2026-03-29T00:00:00Z", "dateFrom"),
            ("limit=1001", "limit"),
            ("orderBy=recordedAt:desc", "orderBy"),
            ("includeTotal=yes", "includeTotal"),
            ("cursor=AAAA", "cursor"),
        ];
        for (query, parameter) in cases {
            let response = auditor.get(&format!("/access-logs?{query}")).await;
            let problem = Problem::of(&response, 400);
            let named: Vec<&str> = problem.violations.iter().map(|violation| violation.location.as_str()).collect();
            assert_eq!(named, [parameter], "{query}: {}", response.text());
        }
        for log in LOGS {
            let first = everybody(&service, "acme", "u-1").get(&format!("{}?limit=1&orderBy=sequence:asc", log.path)).await;
            let foreign = first.json()["pagination"]["nextCursor"].as_str().unwrap().to_owned();
            let response = auditor.get(&format!("/access-logs?limit=1&orderBy=sequence:asc&cursor={foreign}")).await;
            assert_eq!(Problem::of(&response, 400).violations[0].location, "cursor");
        }
    }
}

//! Every page of every facet, held against brute force over the events: names change, come late, and items come back.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_EVENT_TYPES, AUDIT_LOG, CONVERSATION_EVENT_TYPES, CONVERSATION_LOG, Log, code, producer},
    support::{Client, Service, both_databases},
};

const EVENTS: usize = 3_000;
const QUESTIONS: usize = 120;

const ACTOR_TYPES: [&str; 3] = ["USER", "SYSTEM", "API_USER"];
/// In the order in which the service puts items that have the same name and identifier.
const ITEM_TYPES: [&str; 5] = ["TAG", "QUEUE", "AGENT_CONFIGURATION", "ACCOUNT_CONFIGURATION", "ROUTE"];
const NAMES: [&str; 12] =
    ["Billing", "billing", "BILLING 2", "Invoices", "100%", "100_", "a\\b", "Éclair", "éclair", "Zoë Ångström", "", "x y z"];

both_databases! {
    async fn the_facets_of_the_conversation_log_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, CONVERSATION_LOG).await;
    }

    async fn the_facets_of_the_audit_log_equal_the_oracle(database: Database) {
        compare_with_oracle(&database, AUDIT_LOG).await;
    }
}

async fn compare_with_oracle(database: &crate::support::Database, log: Log) {
    let mut random = Rng::with_seed(7);
    let service = Service::start(database).await;
    let events = post_events(log, &producer(&service, "acme"), &mut random).await;
    // What no answer may have.
    post_events(log, &producer(&service, "other"), &mut random).await;
    let facets: &[&str] = if log.is_audit() { &["doneBy", "item"] } else { &["doneBy", "fromValue", "toValue"] };
    let reader = log.reader(&service, "acme");
    let mut found_something = 0;
    for number in 0..QUESTIONS {
        let question = Question::random(log, facets[number % facets.len()], &mut random);
        let expected = question.answer(&events);
        found_something += usize::from(expected.len() > 1);
        walk(&reader, log, &question, &expected).await;
    }
    assert!(found_something > QUESTIONS / 2, "most questions have an answer that can be wrong: {found_something}");
}

/// Posts random events in batches, some of them twice; gives them with their sequences.
async fn post_events(log: Log, writer: &Client, random: &mut Rng) -> Vec<(i64, Value)> {
    let mut posted: BTreeMap<i64, Value> = BTreeMap::new();
    while posted.len() < EVENTS {
        let first = posted.len();
        let mut batch: Vec<Value> = (0..random.usize(1..400)).map(|number| event(log, first + number, random)).collect();
        for _ in 0..random.usize(..20) {
            let again = batch[random.usize(..batch.len())].clone();
            batch.push(posted.get(&random.i64(1..=EVENTS as i64)).cloned().unwrap_or(again));
        }
        let sequences = log.post(writer, &batch).await;
        posted.extend(sequences.into_iter().zip(batch));
    }
    posted.into_iter().collect()
}

fn event(log: Log, number: usize, random: &mut Rng) -> Value {
    let id = |random: &mut Rng| format!("{}-{}", ["id", "ID", "Über"][random.usize(..3)], random.u8(..15));
    let actor_type = ACTOR_TYPES[random.usize(..3)];
    let actor_id = if actor_type == "SYSTEM" && random.bool() { Value::Null } else { json!(id(random)) };
    let mut event = json!({
        "id": format!("e-{number}"),
        // Few instants, so that many are equal; in no order.
        "occurredAt": format!("2026-03-{:02}T{:02}:00:00Z", random.u8(1..=28), random.u8(..24)),
        "doneBy": {"type": actor_type, "id": actor_id, "name": name(random)},
    });
    for side in ["from", "to"] {
        if random.u8(..4) > 0 {
            event[side] = json!({"value": id(random), "label": name(random)});
        }
    }
    if log.is_audit() {
        let (item_type, labels) = AUDIT_EVENT_TYPES[random.usize(..AUDIT_EVENT_TYPES.len())];
        event["event"] = json!(code(labels[random.usize(..labels.len().min(4))]));
        event["item"] = json!({"type": item_type, "id": id(random), "name": name(random)});
    } else {
        event["event"] = json!(code(CONVERSATION_EVENT_TYPES[random.usize(..5)]));
        event["conversation"] = json!({"id": "c-1"});
    }
    event
}

fn name(random: &mut Rng) -> Option<&'static str> {
    random.bool().then(|| NAMES[random.usize(..NAMES.len())])
}

/// What is asked of a facet.
#[derive(Debug)]
struct Question {
    facet: &'static str,
    kinds: Vec<String>,
    search: Option<String>,
    limit: usize,
}

impl Question {
    fn random(log: Log, facet: &'static str, random: &mut Rng) -> Self {
        let all: Vec<String> = match facet {
            "doneBy" => ACTOR_TYPES.map(str::to_owned).to_vec(),
            "item" => ITEM_TYPES.map(str::to_owned).to_vec(),
            _ => CONVERSATION_EVENT_TYPES[..6].iter().map(|label| code(label)).collect(),
        };
        assert_eq!(facet == "item", log.is_audit() && facet != "doneBy");
        let kinds = if random.bool() { Vec::new() } else { all.into_iter().filter(|_| random.bool()).collect() };
        let searches = ["i", "BILL", "ll", "id-1", "ÜBER", "%", "_", "\\", "é", "ång", " ", "1", "-", "nothing like it"];
        let search = random.bool().then(|| searches[random.usize(..searches.len())].to_owned());
        Self { facet, kinds, search, limit: random.usize(1..30) }
    }

    /// The parameter that names kinds.
    fn parameter(&self) -> &'static str {
        match self.facet {
            "doneBy" => "doneByType",
            "item" => "itemType",
            _ => "event",
        }
    }

    /// By brute force.
    fn answer(&self, events: &[(i64, Value)]) -> Vec<Value> {
        let mut entries: BTreeMap<(usize, String), Entry> = BTreeMap::new();
        for (sequence, event) in events {
            let Some(told) = self.told(event) else { continue };
            if !self.kinds.is_empty() && !self.kinds.contains(&told.kind) {
                continue;
            }
            let entry = entries.entry((told.place, told.id.clone())).or_default();
            let position = (event["occurredAt"].as_str().unwrap().to_owned(), *sequence);
            entry.found_by.extend(
                [Some(told.id), told.name.clone(), told.former_name].into_iter().flatten().map(|text| text.to_lowercase()),
            );
            entry.named.extend(told.name.map(|name| (position.clone(), name)));
            entry.lived.extend(told.deleted.map(|deleted| (position, deleted)));
        }
        let mut rows: Vec<_> = entries
            .into_iter()
            .filter(|(_, entry)| {
                self.search.as_ref().is_none_or(|search| entry.found_by.iter().any(|text| text.contains(&search.to_lowercase())))
            })
            .map(|((place, id), entry)| {
                let name = entry.named.last_key_value().map(|(_, name)| name.clone());
                let deleted = entry.lived.last_key_value().is_some_and(|(_, deleted)| *deleted);
                let shown = match self.facet {
                    "doneBy" => json!({"type": ACTOR_TYPES[place], "id": Some(&id).filter(|id| !id.is_empty()), "name": name}),
                    "item" => json!({"type": ITEM_TYPES[place], "id": id, "name": name, "deleted": deleted}),
                    _ => json!({"value": id, "label": name}),
                };
                ((name.unwrap_or_else(|| id.clone()).to_lowercase(), id, place), shown)
            })
            .collect();
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        rows.into_iter().map(|(_, shown)| shown).collect()
    }

    /// What an event tells of an entry of this facet.
    fn told(&self, event: &Value) -> Option<Told> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let code = event["event"].as_str().unwrap();
        match self.facet {
            "doneBy" => {
                let actor = &event["doneBy"];
                let kind = text(&actor["type"]).unwrap();
                let place = ACTOR_TYPES.iter().position(|actor_type| *actor_type == kind).unwrap();
                Some(Told {
                    kind,
                    place,
                    id: text(&actor["id"]).unwrap_or_default(),
                    name: text(&actor["name"]),
                    ..Told::default()
                })
            }
            "item" => {
                let item = &event["item"];
                let kind = text(&item["type"]).unwrap();
                let place = ITEM_TYPES.iter().position(|item_type| *item_type == kind).unwrap();
                let shown = |side: &str| text(&event[side]["label"]).or_else(|| text(&event[side]["value"]));
                let renamed = code.ends_with("_RENAMED");
                let name = text(&item["name"]).or_else(|| shown("to").filter(|_| renamed));
                let deleted = match code {
                    "TAG_CREATED" | "QUEUE_CREATED" => Some(false),
                    "TAG_DELETED" | "QUEUE_DELETED" => Some(true),
                    _ => None,
                };
                let former_name = shown("from").filter(|_| renamed);
                Some(Told { kind, place, id: text(&item["id"]).unwrap(), name, former_name, deleted })
            }
            side => {
                let value = &event[side.strip_suffix("Value").unwrap()];
                Some(Told { kind: code.to_owned(), id: text(&value["value"])?, name: text(&value["label"]), ..Told::default() })
            }
        }
    }
}

#[derive(Default)]
struct Told {
    kind: String,
    /// Of the kind, where that tells entries apart.
    place: usize,
    id: String,
    name: Option<String>,
    former_name: Option<String>,
    deleted: Option<bool>,
}

#[derive(Default)]
struct Entry {
    found_by: BTreeSet<String>,
    named: BTreeMap<(String, i64), String>,
    lived: BTreeMap<(String, i64), bool>,
}

/// Walks through the pages of a facet, forward by cursor and back by link.
async fn walk(reader: &Client, log: Log, question: &Question, expected: &[Value]) {
    let limit = question.limit.to_string();
    let mut query: Vec<(&str, &str)> = question.kinds.iter().map(|kind| (question.parameter(), kind.as_str())).collect();
    query.extend(question.search.as_ref().map(|search| ("search", search.as_str())));
    query.push(("limit", &limit));
    let path = format!("{}/facets/{}", log.path, question.facet);

    let (mut forward, mut cursor) = (Vec::new(), None::<String>);
    let mut pages = 0;
    let mut previous = loop {
        let query: Vec<(&str, &str)> = query.iter().copied().chain(cursor.as_deref().map(|cursor| ("cursor", cursor))).collect();
        let answer = reader.get_query(&path, &query).await.expect(200);
        let page = answer.json();
        let values = page["values"].as_array().unwrap();
        assert!(values.len() <= question.limit && page["pagination"]["limit"] == question.limit, "{question:?}");
        assert_eq!(page["pagination"]["previousCursor"].is_null(), pages == 0, "{question:?}");
        forward.extend(values.clone());
        pages += 1;
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break link(&answer, "prev"),
        }
    };
    assert_eq!(forward, expected, "{question:?}");
    assert_eq!(pages, expected.len().div_ceil(question.limit).max(1), "{question:?}");

    let last_page = (pages - 1) * question.limit;
    let mut back = expected[last_page.min(expected.len())..].to_vec();
    while let Some(target) = previous {
        let answer = reader.get(&target).await.expect(200);
        let page = answer.json();
        assert!(page["pagination"]["nextCursor"].is_string(), "{question:?}");
        back.splice(..0, page["values"].as_array().unwrap().clone());
        previous = link(&answer, "prev");
    }
    assert_eq!(back, expected, "back: {question:?}");
}

/// Path and query of the link of that relation.
fn link(answer: &crate::support::Answer, relation: &str) -> Option<String> {
    let headers = answer.headers.get_all("link").iter().map(|value| value.to_str().unwrap());
    let mut targets = headers.filter_map(|link| link.strip_suffix(&format!(">; rel=\"{relation}\""))?.strip_prefix('<'));
    targets.next().map(str::to_owned)
}

//! Queries of a facet, their results by brute force over the events, and a comparison of all pages with a result.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    logs::{CONVERSATION_EVENT_TYPES, Log, code},
    support::{Client, Response},
};

pub const ACTOR_TYPES: [&str; 3] = ["USER", "SYSTEM", "API_USER"];
/// In the order in which the service sorts items with the same name and identifier.
const ITEM_TYPES: [&str; 5] = ["TAG", "QUEUE", "AGENT_CONFIGURATION", "ACCOUNT_CONFIGURATION", "ROUTE"];

/// The facets of a log.
pub fn facets(log: Log) -> &'static [&'static str] {
    if log.is_audit() { &["doneBy", "item"] } else { &["doneBy", "fromValue", "toValue"] }
}

/// A query of a facet.
#[derive(Debug)]
pub struct FacetQuery {
    facet: &'static str,
    kinds: Vec<String>,
    search: Option<String>,
    prefix: Option<String>,
    limit: usize,
}

impl FacetQuery {
    pub fn random(log: Log, facet: &'static str, random: &mut Rng) -> Self {
        let all: Vec<String> = match facet {
            "doneBy" => ACTOR_TYPES.map(str::to_owned).to_vec(),
            "item" => ITEM_TYPES.map(str::to_owned).to_vec(),
            _ => CONVERSATION_EVENT_TYPES[..6].iter().map(|label| code(label)).collect(),
        };
        assert_eq!(facet == "item", log.is_audit() && facet != "doneBy");
        let kinds = if random.bool() { Vec::new() } else { all.into_iter().filter(|_| random.bool()).collect() };
        let searches = ["i", "BILL", "ll", "id-1", "ÜBER", "%", "_", "\\", "é", "ång", " ", "1", "-", "nothing like it"];
        let search = random.bool().then(|| searches[random.usize(..searches.len())].to_owned());
        let beginnings = ["b", "BI", "id-1", "über", "%", "_", "Å", "s", "nothing like it"];
        let prefix = (random.usize(..3) == 0).then(|| beginnings[random.usize(..beginnings.len())].to_owned());
        Self { facet, kinds, search, prefix, limit: random.usize(1..30) }
    }

    /// A query for all entries of a facet.
    pub fn everything(facet: &'static str) -> Self {
        Self { facet, kinds: Vec::new(), search: None, prefix: None, limit: 1000 }
    }

    /// The parameter that selects kinds.
    fn parameter(&self) -> &'static str {
        match self.facet {
            "doneBy" => "doneByType",
            "item" => "itemType",
            _ => "event",
        }
    }

    /// By brute force.
    pub fn expected(&self, events: &[(i64, Value)]) -> Vec<Value> {
        let mut entries: BTreeMap<(usize, String), Entry> = BTreeMap::new();
        for (sequence, event) in events {
            let Some(mention) = self.mention(event) else { continue };
            if !self.kinds.is_empty() && !self.kinds.contains(&mention.kind) {
                continue;
            }
            let entry = entries.entry((mention.kind_order, mention.id.clone())).or_default();
            let position = (event["occurredAt"].as_str().unwrap().to_owned(), *sequence);
            entry.found_by.extend(
                [Some(mention.id), mention.name.clone(), mention.former_name]
                    .into_iter()
                    .flatten()
                    .map(|text| text.to_lowercase()),
            );
            entry.named.extend(mention.name.map(|name| (position.clone(), name)));
            entry.lived.extend(mention.deleted.map(|deleted| (position, deleted)));
        }
        let mut rows: Vec<_> = entries
            .into_iter()
            .filter(|(_, entry)| {
                self.search.as_ref().is_none_or(|search| entry.found_by.iter().any(|text| text.contains(&search.to_lowercase())))
            })
            .map(|((kind_order, id), entry)| {
                let name = entry.named.last_key_value().map(|(_, name)| name.clone());
                let deleted = entry.lived.last_key_value().is_some_and(|(_, deleted)| *deleted);
                let shown = match self.facet {
                    "doneBy" => {
                        json!({"type": ACTOR_TYPES[kind_order], "id": Some(&id).filter(|id| !id.is_empty()), "name": name})
                    }
                    "item" => json!({"type": ITEM_TYPES[kind_order], "id": id, "name": name, "deleted": deleted}),
                    _ => json!({"value": id, "label": name}),
                };
                ((name.unwrap_or_else(|| id.clone()).to_lowercase(), id, kind_order), shown)
            })
            .filter(|((name, ..), _)| self.prefix.as_ref().is_none_or(|prefix| name.starts_with(&prefix.to_lowercase())))
            .collect();
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        rows.into_iter().map(|(_, shown)| shown).collect()
    }

    /// What an event states about an entry of this facet.
    fn mention(&self, event: &Value) -> Option<Mention> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let code = event["event"].as_str().unwrap();
        match self.facet {
            "doneBy" => {
                let actor = &event["doneBy"];
                let kind = text(&actor["type"]).unwrap();
                let kind_order = ACTOR_TYPES.iter().position(|actor_type| *actor_type == kind).unwrap();
                Some(Mention {
                    kind,
                    kind_order,
                    id: text(&actor["id"]).unwrap_or_default(),
                    name: text(&actor["name"]),
                    ..Mention::default()
                })
            }
            "item" => {
                let item = &event["item"];
                let kind = text(&item["type"]).unwrap();
                let kind_order = ITEM_TYPES.iter().position(|item_type| *item_type == kind).unwrap();
                let shown = |side: &str| text(&event[side]["label"]).or_else(|| text(&event[side]["value"]));
                let renamed = code.ends_with("_RENAMED");
                let name = text(&item["name"]).or_else(|| shown("to").filter(|_| renamed));
                let deleted = match code {
                    "TAG_CREATED" | "QUEUE_CREATED" => Some(false),
                    "TAG_DELETED" | "QUEUE_DELETED" => Some(true),
                    _ => None,
                };
                let former_name = shown("from").filter(|_| renamed);
                Some(Mention { kind, kind_order, id: text(&item["id"]).unwrap(), name, former_name, deleted })
            }
            side => {
                let value = &event[side.strip_suffix("Value").unwrap()];
                Some(Mention {
                    kind: code.to_owned(),
                    id: text(&value["value"])?,
                    name: text(&value["label"]),
                    ..Mention::default()
                })
            }
        }
    }
}

#[derive(Default)]
struct Mention {
    kind: String,
    /// The position of the kind in its order, where the kind distinguishes entries.
    kind_order: usize,
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

/// Reads all pages of a facet, forward by cursor and back by link.
pub async fn walk(reader: &Client, log: Log, facet_query: &FacetQuery, expected: &[Value]) {
    let limit = facet_query.limit.to_string();
    let mut query: Vec<(&str, &str)> = facet_query.kinds.iter().map(|kind| (facet_query.parameter(), kind.as_str())).collect();
    query.extend(facet_query.search.as_ref().map(|search| ("search", search.as_str())));
    query.extend(facet_query.prefix.as_ref().map(|prefix| ("prefix", prefix.as_str())));
    query.push(("limit", &limit));
    let path = format!("{}/facets/{}", log.path, facet_query.facet);

    let (mut forward, mut cursor) = (Vec::new(), None::<String>);
    let mut pages = 0;
    let mut previous = loop {
        let query: Vec<(&str, &str)> = query.iter().copied().chain(cursor.as_deref().map(|cursor| ("cursor", cursor))).collect();
        let response = reader.get_query(&path, &query).await.expect(200);
        let page = response.json();
        let values = page["values"].as_array().unwrap();
        assert!(values.len() <= facet_query.limit && page["pagination"]["limit"] == facet_query.limit, "{facet_query:?}");
        assert_eq!(page["pagination"]["previousCursor"].is_null(), pages == 0, "{facet_query:?}");
        forward.extend(values.clone());
        pages += 1;
        match page["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break link(&response, "prev"),
        }
    };
    assert_eq!(forward, expected, "{facet_query:?}");
    assert_eq!(pages, expected.len().div_ceil(facet_query.limit).max(1), "{facet_query:?}");

    let last_page = (pages - 1) * facet_query.limit;
    let mut back = expected[last_page.min(expected.len())..].to_vec();
    while let Some(target) = previous {
        let response = reader.get(&target).await.expect(200);
        let page = response.json();
        assert!(page["pagination"]["nextCursor"].is_string(), "{facet_query:?}");
        back.splice(..0, page["values"].as_array().unwrap().clone());
        previous = link(&response, "prev");
    }
    assert_eq!(back, expected, "back: {facet_query:?}");
}

/// The path and query of the link with this relation.
fn link(response: &Response, relation: &str) -> Option<String> {
    let headers = response.headers.get_all("link").iter().map(|value| value.to_str().unwrap());
    let mut targets = headers.filter_map(|link| link.strip_suffix(&format!(">; rel=\"{relation}\""))?.strip_prefix('<'));
    targets.next().map(str::to_owned)
}

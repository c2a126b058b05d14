//! Creates the requests of the queries, and checks each response in full once.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{DEEP_PAGE, EVENT_PAGE_UNCACHED, FIRST_PAGE_UNCACHED, ListQuery, NOT_MODIFIED, depth, lists};
use crate::{
    Outcome,
    client::{self, Connection},
    load::{DIGITS, Expected, Template},
    service::Service,
    world::{
        Log, World, account,
        filter::{Asked, Filter, Found},
    },
};

/// A query with its requests.
pub struct Prepared {
    pub name: String,
    pub templates: Vec<Template>,
    /// The requests to the bare server, if the query is compared with it.
    pub bare: Vec<Template>,
}

/// The number of forms of a query whose response is checked in full.
const CHECKED: usize = 3;

/// All queries, and the names of those that this version does not support.
pub async fn prepare(
    service: &Service,
    tokens: &[String],
    world: &World,
    answers: &[Found],
) -> Outcome<(Vec<Prepared>, Vec<String>)> {
    let mut prepared = Vec::new();
    let mut answers = answers.iter();
    let mut connection = Connection::open(service.address).await?;
    for query in &lists(world) {
        let found: Vec<&Found> = answers.by_ref().take(query.asked.len()).collect();
        prepared.push(list(&mut connection, tokens, query, &found).await?);
    }
    let mut unsupported = Vec::new();
    match not_modified(&mut connection, &tokens[0]).await? {
        Some(query) => prepared.push(query),
        None => unsupported.push(NOT_MODIFIED.to_owned()),
    }
    prepared.push(by_cursor(&mut connection, &tokens[0], world).await?);
    prepared.extend(others(&mut connection, &tokens[0], world).await?);
    Ok((prepared, unsupported))
}

/// The path and the query of a list.
pub fn path(asked: &Asked) -> String {
    let filters: String = asked.filters.iter().map(|filter| filter.query(asked.account)).collect();
    format!("{}?limit={}{filters}", asked.log.path(), asked.limit)
}

/// A date long before the first event. It changes the request but not the result.
fn early_date() -> String {
    format!("dateFrom=2000-01-01T00:00:00.{DIGITS}Z")
}

/// The path and the query of one of the forms of a query.
fn varied_path(query: &ListQuery, asked: &Asked) -> String {
    let dated = asked.filters.iter().any(|filter| matches!(filter, Filter::DateFrom(_)));
    let date = if query.varied && !dated { format!("&{}", early_date()) } else { String::new() };
    format!("{}{}{date}", path(asked), query.more)
}

/// The path and the query of the same page on the bare server.
fn bare_path(asked: &Asked) -> String {
    let event = match asked.filters.first() {
        Some(Filter::Event(kinds)) => format!("/{}", kinds[0].code),
        _ => String::new(),
    };
    format!("/page/{}{event}?{}", account(asked.account), early_date())
}

async fn list(connection: &mut Connection, tokens: &[String], query: &ListQuery, found: &[&Found]) -> Outcome<Prepared> {
    let mut prepared = Prepared { name: query.name.to_owned(), templates: Vec::new(), bare: Vec::new() };
    for (index, (asked, found)) in query.asked.iter().zip(found).enumerate() {
        let request = client::get(&varied_path(query, asked), &tokens[asked.account as usize], "");
        if index < CHECKED {
            let page = json(connection, &request).await?;
            let ids: Vec<&str> =
                page["events"].as_array().into_iter().flatten().filter_map(|event| event["id"].as_str()).collect();
            let expected: Vec<String> = found.iter().map(ToString::to_string).collect();
            if ids != expected {
                let path = varied_path(query, asked);
                return Err(format!("{}: {path} holds {ids:?} instead of {expected:?}", query.name).into());
            }
        }
        let expected = Expected { status: 200, or: None, events: Some(found.len()), length: None };
        if [FIRST_PAGE_UNCACHED, EVENT_PAGE_UNCACHED].contains(&query.name) {
            prepared.bare.push(Template::new(client::get(&bare_path(asked), "none", ""), expected.clone()));
        }
        prepared.templates.push(Template::new(request, expected));
    }
    Ok(prepared)
}

/// The first page with `If-None-Match`; `None` if the service sends no `ETag`.
async fn not_modified(connection: &mut Connection, token: &str) -> Outcome<Option<Prepared>> {
    let path = format!("{}?limit=50", Log::Audit.path());
    let answer = connection.exchange(&client::get(&path, token, "")).await?;
    let Some(tag) = answer.header("etag") else { return Ok(None) };
    let request = client::get(&path, token, &format!("If-None-Match: {tag}\r\n"));
    let answer = connection.exchange(&request).await?;
    if answer.status != 304 {
        return Err(format!("If-None-Match: {tag} returned status {}", answer.status).into());
    }
    let template = Template::new(request, Expected { status: 304, or: None, events: Some(0), length: None });
    Ok(Some(Prepared { name: NOT_MODIFIED.to_owned(), templates: vec![template], bare: Vec::new() }))
}

/// The deep page, reached by following cursors.
async fn by_cursor(connection: &mut Connection, token: &str, world: &World) -> Outcome<Prepared> {
    let (mut walked, mut query) = (0, String::new());
    let mut cursors = Vec::new();
    while cursors.len() < 20 {
        let limit = if walked < depth(world) { (depth(world) - walked).min(1_000) } else { 50 };
        let page = json(connection, &client::get(&format!("{}?limit={limit}{query}", Log::Audit.path()), token, "")).await?;
        walked += limit;
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
        if walked >= depth(world) && walked + 50 <= world.events(0, Log::Audit) {
            cursors.push(query.clone());
        }
    }
    let expected = Expected { status: 200, or: None, events: Some(50), length: None };
    let request = |query: &String| client::get(&format!("{}?limit=50{query}", Log::Audit.path()), token, "");
    let templates = cursors.iter().map(|query| Template::new(request(query), expected.clone())).collect();
    Ok(Prepared { name: DEEP_PAGE.replace("date", "cursor"), templates, bare: Vec::new() })
}

/// Single events, related events and facets. All responses must have the length of the first one.
async fn others(connection: &mut Connection, token: &str, world: &World) -> Outcome<Vec<Prepared>> {
    let events = world.events(0, Log::Audit);
    let ids: Vec<u32> = (0..200).map(|step| events / 200 * step).collect();
    let of_operation: Vec<u32> =
        (0..events).filter(|number| world.event(0, Log::Audit, *number).operation.is_some()).take(50).collect();
    let of = |log: Log, numbers: &[u32], rest: &str| -> Vec<String> {
        numbers.iter().map(|number| format!("{}/{}{rest}", log.path(), world.event(0, log, *number).id())).collect()
    };
    let conversations = world.events(0, Log::Conversation);
    let in_conversation: Vec<u32> = (0..50).map(|step| conversations / 50 * step).collect();
    let searches = |path: &str, words: &[&str]| -> Vec<String> {
        words.iter().map(|word| format!("{path}?limit=50&search={}", utf8_percent_encode(word, NON_ALPHANUMERIC))).collect()
    };
    let mut absent = Prepared { name: "single event: absent".to_owned(), templates: Vec::new(), bare: Vec::new() };
    let request = client::get(&format!("{}/nowhere", Log::Audit.path()), token, "");
    absent.templates.push(Template::new(request, Expected { status: 404, or: None, events: Some(0), length: None }));
    let mut prepared = vec![absent];
    for (name, paths, least) in [
        ("single event", of(Log::Audit, &ids, ""), 1),
        ("related: item", of(Log::Audit, &ids[..20], "/related"), 1),
        ("related: operation", of(Log::Audit, &of_operation, "/related?by=operation"), 1),
        ("related: conversation", of(Log::Conversation, &in_conversation, "/related"), 1),
        ("facet: doneBy", vec!["/audit-logs/facets/doneBy?limit=50".to_owned()], 0),
        ("facet: item, search", searches("/audit-logs/facets/item", &["support", "prodaja", "возвраты", "Sales 1"]), 0),
        ("facet: fromValue, search", searches("/conversation-logs/facets/fromValue", &["open", "Horvat", "a"]), 0),
        ("facet: toValue, one event type", vec!["/conversation-logs/facets/toValue?limit=50&event=STATUS_CHANGED".to_owned()], 0),
        ("event types", vec!["/audit-logs/event-types".to_owned()], 0),
    ] {
        let mut templates = Vec::new();
        for path in paths {
            let request = client::get(&path, token, "");
            let answer = connection.exchange(&request).await?;
            let events = memchr::memmem::find_iter(answer.body, b"\"sequence\":").count();
            if answer.status != 200 || events < least || answer.body.len() < 40 {
                return Err(format!("{name}: {path} returned {} {}", answer.status, answer.text()).into());
            }
            templates.push(Template::new(
                request,
                Expected { status: 200, or: None, events: Some(events), length: Some(answer.body.len()) },
            ));
        }
        prepared.push(Prepared { name: name.to_owned(), templates, bare: Vec::new() });
    }
    Ok(prepared)
}

/// Sends a request whose response must be 200.
async fn json(connection: &mut Connection, request: &[u8]) -> Outcome<Value> {
    let answer = connection.exchange(request).await?;
    if answer.status != 200 {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        return Err(format!("{line}: {} {}", answer.status, answer.text()).into());
    }
    Ok(serde_json::from_slice(answer.body)?)
}

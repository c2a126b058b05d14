//! Makes requests of the queries, and asks each once to see that the whole answer is right.

use serde_json::Value;

use super::{DEEP_PAGE, FIRST_PAGE, ListQuery, NOT_MODIFIED, depth, lists};
use crate::{
    Outcome,
    client::{self, Connection},
    load::{DIGITS, Expected, Template},
    service::Service,
    world::{
        Event, Log, World,
        filter::{Asked, Filter, Found, find},
    },
};

/// A query that can be asked.
pub struct Prepared {
    pub name: String,
    pub templates: Vec<Template>,
}

/// How many forms of a query are looked at in full.
const LOOKED_AT: usize = 3;

/// All queries. What the service cannot do (yet) is told by name.
pub async fn prepare(service: &Service, tokens: &[String], world: &World) -> Outcome<(Vec<Prepared>, Vec<String>)> {
    let mut prepared = Vec::new();
    let lists = lists(world);
    let asked: Vec<Asked> = lists.iter().flat_map(|query| query.asked.iter().cloned()).collect();
    let mut found = find(world, &asked).into_iter();
    // Only now: in ten million events that took longer than the service waits for the first request of a connection.
    let mut connection = Connection::open(service.address).await?;
    for query in &lists {
        let found: Vec<Found> = found.by_ref().take(query.asked.len()).collect();
        prepared.push(list(&mut connection, tokens, query, &found).await?);
    }
    let mut unsupported = Vec::new();
    match not_modified(&mut connection, &tokens[0]).await? {
        Some(query) => prepared.push(query),
        None => unsupported.push(NOT_MODIFIED.to_owned()),
    }
    prepared.push(by_cursor(&mut connection, &tokens[0], world).await?);
    prepared.extend(others(&mut connection, &tokens[0], world).await?);
    // The two that the goals compare with the ceilings stand side by side.
    prepared.sort_by_key(|query| query.name != FIRST_PAGE);
    Ok((prepared, unsupported))
}

/// The path and the query of a list that is asked for once.
pub fn path(asked: &Asked) -> String {
    let filters: String = asked.filters.iter().map(Filter::query).collect();
    format!("{}?limit={}{filters}", asked.log.path(), asked.limit)
}

/// The path and the query of one of the forms of a query.
fn varied_path(query: &ListQuery, asked: &Asked) -> String {
    // A date long before the first event changes nothing but the request.
    let dated = asked.filters.iter().any(|filter| matches!(filter, Filter::DateFrom(_)));
    let date = if query.varied && !dated { format!("&dateFrom=2000-01-01T00:00:00.{DIGITS}Z") } else { String::new() };
    format!("{}{}{date}", path(asked), query.more)
}

async fn list(connection: &mut Connection, tokens: &[String], query: &ListQuery, found: &[Found]) -> Outcome<Prepared> {
    let mut templates = Vec::new();
    for (index, (asked, found)) in query.asked.iter().zip(found).enumerate() {
        let request = client::get(&varied_path(query, asked), &tokens[asked.account as usize], "");
        if index < LOOKED_AT {
            let page = json(connection, &request).await?;
            let ids: Vec<&str> =
                page["events"].as_array().into_iter().flatten().filter_map(|event| event["id"].as_str()).collect();
            let expected: Vec<String> = found.iter().map(|number| Event::id(*number)).collect();
            if ids != expected {
                return Err(format!("{}: {} holds {ids:?} instead of {expected:?}", query.name, varied_path(query, asked)).into());
            }
        }
        templates.push(Template::new(request, Expected { status: 200, or: None, events: Some(found.len()), length: None }));
    }
    Ok(Prepared { name: query.name.to_owned(), templates })
}

/// The first page again, by someone who has it; `None` while the service gives no validator.
async fn not_modified(connection: &mut Connection, token: &str) -> Outcome<Option<Prepared>> {
    let path = format!("{}?limit=50", Log::Audit.path());
    let answer = connection.exchange(&client::get(&path, token, "")).await?;
    let Some(tag) = answer.header("etag") else { return Ok(None) };
    let request = client::get(&path, token, &format!("If-None-Match: {tag}\r\n"));
    let answer = connection.exchange(&request).await?;
    if answer.status != 304 {
        return Err(format!("If-None-Match: {tag} is answered with {}", answer.status).into());
    }
    let template = Template::new(request, Expected { status: 304, or: None, events: Some(0), length: None });
    Ok(Some(Prepared { name: NOT_MODIFIED.to_owned(), templates: vec![template] }))
}

/// The deep page by the cursors that lead there.
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
    Ok(Prepared { name: DEEP_PAGE.replace("date", "cursor"), templates })
}

/// Single events, what is related to them, facets. What they answer first is what they must answer again.
async fn others(connection: &mut Connection, token: &str, world: &World) -> Outcome<Vec<Prepared>> {
    let events = world.events(0, Log::Audit);
    let ids: Vec<u32> = (0..200).map(|step| events / 200 * step).collect();
    let of_operation: Vec<u32> =
        (0..events).filter(|number| world.event(0, Log::Audit, *number).operation.is_some()).take(50).collect();
    let of = |log: Log, numbers: &[u32], rest: &str| -> Vec<String> {
        numbers.iter().map(|number| format!("{}/{}{rest}", log.path(), Event::id(*number))).collect()
    };
    let conversations = world.events(0, Log::Conversation);
    let in_conversation: Vec<u32> = (0..50).map(|step| conversations / 50 * step).collect();
    let searches = |path: &str, words: &[&str]| -> Vec<String> {
        words.iter().map(|word| format!("{path}?limit=50&search={word}")).collect()
    };
    let mut absent = Prepared { name: "single event: absent".to_owned(), templates: Vec::new() };
    let request = client::get(&format!("{}/nowhere", Log::Audit.path()), token, "");
    absent.templates.push(Template::new(request, Expected { status: 404, or: None, events: Some(0), length: None }));
    let mut prepared = vec![absent];
    for (name, paths, least) in [
        ("single event", of(Log::Audit, &ids, ""), 1),
        ("related: item", of(Log::Audit, &ids[..20], "/related"), 1),
        ("related: operation", of(Log::Audit, &of_operation, "/related?by=operation"), 1),
        ("related: conversation", of(Log::Conversation, &in_conversation, "/related"), 1),
        ("facet: doneBy", vec!["/audit-logs/facets/doneBy?limit=50".to_owned()], 0),
        ("facet: item, search", searches("/audit-logs/facets/item", &["item", "queue-1", "route", "TAG-9"]), 0),
        ("facet: fromValue, search", searches("/conversation-logs/facets/fromValue", &["value", "number", "9"]), 0),
        ("event types", vec!["/audit-logs/event-types".to_owned()], 0),
    ] {
        let mut templates = Vec::new();
        for path in paths {
            let request = client::get(&path, token, "");
            let answer = connection.exchange(&request).await?;
            let events = memchr::memmem::find_iter(answer.body, b"\"sequence\":").count();
            if answer.status != 200 || events < least || answer.body.len() < 40 {
                return Err(format!("{name}: {path} is answered with {} {}", answer.status, answer.text()).into());
            }
            templates.push(Template::new(
                request,
                Expected { status: 200, or: None, events: Some(events), length: Some(answer.body.len()) },
            ));
        }
        prepared.push(Prepared { name: name.to_owned(), templates });
    }
    Ok(prepared)
}

/// An answer that must be 200.
async fn json(connection: &mut Connection, request: &[u8]) -> Outcome<Value> {
    let answer = connection.exchange(request).await?;
    if answer.status != 200 {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        return Err(format!("{line}: {} {}", answer.status, answer.text()).into());
    }
    Ok(serde_json::from_slice(answer.body)?)
}

//! Every route, on one screen.

use actix_web::web::{self, Data};

use super::{
    access_log, contract,
    demo::{self, DemoTokens},
    docs,
    endpoints::{About, Endpoints},
    event, event_types, export, facets, health, ingest, list, logs_page, problem_pages,
    resource::{Names, Resource},
    stream,
};
use crate::store::{AuditLog, ConversationLog};

/// The routes of the contract.
pub fn documented() -> Endpoints {
    let mut endpoints = Endpoints::default();
    log::<ConversationLog>(&mut endpoints);
    log::<AuditLog>(&mut endpoints);
    endpoints
        .tag("Access logs", "Who read what. Requires the role LOGS_AUDITOR.")
        .get("/access-logs", about("Access logs", "listAccessLogs", ACCESSES), access_log::list)
        .tag("Health", "For orchestrators and load balancers.")
        .tag("About", "The OpenAPI documents and the types of problems.")
        .get("/health/live", about("Health", "getLiveness", LIVENESS), health::live)
        .get("/health/ready", about("Health", "getReadiness", READINESS), health::ready)
        .get("/openapi.json", about("About", "getOpenApi", OPENAPI), contract::get_openapi)
        .get("/openapi-3.0.json", about("About", "getOpenApi30", OPENAPI_3_0), contract::get_openapi_3_0)
        .get("/docs/problems/{name}", about("About", "getProblemType", PROBLEM_TYPE), problem_pages::get_problem_type);
    endpoints
}

/// The routes outside of the contract: pages, the tokens of a demo, and the fallback.
pub fn others(config: &mut web::ServiceConfig, demo_tokens: Option<Data<DemoTokens>>) {
    config.configure(logs_page::configure).configure(docs::configure).default_service(web::to(contract::fallback));
    if let Some(tokens) = demo_tokens {
        config.app_data(tokens).service(demo::get_demo_tokens);
    }
}

/// The routes before the database is open.
pub fn starting(config: &mut web::ServiceConfig) {
    config.route("/health/live", web::get().to(health::live)).default_service(web::to(health::starting));
}

/// The routes of a log. A literal path comes before one with `{id}`.
fn log<R: Resource>(endpoints: &mut Endpoints) {
    let Names { path, tag, about, id, log, subject } = R::NAMES;
    let of = |operation_id: &str, [summary, description]: [&str; 2]| About {
        tag,
        operation_id: operation_id.replace("{}", id),
        summary: summary.replace("{log}", log),
        description: description.replace("{log}", log).replace("{subject}", subject).replace("{path}", path),
    };
    let path = |rest: &str| format!("/{path}{rest}");
    endpoints
        .tag(tag, about)
        .get(&path(""), of("list{}Logs", LIST), list::list::<R>)
        .post(&path(""), of("record{}Events", RECORD), ingest::record::<R>)
        .get(&path("/event-types"), of("list{}EventTypes", TYPES), event_types::list::<R>)
        .get(&path("/export"), of("export{}Logs", EXPORT), export::export::<R>)
        .get(&path("/stream"), of("stream{}Events", STREAM), stream::stream::<R>)
        .get(&path("/facets/doneBy"), of("list{}Actors", ACTORS), facets::list::<R, facets::Actors>);
    R::facets(endpoints);
    endpoints.get(&path("/{id}"), of("get{}Event", EVENT), event::get::<R>).get(
        &path("/{id}/related"),
        of("listRelated{}Events", RELATED),
        list::related::<R>,
    );
}

const LIST: [&str; 2] = [
    "List events of the {log}",
    "A page of the {log}, newest event first. Different filters must all match; a repeated filter matches any of its values.",
];
const RECORD: [&str; 2] = [
    "Store events in the {log}",
    "Stores 1 to 1,000 events, all or none, and responds when they are durable. An event that is sent again with the same \
    `id` and content is a duplicate and changes nothing, so repeat a request until there is a response. An `id` must not be `event-types`, \
    `facets`, `export`, `stream`, `.` or `..`, because these words are part of paths.",
];
const TYPES: [&str; 2] = ["List the event types of the {log}", "The catalogue, for the drop-down of the event filter."];
const EXPORT: [&str; 2] = [
    "Export events of the {log}",
    "All events that match and were stored before the export began, streamed as a file: CSV for spreadsheets, with times in \
    `timeZone` and a `'` before text that a spreadsheet would interpret as a formula, or NDJSON for programs. If an error occurs after the \
    beginning, the transfer ends incomplete, which HTTP clients report.",
];
const STREAM: [&str; 2] = [
    "Follow the {log}",
    "Server-sent events: one message (of the default type) for each new event that matches, in the order of the log. Its `id` \
    is the event's `sequence`, its `data` the event as JSON, as in the list. A client that reconnects with \
    `Last-Event-ID` gets every event exactly once. While there are no new events, the stream sends comments as heartbeats, and `id` lines without data that advance the \
    position. The stream ends when the token expires, when the service stops, or when the database is unreachable for long.\n\n\
    The page `/docs` shows only the beginning of a stream: 5 seconds, and 10,000 characters. To follow it:\n\n\
    ```sh\n\
    curl -N \"$LOGBOOK/{path}/stream?lastEventId=0\" -H \"Authorization: Bearer $TOKEN\"\n\
    ```\n\n\
    A browser's `EventSource` cannot send a token, because it cannot set a header. Use `fetch`:\n\n\
    ```js\n\
    const response = await fetch(\"/{path}/stream\", { headers: { Authorization: `Bearer ${token}` } });\n\
    if (!response.ok) throw new Error((await response.json()).detail);\n\
    let buffer = \"\";\n\
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {\n\
    \x20 const messages = (buffer + text).split(\"\\n\\n\");\n\
    \x20 buffer = messages.pop();\n\
    \x20 for (const message of messages) {\n\
    \x20   const data = /^data: (.*)$/m.exec(message)?.[1];\n\
    \x20   if (data) console.log(JSON.parse(data));\n\
    \x20 }\n\
    }\n\
    ```",
];
const ACTORS: [&str; 2] = [
    "List the actors of the {log}",
    "Each actor once, with its newest name, for the drop-down of the filters `doneById` and `doneByType`. The order is by name \
    without regard to case, then by identifier.",
];
const EVENT: [&str; 2] = ["Get an event of the {log}", "One event of the {log}."];
const RELATED: [&str; 2] = [
    "List related events of the {log}",
    "A page of the events of the same {subject}, or with `by=operation` of the same operation, including the event itself. The \
    filters of the list restrict it further.",
];

const ACCESSES: [&str; 2] = [
    "List who read what",
    "A page of the accesses to the logs of the account, newest first: every call that returned events, values of facets or \
    accesses, and every response 304. Requests that were refused are not recorded. An access appears within two seconds after the \
    response. An export or a stream has an access when it begins and one when it ends. Reading this list is recorded too.",
];

const LIVENESS: [&str; 2] =
    ["Whether the process runs", "Checks no dependencies, such as the database. If there is no response, restart the process."];
const READINESS: [&str; 2] = [
    "Whether requests can be served",
    "200 means that the database can be reached and has space, its schema is current and complete, and the service is neither starting nor \
        stopping. The detail names the part that is not ready.",
];
const OPENAPI: [&str; 2] =
    ["The contract as OpenAPI 3.1", "This document; the same bytes as `openapi/openapi.json` in the repository."];
const OPENAPI_3_0: [&str; 2] = [
    "The contract as OpenAPI 3.0.3",
    "The same contract for tools that cannot read OpenAPI 3.1; the same bytes as `openapi/openapi-3.0.json` in the repository.",
];
const PROBLEM_TYPE: [&str; 2] =
    ["Get the cause and remedy of a type of problem", "An HTML page. The `type` of a problem document is its path."];

fn about(tag: &'static str, operation_id: &str, [summary, description]: [&str; 2]) -> About {
    About { tag, operation_id: operation_id.to_owned(), summary: summary.to_owned(), description: description.to_owned() }
}

//! Exports: the same events as the list and the stream, as CSV and as NDJSON. A truncated export is an incomplete transfer.

mod limits;

use chrono::DateTime;
use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use serde_json::{Value, json};

use crate::{
    logs::{AUDIT_LOG, CONVERSATION_LOG, Log, ORDERS, full_event, producer},
    oracle::{
        events::{Maker, post},
        query::Query,
        random_numbers,
    },
    problem::Problem,
    support::{Client, Database, Service, both_databases_restricted, times},
    text::longest_text,
    walk::{By, Page, Walk},
};

/// More than two pages of the size that an export reads.
const EVENTS: usize = 2_100;

/// Columns, and the JSON pointers of their cells in an event.
const BOTH: [(&str, &str); 13] = [
    ("id", "/id"),
    ("sequence", "/sequence"),
    ("occurredAt", "/occurredAt"),
    ("recordedAt", "/recordedAt"),
    ("event", "/event"),
    ("label", "/label"),
    ("doneByType", "/doneBy/type"),
    ("doneById", "/doneBy/id"),
    ("doneByName", "/doneBy/name"),
    ("fromValue", "/from/value"),
    ("fromLabel", "/from/label"),
    ("toValue", "/to/value"),
    ("toLabel", "/to/label"),
];
const CONVERSATIONS: [(&str, &str); 3] =
    [("conversationId", "/conversation/id"), ("conversationUrl", "/conversation/url"), ("operationId", "/operationId")];
const AUDIT: [(&str, &str); 5] = [
    ("itemType", "/item/type"),
    ("itemId", "/item/id"),
    ("itemName", "/item/name"),
    ("operationId", "/operationId"),
    ("details", "/details"),
];

both_databases_restricted! {
    async fn exports_of_the_conversation_log_equal_the_list_and_the_stream(database: Database) {
        compare_with_list(&database, CONVERSATION_LOG).await;
    }

    async fn exports_of_the_audit_log_equal_the_list_and_the_stream(database: Database) {
        compare_with_list(&database, AUDIT_LOG).await;
    }

    async fn a_csv_cell_that_looks_like_a_formula_is_escaped(database: Database) {
        let service = Service::start(&database).await;
        let payloads = ["=1+1", "=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1,1)", "\t=1", "\r=1", "=\"a\"\r\nb"];
        let event = |(number, payload): (usize, &&str)| {
            let mut event = full_event(AUDIT_LOG, &format!("e-{number}"));
            for pointer in ["/doneBy/id", "/doneBy/name", "/from/value", "/to/label", "/item/name", "/operationId"] {
                *event.pointer_mut(pointer).unwrap() = json!(payload);
            }
            event
        };
        let events: Vec<Value> = payloads.iter().enumerate().map(event).collect();
        AUDIT_LOG.post(&producer(&service, "acme"), &events).await;

        let reader = AUDIT_LOG.reader(&service, "acme");
        let file = reader.get("/audit-logs/export?format=csv&orderBy=sequence:asc").await.expect(200);
        let (columns, rows) = table(&file.body);
        for (row, payload) in rows.iter().zip(payloads) {
            for column in ["doneById", "doneByName", "fromValue", "toLabel", "itemName", "operationId"] {
                let index = columns.iter().position(|name| name == column).unwrap();
                assert_eq!(row[index], format!("'{payload}"), "{column}");
            }
        }
        let lines = reader.get("/audit-logs/export?format=ndjson&orderBy=sequence:asc").await.expect(200);
        let names: Vec<Value> = ndjson(&lines.body).into_iter().map(|event| event["doneBy"]["name"].clone()).collect();
        assert_eq!(names, payloads.map(Value::from), "NDJSON is exact");
    }

    async fn an_empty_export_has_a_file_name_a_media_type_and_a_header_row(database: Database) {
        let service = Service::start(&database).await;
        for log in [CONVERSATION_LOG, AUDIT_LOG] {
            let reader = log.reader(&service, "nobody");
            let csv = reader.get(&format!("{}/export?format=csv", log.path)).await.expect(200);
            assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
            assert_eq!(csv.text(), columns(log).map(|(name, _)| name).collect::<Vec<_>>().join(",") + "\r\n");
            let name = csv.header("content-disposition").unwrap().to_owned();
            let date = name.strip_prefix(&format!("attachment; filename=\"{}-", &log.path[1..])).unwrap();
            let date = date.strip_suffix("Z.csv\"").unwrap();
            assert!(chrono::NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H%M").is_ok(), "{name}");

            let lines = reader.get(&format!("{}/export?format=ndjson", log.path)).await.expect(200);
            assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
            assert_eq!(lines.text(), "");
            assert!(lines.header("content-disposition").unwrap().ends_with(".ndjson\""));
        }
    }

    async fn an_invalid_parameter_or_media_type_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        for (query, parameter) in [
            ("", "format"),
            ("format=xlsx", "format"),
            ("format=csv&format=csv", "format"),
            ("format=csv&limit=10", "limit"),
            ("format=csv&includeTotal=true", "includeTotal"),
            ("format=csv&event=QUEUE_RENAMD", "event"),
            ("format=csv&timeZone=Mars", "timeZone"),
        ] {
            let response = reader.get(&format!("/audit-logs/export?{query}")).await;
            let problem = Problem::of(&response, 400);
            let named: Vec<&str> = problem.violations.iter().map(|violation| violation.location.as_str()).collect();
            assert_eq!(named, [parameter], "{query}: {}", response.text());
        }
        for (accept, status) in [("text/csv", 200), ("text/*", 200), ("*/*", 200), ("application/json", 406), ("text/csv;q=0", 406)] {
            let response = reader.send("GET", "/audit-logs/export?format=csv", &[("accept", accept)], "").await;
            assert_eq!(response.status, status, "{accept}: {}", response.text());
        }
    }

    async fn times_are_in_the_requested_time_zone(database: Database) {
        let service = Service::start(&database).await;
        // Before, in and after the hour that is skipped in Zagreb, and the last instant of the day before.
        let instants = ["2026-03-28T22:59:59.999999Z", "2026-03-28T23:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T22:00:00Z"];
        let event = |(number, instant): (usize, &&str)| {
            let mut event = (CONVERSATION_LOG.event)(&format!("e-{number}"));
            event["occurredAt"] = json!(instant);
            event
        };
        let events: Vec<Value> = instants.iter().enumerate().map(event).collect();
        CONVERSATION_LOG.post(&producer(&service, "acme"), &events).await;
        let reader = CONVERSATION_LOG.reader(&service, "acme");
        let cells = async |query: &str, column: usize| {
            let path = format!("/conversation-logs/export?format=csv&orderBy=occurredAt:asc&{query}");
            let file = reader.get(&path).await.expect(200);
            table(&file.body).1.into_iter().map(|row| row[column].clone()).collect::<Vec<String>>()
        };
        assert_eq!(cells("timeZone=Europe/Zagreb", 2).await, [
            "2026-03-28T23:59:59.999999+01:00",
            "2026-03-29T00:00:00.000000+01:00",
            "2026-03-29T01:59:59.000000+01:00",
            "2026-03-29T03:00:00.000000+02:00",
            "2026-03-30T00:00:00.000000+02:00",
        ]);
        assert_eq!(cells("", 2).await[0], "2026-03-28T22:59:59.999999+00:00");
        // The day with 23 hours, and local times before and after the skipped hour.
        assert_eq!(cells("timeZone=Europe/Zagreb&dateFrom=2026-03-29&dateTo=2026-03-30", 0).await, ["e-1", "e-2", "e-3"]);
        assert_eq!(cells("timeZone=Europe/Zagreb&dateFrom=2026-03-29T02:30&dateTo=2026-03-30", 0).await, ["e-3"]);
        assert_eq!(cells("timeZone=Europe/Zagreb&dateFrom=2026-03-29&dateTo=2026-03-29T02:30:00", 0).await, ["e-1", "e-2"]);
        assert_eq!(cells("dateFrom=2026-03-29T00:00:00Z&timeZone=Europe/Zagreb", 0).await, ["e-2", "e-3", "e-4"]);

        // The list accepts the same parameters, and its cursors are bound to the time zone.
        let day = "timeZone=Europe/Zagreb&dateFrom=2026-03-29&dateTo=2026-03-30";
        let page = reader.get(&format!("/conversation-logs?limit=2&{day}")).await.expect(200).json();
        let cursor = page["pagination"]["nextCursor"].as_str().unwrap();
        let next = reader.get(&format!("/conversation-logs?limit=2&{day}&cursor={cursor}")).await.expect(200).json();
        assert_eq!(next["events"][0]["id"], "e-1");
        let elsewhere = day.replace("Zagreb", "London");
        reader.get(&format!("/conversation-logs?limit=2&{elsewhere}&cursor={cursor}")).await.expect(400);
    }

    async fn an_export_has_the_events_that_were_stored_when_it_began(database: Database) {
        let service = Service::start(&database).await;
        let writer = producer(&service, "acme");
        let before = fill_with_large_events(&writer).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        for order in ["occurredAt:asc", "sequence:asc"] {
            let mut export = reader.begin(&format!("/audit-logs/export?format=ndjson&orderBy={order}")).await;
            assert_eq!(export.status(), 200);
            let mut body = export.chunk().await.unwrap().expect("a first chunk").to_vec();
            // Within the period that the export covers, and after it.
            for occurred_at in ["2026-03-29T12:34:56.789012Z", "2026-04-01T00:00:00Z"] {
                let mut late = (AUDIT_LOG.event)(&format!("late-{}-{}", &order[..3], &occurred_at[..10]));
                late["occurredAt"] = json!(occurred_at);
                AUDIT_LOG.post(&writer, &[late]).await;
            }
            while let Some(piece) = export.chunk().await.unwrap() {
                body.extend_from_slice(&piece);
            }
            let ids: Vec<String> = ndjson(&body).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
            let there: Vec<&String> = ids.iter().filter(|id| !id.starts_with("late-occ")).collect();
            assert_eq!(there.len(), before, "{order}: every event that was stored before");
            assert!(!ids.iter().any(|id| id.starts_with(&format!("late-{}", &order[..3]))), "{order}: no event that was stored later");
        }
    }

    async fn an_interrupted_export_is_an_incomplete_transfer(database: Database) {
        let service = Service::start(&database).await;
        fill_with_large_events(&producer(&service, "acme")).await;
        let reader = AUDIT_LOG.reader(&service, "acme");
        for format in ["csv", "ndjson"] {
            let path = format!("/audit-logs/export?format={format}");
            let mut export = reader.begin(&path).await;
            assert_eq!(export.status(), 200);
            export.chunk().await.unwrap().expect("a first chunk");
            change(&database, "ALTER TABLE audit_events RENAME TO audit_events_elsewhere");
            let end = loop {
                match export.chunk().await {
                    Ok(Some(_)) => {}
                    end => break end,
                }
            };
            assert!(end.is_err(), "{format}: the transfer ends as if it were complete");
            // An export that fails at its beginning is a problem document. After the repair a new export succeeds.
            assert_eq!(reader.get(&path).await.status, 500);
            change(&database, "ALTER TABLE audit_events_elsewhere RENAME TO audit_events");
            reader.get(&path).await.expect(200);
        }
    }
}

async fn compare_with_list(database: &Database, log: Log) {
    let mut random = random_numbers();
    // Heartbeats report the position of a stream, also if no event matches.
    let service = Service::start_with(database, &["--stream-heartbeat", "100ms"]).await;
    let mut maker = Maker::new(log, &mut random);
    let events = (0..EVENTS).map(|_| maker.event(&mut random)).collect();
    let stored = post(log, &[producer(&service, "acme")], events, 300, &mut random).await;
    let other = (0..50).map(|_| maker.event(&mut random)).collect();
    post(log, &[producer(&service, "other")], other, 50, &mut random).await;

    let reader = log.reader(&service, "acme");
    let everything = ORDERS.map(|order| Query::everything(order, 400, &stored));
    let some: Vec<Query> = (0..times(20, 60)).map(|_| Query::random(log, &stored, &mut random)).collect();
    for query in everything.iter().chain(&some) {
        let list = query.path(log);
        let pages = Walk { client: &reader, first: &list, by: By::Cursor }.forward(false).await;
        let listed: Vec<Value> = pages.iter().flat_map(Page::whole_events).collect();
        assert_eq!(listed.len(), query.expected(&stored).len(), "{query:?}");

        let lines = reader.get(&exported(&list, "ndjson")).await.expect(200);
        assert_eq!(ndjson(&lines.body), listed, "{query:?}");
        assert_eq!(lines.body.iter().filter(|byte| **byte == b'\n').count(), listed.len(), "one event per line: {query:?}");
        let (header, rows) = table(&reader.get(&exported(&list, "csv")).await.expect(200).body);
        assert!(header.iter().eq(columns(log).map(|(name, _)| name)), "{header:?}");
        let expected: Vec<Vec<String>> =
            listed.iter().map(|event| columns(log).map(|(name, pointer)| cell(event, name, pointer)).collect()).collect();
        assert_eq!(rows, expected, "{query:?}");

        let mut by_sequence = listed;
        by_sequence.sort_by_key(|event| event["sequence"].as_u64());
        assert_eq!(streamed(&reader, &list).await, by_sequence, "{query:?}");
    }
}

/// All events of the stream that corresponds to this list, from 0 to the end of the log.
async fn streamed(reader: &Client, list: &str) -> Vec<Value> {
    let mut stream = reader.stream(&of_list(list, "stream", "lastEventId=0"), &[]).await.ok().expect("a stream");
    let mut events = Vec::new();
    while stream.last_event_id != Some(EVENTS.to_string()) {
        let block = stream.next().await.expect("the stream continues");
        events.extend(block.data.map(|data| serde_json::from_str::<Value>(&data).expect("JSON")));
    }
    events
}

/// The path of the export that corresponds to this list.
fn exported(list: &str, format: &str) -> String {
    of_list(list, "export", &format!("format={format}"))
}

/// The path of another call with the filters of this list.
fn of_list(list: &str, call: &str, parameter: &str) -> String {
    let (path, query) = list.split_once('?').unwrap();
    // A stream is in the order of the sequence. An export has an order, but no pages.
    let strange =
        if call == "stream" { ["limit=", "includeTotal=", "orderBy="].as_slice() } else { &["limit=", "includeTotal="] };
    let query = query.split('&').filter(|pair| !strange.iter().any(|name| pair.starts_with(name)));
    format!("{path}/{call}?{}", [parameter].into_iter().chain(query).collect::<Vec<_>>().join("&"))
}

fn columns(log: Log) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_log: &[_] = if log.is_audit() { &AUDIT } else { &CONVERSATIONS };
    BOTH.iter().chain(of_log).copied()
}

/// The expected cell of an event.
fn cell(event: &Value, column: &str, pointer: &str) -> String {
    let text = match event.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if column.ends_with("At") => {
            DateTime::parse_from_rfc3339(text).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
        }
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let formula = ["=", "+", "-", "@", "\t", "\r"].iter().any(|sign| text.starts_with(sign));
    if formula { format!("'{text}") } else { text }
}

fn table(body: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(body);
    let cells = |row: &csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = cells(reader.headers().unwrap());
    let rows = reader.records().map(|row| cells(&row.unwrap())).collect();
    (header, rows)
}

fn ndjson(body: &[u8]) -> Vec<Value> {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Stores more than all buffers between the database and a client that does not read. Returns the number of events.
async fn fill_with_large_events(writer: &Client) -> usize {
    const COUNT: usize = 1_200;
    for first in (0..COUNT).step_by(150) {
        let event = |number: usize| {
            let mut event = full_event(AUDIT_LOG, &format!("e-{number:04}"));
            event["from"] = json!({"value": longest_text(), "label": longest_text()});
            event["to"] = json!({"value": longest_text(), "label": longest_text()});
            event["details"] = json!({"note": "x".repeat(8_000)});
            event
        };
        AUDIT_LOG.post(writer, &(first..first + 150).map(event).collect::<Vec<_>>()).await;
    }
    COUNT
}

/// Changes the database without the service.
fn change(database: &Database, statement: &str) {
    if database.is_postgres() {
        PgConnection::establish(database.own_url()).unwrap().batch_execute(statement).unwrap();
    } else {
        let mut connection = SqliteConnection::establish(database.url().strip_prefix("sqlite://").unwrap()).unwrap();
        connection.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statement}")).unwrap();
    }
}

//! Invalid parameters: 400, and each violation names the parameter, its value and what is allowed.

use super::{Check, LOGS, Row, THE_CATALOGUE, all_roles, record};
use crate::support::{Service, both_databases, one_database};

const CONVERSATION_FILTERS: &[&str] = &[
    "dateFrom",
    "dateTo",
    "timeZone",
    "event",
    "doneById",
    "doneByType",
    "fromValue",
    "toValue",
    "operationId",
    "conversationId",
    "limit",
    "orderBy",
    "cursor",
    "includeTotal",
];
const AUDIT_FILTERS: &[&str] = &[
    "dateFrom",
    "dateTo",
    "timeZone",
    "event",
    "doneById",
    "doneByType",
    "fromValue",
    "toValue",
    "operationId",
    "itemType",
    "itemId",
    "limit",
    "orderBy",
    "cursor",
    "includeTotal",
];
const ACTOR_TYPES: &[&str] = &["USER", "SYSTEM", "API_USER"];
const ITEM_TYPES: &[&str] = &["TAG", "QUEUE", "AGENT_CONFIGURATION", "ACCOUNT_CONFIGURATION", "ROUTE"];
const ORDERS: &[&str] = &["occurredAt:desc", "occurredAt:asc", "sequence:asc", "sequence:desc"];

/// Queries that the lists of both logs refuse.
#[rustfmt::skip]
const BOTH: &[(&str, &[Row])] = &[
    // Unknown codes.
    ("event=EVERYTHING", &[("event", "\"EVERYTHING\" is not an event type of this log", THE_CATALOGUE)]),
    ("event=", &[("event", "\"\" is not an event type of this log", THE_CATALOGUE)]),
    ("doneByType=user", &[("doneByType", "\"user\" is not an actor type; did you mean USER?", ACTOR_TYPES)]),
    ("doneByType=APIUSER", &[("doneByType", "\"APIUSER\" is not an actor type; did you mean API_USER?", ACTOR_TYPES)]),
    ("doneByType=ROBOT", &[("doneByType", "\"ROBOT\" is not an actor type", ACTOR_TYPES)]),
    ("doneByType=USER,SYSTEM", &[("doneByType", "\"USER,SYSTEM\" is a list; repeat the parameter instead: doneByType=USER&doneByType=SYSTEM", ACTOR_TYPES)]),
    ("doneByType=USER&doneByType=", &[("doneByType", "\"\" is not an actor type", ACTOR_TYPES)]),
    ("orderBy=occurredAt", &[("orderBy", "\"occurredAt\" is not an order; did you mean occurredAt:asc?", ORDERS)]),
    ("orderBy=-occurredAt", &[("orderBy", "\"-occurredAt\" is not an order; did you mean occurredAt:desc?", ORDERS)]),
    ("orderBy=-sequence", &[("orderBy", "\"-sequence\" is not an order; did you mean sequence:desc?", ORDERS)]),
    ("orderBy=occurredAt:DESC", &[("orderBy", "\"occurredAt:DESC\" is not an order; did you mean occurredAt:desc?", ORDERS)]),
    ("orderBy=name:asc", &[("orderBy", "\"name:asc\" is not an order", ORDERS)]),
    ("orderBy=", &[("orderBy", "\"\" is not an order", ORDERS)]),
    ("includeTotal=yes", &[("includeTotal", "\"yes\" is not true or false", &["true", "false"])]),
    ("includeTotal=1", &[("includeTotal", "\"1\" is not true or false", &["true", "false"])]),
    ("includeTotal=TRUE", &[("includeTotal", "\"TRUE\" is not true or false; did you mean true?", &["true", "false"])]),
    ("includeTotal=", &[("includeTotal", "\"\" is not true or false", &["true", "false"])]),
    ("includeTotal", &[("includeTotal", "\"\" is not true or false", &["true", "false"])]),
    // Numbers.
    ("limit=0", &[("limit", "\"0\" is not an integer from 1 to 1000", &[])]),
    ("limit=1001", &[("limit", "\"1001\" is not an integer from 1 to 1000", &[])]),
    ("limit=-1", &[("limit", "\"-1\" is not an integer from 1 to 1000", &[])]),
    ("limit=%2B5", &[("limit", "\"+5\" is not an integer from 1 to 1000", &[])]),
    ("limit=1.5", &[("limit", "\"1.5\" is not an integer from 1 to 1000", &[])]),
    ("limit=1e2", &[("limit", "\"1e2\" is not an integer from 1 to 1000", &[])]),
    ("limit=0x10", &[("limit", "\"0x10\" is not an integer from 1 to 1000", &[])]),
    ("limit=abc", &[("limit", "\"abc\" is not an integer from 1 to 1000", &[])]),
    ("limit=", &[("limit", "\"\" is not an integer from 1 to 1000", &[])]),
    ("limit=%205", &[("limit", "\" 5\" is not an integer from 1 to 1000", &[])]),
    ("limit=%D9%A5", &[("limit", "\"٥\" is not an integer from 1 to 1000", &[])]),
    ("limit=65537", &[("limit", "\"65537\" is not an integer from 1 to 1000", &[])]),
    ("limit=9223372036854775808", &[("limit", "\"9223372036854775808\" is not an integer from 1 to 1000", &[])]),
    ("limit=18446744073709551617", &[("limit", "\"18446744073709551617\" is not an integer from 1 to 1000", &[])]),
    // Dates.
    ("dateFrom=2026-03-29T12:00:00", &[("dateFrom", "\"2026-03-29T12:00:00\" has no offset, such as Z or +02:00; add one, or add timeZone, such as timeZone=Europe/Zagreb", &[])]),
    ("dateTo=2026-03-29", &[("dateTo", "\"2026-03-29\" has no offset, such as Z or +02:00; add one, or add timeZone, such as timeZone=Europe/Zagreb", &[])]),
    ("dateFrom=2026-03-29T12:00:00%E2%88%9202:00", &[("dateFrom", "\"2026-03-29T12:00:00−02:00\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00; with timeZone, a local date-time such as 2026-03-29T14:34:56 or a day such as 2026-03-29 is allowed too", &[])]),
    ("dateFrom=2026-02-30T00:00:00Z", &[("dateFrom", "\"2026-02-30T00:00:00Z\" has a day, a time or an offset that does not exist", &[])]),
    ("dateFrom=2026-13-01T00:00:00Z", &[("dateFrom", "\"2026-13-01T00:00:00Z\" has a day, a time or an offset that does not exist", &[])]),
    ("dateFrom=2026-03-29T25:00:00Z", &[("dateFrom", "\"2026-03-29T25:00:00Z\" has a day, a time or an offset that does not exist", &[])]),
    ("dateTo=1774785600", &[("dateTo", "\"1774785600\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00; with timeZone, a local date-time such as 2026-03-29T14:34:56 or a day such as 2026-03-29 is allowed too", &[])]),
    ("dateTo=yesterday", &[("dateTo", "\"yesterday\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00; with timeZone, a local date-time such as 2026-03-29T14:34:56 or a day such as 2026-03-29 is allowed too", &[])]),
    ("dateTo=", &[("dateTo", "\"\" is not an RFC 3339 date-time with an offset, such as 2026-03-29T12:34:56.789012Z or 2026-03-29T14:34:56+02:00; with timeZone, a local date-time such as 2026-03-29T14:34:56 or a day such as 2026-03-29 is allowed too", &[])]),
    ("timeZone=Europe/Zagrb", &[("timeZone", "\"Europe/Zagrb\" is not a time zone of the IANA database; did you mean Europe/Zagreb?", &[])]),
    ("timeZone=%2B02:00&dateFrom=2026-03-29", &[("timeZone", "\"+02:00\" is not a time zone of the IANA database, such as Europe/Zagreb or UTC", &[])]),
    ("timeZone=UTC&timeZone=UTC", &[("timeZone", "given 2 times (\"UTC\", \"UTC\"); at most once is allowed", &[])]),
    ("timeZone=Europe/Zagreb&dateFrom=2026-03-29T02:10&dateTo=2026-03-29T02:50", &[("dateFrom", "2026-03-29T02:10:00 (2026-03-29T01:00:00.000000Z) is not before dateTo, which is 2026-03-29T02:50:00 (2026-03-29T01:00:00.000000Z)", &[])]),
    ("dateTo=0000-01-01T00:00:00%2B01:00", &[("dateTo", "\"0000-01-01T00:00:00+01:00\" is outside the years 1 to 9999 in UTC", &[])]),
    // A plus sign in a query is a space unless it is escaped.
    ("dateFrom=2026-03-29T12:00:00+02:00", &[("dateFrom", "\"2026-03-29T12:00:00 02:00\" has a space where the offset begins; in a URL, write + as %2B", &[])]),
    ("dateFrom=2026-03-29T12:00:00Z&dateTo=2026-03-29T12:00:00Z", &[("dateFrom", "2026-03-29T12:00:00.000000Z is not before dateTo, which is 2026-03-29T12:00:00.000000Z", &[])]),
    ("dateFrom=2026-03-29T12:00:00Z&dateTo=2026-03-29T13:00:00%2B02:00", &[("dateFrom", "2026-03-29T12:00:00.000000Z is not before dateTo, which is 2026-03-29T11:00:00.000000Z", &[])]),
    // Text.
    ("doneById=", &[("doneById", "has 0 characters; 1 to 128 are allowed", &[])]),
    ("operationId=", &[("operationId", "has 0 characters; 1 to 128 are allowed", &[])]),
    ("doneById=%00", &[("doneById", "must not contain the character NUL (U+0000)", &[])]),
    ("fromValue=a%00b", &[("fromValue", "must not contain the character NUL (U+0000)", &[])]),
    ("toValue=%00", &[("toValue", "must not contain the character NUL (U+0000)", &[])]),
    ("operationId=a%00", &[("operationId", "must not contain the character NUL (U+0000)", &[])]),
    ("event=%00", &[("event", "\"\\0\" is not an event type of this log", THE_CATALOGUE)]),
    // Single parameters given twice.
    ("limit=1&limit=1", &[("limit", "given 2 times (\"1\", \"1\"); at most once is allowed", &[])]),
    ("limit=1&limit=2&limit=3", &[("limit", "given 3 times (\"1\", \"2\", …); at most once is allowed", &[])]),
    ("orderBy=sequence:asc&orderBy=sequence:asc", &[("orderBy", "given 2 times (\"sequence:asc\", \"sequence:asc\"); at most once is allowed", &[])]),
    ("cursor=a&cursor=b", &[("cursor", "given 2 times (\"a\", \"b\"); at most once is allowed", &[])]),
    ("includeTotal=true&includeTotal=false", &[("includeTotal", "given 2 times (\"true\", \"false\"); at most once is allowed", &[])]),
    ("dateFrom=2026-03-29T12:00:00Z&dateFrom=2026-03-29T12:00:00Z", &[("dateFrom", "given 2 times (\"2026-03-29T12:00:00Z\", \"2026-03-29T12:00:00Z\"); at most once is allowed", &[])]),
    ("dateTo=2026-03-29T12:00:00Z&dateTo=2026-03-30T12:00:00Z", &[("dateTo", "given 2 times (\"2026-03-29T12:00:00Z\", \"2026-03-30T12:00:00Z\"); at most once is allowed", &[])]),
    // Invalid percent-encoding and invalid UTF-8.
    ("doneById=%zz", &[("doneById", "\"%zz\" has a % that is not followed by two hexadecimal digits", &[])]),
    ("doneById=%", &[("doneById", "\"%\" has a % that is not followed by two hexadecimal digits", &[])]),
    ("doneById=%4", &[("doneById", "\"%4\" has a % that is not followed by two hexadecimal digits", &[])]),
    ("doneById=100%", &[("doneById", "\"100%\" has a % that is not followed by two hexadecimal digits", &[])]),
    ("toValue=%FF", &[("toValue", "\"%FF\" is not UTF-8 after percent-decoding", &[])]),
    ("toValue=%C3%28", &[("toValue", "\"%C3%28\" is not UTF-8 after percent-decoding", &[])]),
    ("toValue=%C0%80", &[("toValue", "\"%C0%80\" is not UTF-8 after percent-decoding", &[])]),
    ("toValue=%ED%A0%80", &[("toValue", "\"%ED%A0%80\" is not UTF-8 after percent-decoding", &[])]),
    ("event=%FF", &[("event", "\"%FF\" is not UTF-8 after percent-decoding", &[])]),
    // Several faults at once.
    ("limit=0&orderBy=up&doneByType=USER&doneByType=ME&operationId=", &[
        ("doneByType", "\"ME\" is not an actor type", ACTOR_TYPES),
        ("operationId", "has 0 characters; 1 to 128 are allowed", &[]),
        ("limit", "\"0\" is not an integer from 1 to 1000", &[]),
        ("orderBy", "\"up\" is not an order", ORDERS),
    ]),
    ("doneByType=A&doneByType=B", &[
        ("doneByType", "\"A\" is not an actor type", ACTOR_TYPES),
        ("doneByType", "\"B\" is not an actor type", ACTOR_TYPES),
    ]),
];

#[rustfmt::skip]
const CONVERSATION: &[(&str, &[Row])] = &[
    ("evnt=STATUS_CHANGED", &[("evnt", "\"evnt\" is not a parameter of this call; did you mean event?", CONVERSATION_FILTERS)]),
    ("Event=STATUS_CHANGED", &[("Event", "\"Event\" is not a parameter of this call; did you mean event?", CONVERSATION_FILTERS)]),
    ("event[]=STATUS_CHANGED", &[("event[]", "\"event[]\" is not a parameter of this call; did you mean event?", CONVERSATION_FILTERS)]),
    ("doneByID=u-1", &[("doneByID", "\"doneByID\" is not a parameter of this call; did you mean doneById?", CONVERSATION_FILTERS)]),
    ("conversation=c-1", &[("conversation", "\"conversation\" is not a parameter of this call; did you mean conversationId?", CONVERSATION_FILTERS)]),
    ("date_from=2026-03-29T12:00:00Z", &[("date_from", "\"date_from\" is not a parameter of this call; did you mean dateFrom?", CONVERSATION_FILTERS)]),
    ("itemType=QUEUE", &[("itemType", "\"itemType\" is not a parameter of this call", CONVERSATION_FILTERS)]),
    ("itemId=q-17", &[("itemId", "\"itemId\" is not a parameter of this call", CONVERSATION_FILTERS)]),
    ("accountId=another", &[("accountId", "\"accountId\" is not a parameter of this call", CONVERSATION_FILTERS)]),
    ("by=operation", &[("by", "\"by\" is not a parameter of this call", CONVERSATION_FILTERS)]),
    ("page=2&offset=50", &[
        ("page", "\"page\" is not a parameter of this call", CONVERSATION_FILTERS),
        ("offset", "\"offset\" is not a parameter of this call", CONVERSATION_FILTERS),
    ]),
    ("=x", &[("", "\"\" is not a parameter of this call", CONVERSATION_FILTERS)]),
    ("%FF=x", &[("%FF", "\"%FF\" is not UTF-8 after percent-decoding", &[])]),
    ("event=status_changed", &[("event", "\"status_changed\" is not an event type of this log; did you mean STATUS_CHANGED?", THE_CATALOGUE)]),
    ("event=STATUS_CHANGED,QUEUE_CHANGED", &[("event", "\"STATUS_CHANGED,QUEUE_CHANGED\" is a list; repeat the parameter instead: event=STATUS_CHANGED&event=QUEUE_CHANGED", THE_CATALOGUE)]),
    ("conversationId=", &[("conversationId", "has 0 characters; 1 to 128 are allowed", &[])]),
    ("conversationId=%00", &[("conversationId", "must not contain the character NUL (U+0000)", &[])]),
];

#[rustfmt::skip]
const AUDIT: &[(&str, &[Row])] = &[
    ("itemID=q-17", &[("itemID", "\"itemID\" is not a parameter of this call; did you mean itemId?", AUDIT_FILTERS)]),
    ("conversationId=c-1", &[("conversationId", "\"conversationId\" is not a parameter of this call", AUDIT_FILTERS)]),
    ("event=QUEUE_RENAMD", &[("event", "\"QUEUE_RENAMD\" is not an event type of this log; did you mean QUEUE_RENAMED?", THE_CATALOGUE)]),
    ("event=QUEUE_RENAMED&event=STATUS_CHANGED", &[("event", "\"STATUS_CHANGED\" is not an event type of this log", THE_CATALOGUE)]),
    ("itemType=QUEUES", &[("itemType", "\"QUEUES\" is not an item type; did you mean QUEUE?", ITEM_TYPES)]),
    ("itemType=", &[("itemType", "\"\" is not an item type", ITEM_TYPES)]),
    ("itemId=", &[("itemId", "has 0 characters; 1 to 128 are allowed", &[])]),
    ("itemId=%00", &[("itemId", "must not contain the character NUL (U+0000)", &[])]),
];

/// Queries of other paths.
#[rustfmt::skip]
const ELSEWHERE: &[(&str, &[Row])] = &[
    ("/conversation-logs/the-event/related?by=unknown", &[("by", "\"unknown\" is not a relation", &["item", "operation"])]),
    ("/conversation-logs/the-event/related?by=operations", &[("by", "\"operations\" is not a relation; did you mean operation?", &["item", "operation"])]),
    ("/audit-logs/the-event/related?by=", &[("by", "\"\" is not a relation", &["item", "operation"])]),
    ("/audit-logs/the-event/related?by=item&by=item", &[("by", "given 2 times (\"item\", \"item\"); at most once is allowed", &[])]),
    ("/audit-logs/the-event/related?limit=0", &[("limit", "\"0\" is not an integer from 1 to 1000", &[])]),
    ("/conversation-logs/the-event/related?orderBy=up", &[("orderBy", "\"up\" is not an order", ORDERS)]),
    ("/conversation-logs/the-event?limit=1", &[("limit", "\"limit\" is not a parameter of this call", &[])]),
    ("/audit-logs/the-event?x=", &[("x", "\"x\" is not a parameter of this call", &[])]),
    ("/conversation-logs/event-types?limit=1", &[("limit", "\"limit\" is not a parameter of this call", &[])]),
    ("/audit-logs/event-types?group=QUEUE", &[("group", "\"group\" is not a parameter of this call", &[])]),
];

/// Filters that take several values, each with a valid value.
const REPEATABLE: [(&str, &str); 6] = [
    ("event", "EVENT"),
    ("doneById", "u-1"),
    ("doneByType", "USER"),
    ("fromValue", "OPEN"),
    ("toValue", "SOLVED"),
    ("operationId", "op-1"),
];

one_database! {
    async fn every_invalid_parameter_is_named_with_its_value_and_what_is_allowed(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &["the-event"]).await;
        let mut check = Check::new(&client).await;
        let lists = LOGS.into_iter().flat_map(|log| BOTH.iter().map(move |row| (log, row)));
        let lists = lists.chain(CONVERSATION.iter().map(|row| (LOGS[0], row))).chain(AUDIT.iter().map(|row| (LOGS[1], row)));
        for (log, (query, expected)) in lists {
            let path = format!("{log}?{query}");
            check.refused(&path, &client.get(&path).await, 400, expected);
        }
        for (path, expected) in ELSEWHERE {
            check.refused(path, &client.get(path).await, 400, expected);
        }
        check.finish(100);
    }

    async fn related_events_refuse_the_same_parameters_as_lists(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &["the-event"]).await;
        let mut check = Check::new(&client).await;
        for log in LOGS {
            // Related events have one parameter more, so unknown parameters are in a table of their own.
            for (query, expected) in BOTH {
                let path = format!("{log}/the-event/related?{query}");
                check.refused(&path, &client.get(&path).await, 400, expected);
            }
        }
        check.finish(2 * BOTH.len());
    }

    async fn a_filter_takes_at_most_50_values(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        let own = [(LOGS[0], "conversationId", "c-1"), (LOGS[1], "itemId", "q-1"), (LOGS[1], "itemType", "QUEUE")];
        let both = LOGS.into_iter().flat_map(|log| REPEATABLE.map(|(name, value)| (log, name, value)));
        for (log, name, value) in both.chain(own) {
            let value = if name != "event" { value } else if log == LOGS[0] { "STATUS_CHANGED" } else { "QUEUE_RENAMED" };
            let fifty = vec![format!("{name}={value}"); 50].join("&");
            client.get(&format!("{log}?{fifty}")).await.expect(200);
            let response = client.get(&format!("{log}?{fifty}&{name}={value}")).await;
            check.refused(&format!("51 of {log} {name}"), &response, 400, &[(name, "has 51 values; at most 50 are allowed", &[])]);
        }
        check.finish(15);
    }

    async fn a_filter_value_has_the_maximum_length_of_the_text_it_is_compared_with(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let mut check = Check::new(&client).await;
        let own = [(LOGS[0], "conversationId", 128), (LOGS[1], "itemId", 128)];
        let both = LOGS.into_iter().flat_map(|log| [(log, "doneById", 128), (log, "operationId", 128), (log, "fromValue", 1024), (log, "toValue", 1024)]);
        for (log, name, most) in both.chain(own) {
            // Characters are counted, not bytes.
            client.get_query(log, &[(name, &"é".repeat(most))]).await.expect(200);
            let message = if most == 128 { "has 129 characters; 1 to 128 are allowed" } else { "has 1025 characters; 0 to 1024 are allowed" };
            let response = client.get_query(log, &[(name, &"x".repeat(most + 1))]).await;
            check.refused(&format!("{log} {name}"), &response, 400, &[(name, message, &[])]);
        }
        check.finish(10);
    }
}

both_databases! {
    async fn parameters_at_the_limits_are_accepted(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for query in [
            "limit=1", "limit=1000", "includeTotal=false", "fromValue=", "doneByType=SYSTEM&doneByType=SYSTEM",
            "timeZone=Europe/Zagreb", "timeZone=Europe/Zagreb&dateFrom=2026-03-29&dateTo=2026-03-29T03:30",
            "dateFrom=2026-03-29T12:00:00Z&dateTo=2026-03-29T12:00:00.000001Z", "dateFrom=2026-03-29T12:00:00%2B02:00",
            "toValue=%F0%9F%A6%80", "toValue=a+b", "doneById=a=b", "",
        ] {
            for log in LOGS {
                client.get(&format!("{log}?{query}")).await.expect(200);
            }
        }
    }
}

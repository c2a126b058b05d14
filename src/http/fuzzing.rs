//! The functions that the targets in `fuzz/` call. They assert properties that hold for every input. Only for fuzzing and tests.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic is how a target reports what it has found")]

#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt::Debug, str, sync::LazyLock};

use actix_web::{
    ResponseError,
    http::{
        Uri,
        header::{self, HeaderMap, HeaderValue},
    },
    test::TestRequest,
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use super::{
    auth::{
        self,
        token::{MAXIMUM_LENGTH, Tokens},
    },
    body,
    cursor::{Binding, CursorPosition, Cursors},
    ingest::Batch,
    list::ListParameters,
    pagination::Pagination,
    parameters::Parameters,
    problem::{LONGEST_URL, Problem},
    query::{And, PageParameters, Parsed},
    resource::Resource,
    stream::Resume,
};
use crate::{
    domain::{
        access::AccessFilter,
        batch::MAXIMUM_EVENTS,
        event::Event,
        facet::FacetPosition,
        page::{Limit, Position, Start},
        text::{Details, EventId, Identifier},
        timestamp::Timestamp,
    },
    store::{AuditLog, ConversationLog, Log},
};

/// The query string of a list. If it is valid, the link to the next page asks for the same; otherwise each fault is stated.
pub fn query(input: &[u8]) {
    list::<<AuditLog as Log>::Filter>("/audit-logs", input);
    list::<<ConversationLog as Log>::Filter>("/conversation-logs", input);
    list::<AccessFilter>("/access-logs", input);
}

fn list<F: Parsed + Debug>(path: &str, query: &[u8]) {
    let url = [path.as_bytes(), b"?", query].concat();
    if url.len() > LONGEST_URL {
        return;
    }
    let Some((mut parameters, asked)) = read::<F>(&url) else { return };
    if let Err(problem) = parameters.finish() {
        return check(&problem, &[400]);
    }
    let pagination = Pagination::new(Limit::default(), None, [Some(START), None], |_| "next".to_owned());
    let links = pagination.links(&parameters);
    let link = links.first().expect("a link to the next page").to_str().expect("a link in ASCII");
    let (url, _) = link.strip_prefix('<').and_then(|link| link.split_once('>')).expect("the form of a link");
    let (mut parameters, asked_again) = read::<F>(url.as_bytes()).expect("a link is a URL");
    parameters.finish().expect("a link is valid");
    assert_eq!(asked_again, (asked.0, Some("next".to_owned())));
}

/// The parameters of a URL: what they ask for, and the cursor. `None`: the HTTP layer refuses the URL.
fn read<F: Parsed + Debug>(url: &[u8]) -> Option<(Parameters, (String, Option<String>))> {
    let url = Uri::try_from(url).ok()?;
    let mut parameters = Parameters::of(&TestRequest::default().uri(&url.to_string()).to_http_request());
    let And(filter, mut page) = And::<F, ListParameters>::parse(&mut parameters);
    let cursor = page.cursor().map(|cursor| cursor.as_str().to_owned());
    let asked = format!("{filter:?} {page:?}");
    Some((parameters, (asked, cursor)))
}

/// An arbitrary position, for cursors that are not tested.
const START: Start =
    Start { position: Position { occurred_at: Timestamp::UNIX_EPOCH, sequence: 1 }, backward: false, inclusive: false };

/// A cursor, and the bytes of a position with a valid signature. Only what this service has written is accepted.
pub fn cursor(input: &[u8]) {
    let position = Position { occurred_at: Timestamp::from_microseconds(-5), sequence: 7 };
    cursor_with(input, &Start { position, backward: true, inclusive: false });
    let position = FacetPosition { sort_key: "grüße".to_owned(), kind: -3, term: 4711 };
    cursor_with(input, &Start { position, backward: false, inclusive: true });
}

fn cursor_with<P: CursorPosition + Debug + PartialEq>(input: &[u8], start: &Start<P>) {
    static CURSORS: LazyLock<Cursors> = LazyLock::new(|| Cursors::new(&[7; Cursors::KEY_LENGTH]));
    let binding = Binding::new(["acme", "/audit-logs", "occurredAt:desc"]);
    if let Ok(cursor) = str::from_utf8(input)
        && let Some(start) = CURSORS.decode::<P>(cursor, &binding)
    {
        assert_eq!(CURSORS.encode(&start, &binding), cursor);
    }
    if let Some(start) = CURSORS.decode::<P>(&CURSORS.sign(input, &binding), &binding) {
        let cursor = CURSORS.encode(&start, &binding);
        assert_eq!(CURSORS.decode(&cursor, &binding), Some(start));
    }
    let cursor = CURSORS.encode(start, &binding);
    assert_eq!(CURSORS.decode::<P>(&cursor, &binding).as_ref(), Some(start));
    let changed = changed(&cursor, input);
    if changed != cursor {
        assert_eq!(CURSORS.decode::<P>(&changed, &binding), None, "{changed}");
    }
}

/// The body of a batch. Each event that is accepted is the one that was sent.
pub fn batch(body: &[u8]) {
    if body.len() <= body::MAXIMUM {
        batch_of::<AuditLog>(body);
        batch_of::<ConversationLog>(body);
    }
}

fn batch_of<R: Resource>(body: &[u8]) {
    let events = match Batch::<R>::read(body) {
        Ok(events) => events,
        Err(problem) => return check(&problem, &[400, 413, 422]),
    };
    assert!((1..=MAXIMUM_EVENTS).contains(&events.len()));
    let sent: Value = serde_json::from_slice(body).expect("a body is JSON");
    let sent = sent["events"].as_array().expect("events are an array");
    assert_eq!(events.len(), sent.len());
    events.iter().zip(sent).for_each(|(event, sent)| compare(event, sent));
}

fn compare(event: &Event, sent: &Value) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = event.id.as_str();
    assert!(sent["id"].is_null() || sent["id"] == id);
    assert!((1..=EventId::MAXIMUM).contains(&id.len()));
    let subject = sent.get("item").or(sent.get("conversation")).expect("an item or a conversation");
    assert_eq!(subject["id"], event.subject.id.as_str());
    let own = |id: &Option<Identifier>| id.as_ref().map(|id| id.as_str().to_owned());
    assert_eq!(text(&sent["doneBy"]["id"]), own(&event.done_by.id));
    assert_eq!(text(&sent["operationId"]), own(&event.operation_id));
    for (value, sent) in [(&event.from, &sent["from"]), (&event.to, &sent["to"])] {
        assert_eq!(text(&sent["value"]), value.as_ref().map(|value| value.value.as_str().to_owned()));
    }
    let details = event.details.as_ref().map(Details::as_json);
    assert!(details.is_none_or(|details| details.len() <= Details::MAXIMUM));
    let details: Option<Value> = details.map(|details| serde_json::from_str(details).expect("details are JSON"));
    assert_eq!(details.unwrap_or_default(), sent["details"]);
}

/// The value of the header `Authorization`, and a header and claims (on the lines after it) with a valid signature.
pub fn token(input: &[u8]) {
    const SECRET: &[u8] = b"a secret of the fuzz targets, 32+ bytes";
    static TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::of_secret(SECRET));
    let sign = |header: &[u8], claims: &[u8]| {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    };
    for value in [input, &[b"Bearer ", input].concat()] {
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value);
        if let Ok(token) = auth::bearer(&headers) {
            assert!(token.len() <= MAXIMUM_LENGTH);
            TOKENS.verify(token).expect_err("no key signed it");
        }
    }

    const HEADER: &[u8] = br#"{"alg":"HS256"}"#;
    let line = input.iter().position(|byte| *byte == b'\n');
    let (head, claims) = line.map_or((HEADER, input), |end| (&input[..end], &input[end + 1..]));
    match TOKENS.verify(&sign(head, claims)) {
        Ok(identity) => {
            let (head, claims): (Value, Value) = (serde_json::from_slice(head).unwrap(), serde_json::from_slice(claims).unwrap());
            assert_eq!(head["alg"], "HS256");
            assert!(["crit", "b64", "zip"].iter().all(|name| head.get(name).is_none()), "{head}");
            assert_eq!(claims["accountId"], identity.account.as_str());
            assert_eq!(claims["sub"], identity.principal.id.as_str());
            assert_eq!(claims["roles"], json!(identity.roles));
            assert!((1..=128).contains(&identity.account.as_str().chars().count()));
        }
        Err(error) => {
            let problem = Problem::unauthorized(Some(error.reason()));
            assert!(problem.headers().any(|name| *name == header::WWW_AUTHENTICATE), "{error}");
        }
    }

    let token = sign(HEADER, br#"{"sub":"ana","accountId":"acme","roles":["LOGS_PRODUCER"],"exp":9999999999}"#);
    TOKENS.verify(&token).expect("it is valid");
    let changed = changed(&token, input);
    if changed != token {
        TOKENS.verify(&changed).expect_err("it was changed");
    }
}

/// `Last-Event-ID`, as a header and as a parameter. Only a sequence is accepted, as the number that it is.
pub fn last_event_id(input: &[u8]) {
    let Ok(header) = HeaderValue::from_bytes(input) else { return };
    let text = String::from_utf8_lossy(input);
    let expected = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let parameter = Serializer::new(String::new()).append_pair("lastEventId", &text).finish();
    // The header takes precedence over the parameter.
    for (query, header) in [(parameter, None), ("lastEventId=7".to_owned(), Some(header))] {
        let url = format!("/audit-logs/stream?{query}");
        if url.len() > LONGEST_URL {
            continue;
        }
        let mut request = TestRequest::default().uri(&url);
        if let Some(header) = header {
            request = request.insert_header(("Last-Event-ID", header));
        }
        let mut parameters = Parameters::of(&request.to_http_request());
        let resume = Resume::parse(&mut parameters);
        match parameters.finish() {
            Ok(()) => assert_eq!(resume.sequence(), Some(expected.expect("it is a sequence"))),
            Err(problem) => {
                assert_eq!(expected, None);
                check(&problem, &[400]);
            }
        }
    }
}

/// A problem has one of these statuses, and faults with a location and a message.
fn check(problem: &Problem, statuses: &[u16]) {
    let status = problem.status_code().as_u16();
    assert!(statuses.contains(&status), "{problem:?}");
    let body = serde_json::to_value(problem.body(String::new())).expect("a problem is JSON");
    let violations = body["violations"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(status == 413 || !violations.is_empty(), "{body}");
    assert!(violations.iter().all(|fault| fault["message"].as_str().is_some_and(|message| !message.is_empty())), "{body}");
}

/// The text, with each byte of the input applied to one of its bytes by exclusive or.
fn changed<'a>(text: &'a str, input: &[u8]) -> Cow<'a, str> {
    let masks = input.iter().copied().chain(std::iter::repeat(0));
    let bytes = text.bytes().zip(masks).map(|(byte, mask)| byte ^ mask).collect();
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

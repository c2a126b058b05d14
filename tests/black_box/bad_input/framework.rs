//! Errors that web frameworks generate themselves: paths, methods, media types, sizes, encodings. Here they are problem
//! documents.

use std::{collections::BTreeSet, io::Write};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use super::{ACCOUNT, LOGS, all_roles, assert_stored, event, record};
use crate::{
    problem::Problem,
    raw,
    support::{Client, Response, Service, both_databases, one_database},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const MEBIBYTE: usize = 1024 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn batch(log: &str, id: &str) -> String {
    json!({"events": [event(log, id)]}).to_string()
}

/// The paths of the document with the methods of each, in upper case.
async fn documented(client: &Client) -> Vec<(String, BTreeSet<String>)> {
    let document = client.get("/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |methods: &serde_json::Value| methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
    paths.map(|(path, item)| (path.replace("{id}", "the-event"), methods(item))).collect()
}

#[track_caller]
fn check(what: &str, response: &Response, status: u16) -> Problem {
    Problem::read(response, status).unwrap_or_else(|fault| panic!("{what}: {fault}"))
}

one_database! {
    async fn an_unknown_path_is_not_found(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for path in [
            "/nothing", "/conversation-log", "/Conversation-Logs", "/conversation-logs/", "/audit-logs/", "//audit-logs", "/audit-logs//",
            "/conversation-logs/the-event/", "/conversation-logs/the-event/relatd", "/conversation-logs/the-event/related/more",
            "/audit-logs/the-event/related/", "/audit-logs/event-types/", "/audit-logs/event-types/QUEUE_CREATED", "/health", "/health/",
            "/health/live/", "/health/alive", "/openapi", "/openapi.yaml", "/openapi.json/", "/favicon.ico", "/.env", "/robots.txt",
            "/%2e%2e/%2e%2e/etc/passwd", "/conversation-logs%2Fthe-event", "/%00", "/%FF", "/%zz", "/;", "/conversation-logs;x=1",
            "/api/conversation-logs", "/v1/audit-logs", "/*",
        ] {
            check(path, &client.get(path).await, 404);
            check(path, &client.get(&format!("{path}?limit=1")).await, 404);
            let response = service.anonymous().send("POST", path, &[JSON], "{}").await;
            check(path, &response, 404);
        }
    }
}

both_databases! {
    async fn an_invalid_event_id_in_a_path_is_not_found(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &["the-event"]).await;
        for id in ["unknown", "The-Event", "the-event%20", "%20", "%00", "the-event%00", "%FF", "%zz", "é", "%2F", "..%2Fthe-event", "'%20OR%20'1'='1", "%25", "facets", "events", "0", "-1", &"x".repeat(65), &"x".repeat(2000)] {
            for log in LOGS {
                for path in [format!("{log}/{id}"), format!("{log}/{id}/related")] {
                    check(&path, &client.get(&path).await, 404);
                }
            }
        }
    }
}

one_database! {
    async fn an_unsupported_method_gets_405_and_the_allowed_methods(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &["the-event"]).await;
        for (path, mut methods) in documented(&client).await {
            if methods.contains("GET") {
                methods.insert("HEAD".into());
            }
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
                if methods.contains(method) {
                    continue;
                }
                let what = format!("{method} {path}");
                let response = client.send(method, &path, &[JSON], "{}").await;
                let allow: BTreeSet<String> = response.header("allow").unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
                if method == "HEAD" {
                    assert_eq!((response.status, response.body.len()), (405, 0), "{what}");
                } else {
                    check(&what, &response, 405);
                }
                assert_eq!(allow, methods, "{what}: Allow");
            }
        }
        assert_stored(&client, 1).await;
    }

    async fn a_list_is_available_as_json_only(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        record(&client, &["the-event"]).await;
        for log in LOGS {
            for path in [log.to_owned(), format!("{log}/the-event"), format!("{log}/the-event/related"), format!("{log}/event-types")] {
                for accept in ["text/html", "text/*", "image/png, text/html;q=0.9", "application/xml", "text/csv", "application/json;q=0", "application/json;q=0, */*"] {
                    check(&format!("{path} as {accept}"), &client.send("GET", &path, &[("accept", accept)], "").await, 406);
                }
                for accept in ["*/*", "application/*", "application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "text/html, application/json", "text/html, */*;q=0.1", "application/json;q=0.001", "text/html, image/gif, *; q=.2, */*; q=.2"] {
                    let response = client.send("GET", &path, &[("accept", accept)], "").await;
                    assert_eq!(response.status, 200, "{path} as {accept:?}: {}", response.text());
                    assert_eq!(response.header("content-type"), Some("application/json"), "{path} as {accept:?}");
                }
            }
        }
        // A problem has its own media type, whatever `Accept` lists.
        check("a problem", &client.send("GET", "/nothing", &[("accept", "text/html")], "").await, 404);
    }

    async fn a_body_of_another_media_type_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for log in LOGS {
            for media_type in [
                "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
                "application/jsonp", "application/json-seq", "application/x-ndjson", "application/problem+json", "json", "*/*", "", "application/json, text/plain",
                "application/octet-stream", "application/jsonx; charset=utf-8",
            ] {
                let response = client.send("POST", log, &[("content-type", media_type)], batch(log, "bad")).await;
                check(&format!("{log} as {media_type:?}"), &response, 415);
            }
            check(&format!("{log} as nothing"), &client.send("POST", log, &[], batch(log, "bad")).await, 415);
        }
        assert_stored(&client, 0).await;
        for (number, media_type) in ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"].iter().enumerate() {
            for log in LOGS {
                let response = client.send("POST", log, &[("content-type", media_type)], batch(log, &number.to_string())).await;
                assert_eq!(response.status, 201, "{media_type}: {}", response.text());
            }
        }
    }

    async fn a_body_with_an_unsupported_or_broken_encoding_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for log in LOGS {
            for encoding in ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip, br", "br, gzip", "identity, br", "x", "utf-8"] {
                let response = client.send("POST", log, &[JSON, ("content-encoding", encoding)], batch(log, "bad")).await;
                check(&format!("{log} in {encoding}"), &response, 415);
            }
            let good = gzip(batch(log, "bad").as_bytes());
            let mut damaged = good.clone();
            let middle = damaged.len() / 2;
            damaged[middle] ^= 0xff;
            let mut wrong_sum = good.clone();
            let sum = wrong_sum.len() - 6;
            wrong_sum[sum] ^= 0xff;
            for body in [batch(log, "bad").into_bytes(), Vec::new(), good[..good.len() - 1].to_vec(), good[..10].to_vec(), damaged, wrong_sum, [&good[..], b"more"].concat()] {
                let response = client.send("POST", log, &[JSON, ("content-encoding", "gzip")], body.clone()).await;
                check(&format!("{log}: gzip of {body:?}"), &response, 400);
            }
        }
        assert_stored(&client, 0).await;
        for log in LOGS {
            for (id, encoding) in [("one", "gzip"), ("two", "GZIP")] {
                client.send("POST", log, &[JSON, ("content-encoding", encoding)], gzip(batch(log, id).as_bytes())).await.expect(201);
            }
            client.send("POST", log, &[JSON, ("content-encoding", "identity")], batch(log, "three")).await.expect(201);
        }
        assert_stored(&client, 3).await;
    }

    async fn a_body_over_4_mib_gets_413_however_it_is_sent(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        let authorization = format!("Bearer {}", crate::support::token(ACCOUNT, &["LOGS_PRODUCER"]));
        let authorization = ("authorization", authorization.as_bytes());
        let json: (&str, &[u8]) = (JSON.0, JSON.1.as_bytes());
        for log in LOGS {
            let request_line = format!("POST {log} HTTP/1.1");
            let padded = |size: usize| [batch(log, "large").into_bytes(), vec![b' '; size - batch(log, "large").len()]].concat();
            for body in [padded(4 * MEBIBYTE + 1), padded(10 * MEBIBYTE), vec![0; 5 * MEBIBYTE], b"[".repeat(5 * MEBIBYTE)] {
                check("with its length", &client.send("POST", log, &[JSON], body.clone()).await, 413);
                let head = [authorization, json, ("transfer-encoding", b"chunked")];
                let response = raw::exchange(&service, raw::request(&service, &request_line, &head, &raw::chunked(&body))).await;
                check("in chunks", &response, 413);
            }
            // The body is announced but not sent: the service refuses the request without waiting for it.
            let head = [authorization, json, ("content-length", b"99999999999")];
            check("announced", &raw::exchange(&service, raw::request(&service, &request_line, &head, b"{")).await, 413);

            for size in [10 * MEBIBYTE, 100 * MEBIBYTE] {
                let bomb = gzip(&vec![0; size]);
                assert!(bomb.len() < MEBIBYTE);
                let response = client.send("POST", log, &[JSON, ("content-encoding", "gzip")], bomb).await;
                check("a gzip bomb of zeros", &response, 413);
                let bomb = gzip(&padded(size));
                let response = client.send("POST", log, &[JSON, ("content-encoding", "gzip")], bomb).await;
                check("a gzip bomb of a valid batch and spaces", &response, 413);
            }
        }
        assert_stored(&client, 0).await;
        for log in LOGS {
            let fitting = [batch(log, "fitting").into_bytes(), vec![b' '; 4 * MEBIBYTE - batch(log, "fitting").len()]].concat();
            client.send("POST", log, &[JSON], fitting.clone()).await.expect(201);
            client.send("POST", log, &[JSON, ("content-encoding", "gzip")], gzip(&fitting)).await.expect(200);
            let head = [authorization, json, ("transfer-encoding", b"chunked")];
            let response = raw::exchange(&service, raw::request(&service, &format!("POST {log} HTTP/1.1"), &head, &raw::chunked(&fitting))).await;
            assert_eq!(response.status, 200, "{}", response.text());
        }
    }

    async fn a_url_over_8_kib_is_refused(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for log in LOGS {
            for length in [8 * 1024 + 1, 10_000, 30_000, 60_000] {
                for path in [
                    format!("{log}?doneById=x&cursor={}", "x".repeat(length)),
                    format!("{log}/{}", "x".repeat(length)),
                    format!("/{}", "x".repeat(length)),
                ] {
                    check(&format!("{length} characters"), &client.get(&path).await, 414);
                }
            }
            let repeated = ["doneById=some-actor-with-a-long-name-0123456789"; 50].join("&");
            client.get(&format!("{log}?{repeated}&{}", repeated.replace("doneById", "operationId"))).await.expect(200);
        }
    }

    async fn a_request_id_is_returned_and_an_invalid_one_is_replaced(database: Database) {
        let service = Service::start(&database).await;
        let client = all_roles(&service);
        for given in ["my-request-42", "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55", "A", "a.b_c-d:9"] {
            for path in ["/conversation-logs", "/nothing", "/health/live"] {
                let response = client.send("GET", path, &[("x-request-id", given)], "").await;
                assert_eq!(response.header("x-request-id"), Some(given), "{path}");
            }
            check(given, &client.send("PUT", "/audit-logs", &[("x-request-id", given)], "").await, 405);
        }
        let long = "x".repeat(300);
        for evil in ["", " ", "a b", "<script>alert(1)</script>", "\"quoted\"", "a\tb", "${jndi:ldap://x}", "é", "a,b", "%0d%0aSet-Cookie:x=1", "{}", &long] {
            let response = client.send("GET", "/nothing", &[("x-request-id", evil)], "").await;
            let problem = check(evil, &response, 404);
            assert_ne!(problem.request_id, evil.trim(), "{evil:?} was returned");
            let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
            assert!(problem.request_id.len() <= 128 && problem.request_id.bytes().all(harmless), "{}", problem.request_id);
        }
        let [one, other] = [client.get("/nothing").await, client.get("/nothing").await];
        assert_ne!(check("one", &one, 404).request_id, check("other", &other, 404).request_id);
        let good = client.get("/audit-logs").await.expect(200);
        assert!(good.header("x-request-id").is_some_and(|id| !id.is_empty()));
    }
}

#[actix_web::test]
async fn a_request_with_two_request_ids_gets_a_valid_one() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    let ids: [(&str, &[u8]); 2] = [("x-request-id", b"one"), ("x-request-id", b"two")];
    let response = raw::exchange(&service, raw::request(&service, "GET /nothing HTTP/1.1", &ids, b"")).await;
    check("two", &response, 404);
    assert_eq!(response.headers.get_all("x-request-id").iter().count(), 1);
}

#[actix_web::test]
async fn the_documentation_is_read_only() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    for path in ["/docs", "/docs/", "/docs/swagger-ui.css"] {
        let response = service.anonymous().send("POST", path, &[JSON], "{}").await;
        check(path, &response, 405);
        assert_eq!(response.header("allow"), Some("GET, HEAD"), "{path}");
    }
}

#[actix_web::test]
async fn two_content_encoding_headers_are_two_encodings() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    let authorization = format!("Bearer {}", crate::support::token(ACCOUNT, &["LOGS_PRODUCER"]));
    let body = batch(LOGS[0], "bad").into_bytes();
    let length = body.len().to_string();
    for (first, second) in [("identity", "br"), ("gzip", "gzip"), ("br", "identity")] {
        let headers: [(&str, &[u8]); 5] = [
            ("authorization", authorization.as_bytes()),
            ("content-type", b"application/json"),
            ("content-length", length.as_bytes()),
            ("content-encoding", first.as_bytes()),
            ("content-encoding", second.as_bytes()),
        ];
        let request = raw::request(&service, &format!("POST {} HTTP/1.1", LOGS[0]), &headers, &body);
        check(&format!("{first} and {second}"), &raw::exchange(&service, request).await, 415);
    }
    assert_stored(&all_roles(&service), 0).await;
}

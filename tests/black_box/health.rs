//! Health, the documentation page, HEAD, and the headers that prevent caching.

use std::collections::BTreeSet;

use reqwest::Url;

use crate::{
    problem::Problem,
    support::{Client, Response, Service, audit_event, both_databases, conversation_event},
};

const ROLES: [&str; 4] = ["CONVERSATIONS_SETUP", "CONVERSATIONS_SUPERVISOR", "LOGS_PRODUCER", "LOGS_AUDITOR"];

async fn record(client: &Client) {
    client.post("/conversation-logs", &serde_json::json!({"events": [conversation_event("the-event")]})).await.expect(201);
    client.post("/audit-logs", &serde_json::json!({"events": [audit_event("the-event")]})).await.expect(201);
}

/// Every path of the OpenAPI document that has a GET.
async fn readable(client: &Client) -> Vec<String> {
    let document = client.get("/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap().iter().filter(|(_, methods)| methods.get("get").is_some());
    // The only required parameter is that of the exports.
    let query = |path: &str| if path.ends_with("/export") { "?format=csv" } else { "" };
    paths.map(|(path, _)| path.replace("{id}", "the-event").replace("{name}", "invalid-parameters") + query(path)).collect()
}

/// Follows redirects within the service, as a browser does.
async fn open(client: &Client, service: &Service, path: &str) -> (String, Response) {
    let mut path = path.to_owned();
    for _ in 0..5 {
        let response = client.get(&path).await;
        if !(300..400).contains(&response.status) {
            return (path, response);
        }
        let here = Url::parse(&service.url(&path)).unwrap();
        let there = here.join(response.header("location").expect("a redirect has a Location")).unwrap();
        assert_eq!(there.origin(), here.origin(), "{path} redirects to another host: {there}");
        path = there.path().to_owned();
    }
    panic!("too many redirects: {path}")
}

/// The values of an attribute in a page.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let quoted = |quote: char| {
        let pieces = page.split(&format!(" {name}={quote}")).skip(1).map(String::from).collect::<Vec<_>>();
        pieces.into_iter().filter_map(move |piece| piece.split(quote).next().map(str::to_owned))
    };
    quoted('"').chain(quoted('\'')).collect()
}

both_databases! {
    async fn a_started_service_is_live_and_ready(database: Database) {
        let service = Service::start(&database).await;
        for path in ["/health/live", "/health/ready"] {
            for client in [service.anonymous(), service.with_authorization("Bearer x"), service.client("a", &[])] {
                let response = client.get(path).await.expect(200);
                let not_stored = response.header("cache-control").is_some_and(|value| value.contains("no-store"));
                assert!(not_stored, "{path}: a health check must not be cached");
            }
        }
    }

    async fn head_answers_like_get_without_a_body(database: Database) {
        let service = Service::start(&database).await;
        let client = service.client("account-of-heads", &ROLES);
        record(&client).await;
        let paths = readable(&client).await;
        assert!(paths.len() >= 10, "{paths:?}");
        for path in paths.iter().map(String::as_str).chain(["/audit-logs?limit=0", "/audit-logs/unknown", "/nothing"]) {
            let request_id = [("x-request-id", "the-same")];
            let get = client.send("GET", path, &request_id, "").await;
            let head = client.send("HEAD", path, &request_id, "").await;
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.body, b"", "{path}");
            let names = |response: &Response| response.headers.keys().map(|name| name.as_str().to_owned()).collect::<BTreeSet<_>>();
            // RFC 9110, 9.3.2: headers that are known only after generating the body may be omitted.
            let omitted: Vec<_> = names(&get).difference(&names(&head)).filter(|name| !["content-length", "transfer-encoding"].contains(&&***name)).cloned().collect();
            assert!(omitted.is_empty(), "{path}: HEAD omits {omitted:?}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            if let Some(length) = head.header("content-length") {
                assert_eq!(length, get.body.len().to_string(), "{path}");
            }
        }
        let refused = service.anonymous().send("HEAD", "/audit-logs", &[], "").await;
        assert_eq!((refused.status, refused.body.len()), (401, 0));
    }

    async fn responses_of_an_account_are_not_cached_and_media_types_are_not_sniffed(database: Database) {
        let service = Service::start(&database).await;
        let client = service.client("account-of-headers", &ROLES);
        record(&client).await;
        for path in readable(&client).await {
            let (_, response) = open(&client, &service, &path).await;
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
            if ["/conversation-logs", "/audit-logs", "/access-logs"].iter().any(|log| path.starts_with(log)) {
                assert_eq!(response.header("cache-control"), Some("private, no-store"), "{path}");
            }
        }
        for path in ["/nothing", "/audit-logs?limit=0", "/audit-logs/unknown"] {
            let response = client.get(path).await;
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert!(response.header("cache-control").is_some_and(|value| value.contains("no-store")), "{path}");
        }
        let written = client.post("/audit-logs", &serde_json::json!({"events": [audit_event("another")]})).await.expect(201);
        assert_eq!(written.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(written.header("cache-control"), Some("private, no-store"));
    }
}

#[actix_web::test]
async fn the_documentation_loads_nothing_from_other_hosts() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    let client = service.anonymous();
    let (path, page) = open(&client, &service, "/docs").await;
    assert_eq!(page.status, 200, "{path}");
    assert!(page.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html")));
    let here = Url::parse(&service.url(&path)).unwrap();
    let page = page.text();
    let references: Vec<String> = attributes(&page, "src").into_iter().chain(attributes(&page, "href")).collect();
    assert!(references.iter().any(|reference| reference.ends_with(".js")), "the page has a script: {references:?}");
    for reference in references.iter().filter(|reference| !reference.starts_with("data:")) {
        let there = here.join(reference).unwrap();
        assert_eq!(there.origin(), here.origin(), "the page loads {reference}");
        let asset = client.get(there.path()).await;
        assert_eq!(asset.status, 200, "{reference}");
        let text = asset.text();
        if reference.ends_with(".css") {
            assert!(
                !text.contains("url(http") && !text.contains("url(//") && !text.contains("@import"),
                "{reference} loads from another host"
            );
        }
        // The start of Swagger UI: the document it shows, and its validator, which by default is another host.
        if text.contains("SwaggerUIBundle(") {
            assert!(text.contains("/openapi.json"), "{reference} does not show this service's document");
            let hosts: Vec<_> = text.match_indices("://").collect();
            assert!(hosts.is_empty(), "{reference} refers to another host");
            assert!(
                text.contains("validatorUrl\": \"none\"")
                    || text.contains("validatorUrl\":\"none\"")
                    || text.contains("validatorUrl: null"),
                "{reference} lets another host validate the document:\n{text}"
            );
        }
    }
}

#[actix_web::test]
async fn an_unknown_documentation_asset_is_not_found() {
    let database = crate::support::Database::sqlite();
    let service = Service::start(&database).await;
    for path in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml", "/docs/a/b"] {
        let response = service.anonymous().get(path).await;
        Problem::read(&response, 404).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    }
}

//! `/docs` of a demo: every operation succeeds with the values that the page fills in.

use serde_json::Value;
use tempfile::TempDir;
use ureq::{Agent, http::Request};

use super::demo::Demo;

/// The value that Swagger UI fills in for a parameter.
fn filled_in(parameter: &Value) -> Option<String> {
    let schema = &parameter["schema"];
    let value = [&parameter["example"], &schema["example"], &schema["default"]].into_iter().find(|value| !value.is_null())?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[test]
fn every_operation_succeeds_as_filled_in() {
    let directory = TempDir::new().unwrap();
    let demo = Demo::start(directory.path());
    let [url, reader, auditor, producer] = ["LOGBOOK", "BOTH", "AUDITOR", "PRODUCER"].map(|name| demo.variable(name));
    let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let document = agent.get(format!("{url}/openapi.json")).call().unwrap().body_mut().read_to_string().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();

    let mut called = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let (mut path, mut query) = (path.clone(), Vec::new());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let Some(value) = filled_in(parameter) else { continue };
                let name = parameter["name"].as_str().unwrap();
                match parameter["in"].as_str().unwrap() {
                    "path" => path = path.replace(&format!("{{{name}}}"), &value),
                    "query" => query.push(format!("{name}={value}")),
                    other => panic!("{path}: {name} in {other} is filled in"),
                }
            }
            let uri = format!("{url}{path}?{}", query.join("&"));
            let token = match path.as_str() {
                _ if method == "post" => producer,
                "/access-logs" => auditor,
                _ => reader,
            };
            let body = &operation["requestBody"]["content"]["application/json"]["example"];
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(uri.trim_end_matches('?'))
                .header("Authorization", format!("Bearer {token}"));
            let response = if body.is_null() {
                agent.run(request.body(()).unwrap())
            } else {
                agent.run(request.header("Content-Type", "application/json").body(body.to_string()).unwrap())
            };
            let status = response.unwrap().status();
            assert_eq!(status, if method == "post" { 201 } else { 200 }, "{method} {uri}");
            called += 1;
        }
    }
    assert!(called > 20, "{called}");
}

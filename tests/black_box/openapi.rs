//! The OpenAPI documents: the committed ones equal the served ones, and they are complete.

use logbook::http::openapi::{self, Version};
use serde_json::{Map, Value, json};

use crate::{
    logs::{LOGS, producer, stored},
    support::*,
};

#[test]
fn the_committed_documents_match_the_handlers() {
    for (version, name, option) in [(Version::V3_1, "openapi.json", ""), (Version::V3_0, "openapi-3.0.json", " --format 3.0")] {
        let committed = std::fs::read_to_string(format!("{}/openapi/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let current = openapi::json(&openapi::document(), version).unwrap();
        assert!(committed == current, "the document has changed: cargo run -- openapi{option} > openapi/{name}");
    }
}

#[actix_web::test]
async fn the_served_documents_equal_the_committed_ones() {
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    for (path, version) in [("/openapi.json", Version::V3_1), ("/openapi-3.0.json", Version::V3_0)] {
        let served = service.anonymous().get(path).await.expect(200);
        assert_eq!(served.text(), openapi::json(&openapi::document(), version).unwrap());
    }
}

#[test]
fn every_body_has_an_example() {
    let document = document();
    for (name, operation) in operations(&document) {
        let responses = members(&operation["responses"]).map(|(_, response)| response);
        for body in responses.chain(operation.get("requestBody")) {
            for (media_type, content) in members(&body["content"]) {
                assert!(!content["example"].is_null(), "{name} {media_type} lacks an example");
            }
        }
    }
}

#[actix_web::test]
async fn every_problem_type_has_a_page_with_its_cause_and_remedy() {
    let document = document();
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    let types = document["components"]["schemas"]["ProblemType"]["enum"].as_array().unwrap();
    assert!(types.len() > 10);
    for path in types {
        let page = service.anonymous().get(path.as_str().unwrap()).await.expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").is_some());
        for part in ["<h2>Cause</h2>", "<h2>Remedy</h2>"] {
            assert!(page.text().contains(part), "{path}: {}", page.text());
        }
    }
    service.anonymous().get("/docs/problems/no-such-type").await.expect(404);
}

#[test]
fn every_operation_describes_itself_and_its_responses() {
    let document = document();
    for (name, operation) in operations(&document) {
        for member in ["operationId", "summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{name} lacks {member}");
        }
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name} has one tag");
        let open = operation["security"] == json!([{}]);
        let logs = name.contains("-logs");
        assert_ne!(open, logs, "{name}: only the logs require a token");
        for (status, response) in members(&operation["responses"]) {
            assert!(response["description"].is_string(), "{name} {status} lacks a description");
            if status.starts_with(['4', '5']) {
                let problem = &response["content"]["application/problem+json"];
                assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{name} {status}");
                assert_eq!(problem["example"]["status"].to_string(), *status, "{name} {status} has no example of its own");
            }
        }
        for status in ["414", "429", "431", "500", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{name} lacks {status}");
        }
        if logs {
            for status in ["400", "401", "403", "406"] {
                assert!(operation["responses"].get(status).is_some(), "{name} lacks {status}");
            }
        }
    }
}

#[test]
fn every_parameter_has_a_description_an_example_and_limits() {
    let document = document();
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter_name = format!("{name} {}", parameter["name"]);
            assert!(parameter["description"].is_string(), "{parameter_name} lacks a description");
            let schema = &parameter["schema"];
            let has_example =
                [&parameter["example"], &schema["examples"], &schema["$ref"]].iter().any(|example| !example.is_null());
            assert!(has_example, "{parameter_name} lacks an example");
            assert!(parameter["required"] == true || parameter["example"].is_null(), "{parameter_name}: /docs would fill it in");
            assert!(schema["default"].is_null(), "{parameter_name}: clients would send the default");
            assert!(limited(&document, &parameter["schema"]), "{parameter_name} lacks limits");
        }
    }
}

#[test]
fn every_field_has_a_description_and_an_example() {
    let document = document();
    for (name, schema) in members(&document["components"]["schemas"]) {
        assert!(schema["description"].is_string(), "{name} lacks a description");
        for (field, property) in members(&schema["properties"]) {
            assert!(any(&document, property, &|schema| schema["description"].is_string()), "{name}.{field} lacks a description");
            let example =
                |schema: &Value| ["example", "examples", "enum", "properties"].iter().any(|member| schema.get(*member).is_some());
            assert!(any(&document, property, &example), "{name}.{field} lacks an example");
        }
    }
}

#[actix_web::test]
async fn the_example_events_are_accepted_and_returned_as_documented() {
    let document = document();
    let example = |name: &str| document["components"]["schemas"][name]["examples"][0].clone();
    let database = Database::sqlite();
    let service = Service::start(&database).await;
    for (log, name) in LOGS.into_iter().zip(["ConversationEvent", "AuditEvent"]) {
        let sent = example(&format!("{name}Input"));
        log.post(&producer(&service, "acme"), &[sent]).await;
        let mut shown = stored(log, &service, "acme").await.remove(0);
        let documented = example(name);
        // The service adds these.
        for member in ["id", "sequence", "recordedAt"] {
            shown[member] = documented[member].clone();
        }
        assert_eq!(shown, documented);
    }
}

#[test]
fn request_schemas_have_limits_and_allow_no_other_members() {
    let document = document();
    let mut names: Vec<String> = Vec::new();
    for (_, operation) in operations(&document) {
        references(&operation["requestBody"], &mut names);
    }
    let mut seen = 0;
    while let Some(name) = names.get(seen).cloned() {
        seen += 1;
        let schema = &document["components"]["schemas"][&name];
        references(schema, &mut names);
        for (field, property) in members(&schema["properties"]) {
            assert_eq!(schema["additionalProperties"], false, "{name} allows no other members");
            assert!(limited(&document, property), "{name}.{field} lacks limits");
        }
    }
    for name in
        ["AuditEventInput", "ConversationEventInput", "ActorInput", "ItemInput", "LabelledValueInput", "ConversationReference"]
    {
        assert!(names.iter().any(|found| found == name), "{name} is part of a request");
    }
}

#[test]
fn response_schemas_allow_other_members_and_require_every_field() {
    let document = document();
    for name in ["AuditEvent", "ConversationEvent", "Actor", "Item", "LabelledValue", "Conversation"] {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.get("additionalProperties").is_none(), "{name} allows other members");
        for (field, _) in members(&schema["properties"]) {
            assert!(schema["required"].as_array().unwrap().iter().any(|name| name == field), "{name}.{field} is required");
        }
    }
}

/// The names of the referenced schemas.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(|reference| reference.as_str()?.rsplit('/').next())
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
            object.values().for_each(|value| references(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}

fn document() -> Value {
    serde_json::from_str(&openapi::json(&openapi::document(), Version::V3_1).unwrap()).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    members(&document["paths"])
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (format!("{method} {path}"), operation)))
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

/// Whether the schema, or one that it references, satisfies the condition.
fn any(document: &Value, schema: &Value, fits: &dyn Fn(&Value) -> bool) -> bool {
    let referred =
        schema["$ref"].as_str().map(|reference| &document["components"]["schemas"][reference.rsplit('/').next().unwrap()]);
    let parts = schema["oneOf"].as_array().into_iter().flatten().chain(schema.get("items")).chain(referred);
    fits(schema) || parts.into_iter().any(|part| any(document, part, fits))
}

/// Whether the schema limits its values, so that a generator of tests can produce valid ones.
fn limited(document: &Value, schema: &Value) -> bool {
    const LIMITS: [&str; 7] = ["maxLength", "maximum", "maxItems", "enum", "format", "properties", "additionalProperties"];
    any(document, schema, &|schema| schema["type"] == "boolean" || LIMITS.iter().any(|limit| schema.get(*limit).is_some()))
}

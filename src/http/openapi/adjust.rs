//! Adjusts the document for generators of clients and for the page `/docs`.

use serde_json::{Map, Value, json};

use super::document::{members, operations, referenced};

/// The schemas of requests, which have no unknown members. Responses may get new members.
const SENT: [&str; 5] =
    ["AuditEventBatch", "AuditEventInput", "ConversationEventBatch", "ConversationEventInput", "ConversationReference"];

/// Adjusts every schema and every operation.
pub(super) fn adjust(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    for name in SENT {
        schemas[name]["additionalProperties"] = json!(false);
    }
    let mut defaults = Map::new();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        describe_what_may_be_null(schema);
        if let Some(default) = schema.as_object_mut().and_then(|schema| schema.remove("default")) {
            defaults.insert(format!("#/components/schemas/{name}"), default);
        }
    }
    let schemas = schemas.clone();
    let limits = [
        (
            "RateLimit",
            "For each role of the token that has a limit: the number of remaining requests (`r`), and the number of seconds (`t`) until the \
            full number is available again or, with `r=0`, until one request is available. Only if the operator has set limits.",
        ),
        ("RateLimit-Policy", "The limits of the token's roles; only if the operator has set limits."),
    ];
    for (name, description) in limits {
        document["components"]["headers"][name] = json!({"description": description, "schema": {"type": "string"}});
    }
    for (path, operation) in operations(document) {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            describe_default(parameter, &defaults);
            if parameter["required"] == true {
                name_an_event_of_the_demo(parameter, path);
            } else {
                offer_example(parameter);
            }
        }
        if let Some(body) = operation.get_mut("requestBody") {
            give_examples(body, &schemas);
        }
        // An empty list of security requirements means that no token is needed.
        let takes_token = operation.get("security").is_none();
        for (status, response) in members(operation, "responses") {
            give_examples(response, &schemas);
            // Without a valid token, no account is known.
            for (name, _) in limits.iter().filter(|_| takes_token && status != "401") {
                response["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
            }
        }
    }
}

/// Moves the description out of `oneOf`, because generators ignore it beside a reference.
fn describe_what_may_be_null(schema: &mut Value) {
    for (_, property) in members(schema, "properties") {
        let reference = property.pointer_mut("/oneOf/0").and_then(Value::as_object_mut);
        if let Some(description) = reference.and_then(|reference| reference.remove("description")) {
            property["description"] = description;
        }
    }
}

/// Moves a default from the schema to the description, because a default in the schema makes generated clients send it with every
/// call.
fn describe_default(parameter: &mut Value, defaults: &Map<String, Value>) {
    let schema = &mut parameter["schema"];
    let of_reference = schema["$ref"].as_str().and_then(|reference| defaults.get(reference).cloned());
    let default = schema.as_object_mut().and_then(|schema| schema.remove("default")).or(of_reference);
    let Some(default) = default else { return };
    let shown = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
    let description = parameter["description"].as_str().unwrap_or_default().trim_end();
    parameter["description"] = format!("{description} Default: `{shown}`.").into();
}

/// Moves the example of an optional parameter into its schema, because `/docs` fills in examples of parameters, and all filters
/// together match nothing.
fn offer_example(parameter: &mut Value) {
    let Some(example) = parameter.as_object_mut().and_then(|parameter| parameter.remove("example")) else { return };
    let schema = &mut parameter["schema"];
    // A referenced schema has its own example.
    if schema.get("$ref").is_none() && schema.get("examples").is_none() {
        schema["examples"] = json!([example]);
    }
}

/// Names an event that exists in the demo, so that `/docs` fills in its id.
fn name_an_event_of_the_demo(parameter: &mut Value, path: &str) {
    if parameter["in"] == "path" && parameter["name"] == "id" {
        parameter["example"] = if path.starts_with("/audit-logs") { "demo-a-000001" } else { "demo-c-000001" }.into();
    }
}

/// Adds an example to every body without one.
fn give_examples(body: &mut Value, schemas: &Value) {
    for (_, content) in members(body, "content") {
        if content.get("example").is_none() {
            content["example"] = example(&content["schema"], schemas);
        }
    }
}

/// An example of the schema: its own, or one composed of the examples of its required parts.
fn example(schema: &Value, schemas: &Value) -> Value {
    if let Some(name) = referenced(schema) {
        return example(&schemas[name], schemas);
    }
    let own = schema.get("example").or(schema["examples"].get(0)).or(schema["enum"].get(0));
    if let Some(own) = own {
        return own.clone();
    }
    if let Some(item) = schema.get("items") {
        return json!([example(item, schemas)]);
    }
    if let Some(alternative) = schema["oneOf"].get(0) {
        return example(alternative, schemas);
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.map(|name| (name.to_owned(), example(&schema["properties"][name], schemas))).collect::<Map<_, _>>().into()
}

//! The same contract as OpenAPI 3.0.3, for tools that cannot read 3.1.

use serde_json::{Map, Value, json};

use super::document::{operations, referenced};

/// Converts a document of OpenAPI 3.1. It converts only the features of 3.1 that the document uses; linters detect others.
pub(super) fn convert(document: &mut Value) {
    document["openapi"] = "3.0.3".into();
    if let Some(license) = document["info"]["license"].as_object_mut() {
        license.remove("identifier");
        license.insert("url".to_owned(), "https://opensource.org/license/mit".into());
    }
    let schemas = document["components"]["schemas"].clone();
    convert_below(document, &schemas);
    remove_resume_header(document);
    remove_unused_schemas(document);
}

/// Removes the header `Last-Event-ID`, which has the same name as the parameter `lastEventId` in some generated clients.
fn remove_resume_header(document: &mut Value) {
    for (_, operation) in operations(document) {
        if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.retain(|parameter| parameter["name"] != "Last-Event-ID");
        }
    }
}

/// Removes unused schemas: those that were only used where they have been copied.
fn remove_unused_schemas(document: &mut Value) {
    let text = document.to_string();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
    }
}

fn convert_below(value: &mut Value, schemas: &Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| convert_below(value, schemas)),
        Value::Object(members) => {
            // Before the parts, because the copy may contain some.
            replace_null(members, schemas);
            // Examples are values, not parts of the document.
            let parts = members.iter_mut().filter(|(name, _)| !["example", "examples", "enum"].contains(&name.as_str()));
            parts.for_each(|(_, value)| convert_below(value, schemas));
            replace_newer_words(members);
        }
        _ => {}
    }
}

/// Converts the type `null`, which 3.0 does not have, to `nullable`. A reference cannot be `nullable`, so its schema is copied.
fn replace_null(schema: &mut Map<String, Value>, schemas: &Value) {
    let null = json!({"type": "null"});
    if let Some(Value::Array(types)) = schema.get("type") {
        let other = types.iter().find(|of| **of != "null").cloned().unwrap_or_default();
        schema.insert("type".to_owned(), other);
        schema.insert("nullable".to_owned(), true.into());
    }
    if let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array).filter(|alternatives| alternatives.contains(&null))
    {
        let other = alternatives.iter().find(|alternative| **alternative != null).cloned().unwrap_or_default();
        let copied = referenced(&other).map_or(&other, |name| &schemas[name]).clone();
        schema.remove("oneOf");
        for (name, value) in copied.as_object().into_iter().flatten() {
            schema.entry(name).or_insert_with(|| value.clone());
        }
        // In 3.0, `nullable` does not add null to an enum.
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
        schema.insert("nullable".to_owned(), true.into());
    }
}

fn replace_newer_words(schema: &mut Map<String, Value>) {
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
    if let Some(example) = schema.get("examples").and_then(|examples| examples.get(0)).cloned() {
        schema.remove("examples");
        schema.insert("example".to_owned(), example);
    }
    // 3.0 cannot limit the names of members.
    schema.remove("propertyNames");
    // In 3.0, members beside a reference are ignored.
    if schema.len() > 1
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_rewritten_and_examples_are_not() {
        for (of_3_1, of_3_0) in [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (
                json!({"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}], "description": "d"}),
                json!({"type": "string", "example": "e", "nullable": true, "description": "d"}),
            ),
            (
                json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
                json!({"type": "string", "enum": ["a", null], "nullable": true}),
            ),
            (json!({"$ref": "#/a", "description": "d"}), json!({"allOf": [{"$ref": "#/a"}], "description": "d"})),
            (json!({"const": 1, "examples": [2, 3]}), json!({"enum": [1], "example": 2})),
            (
                json!({"example": {"type": ["string", "null"], "a": null}}),
                json!({"example": {"type": ["string", "null"], "a": null}}),
            ),
        ] {
            let mut value = of_3_1;
            convert_below(&mut value, &json!({"A": {"type": "string", "description": "of A", "examples": ["e"]}}));
            assert_eq!(value, of_3_0);
        }
    }
}

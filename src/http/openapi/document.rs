//! The parts of a document that is already JSON.

use serde_json::Value;

/// All operations with their paths.
pub(super) fn operations(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let items = members(document, "paths");
    items.flat_map(|(path, item)| item.as_object_mut().into_iter().flatten().map(move |(_, operation)| (path, operation)))
}

/// The members of the object of this name, if there is one.
pub(super) fn members<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    value.get_mut(name).and_then(Value::as_object_mut).into_iter().flatten()
}

/// The name of the schema that a schema refers to.
pub(super) fn referenced(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

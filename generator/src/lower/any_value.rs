//! Any JSON: an object that does not say its keys, with a mark.

use serde_json::{Map, Value};

use crate::diag::Code;

/// The extension that marks a schema of any JSON.
pub(super) const ANY_VALUE: &str = "x-any-value";

/// The extension with the code of the finding about a value that is any JSON because its description
/// is not supported. It is absent if the document allows any value.
const ANY_CAUSE: &str = "x-any-cause";

/// Keywords that say nothing about the type of a value.
const ANNOTATIONS: [&str; 9] = [
    "title",
    "description",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
    "default",
    "example",
    "externalDocs",
];

/// Whether a keyword says nothing about the type of a value.
pub(super) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key == "xml" || (key.starts_with("x-") && key != ANY_VALUE)
}

/// A schema of any JSON.
pub(super) fn any_value() -> Value {
    let mut map = Map::new();
    mark_as_any(&mut map);
    Value::Object(map)
}

/// A schema of any JSON that stands for one that is not supported.
pub(super) fn degraded_value(cause: Code) -> Value {
    let mut map = Map::new();
    degrade_to_any(&mut map, cause);
    Value::Object(map)
}

/// Turns a schema that is not supported into any JSON. Its description stays; null is any JSON as
/// well. The cause is the code of the finding about it.
pub(super) fn turn_into_any(schema: &mut Value, cause: Code) {
    match schema {
        Value::Object(map) => degrade_to_any(map, cause),
        other => *other = degraded_value(cause),
    }
}

/// The same for the keywords of a schema.
pub(super) fn degrade_to_any(map: &mut Map<String, Value>, cause: Code) {
    mark_as_any(map);
    map.insert(ANY_CAUSE.to_owned(), Value::from(cause.id()));
}

/// Turns a schema into the any JSON that another one is.
pub(super) fn copy_any(map: &mut Map<String, Value>, other: &Map<String, Value>) {
    mark_as_any(map);
    let cause = other.get(ANY_CAUSE).cloned();
    map.extend(cause.map(|cause| (ANY_CAUSE.to_owned(), cause)));
}

/// Turns the keywords of a schema into any JSON, because the document allows any value.
pub(super) fn mark_as_any(map: &mut Map<String, Value>) {
    map.retain(|key, _| is_annotation(key) && key != "nullable");
    map.insert("type".to_owned(), Value::from("object"));
    map.insert(ANY_VALUE.to_owned(), Value::Bool(true));
}

/// Whether a schema is any JSON.
pub(super) fn is_any_value(schema: &Map<String, Value>) -> bool {
    schema.contains_key(ANY_VALUE)
}

/// The target of a schema that is a reference.
pub(super) fn reference_target(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)
}

/// The name of the component schema that a reference points to.
pub(super) fn schema_name(target: &str) -> Option<&str> {
    target.strip_prefix("#/components/schemas/")
}

/// A reference to a component schema.
pub(super) fn schema_reference(name: &str) -> Value {
    reference_to(&format!("#/components/schemas/{name}"))
}

/// A reference with this text.
pub(super) fn reference_to(target: &str) -> Value {
    let mut map = Map::new();
    map.insert("$ref".to_owned(), Value::from(target));
    Value::Object(map)
}

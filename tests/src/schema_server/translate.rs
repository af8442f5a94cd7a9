//! OpenAPI 3.0 schemas as JSON Schema.
//!
//! There are two differences: `nullable` becomes a type, and objects that list their properties are
//! closed. The document closes only the top level of forms, but Stripe rejects misspelt names at
//! any level.

use serde_json::{Map, Value, json};

/// Keywords that do not constrain values, or that are translated here.
const DROPPED: [&str; 8] = [
    "nullable",
    "title",
    "description",
    "deprecated",
    "example",
    "readOnly",
    "writeOnly",
    "default",
];

/// Translates a schema with everything inside it. References stay references.
pub(crate) fn to_json_schema(schema: &Value) -> Value {
    let Some(stated) = schema.as_object() else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (keyword, value) in stated {
        if DROPPED.contains(&keyword.as_str()) || keyword.starts_with("x-") {
            continue;
        }
        let value = match keyword.as_str() {
            "properties" => each_member(value),
            "anyOf" | "oneOf" | "allOf" => each_item(value),
            "items" | "additionalProperties" | "not" => to_json_schema(value),
            // Draft 4 demands at least one name.
            "required" if value.as_array().is_some_and(Vec::is_empty) => continue,
            _ => value.clone(),
        };
        out.insert(keyword.clone(), value);
    }
    if out.contains_key("properties") && !out.contains_key("additionalProperties") {
        out.insert("additionalProperties".into(), json!(false));
    }
    if stated.get("nullable") == Some(&Value::Bool(true)) {
        admit_null(&mut out);
    }
    Value::Object(out)
}

fn each_member(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(name, schema)| (name.clone(), to_json_schema(schema)))
        .collect::<Map<_, _>>()
        .into()
}

fn each_item(value: &Value) -> Value {
    let items = value.as_array().into_iter().flatten();
    items.map(to_json_schema).collect::<Vec<_>>().into()
}

fn admit_null(schema: &mut Map<String, Value>) {
    if let Some(members) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        members.push(json!({ "type": "null" }));
        return;
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
}

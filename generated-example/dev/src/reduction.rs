//! From an OpenAPI document to the parts of it that the server uses.
//!
//! The build script reduces the embedded document with this module, and the server any other one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The text is not an OpenAPI document of the kind that the server can serve.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ReductionError(String);

/// Keywords that neither constrain a request nor shape a response.
const DROPPED: [&str; 9] = [
    "title",
    "description",
    "deprecated",
    "example",
    "readOnly",
    "writeOnly",
    "default",
    "x-stripeBypassValidation",
    "x-resourceId",
];

/// The operations with their parameters and successful responses, and the components of these.
pub(crate) fn reduce_document(root: &Value) -> Result<Value, ReductionError> {
    let Some(paths) = root["paths"].as_object() else {
        return Err(ReductionError("there are no paths".to_owned()));
    };
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for (method, stated) in methods.as_object().into_iter().flatten() {
            if stated.is_object() {
                operations.push(reduce_operation(path, method, stated)?);
            }
        }
    }
    let mut names = BTreeSet::new();
    for operation in &operations {
        collect_references(&operation["answer"], root, &mut names);
    }
    let mut components = Map::new();
    for name in names {
        let schema = reduce_schema(&root["components"]["schemas"][&name], false);
        components.insert(name, schema);
    }
    Ok(json!({
        "version": root["info"]["version"],
        "operations": operations,
        "components": components,
    }))
}

fn reduce_operation(path: &str, method: &str, stated: &Value) -> Result<Value, ReductionError> {
    let Some(id) = stated["operationId"].as_str() else {
        let message = format!("{method} {path} has no operationId");
        return Err(ReductionError(message));
    };
    let content = stated.pointer("/responses/200/content");
    let content = content.and_then(Value::as_object);
    let answer = content.and_then(|content| content.iter().next());
    let (media, answer) = answer.map_or(("", Value::Null), |(media, stated)| {
        (media, reduce_schema(&stated["schema"], false))
    });
    let mut query = query_schema(stated);
    let mut body = request_body(stated);
    // GETs declare an empty form that clients do not send. DELETEs declare forms too, and clients
    // send those parameters in the query.
    if method != "post" {
        if method == "delete" {
            merge_form(&mut query, &body["schema"]);
        }
        body = Value::Null;
    }
    Ok(json!({
        "id": id,
        "method": method.to_ascii_uppercase(),
        "path": path,
        "query": query,
        "body": body,
        "media": media,
        "answer": answer,
    }))
}

fn query_schema(stated: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in stated["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] != "query" {
            continue;
        }
        if parameter["required"] == true {
            required.push(parameter["name"].clone());
        }
        let name = parameter["name"].as_str().unwrap_or_default();
        properties.insert(name.to_owned(), reduce_schema(&parameter["schema"], true));
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn request_body(stated: &Value) -> Value {
    let content = stated.pointer("/requestBody/content");
    let content = content.and_then(Value::as_object);
    match content.and_then(|content| content.iter().next()) {
        Some((media, body)) => {
            json!({ "media": media, "schema": reduce_schema(&body["schema"], true) })
        }
        None => Value::Null,
    }
}

/// Adds the properties and the required names of `form` to `query`.
fn merge_form(query: &mut Value, form: &Value) {
    for (name, schema) in form["properties"].as_object().into_iter().flatten() {
        query["properties"][name.as_str()] = schema.clone();
    }
    let more = form["required"].as_array().cloned().unwrap_or_default();
    if let Some(required) = query["required"].as_array_mut() {
        required.extend(more);
    }
}

/// Drops what has no effect. Lengths and patterns constrain parameters alone; the pattern of a URL
/// in a response says which list it is of, so it is kept.
fn reduce_schema(schema: &Value, is_parameter: bool) -> Value {
    let Some(stated) = schema.as_object() else {
        return schema.clone();
    };
    let mut reduced = Map::new();
    for (keyword, value) in stated {
        let keyword = keyword.as_str();
        if DROPPED.contains(&keyword) || (keyword == "maxLength" && !is_parameter) {
            continue;
        }
        let value = match keyword {
            "properties" => reduce_members(value, is_parameter),
            "anyOf" | "oneOf" | "allOf" => value
                .as_array()
                .into_iter()
                .flatten()
                .map(|member| reduce_schema(member, is_parameter))
                .collect(),
            "items" | "additionalProperties" => reduce_schema(value, is_parameter),
            // All that is needed is that there are some.
            "x-expansionResources" => json!(true),
            _ => value.clone(),
        };
        reduced.insert(keyword.to_owned(), value);
    }
    Value::Object(reduced)
}

fn reduce_members(properties: &Value, is_parameter: bool) -> Value {
    let members = properties.as_object().into_iter().flatten();
    members
        .map(|(name, schema)| (name.clone(), reduce_schema(schema, is_parameter)))
        .collect::<Map<_, _>>()
        .into()
}

fn collect_references(node: &Value, root: &Value, names: &mut BTreeSet<String>) {
    match node {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, root, names)),
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(component_name) {
                if names.insert(name.to_owned()) {
                    collect_references(&root["components"]["schemas"][name], root, names);
                }
            }
            members
                .values()
                .for_each(|member| collect_references(member, root, names));
        }
        _ => {}
    }
}

/// `NAME` of `#/components/schemas/NAME`.
pub(crate) fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

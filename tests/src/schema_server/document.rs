//! The OpenAPI document, reduced to what the server needs.

use serde_json::{Map, Value, json};

use super::load::DocumentError;
use super::route::{self, Segment};

/// The operations and the schemas they refer to.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) components: Map<String, Value>,
    pub(crate) operations: Vec<Operation>,
}

/// The format of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Form,
    Multipart,
    Json,
}

/// One method of one path, schemas as the document states them.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) segments: Vec<Segment>,
    /// An object schema made of the query parameters.
    pub(crate) query: Value,
    /// The body of a POST.
    pub(crate) body: Option<(Media, Value)>,
    /// Media type and schema of the 200 response.
    pub(crate) answer: (String, Value),
}

impl Operation {
    /// v2 operations differ in wire format and headers.
    pub(crate) fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }
}

impl Document {
    /// Takes the document's parts from its parsed form.
    pub(crate) fn from_value(root: &Value) -> Result<Self, DocumentError> {
        let paths = root.get("paths").and_then(Value::as_object);
        let Some(paths) = paths else {
            return shape("there are no paths");
        };
        let components = root
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        let components = components.cloned().unwrap_or_default();
        let mut operations = Vec::new();
        for (path, methods) in paths {
            let methods = methods.as_object().into_iter().flatten();
            for (method, stated) in methods.filter(|(_, stated)| stated.is_object()) {
                operations.push(operation(path, method, stated)?);
            }
        }
        let document = Self {
            components,
            operations,
        };
        document.check_references(root)?;
        Ok(document)
    }

    /// An unresolved reference would otherwise cause an invalid response much later.
    fn check_references(&self, node: &Value) -> Result<(), DocumentError> {
        match node {
            Value::Array(items) => items.iter().try_for_each(|i| self.check_references(i)),
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str)
                    && self.resolve(reference).is_none()
                {
                    return shape(format!("{reference} leads nowhere"));
                }
                members.values().try_for_each(|m| self.check_references(m))
            }
            _ => Ok(()),
        }
    }

    /// The component that `#/components/schemas/NAME` means.
    pub(crate) fn resolve(&self, reference: &str) -> Option<(&str, &Value)> {
        let name = reference.strip_prefix("#/components/schemas/")?;
        let (name, schema) = self.components.get_key_value(name)?;
        Some((name, schema))
    }
}

fn shape<T>(message: impl Into<String>) -> Result<T, DocumentError> {
    Err(DocumentError::Shape(message.into()))
}

fn operation(path: &str, method: &str, stated: &Value) -> Result<Operation, DocumentError> {
    let Some(id) = stated.get("operationId").and_then(Value::as_str) else {
        return shape(format!("{method} {path} has no operationId"));
    };
    let answer = stated
        .pointer("/responses/200/content")
        .and_then(Value::as_object);
    let Some((media, answer)) = answer.and_then(|content| content.iter().next()) else {
        return shape(format!("{id} states no 200 answer"));
    };
    let mut query = query_schema(stated);
    let mut body = request_body(stated)?;
    // GETs declare an empty form that no client sends. DELETEs declare forms too, and clients
    // send those parameters in the query.
    if method != "post" {
        let form = body.take().filter(|_| method == "delete");
        if let Some((_, form)) = form {
            merge(&mut query, &form);
        }
    }
    Ok(Operation {
        id: id.to_owned(),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        segments: route::template(path),
        query,
        body,
        answer: (media.clone(), schema_of(answer)),
    })
}

fn schema_of(node: &Value) -> Value {
    node.get("schema").cloned().unwrap_or_else(|| json!({}))
}

fn query_schema(stated: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let parameters = stated.get("parameters").and_then(Value::as_array);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] != "query" {
            continue;
        }
        if parameter["required"] == true {
            required.push(parameter["name"].clone());
        }
        let name = parameter["name"].as_str().unwrap_or_default();
        properties.insert(name.to_owned(), schema_of(parameter));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn request_body(stated: &Value) -> Result<Option<(Media, Value)>, DocumentError> {
    let content = stated
        .pointer("/requestBody/content")
        .and_then(Value::as_object);
    let Some((media, body)) = content.and_then(|content| content.iter().next()) else {
        return Ok(None);
    };
    let media = match media.as_str() {
        "application/x-www-form-urlencoded" => Media::Form,
        "multipart/form-data" => Media::Multipart,
        "application/json" => Media::Json,
        other => return shape(format!("request bodies of type {other} are not known")),
    };
    Ok(Some((media, schema_of(body))))
}

/// Adds the properties and the required names of `form` to `query`.
fn merge(query: &mut Value, form: &Value) {
    for (name, schema) in form["properties"].as_object().into_iter().flatten() {
        query["properties"][name.as_str()] = schema.clone();
    }
    let more = form.get("required").and_then(Value::as_array);
    if let (Some(required), Some(more)) = (query["required"].as_array_mut(), more) {
        required.extend(more.iter().cloned());
    }
}

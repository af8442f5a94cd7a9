//! Checks parameters against the document.

use serde_json::Value;

use crate::document::union_members;
use crate::errors::ApiProblem;
use crate::wire_format::coerce::FILE;

/// Checks the parameters of a request; `schema` is that of its query or body.
pub(crate) fn check_parameters(schema: &Value, params: &Value) -> Result<(), ApiProblem> {
    let mut problems = Vec::new();
    check_value(schema, params, "", &mut problems);
    // Unknown and missing names first: they usually explain the rest.
    problems.sort_by_key(|problem| match problem.code.as_deref() {
        Some("parameter_unknown") => 0,
        Some("parameter_missing") => 1,
        _ => 2,
    });
    problems.into_iter().next().map_or(Ok(()), Err)
}

fn check_value(schema: &Value, value: &Value, place: &str, problems: &mut Vec<ApiProblem>) {
    if let Some(members) = union_members(schema) {
        check_union(members, value, place, problems);
        return;
    }
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    if !has_type(schema, value) {
        problems.push(invalid_type(schema, value, place));
        return;
    }
    let allowed = schema["enum"].as_array();
    if allowed.is_some_and(|allowed| !allowed.contains(value)) {
        problems.push(invalid_enum(allowed, value, place));
        return;
    }
    match value {
        Value::Object(_) => check_object(schema, value, place, problems),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = format!("{place}[{index}]");
                check_value(&schema["items"], item, &place, problems);
            }
        }
        Value::String(text) => {
            let limit = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
            if u64::try_from(text.chars().count()).unwrap_or(u64::MAX) > limit {
                let message = format!("Invalid {place}: it has more than {limit} characters.");
                let code = "parameter_invalid_string_too_long";
                problems.push(ApiProblem::parameter(code, place, message));
            }
        }
        _ => {}
    }
}

/// The member that was meant gives the error: the one of the type that the value has.
fn check_union(members: &[Value], value: &Value, place: &str, problems: &mut Vec<ApiProblem>) {
    let mut best: Option<Vec<ApiProblem>> = None;
    for member in members {
        let mut found = Vec::new();
        check_value(member, value, place, &mut found);
        if found.is_empty() {
            return;
        }
        let is_meant = has_type(member, value) && !member["enum"].is_array();
        if best.is_none() || is_meant {
            best = Some(found);
        }
    }
    problems.extend(best.unwrap_or_default());
}

fn check_object(schema: &Value, value: &Value, place: &str, problems: &mut Vec<ApiProblem>) {
    let properties = schema["properties"].as_object();
    for (name, member) in value.as_object().into_iter().flatten() {
        let place = bracketed(place, name);
        if let Some(property) = properties.and_then(|properties| properties.get(name)) {
            check_value(property, member, &place, problems);
        } else if schema["additionalProperties"].is_object() {
            check_value(&schema["additionalProperties"], member, &place, problems);
        } else if properties.is_some() {
            let message = format!("Received unknown parameter: {place}");
            problems.push(ApiProblem::parameter("parameter_unknown", place, message));
        }
    }
    let required = schema["required"].as_array();
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            problems.push(ApiProblem::missing_parameter(bracketed(place, name)));
        }
    }
}

/// Whether a value has the type of the schema; a schema without one allows any.
fn has_type(schema: &Value, value: &Value) -> bool {
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("string") if schema["format"] == "binary" => value == FILE,
        Some("string") => value.is_string() && value != FILE,
        _ => union_members(schema).is_none_or(|m| m.iter().any(|m| has_type(m, value))),
    }
}

fn invalid_type(schema: &Value, value: &Value, place: &str) -> ApiProblem {
    let (code, wanted) = match schema["type"].as_str() {
        Some("integer") => ("parameter_invalid_integer", "an integer"),
        Some("number") => ("parameter_invalid_number", "a number"),
        Some("boolean") => ("parameter_invalid_boolean", "true or false"),
        Some("array") => ("parameter_invalid_array", "an array"),
        Some("object") => ("parameter_invalid_object", "an object"),
        _ => ("parameter_invalid_string", "a string"),
    };
    if value == "" {
        let message = format!("You passed an empty string for '{place}'.");
        return ApiProblem::parameter("parameter_invalid_empty", place, message);
    }
    let message = format!("Invalid {place}: must be {wanted}");
    ApiProblem::parameter(code, place, message)
}

fn invalid_enum(allowed: Option<&Vec<Value>>, value: &Value, place: &str) -> ApiProblem {
    const SHOWN: usize = 20;
    let allowed = allowed.into_iter().flatten().filter_map(Value::as_str);
    let allowed: Vec<&str> = allowed.take(SHOWN).collect();
    let message = format!(
        "Invalid {place}: must be one of {}; not {value}",
        allowed.join(", ")
    );
    ApiProblem::parameter("parameter_invalid_enum", place, message)
}

/// `items[0]` and `price` make `items[0][price]`.
pub(crate) fn bracketed(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        _ => format!("{place}[{name}]"),
    }
}

//! Decides what a union (`anyOf`, `oneOf`) becomes.

use serde_json::{Map, Value};

use super::any_value::{is_annotation, is_any_value, reference_target, reference_to};
use super::components::{SchemaRoots, wrapped_reference};
use super::report::LowerReport;

/// What a union becomes.
pub(super) enum UnionResult {
    /// Its members only restrict the values.
    Restriction,
    /// This schema.
    One(Value),
    /// One of these components, which are objects. What tells them apart is found later.
    Components(Vec<Value>),
    /// Any JSON, and why.
    Any(String),
}

/// What a union becomes, and whether it may be null.
pub(super) struct UnionDecision {
    pub(super) result: UnionResult,
    pub(super) is_nullable: bool,
}

/// Decides what a union of these members becomes. All decisions about unions are taken here.
pub(super) fn decide_union(
    mut members: Vec<Value>,
    roots: &SchemaRoots<'_>,
    report: &LowerReport<'_>,
) -> UnionDecision {
    let before = members.len();
    members.retain(|member| !is_null(member));
    remove_null_objects(&mut members, roots);
    let mut is_nullable = members.len() < before;
    for member in &mut members {
        is_nullable |= take_null(member);
    }
    remove_equal(&mut members);
    let result = match members.len() {
        0 if is_nullable => UnionResult::Any("null only".to_owned()),
        0 => UnionResult::Restriction,
        _ if members.iter().all(is_restriction) => UnionResult::Restriction,
        1 => members
            .pop()
            .map_or(UnionResult::Restriction, UnionResult::One),
        _ => combine_members(&members, roots, report),
    };
    UnionDecision {
        result,
        is_nullable,
    }
}

/// Removes `nullable` of a member; whether it may be null. What is left of a reference that may be
/// null is the reference.
fn take_null(member: &mut Value) -> bool {
    let Value::Object(map) = member else {
        return false;
    };
    let is_nullable = map.shift_remove("nullable") == Some(Value::Bool(true));
    if is_nullable {
        if let Some(target) = wrapped_reference(member).map(str::to_owned) {
            *member = reference_to(&target);
        }
    }
    is_nullable
}

/// Two or more members that differ.
fn combine_members(
    members: &[Value],
    roots: &SchemaRoots<'_>,
    report: &LowerReport<'_>,
) -> UnionResult {
    let resolved: Option<Vec<&Map<String, Value>>> = members
        .iter()
        .map(|member| resolve_member(member, roots))
        .collect();
    let Some(resolved) = resolved else {
        return UnionResult::Any(described(members, report));
    };
    if resolved.iter().any(|schema| is_any_value(schema)) {
        return UnionResult::Any(described(members, report));
    }
    let is_component = |(member, schema): (&Value, &&Map<String, Value>)| {
        reference_target(member).is_some() && is_object(schema)
    };
    if members.iter().zip(&resolved).all(is_component) {
        return UnionResult::Components(members.to_vec());
    }
    let kinds: Option<Vec<&str>> = resolved
        .iter()
        .map(|schema| schema.get("type")?.as_str())
        .collect();
    let kinds = kinds.unwrap_or_default();
    let all =
        |allowed: &[&str]| !kinds.is_empty() && kinds.iter().all(|kind| allowed.contains(kind));
    if all(&["string"]) {
        UnionResult::One(Value::Object(united_text(&resolved)))
    } else if all(&["integer"]) {
        UnionResult::One(typed("integer"))
    } else if all(&["integer", "number"]) {
        UnionResult::One(typed("number"))
    } else if all(&["boolean"]) {
        UnionResult::One(typed("boolean"))
    } else {
        UnionResult::Any(described(members, report))
    }
}

/// Whether a schema, which may not be lowered yet, is an object with properties.
fn is_object(schema: &Map<String, Value>) -> bool {
    let has_type = schema.get("type").and_then(Value::as_str) == Some("object");
    has_type || schema.contains_key("properties") || schema.contains_key("allOf")
}

/// Strings: all values of enums, or any string.
fn united_text(members: &[&Map<String, Value>]) -> Map<String, Value> {
    let mut text = Map::new();
    text.insert("type".to_owned(), Value::from("string"));
    let lists: Option<Vec<&Vec<Value>>> = members
        .iter()
        .map(|member| member.get("enum")?.as_array())
        .collect();
    if let Some(lists) = lists {
        let mut values: Vec<Value> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for value in lists.into_iter().flatten() {
            if seen.insert(value.as_str()) {
                values.push(value.clone());
            }
        }
        text.insert("enum".to_owned(), Value::Array(values));
        return text;
    }
    let mut formats = members.iter().map(|member| member.get("format"));
    if let Some(Some(first)) = formats.next() {
        let has_enum = members.iter().any(|member| member.contains_key("enum"));
        if !has_enum && formats.all(|format| format == Some(first)) {
            text.insert("format".to_owned(), first.clone());
        }
    }
    text
}

fn typed(kind: &str) -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), Value::from(kind));
    Value::Object(map)
}

/// Removes members that differ from an earlier one in annotations only.
fn remove_equal(members: &mut Vec<Value>) {
    let mut seen: std::collections::HashSet<String> = std::collections::HashSet::new();
    members.retain(|member| seen.insert(plain_text(member)));
}

/// A schema without its annotations, as text.
pub(super) fn plain_text(member: &Value) -> String {
    match member {
        Value::Object(map) => {
            let rest = map.iter().filter(|(key, _)| !is_annotation(key));
            let rest: Map<String, Value> = rest
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            Value::Object(rest).to_string()
        }
        other => other.to_string(),
    }
}

/// Whether the schema is that of null.
pub(super) fn is_null(schema: &Value) -> bool {
    let is_type = schema.get("type").and_then(Value::as_str) == Some("null");
    let values = schema.get("enum").and_then(Value::as_array);
    let is_value = values.is_some_and(|values| values.as_slice() == [Value::Null]);
    // `nullable` with an enum of null only is left of `const: null`.
    is_type || is_value
}

/// Whether a schema only says that a value is an object or null: `{type: object, nullable: true}`.
///
/// A reference of OpenAPI 3.0 has no `nullable` beside it. Converters of OData, with which Microsoft
/// describes its APIs, write a reference that may be null as a union of it and this schema. By the
/// letter it allows any object; what is meant is null, which it is taken for.
pub(super) fn is_null_object(schema: &Value) -> bool {
    let Value::Object(map) = schema else {
        return false;
    };
    map.get("type").and_then(Value::as_str) == Some("object")
        && map.get("nullable") == Some(&Value::Bool(true))
        && map.keys().all(|key| key == "type" || is_annotation(key))
}

/// Removes the members that only say that an object may be null, if all others are objects. Beside
/// other values such a member is an alternative of its own.
fn remove_null_objects(members: &mut Vec<Value>, roots: &SchemaRoots<'_>) {
    let others = || members.iter().filter(|member| !is_null_object(member));
    if others().next().is_some() && others().all(|member| is_described_object(member, roots)) {
        members.retain(|member| !is_null_object(member));
    }
}

/// Whether a member is an object, or a union of components that are objects.
fn is_described_object(member: &Value, roots: &SchemaRoots<'_>) -> bool {
    let Some(schema) = resolve_member(member, roots).filter(|schema| !is_any_value(schema)) else {
        return false;
    };
    let is_member = |member: &Value| resolve_member(member, roots).is_some_and(is_object);
    let union = schema.get("oneOf").and_then(Value::as_array);
    is_object(schema) || union.is_some_and(|members| members.iter().all(is_member))
}

/// A member, or the component that it refers to.
fn resolve_member<'m>(
    member: &'m Value,
    roots: &SchemaRoots<'m>,
) -> Option<&'m Map<String, Value>> {
    match reference_target(member) {
        Some(target) => roots.follow(target).map(|(_, schema)| schema),
        None => member.as_object(),
    }
}

/// Whether a member says nothing about the type of a value.
fn is_restriction(member: &Value) -> bool {
    let Value::Object(map) = member else {
        return false;
    };
    let is_object = map.get("type").and_then(Value::as_str) == Some("object");
    let mut keys = map.keys().filter(|key| !is_annotation(key));
    !map.contains_key("$ref")
        && !is_any_value(map)
        && keys.all(|key| {
            matches!(key.as_str(), "required" | "minProperties" | "maxProperties")
                || (is_object && key == "type")
        })
}

/// The members, for a finding.
fn described(members: &[Value], report: &LowerReport<'_>) -> String {
    let name = |member: &Value| match reference_target(member) {
        Some(target) => {
            let name = target.rsplit('/').next().unwrap_or(target);
            format!("`{}`", report.written_name(name))
        }
        None => {
            let kind = member.get("type").and_then(Value::as_str);
            kind.unwrap_or("any JSON").to_owned()
        }
    };
    let names: Vec<String> = members.iter().take(6).map(name).collect();
    let rest = match members.len() > names.len() {
        true => ", and more",
        false => "",
    };
    format!("one of {}{rest}", names.join(", "))
}

//! Merges the members of `allOf`.

use serde_json::{Map, Value};

use super::any_value::{is_annotation, is_any_value, reference_target};
use super::components::MemberResolver;
use super::visit::ORIGIN;
use crate::diag::{Code, SpecPath, Trail};

/// Merges two or more schemas into one. `into` has the annotations of the result. An error says why
/// the result is any JSON.
pub(super) fn merge_members(
    into: &mut Map<String, Value>,
    parts: Vec<Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) -> Result<(), String> {
    let mut members = Vec::with_capacity(parts.len());
    for part in parts {
        members.extend(expand_part(part, trail, resolver)?);
    }
    let kinds: Vec<&str> = members.iter().filter_map(type_of).collect();
    let kind = common_kind(&kinds)?;
    let is_nullable = into.get("nullable") == Some(&Value::Bool(true))
        || (!members.is_empty() && members.iter().all(is_nullable));
    let mut merged = Map::new();
    for member in members {
        if kind == "object" {
            merge_objects(&mut merged, member, trail, resolver);
        } else {
            merge_keywords(&mut merged, member, trail, resolver);
        }
    }
    merged.insert("type".to_owned(), Value::from(kind));
    for (key, value) in merged {
        into.entry(key).or_insert(value);
    }
    into.shift_remove("nullable");
    if is_nullable {
        into.insert("nullable".to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// A member with its reference followed. Nothing, if it refers to what is being merged.
fn expand_part(
    part: Value,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) -> Result<Option<Map<String, Value>>, String> {
    let Some(target) = reference_target(&part).map(str::to_owned) else {
        let map = match part {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        if is_any_value(&map) {
            return Err("a member of `allOf` is any JSON".to_owned());
        }
        return Ok(Some(map));
    };
    let Some((name, schema)) = resolver.roots.follow(&target) else {
        if resolver.roots.has_component(&target) {
            let detail = format!("`{target}` contains this schema and is left out");
            resolver.report.warn_at(Code::MembersMerged, trail, detail);
        }
        return Ok(None);
    };
    if is_any_value(schema) {
        return Err(format!("`{name}` is any JSON"));
    }
    if !resolver.budget.take_copy(schema) {
        return Err("too many copies of members of `allOf`".to_owned());
    }
    let mut copy = schema.clone();
    mark_origins(&mut copy, name);
    // Its annotations are those of another component.
    let is_nullable = is_nullable(&copy);
    copy.retain(|key, _| !is_annotation(key));
    if is_nullable {
        copy.insert("nullable".to_owned(), Value::Bool(true));
    }
    Ok(Some(copy))
}

/// Notes where the properties of a copy come from.
fn mark_origins(copy: &mut Map<String, Value>, name: &str) {
    let properties = copy.get_mut("properties").and_then(Value::as_object_mut);
    let base = SpecPath::root()
        .child("components")
        .child("schemas")
        .child(name);
    let base = match copy_origin(properties.as_deref()) {
        true => return,
        false => base.child("properties"),
    };
    for (key, property) in properties.into_iter().flatten() {
        if let Value::Object(map) = property {
            if !map.contains_key("$ref") && !map.contains_key(ORIGIN) {
                let at = base.child(key);
                map.insert(ORIGIN.to_owned(), Value::from(at.as_str()));
            }
        }
    }
}

/// Whether there is nothing to note.
fn copy_origin(properties: Option<&Map<String, Value>>) -> bool {
    properties.is_none_or(Map::is_empty)
}

fn type_of(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

fn is_nullable(schema: &Map<String, Value>) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// The type that all members have.
fn common_kind(kinds: &[&str]) -> Result<&'static str, String> {
    const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];
    let is_common = |kind: &&str| kinds.iter().all(|found| found == kind);
    let is_number = |kind: &&str| matches!(*kind, "integer" | "number");
    match TYPES.into_iter().find(|kind| is_common(kind)) {
        Some(kind) if !kinds.is_empty() => Ok(kind),
        None if kinds.iter().all(is_number) => Ok("integer"),
        _ => Err(format!("all of {}", kinds.join(", "))),
    }
}

/// Adds the keywords of a scalar or list; later ones count.
fn merge_keywords(
    merged: &mut Map<String, Value>,
    member: Map<String, Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    for (key, value) in member {
        if key == "type" || key == "nullable" || key == ORIGIN {
            continue;
        }
        let is_type = matches!(key.as_str(), "items" | "enum" | "format");
        let is_other = merged.get(&key).is_some_and(|before| *before != value);
        if is_type && is_other {
            let detail = format!("`{key}`");
            resolver.report.warn_at(Code::MembersMerged, trail, detail);
        }
        merged.insert(key, value);
    }
}

/// Adds the properties and other keywords of an object.
fn merge_objects(
    merged: &mut Map<String, Value>,
    member: Map<String, Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    for (key, value) in member {
        match (key.as_str(), value) {
            ("type" | "nullable" | ORIGIN, _) => {}
            ("properties", Value::Object(properties)) => {
                merge_properties(merged, properties, trail, resolver);
            }
            ("required", Value::Array(names)) => merge_required(merged, names),
            ("additionalProperties", Value::Bool(_)) => {
                merged.entry(key).or_insert(Value::Bool(true));
            }
            (_, value) => _ = merged.insert(key, value),
        }
    }
    drop_free_keys(merged, trail, resolver);
}

/// An object has fixed keys or free ones, not both.
fn drop_free_keys(
    merged: &mut Map<String, Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    let properties = merged.get("properties").and_then(Value::as_object);
    let has_fixed = properties.is_some_and(|properties| !properties.is_empty());
    let key = "additionalProperties";
    if has_fixed && merged.get(key).is_some_and(Value::is_object) {
        merged.shift_remove(key);
        resolver.report.warn_at(Code::FreeKeysIgnored, trail, "");
    }
}

fn merge_required(merged: &mut Map<String, Value>, names: Vec<Value>) {
    let before = merged
        .entry("required")
        .or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(before) = before else {
        return;
    };
    let mut seen: std::collections::HashSet<Value> = before.iter().cloned().collect();
    before.extend(names.into_iter().filter(|name| seen.insert(name.clone())));
}

fn merge_properties(
    merged: &mut Map<String, Value>,
    properties: Map<String, Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    let all = merged
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(all) = all else {
        return;
    };
    for (name, value) in properties {
        let Some(before) = all.get_mut(&name) else {
            all.insert(name, value);
            continue;
        };
        let above = trail.key_child("properties");
        merge_property(before, value, &above.key_child(&name), resolver);
    }
}

/// Adds what another member says about a property.
fn merge_property(
    before: &mut Value,
    value: Value,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    if is_same_type(before, &value) || is_unspecific(before, &value) {
        *before = value;
        return;
    }
    if is_unspecific(&value, before) {
        return;
    }
    match (before, value) {
        (Value::Object(before), Value::Object(value))
            if is_inline_object(before) && is_inline_object(&value) =>
        {
            let is_null = is_nullable(before) && is_nullable(&value);
            merge_objects(before, value, trail, resolver);
            keep_null(before, is_null);
        }
        (Value::Object(before), Value::Object(value)) if is_same_scalar(before, &value) => {
            let is_null = is_nullable(before) && is_nullable(&value);
            merge_keywords(before, value, trail, resolver);
            keep_null(before, is_null);
        }
        (before, value) => {
            resolver
                .report
                .warn_at(Code::MembersMerged, trail, "the property");
            *before = value;
        }
    }
}

fn keep_null(schema: &mut Map<String, Value>, is_null: bool) {
    schema.shift_remove("nullable");
    if is_null {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// Whether a schema says nothing that the other does not say: any JSON, or an object of any keys beside
/// an object or a reference.
fn is_unspecific(schema: &Value, other: &Value) -> bool {
    let Value::Object(map) = schema else {
        return false;
    };
    let mut keys = map.keys().filter(|key| !is_annotation(key));
    let is_open = type_of(map) == Some("object") && keys.all(|key| key == "type");
    let other_type = other.get("type").and_then(Value::as_str);
    is_any_value(map) || (is_open && (other_type == Some("object") || other.get("$ref").is_some()))
}

fn is_same_scalar(left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    let kind = type_of(left);
    kind == type_of(right) && !matches!(kind, None | Some("object" | "array"))
}

/// Whether two schemas differ in annotations only.
fn is_same_type(left: &Value, right: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        return left == right;
    };
    let plain = |map: &Map<String, Value>| -> Map<String, Value> {
        let rest = map
            .iter()
            .filter(|(key, _)| !is_annotation(key) || *key == "nullable");
        rest.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    plain(left) == plain(right)
}

fn is_inline_object(schema: &Map<String, Value>) -> bool {
    type_of(schema) == Some("object")
        && !is_any_value(schema)
        && schema.get("properties").is_some_and(Value::is_object)
}

//! Members of unions that are objects written in place become components, as if the document
//! referred to them: a union of components has a type, and its members have names.

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_reference};
use super::names::unique_name;
use super::visit::{ORIGIN, put_schemas, take_schemas, visit_component, visit_schemas};
use crate::diag::{SpecPath, Trail};

/// Moves the objects among the members of unions to the components. Unions of requests stay: their
/// parameters are one struct.
pub(super) fn hoist_union_members(document: &mut Value) {
    let mut schemas = take_schemas(document);
    let mut moved = Map::new();
    let names: Vec<String> = schemas.keys().cloned().collect();
    let above = SpecPath::root().child("components").child("schemas");
    for name in names {
        let Some(mut schema) = schemas.get_mut(&name).map(Value::take) else {
            continue;
        };
        let at = above.child(&name);
        visit_component(&mut schema, &Trail::at_pointer(&at), |inner, _, trail| {
            move_members(inner, trail, &schemas, &mut moved);
        });
        schemas.insert(name, schema);
    }
    visit_schemas(document, |inner, _, trail| {
        if is_of_response(trail) {
            move_members(inner, trail, &schemas, &mut moved);
        }
    });
    schemas.extend(moved);
    put_schemas(document, schemas);
}

/// Whether a schema outside of the component schemas describes a response.
fn is_of_response(trail: &Trail<'_>) -> bool {
    trail.spec_path().segments().any(|it| it == "responses")
}

/// Replaces the members of a union, if all of them are objects or references.
fn move_members(
    schema: &mut Value,
    trail: &Trail<'_>,
    schemas: &Map<String, Value>,
    moved: &mut Map<String, Value>,
) {
    let Value::Object(schema) = schema else {
        return;
    };
    let Some(key) = only_union(schema) else {
        return;
    };
    let owner = trail.spec_path();
    let base = take_own_keywords(schema).map(|own| {
        let name = free_name(&format!("{}_base", owner_name(&owner)), schemas, moved);
        add_component(name.clone(), own, &owner, schemas, moved);
        name
    });
    let members = schema.get_mut(key).and_then(Value::as_array_mut);
    let union = trail.key_child(key);
    for (i, member) in members.into_iter().flatten().enumerate() {
        if !is_object_in_place(member) {
            continue;
        }
        let at = union.item_child(i).spec_path();
        let wanted = format!("{}_{}", owner_name(&at), member_name(member, i));
        let name = free_name(&wanted, schemas, moved);
        let mut part = std::mem::replace(member, schema_reference(&name));
        if let Some(base) = &base {
            mark_origin(&mut part, &at);
            part = merge_of(vec![schema_reference(base), part]);
        }
        add_component(name, part, &at, schemas, moved);
    }
}

/// Adds a component whose content comes from a place. Its own unions are handled here, because the
/// caller does not see it any more.
fn add_component(
    name: String,
    mut schema: Value,
    at: &SpecPath,
    schemas: &Map<String, Value>,
    moved: &mut Map<String, Value>,
) {
    // The name is taken while the unions inside are handled.
    moved.insert(name.clone(), Value::Null);
    visit_component(&mut schema, &Trail::at_pointer(at), |inner, _, trail| {
        move_members(inner, trail, schemas, moved);
    });
    mark_origin(&mut schema, at);
    moved.insert(name, schema);
}

fn mark_origin(schema: &mut Value, at: &SpecPath) {
    if let Value::Object(map) = schema {
        map.insert(ORIGIN.to_owned(), Value::from(at.as_str()));
    }
}

/// The keyword of the union, if its members can be moved: there is one union, and beside it are no
/// keywords that members elsewhere would have to take over.
fn only_union(schema: &Map<String, Value>) -> Option<&'static str> {
    let (key, other) = match schema.contains_key("oneOf") {
        true => ("oneOf", "anyOf"),
        false => ("anyOf", "oneOf"),
    };
    let members = schema.get(key).and_then(Value::as_array)?;
    let has_own = schema.contains_key("properties") || schema.contains_key("required");
    let is_clear = !schema.contains_key(other) && !schema.contains_key("allOf");
    let are_in_place = !has_own || members.iter().all(is_object_in_place);
    (is_clear && are_in_place && is_union_of_objects(members)).then_some(key)
}

/// Takes the keywords that apply to each member, as a schema.
fn take_own_keywords(schema: &mut Map<String, Value>) -> Option<Value> {
    let mut own = Map::new();
    for key in ["properties", "required"] {
        own.extend(
            schema
                .shift_remove(key)
                .map(|value| (key.to_owned(), value)),
        );
    }
    if own.is_empty() {
        return None;
    }
    own.insert("type".to_owned(), Value::from("object"));
    Some(Value::Object(own))
}

fn merge_of(members: Vec<Value>) -> Value {
    let mut all = Map::new();
    all.insert("allOf".to_owned(), Value::Array(members));
    Value::Object(all)
}

/// Whether there are two members or more besides null, all of them references or objects.
fn is_union_of_objects(members: &[Value]) -> bool {
    let is_null = |member: &&Value| member.get("type").and_then(Value::as_str) == Some("null");
    let others = || members.iter().filter(|member| !is_null(member));
    others().count() > 1
        && others().all(|member| reference_target(member).is_some() || is_object_in_place(member))
}

/// Whether a schema says which properties an object has.
fn is_object_in_place(member: &Value) -> bool {
    let kind = member.get("type").map(Value::as_str);
    let has_properties = member
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|properties| !properties.is_empty());
    reference_target(member).is_none()
        && has_properties
        && matches!(kind, None | Some(Some("object")))
}

/// What a member is called: its title, the only value of one of its properties, or its number.
fn member_name(member: &Value, index: usize) -> String {
    let title = member.get("title").and_then(Value::as_str);
    let title = title.filter(|title| title.chars().any(|c| c.is_ascii_alphanumeric()));
    let properties = member.get("properties").and_then(Value::as_object);
    let constant = || properties?.values().find_map(constant_text);
    match title.or_else(constant) {
        Some(name) => name.to_owned(),
        None => format!("option{}", index + 1),
    }
}

fn constant_text(schema: &Value) -> Option<&str> {
    match schema.get("enum")?.as_array()?.as_slice() {
        [one] => one.as_str(),
        _ => None,
    }
}

/// What the place of a member is called: the names of the component or operation and of properties.
fn owner_name(at: &SpecPath) -> String {
    let mut segments = at.segments();
    let mut names: Vec<String> = Vec::new();
    while let Some(segment) = segments.next() {
        let named = match &*segment {
            "paths" => 2,
            "schemas" | "properties" => 1,
            _ => 0,
        };
        names.extend(segments.by_ref().take(named));
    }
    names.join("_")
}

/// A name that no component has, neither before nor among those that were moved.
fn free_name(wanted: &str, schemas: &Map<String, Value>, moved: &Map<String, Value>) -> String {
    let mut name = unique_name(wanted, schemas);
    let mut number = 2_usize;
    while moved.contains_key(&name) {
        name = unique_name(&format!("{wanted}_{number}"), schemas);
        number += 1;
    }
    name
}

//! Null: properties, items, values of maps and whole responses may be null. A component that may be
//! null makes the uses nullable that refer to it, and so does a union with a member that may be null.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{is_any_value, reference_target, schema_name};
use super::components::wrapped_reference;
use super::report::LowerReport;
use super::union_members::is_of_response;
use super::visit::{SchemaUse, visit_component, visit_objects, visit_schemas};
use crate::diag::{Code, Trail};
use crate::spec::grammar::{PARAMETER, REQUEST_BODY};

/// Removes `nullable` where only a value is possible.
pub(super) fn lower_nulls(document: &mut Value, report: &mut LowerReport<'_>) {
    let nullable = take_nullable_components(document);
    visit_schemas(document, |schema, used, trail| {
        lower_null(schema, used, &nullable, trail, report);
    });
    visit_objects(document, &PARAMETER, |parameter, trail| {
        if let Some(schema) = parameter.get_mut("schema") {
            visit_component(schema, &trail.key_child("schema"), |inner, _, trail| {
                remove_null(inner, trail, report);
            });
        }
    });
    visit_objects(document, &REQUEST_BODY, |body, trail| {
        let content = body.get_mut("content").and_then(Value::as_object_mut);
        let list = trail.key_child("content");
        for (media_type, media) in content.into_iter().flatten() {
            if !is_form(media_type) {
                continue;
            }
            let above = list.key_child(media_type);
            let here = above.key_child("schema");
            if let Some(schema) = media.get_mut("schema") {
                visit_component(schema, &here, |inner, _, trail| {
                    remove_null(inner, trail, report);
                });
            }
        }
    });
}

fn is_form(media_type: &str) -> bool {
    media_type == "application/x-www-form-urlencoded" || media_type.starts_with("multipart/")
}

/// The components that may be null. The mark is removed from them.
fn take_nullable_components(document: &mut Value) -> HashSet<String> {
    let schemas = document.pointer_mut("/components/schemas");
    let Some(schemas) = schemas.and_then(Value::as_object_mut) else {
        return HashSet::new();
    };
    let mut nullable = HashSet::new();
    for (name, schema) in schemas.iter_mut() {
        let Value::Object(map) = schema else {
            continue;
        };
        let is_marked = map.shift_remove("nullable") == Some(Value::Bool(true));
        if is_marked && !is_any_value(map) {
            nullable.insert(name.clone());
        }
        let target = wrapped_reference(schema).map(str::to_owned);
        if let (true, Some(target)) = (is_marked, target) {
            *schema = super::any_value::reference_to(&target);
        }
    }
    add_aliases(schemas, &mut nullable);
    nullable
}

/// Adds the components that lead to one of those that may be null, or are unions with it.
fn add_aliases(schemas: &Map<String, Value>, nullable: &mut HashSet<String>) {
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, schema) in schemas {
        for target in possible_components(schema) {
            users.entry(target).or_default().push(name);
        }
    }
    let mut open: Vec<String> = nullable.iter().cloned().collect();
    while let Some(name) = open.pop() {
        for user in users.get(name.as_str()).into_iter().flatten() {
            if nullable.insert((*user).to_owned()) {
                open.push((*user).to_owned());
            }
        }
    }
}

/// The components that a value may be: that of a reference, or the members of a union.
fn possible_components(schema: &Value) -> impl Iterator<Item = &str> {
    let unions = ["anyOf", "oneOf"].into_iter();
    let members = unions.filter_map(|key| schema.get(key)?.as_array());
    std::iter::once(schema)
        .chain(members.flatten())
        .filter_map(|member| schema_name(reference_target(member)?))
}

fn lower_null(
    schema: &mut Value,
    used: SchemaUse,
    nullable: &HashSet<String>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let is_behind = possible_components(schema).any(|name| nullable.contains(name));
    let is_marked = schema.get("nullable") == Some(&Value::Bool(true));
    if !is_behind && !is_marked {
        return;
    }
    if schema.as_object().is_some_and(is_any_value) {
        if let Value::Object(map) = schema {
            map.shift_remove("nullable");
        }
        return;
    }
    match used {
        SchemaUse::Property | SchemaUse::Item | SchemaUse::MapValue => mark_nullable(schema),
        SchemaUse::Content if is_of_response(trail) => mark_nullable(schema),
        SchemaUse::Content | SchemaUse::Parameter => {
            report.warn_at(Code::NullLowered, trail, "`nullable` is ignored");
            unmark_nullable(schema);
        }
        SchemaUse::Component | SchemaUse::Member => {}
    }
}

/// A value that may be null.
fn mark_nullable(schema: &mut Value) {
    let is_reference = reference_target(schema).is_some();
    if is_reference {
        let reference = schema.take();
        let mut map = Map::new();
        map.insert("anyOf".to_owned(), Value::Array(vec![reference]));
        *schema = Value::Object(map);
    }
    if let Value::Object(map) = schema {
        map.insert("nullable".to_owned(), Value::Bool(true));
    }
}

fn unmark_nullable(schema: &mut Value) {
    if let Value::Object(map) = schema {
        map.shift_remove("nullable");
        let target = (map.len() == 1)
            .then(|| wrapped_reference(schema))
            .flatten();
        if let Some(target) = target.map(str::to_owned) {
            *schema = super::any_value::reference_to(&target);
        }
    }
}

/// Forms and parameters cannot say null.
fn remove_null(schema: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        let detail = "forms and parameters cannot say null";
        report.warn_keyword(Code::NullLowered, trail, "nullable", detail);
        unmark_nullable(schema);
    }
}

//! Visits all schemas of a document, outer ones first.

use serde_json::{Map, Value};

use super::names::components_of;
use crate::diag::{SpecPath, Trail};
use crate::spec::grammar::{
    COMPONENTS, DOCUMENT, HEADER, MEDIA_TYPE, ObjectRule, PARAMETER, SCHEMA, ValueRule,
};

/// The extension with the place that a copied schema comes from. It is removed before the end.
pub(super) const ORIGIN: &str = "x-lowered-from";

/// Where a schema is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaUse {
    /// It is a component.
    Component,
    /// It is a property of an object.
    Property,
    /// It is the item of a list.
    Item,
    /// It is the value of a map.
    MapValue,
    /// It is a member of `allOf`, `anyOf`, `oneOf`, or `not`.
    Member,
    /// It is the content of a request or response.
    Content,
    /// It is the value of a parameter or header.
    Parameter,
}

/// What is called with each schema.
type Visitor<'v> = dyn FnMut(&mut Value, SchemaUse, &Trail<'_>) + 'v;

/// Calls `visit` with each schema. It may replace the schema; what is inside is visited afterwards.
pub(super) fn visit_schemas(
    document: &mut Value,
    mut visit: impl FnMut(&mut Value, SchemaUse, &Trail<'_>),
) {
    let root = ValueRule::Object(&DOCUMENT);
    visit_value(root, document, SchemaUse::Content, &Trail::ROOT, &mut visit);
}

/// The same for one component schema.
pub(super) fn visit_component(
    schema: &mut Value,
    at: &Trail<'_>,
    mut visit: impl FnMut(&mut Value, SchemaUse, &Trail<'_>),
) {
    let rule = ValueRule::OrReference(&SCHEMA);
    visit_value(rule, schema, SchemaUse::Component, at, &mut visit);
}

/// Calls `visit` with each object of one kind, such as all media types.
pub(super) fn visit_objects(
    document: &mut Value,
    wanted: &'static ObjectRule,
    mut visit: impl FnMut(&mut Map<String, Value>, &Trail<'_>),
) {
    let root = ValueRule::Object(&DOCUMENT);
    visit_wanted(root, document, wanted, &Trail::ROOT, &mut visit);
}

/// Takes the component schemas out of the document; they must be put back.
pub(super) fn take_schemas(document: &mut Value) -> Map<String, Value> {
    let all = document.pointer_mut("/components/schemas");
    let all = all.and_then(Value::as_object_mut);
    all.map(std::mem::take).unwrap_or_default()
}

/// Puts the component schemas back.
pub(super) fn put_schemas(document: &mut Value, schemas: Map<String, Value>) {
    if schemas.is_empty() && document.pointer("/components/schemas").is_none() {
        return;
    }
    if let Some(all) = components_of(document, "schemas") {
        *all = schemas;
    }
}

fn visit_value(
    rule: ValueRule,
    value: &mut Value,
    used: SchemaUse,
    trail: &Trail<'_>,
    visit: &mut Visitor<'_>,
) {
    match (rule, value) {
        (ValueRule::Object(rule) | ValueRule::OrReference(rule), value) => {
            visit_object(rule, value, used, trail, visit);
        }
        (ValueRule::FlagOrSchema, value @ Value::Object(_)) => {
            visit_object(&SCHEMA, value, used, trail, visit);
        }
        (ValueRule::ListOf(inner), Value::Array(items)) => {
            for (i, item) in items.iter_mut().enumerate() {
                visit_value(*inner, item, used, &trail.item_child(i), visit);
            }
        }
        (ValueRule::MapOf(inner) | ValueRule::OpenMapOf(inner), Value::Object(map)) => {
            for (key, child) in map {
                visit_value(*inner, child, used, &trail.key_child(key), visit);
            }
        }
        _ => {}
    }
}

fn visit_object(
    rule: &'static ObjectRule,
    value: &mut Value,
    used: SchemaUse,
    trail: &Trail<'_>,
    visit: &mut Visitor<'_>,
) {
    let origin = value.get(ORIGIN).and_then(Value::as_str).map(str::to_owned);
    let origin = origin.as_deref().and_then(SpecPath::parse);
    let rebased = origin.as_ref().map(Trail::at_pointer);
    let trail = rebased.as_ref().unwrap_or(trail);
    if std::ptr::eq(rule, &SCHEMA) {
        visit(value, used, trail);
    }
    let Value::Object(map) = value else {
        return;
    };
    if map.contains_key("$ref") {
        return;
    }
    for (key, child) in map {
        if let Some((_, inner)) = rule.keys.iter().find(|(name, _)| name == key) {
            let used = use_of_keyword(rule, key).unwrap_or(used);
            visit_value(*inner, child, used, &trail.key_child(key), visit);
        }
    }
}

fn visit_wanted(
    rule: ValueRule,
    value: &mut Value,
    wanted: &'static ObjectRule,
    trail: &Trail<'_>,
    visit: &mut dyn FnMut(&mut Map<String, Value>, &Trail<'_>),
) {
    match (rule, value) {
        (ValueRule::Object(rule) | ValueRule::OrReference(rule), Value::Object(map)) => {
            if map.contains_key("$ref") || std::ptr::eq(rule, &SCHEMA) {
                return;
            }
            if std::ptr::eq(rule, wanted) {
                visit(map, trail);
            }
            for (key, child) in map {
                if let Some((_, inner)) = rule.keys.iter().find(|(name, _)| name == key) {
                    visit_wanted(*inner, child, wanted, &trail.key_child(key), visit);
                }
            }
        }
        (ValueRule::ListOf(inner), Value::Array(items)) => {
            for (i, item) in items.iter_mut().enumerate() {
                visit_wanted(*inner, item, wanted, &trail.item_child(i), visit);
            }
        }
        (ValueRule::MapOf(inner) | ValueRule::OpenMapOf(inner), Value::Object(map)) => {
            for (key, child) in map {
                visit_wanted(*inner, child, wanted, &trail.key_child(key), visit);
            }
        }
        _ => {}
    }
}

/// How the schemas under a keyword are used, if the keyword says so.
fn use_of_keyword(rule: &'static ObjectRule, key: &str) -> Option<SchemaUse> {
    let is = |other: &'static ObjectRule| std::ptr::eq(rule, other);
    match key {
        "properties" if is(&SCHEMA) => Some(SchemaUse::Property),
        "items" if is(&SCHEMA) => Some(SchemaUse::Item),
        "additionalProperties" if is(&SCHEMA) => Some(SchemaUse::MapValue),
        "allOf" | "anyOf" | "oneOf" | "not" if is(&SCHEMA) => Some(SchemaUse::Member),
        "schemas" if is(&COMPONENTS) => Some(SchemaUse::Component),
        "schema" if is(&MEDIA_TYPE) => Some(SchemaUse::Content),
        "schema" if is(&PARAMETER) || is(&HEADER) => Some(SchemaUse::Parameter),
        _ => None,
    }
}

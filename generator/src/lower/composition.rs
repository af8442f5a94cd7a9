//! Schemas with members (`allOf`, `anyOf`, `oneOf`, `not`): each becomes one schema without any.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{
    copy_any, degrade_to_any, is_annotation, is_any_value, mark_as_any, reference_target,
    schema_name,
};
use super::components::{CopyBudget, MemberResolver, SchemaRoots, wrapped_reference};
use super::known_unions::is_known_union;
use super::merging::merge_members;
use super::plain::{has_members, lower_plain};
use super::report::LowerReport;
use super::union::{UnionResult, decide_union};
use super::visit::{ORIGIN, SchemaUse, put_schemas, take_schemas, visit_component, visit_schemas};
use crate::diag::{Code, SpecPath, Trail};

/// Annotations that have an effect on the code that is generated for a property.
const EFFECTIVE: [&str; 5] = [
    "description",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// Resolves all members that are not those of component schemas.
pub(super) fn resolve_uses(
    document: &mut Value,
    meanings: &HashMap<String, String>,
    report: &mut LowerReport<'_>,
) {
    let mut schemas = take_schemas(document);
    let mut budget = CopyBudget::of_schemas(&schemas);
    let named = referenced_roots(document, &mut schemas, meanings);
    let mut resolve = |schema: &mut Value, used: SchemaUse, trail: &Trail<'_>| {
        let mut resolver = MemberResolver {
            roots: SchemaRoots {
                schemas: &named,
                meanings,
            },
            budget: &mut budget,
            report,
        };
        resolve_schema(schema, used, trail, &mut resolver);
    };
    let above = SpecPath::root().child("components").child("schemas");
    for (name, schema) in &mut schemas {
        let at = above.child(name);
        visit_component(schema, &Trail::at_pointer(&at), &mut resolve);
    }
    visit_schemas(document, &mut resolve);
    put_schemas(document, schemas);
}

/// Copies of the components that members refer to.
fn referenced_roots(
    document: &mut Value,
    schemas: &mut Map<String, Value>,
    meanings: &HashMap<String, String>,
) -> Map<String, Value> {
    let mut names: HashSet<&String> = HashSet::new();
    let mut collect = |schema: &mut Value, used: SchemaUse, _: &Trail<'_>| {
        if used == SchemaUse::Member {
            let name = reference_target(schema).and_then(schema_name);
            names.extend(name.and_then(|name| meanings.get(name)));
        }
    };
    visit_schemas(document, &mut collect);
    for schema in schemas.values_mut() {
        visit_component(schema, &Trail::ROOT, &mut collect);
    }
    let named = schemas.iter().filter(|(name, _)| names.contains(name));
    named
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect()
}

/// Replaces a schema with members by one without.
pub(super) fn resolve_schema(
    schema: &mut Value,
    used: SchemaUse,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) {
    if is_resolved_wrapper(schema) {
        return;
    }
    let Value::Object(map) = schema else {
        return;
    };
    if map.contains_key("$ref") || !has_members(map) {
        return;
    }
    if is_known_union(map, used, trail, resolver) {
        return;
    }
    let parts = match collect_parts(map, trail, resolver) {
        Ok(parts) => parts,
        Err(detail) => {
            resolver.report.warn_at(Code::AnyValue, trail, detail);
            degrade_to_any(map, Code::AnyValue);
            return;
        }
    };
    map.retain(|key, _| is_annotation(key));
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (None, _) => mark_as_any(map),
        (Some(one), None) => place_single(map, one, used, trail, resolver.report),
        (Some(first), Some(second)) => {
            let parts = [first, second].into_iter().chain(parts).collect();
            if let Err(detail) = merge_members(map, parts, trail, resolver) {
                resolver.report.warn_at(Code::AnyValue, trail, detail);
                degrade_to_any(map, Code::AnyValue);
            }
        }
    }
}

/// Whether a schema is a reference with annotations, which stays.
fn is_resolved_wrapper(schema: &Value) -> bool {
    let Value::Object(map) = schema else {
        return false;
    };
    let others = map.keys().filter(|key| *key != "anyOf");
    wrapped_reference(schema).is_some()
        && others
            .into_iter()
            .all(|key| EFFECTIVE.contains(&key.as_str()))
}

/// The schemas that a value must fulfil all: members of `allOf`, the result of unions, and the
/// keywords of the schema itself. An error says why that is any JSON.
fn collect_parts(
    map: &mut Map<String, Value>,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) -> Result<Vec<Value>, String> {
    let mut discriminator = map.shift_remove("discriminator");
    let mut parts = take_members(map, "allOf", trail, resolver);
    let own_type = map.get("type").cloned();
    let mut is_nullable = false;
    for key in ["anyOf", "oneOf"] {
        let mut members = take_members(map, key, trail, resolver);
        if members.is_empty() {
            continue;
        }
        if let Some(kind) = &own_type {
            add_type(&mut members, kind);
        }
        let found = decide_union(members, &resolver.roots, resolver.report);
        is_nullable |= found.is_nullable;
        match found.result {
            UnionResult::Restriction => {
                let detail = format!("`{key}` of restrictions");
                resolver
                    .report
                    .warn_keyword(Code::KeywordIgnored, trail, key, detail);
            }
            UnionResult::One(schema) => parts.push(schema),
            UnionResult::Components(members) => {
                let mut union = Map::new();
                union.insert("oneOf".to_owned(), Value::Array(members));
                let found = discriminator.take();
                union.extend(found.map(|found| ("discriminator".to_owned(), found)));
                parts.push(Value::Object(union));
            }
            UnionResult::Any(detail) => return Err(detail),
        }
    }
    if discriminator.is_some() && parts.is_empty() {
        resolver
            .report
            .warn_keyword(Code::KeywordIgnored, trail, "discriminator", "");
    }
    let has_not = map.shift_remove("not").is_some();
    parts.extend(own_part(map, &parts, trail, resolver));
    if has_not {
        if parts.is_empty() {
            return Err("`not`".to_owned());
        }
        resolver
            .report
            .warn_keyword(Code::KeywordIgnored, trail, "not", "`not`");
    }
    if is_nullable {
        map.insert("nullable".to_owned(), Value::Bool(true));
    }
    Ok(parts)
}

/// The keywords of a schema beside its members, as a member.
fn own_part(
    map: &Map<String, Value>,
    parts: &[Value],
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) -> Option<Value> {
    let own = map.iter().filter(|(key, _)| !is_annotation(key));
    let mut own: Map<String, Value> = own
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    own.retain(|key, _| key != ORIGIN);
    lower_plain(&mut own, SchemaUse::Member, trail, resolver.report);
    let says_type_only = own.len() == 1 && own.contains_key("type");
    let is_known = says_type_only && !parts.is_empty();
    (!own.is_empty() && !is_known).then_some(Value::Object(own))
}

/// The members under a keyword, each resolved. Those that say nothing are left out.
fn take_members(
    map: &mut Map<String, Value>,
    key: &str,
    trail: &Trail<'_>,
    resolver: &mut MemberResolver<'_, '_>,
) -> Vec<Value> {
    let Some(Value::Array(mut members)) = map.shift_remove(key) else {
        return Vec::new();
    };
    let list = trail.key_child(key);
    for (i, member) in members.iter_mut().enumerate() {
        let here = list.item_child(i);
        resolve_schema(member, SchemaUse::Member, &here, resolver);
    }
    let is_all = key == "allOf";
    members.retain(|member| {
        let says_nothing = member
            .as_object()
            .is_some_and(|map| map.keys().all(|key| is_annotation(key)));
        !(is_all && says_nothing)
    });
    members
}

/// Members without type have that of the union.
fn add_type(members: &mut [Value], kind: &Value) {
    for member in members {
        if let Value::Object(map) = member {
            if !map.contains_key("$ref") && !map.contains_key("type") && !has_members(map) {
                map.insert("type".to_owned(), kind.clone());
            }
        }
    }
}

/// A schema with one member is that member.
fn place_single(
    map: &mut Map<String, Value>,
    part: Value,
    used: SchemaUse,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let part = match part {
        Value::Object(part) => part,
        _ => return mark_as_any(map),
    };
    if let Some(target) = part.get("$ref").cloned() {
        place_reference(map, target, used, trail, report);
        return;
    }
    if is_any_value(&part) {
        return copy_any(map, &part);
    }
    for (key, value) in part {
        if key != ORIGIN {
            map.entry(key).or_insert(value);
        }
    }
}

/// A reference with annotations: `anyOf` of one for a property or where it may be null, and the plain
/// reference elsewhere.
fn place_reference(
    map: &mut Map<String, Value>,
    target: Value,
    used: SchemaUse,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let is_set =
        |key: &str, value: &Value| EFFECTIVE.contains(&key) && *value != Value::Bool(false);
    map.retain(|key, value| is_set(key, value));
    let is_nullable = map.contains_key("nullable");
    let keeps = !map.is_empty() && (is_nullable || used == SchemaUse::Property);
    if !keeps {
        for key in map
            .keys()
            .filter(|key| *key != "readOnly" && *key != "writeOnly")
        {
            report.warn_keyword(Code::SiblingIgnored, trail, key, format!("`{key}`"));
        }
        map.clear();
        map.insert("$ref".to_owned(), target);
        return;
    }
    let mut reference = Map::new();
    reference.insert("$ref".to_owned(), target);
    let members = vec![Value::Object(reference)];
    map.insert("anyOf".to_owned(), Value::Array(members));
}

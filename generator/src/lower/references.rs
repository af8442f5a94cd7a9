//! References to places that are no components: what they point to becomes a component.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::any_value::reference_target;
use super::names::{components_of, unique_name};
use super::report::LowerReport;
use super::visit::ORIGIN;
use crate::diag::SpecPath;
use crate::spec::grammar::{
    DOCUMENT, HEADER, ObjectRule, PARAMETER, REQUEST_BODY, RESPONSE, SCHEMA, ValueRule,
};

/// Keywords of JSON Schema under which further schemas stand.
const NESTED_SCHEMAS: [&str; 3] = ["$defs", "definitions", "patternProperties"];

/// A reference that needs another text.
struct PlaceUse {
    /// The text of `$ref`.
    target: String,
    /// The kind of components that it may point to.
    kind: &'static str,
}

/// Moves everything that is referred to from elsewhere to the components, and changes the references.
pub(super) fn gather_components(document: &mut Value, report: &mut LowerReport<'_>) {
    let places = find_places(document);
    if places.is_empty() {
        return;
    }
    let mut renamed: HashMap<(String, &'static str), String> = HashMap::new();
    let mut moves: IndexMap<(SpecPath, &'static str), Vec<String>> = IndexMap::new();
    for PlaceUse { target, kind } in places {
        let Some(pointer) = resolved_pointer(document, &target) else {
            // It leads nowhere, or leaves the document.
            continue;
        };
        match component_of_kind(&pointer, kind) {
            Some(name) if !name.contains(['/', '~']) => {
                let text = format!("#/components/{kind}/{name}");
                renamed.insert((target, kind), text);
            }
            _ => moves.entry((pointer, kind)).or_default().push(target),
        }
    }
    // Inner places first, so that the pointers of outer ones stay valid.
    let mut moves: Vec<_> = moves.into_iter().collect();
    moves.sort_by_key(|((pointer, _), _)| std::cmp::Reverse(pointer.segments().count()));
    for ((pointer, kind), targets) in moves {
        if let Some(name) = move_to_components(document, &pointer, kind) {
            if kind == "schemas" {
                report.note_made(&name, pointer);
            }
            let text = format!("#/components/{kind}/{name}");
            for target in targets {
                renamed.insert((target, kind), text.clone());
            }
        }
    }
    walk_references(ValueRule::Object(&DOCUMENT), document, &mut |kind, map| {
        rename_reference(kind, map, &renamed);
    });
}

fn rename_reference(
    kind: &'static str,
    map: &mut Map<String, Value>,
    renamed: &HashMap<(String, &'static str), String>,
) {
    let Some(Value::String(target)) = map.get_mut("$ref") else {
        return;
    };
    if let Some(text) = renamed.get(&(target.clone(), kind)) {
        target.clone_from(text);
    }
}

/// The references whose text must change, in the document and in what they refer to.
fn find_places(document: &mut Value) -> Vec<PlaceUse> {
    let mut seen: HashSet<(String, &'static str)> = HashSet::new();
    let mut found: Vec<PlaceUse> = Vec::new();
    let mut collect = |kind: &'static str, map: &mut Map<String, Value>| {
        let Some(target) = map.get("$ref").and_then(Value::as_str) else {
            return;
        };
        if !is_plain_component(target, kind) && seen.insert((target.to_owned(), kind)) {
            found.push(PlaceUse {
                target: target.to_owned(),
                kind,
            });
        }
    };
    walk_references(ValueRule::Object(&DOCUMENT), document, &mut collect);
    // What is referred to outside of known places is walked as well. The list grows meanwhile.
    let mut next = 0;
    let mut walked = HashSet::new();
    while let Some(PlaceUse { target, kind }) = found.get(next) {
        next += 1;
        let (pointer, rule) = (resolved_pointer(document, target), rule_of_kind(kind));
        let (Some(pointer), Some(rule)) = (pointer, rule) else {
            continue;
        };
        if !walked.insert(pointer.clone()) {
            continue;
        }
        let mut more = Vec::new();
        if let Some(inside) = document.pointer_mut(pointer.as_str()) {
            let rule = ValueRule::OrReference(rule);
            walk_references(rule, inside, &mut |kind, map| {
                let target = map.get("$ref").and_then(Value::as_str);
                let target = target.filter(|target| !is_plain_component(target, kind));
                more.extend(target.map(|target| (target.to_owned(), kind)));
            });
        }
        for (target, kind) in more {
            if seen.insert((target.clone(), kind)) {
                found.push(PlaceUse { target, kind });
            }
        }
    }
    found
}

/// Whether a reference has the text that later stages expect.
fn is_plain_component(target: &str, kind: &str) -> bool {
    let name = target
        .strip_prefix("#/components/")
        .and_then(|rest| rest.strip_prefix(kind))
        .and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.contains(['/', '~', '%']))
}

/// The name of a component of this kind, if the pointer is that of one.
fn component_of_kind(pointer: &SpecPath, kind: &str) -> Option<String> {
    let segments: Vec<String> = pointer.segments().collect();
    match segments.as_slice() {
        [components, found, name] if components == "components" && found == kind => {
            Some(name.clone())
        }
        _ => None,
    }
}

/// The pointer of a reference inside of the document, if it leads somewhere.
fn resolved_pointer(document: &Value, target: &str) -> Option<SpecPath> {
    let inside = target.strip_prefix('#')?;
    let pointer = SpecPath::parse(inside)?;
    if document.pointer(pointer.as_str()).is_some() {
        return Some(pointer);
    }
    let decoded = percent_decoded(inside)?;
    let pointer = SpecPath::parse(&decoded)?;
    document.pointer(pointer.as_str()).map(|_| pointer)
}

/// The text with `%20` and the like replaced.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Moves a part of the document to the components; a reference stays in its place.
fn move_to_components(
    document: &mut Value,
    pointer: &SpecPath,
    kind: &'static str,
) -> Option<String> {
    let wanted = pointer.segments().filter(|s| s != "schema" && s != "items");
    let wanted = wanted.last().unwrap_or_default();
    let name = unique_name(&wanted, components_of(document, kind)?);
    let mut reference = Map::new();
    let text = format!("#/components/{kind}/{name}");
    reference.insert("$ref".to_owned(), Value::from(text));
    let place = document.pointer_mut(pointer.as_str())?;
    let mut moved = std::mem::replace(place, Value::Object(reference));
    if let Some(map) = moved
        .as_object_mut()
        .filter(|map| !map.contains_key("$ref"))
    {
        map.insert(ORIGIN.to_owned(), Value::from(pointer.as_str()));
    }
    components_of(document, kind)?.insert(name.clone(), moved);
    Some(name)
}

fn rule_of_kind(kind: &str) -> Option<&'static ObjectRule> {
    match kind {
        "schemas" => Some(&SCHEMA),
        "parameters" => Some(&PARAMETER),
        "responses" => Some(&RESPONSE),
        "requestBodies" => Some(&REQUEST_BODY),
        "headers" => Some(&HEADER),
        _ => None,
    }
}

/// The kind of components of an object.
pub(super) fn kind_of_rule(rule: &'static ObjectRule) -> Option<&'static str> {
    let kinds = [
        "schemas",
        "parameters",
        "responses",
        "requestBodies",
        "headers",
    ];
    let is_kind = |kind: &&str| rule_of_kind(kind).is_some_and(|of| std::ptr::eq(of, rule));
    kinds.into_iter().find(is_kind)
}

/// Calls `found` with each reference and the kind of components that it must point to.
fn walk_references(
    rule: ValueRule,
    value: &mut Value,
    found: &mut dyn FnMut(&'static str, &mut Map<String, Value>),
) {
    match (rule, value) {
        (ValueRule::OrReference(rule), value) if reference_target(value).is_some() => {
            let kind = kind_of_rule(rule);
            if let (Some(kind), Some(map)) = (kind, value.as_object_mut()) {
                found(kind, map);
                walk_keys(rule, map, found);
            }
        }
        (ValueRule::Object(rule) | ValueRule::OrReference(rule), Value::Object(map)) => {
            walk_keys(rule, map, found);
        }
        (ValueRule::FlagOrSchema, value @ Value::Object(_)) => {
            walk_references(ValueRule::OrReference(&SCHEMA), value, found);
        }
        (ValueRule::ListOf(inner), Value::Array(items)) => {
            items
                .iter_mut()
                .for_each(|item| walk_references(*inner, item, found));
        }
        (ValueRule::MapOf(inner) | ValueRule::OpenMapOf(inner), Value::Object(map)) => {
            map.values_mut()
                .for_each(|child| walk_references(*inner, child, found));
        }
        _ => {}
    }
}

fn walk_keys(
    rule: &'static ObjectRule,
    map: &mut Map<String, Value>,
    found: &mut dyn FnMut(&'static str, &mut Map<String, Value>),
) {
    static SCHEMAS: ValueRule = ValueRule::MapOf(&ValueRule::OrReference(&SCHEMA));
    for (key, child) in map {
        let known = rule.keys.iter().find(|(name, _)| name == key);
        match known {
            Some((_, inner)) => walk_references(*inner, child, found),
            None if std::ptr::eq(rule, &SCHEMA) && NESTED_SCHEMAS.contains(&key.as_str()) => {
                walk_references(SCHEMAS, child, found);
            }
            None => {}
        }
    }
}

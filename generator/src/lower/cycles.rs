//! Components that refer to each other without an object in between: one of the references becomes
//! any JSON.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name, turn_into_any};
use super::report::LowerReport;
use crate::diag::Code;

/// Whether a component has been entered or left by the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SearchState {
    Open,
    Closed,
}

/// Replaces the references that close a cycle.
pub(super) fn break_cycles(document: &mut Value, report: &mut LowerReport<'_>) {
    let schemas = document.pointer_mut("/components/schemas");
    let Some(schemas) = schemas.and_then(Value::as_object_mut) else {
        return;
    };
    for (name, targets) in closing_references(schemas) {
        let Some(schema) = schemas.get_mut(&name) else {
            continue;
        };
        let listed: Vec<String> = targets
            .iter()
            .map(|name| report.written_name(name))
            .collect();
        let (own, listed) = (report.written_name(&name), listed.join("`, `"));
        let detail = format!("`{own}` contains itself through `{listed}`");
        report.warn_path(Code::AnyValue, report.written_place(&name), detail);
        replace_references(schema, &targets);
    }
}

/// The references that lead back to a component on the way, by component.
fn closing_references(schemas: &Map<String, Value>) -> Vec<(String, Vec<String>)> {
    let mut edges: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, schema) in schemas {
        let mut targets = Vec::new();
        stands_for(schema, &mut targets);
        edges.insert(name, targets);
    }
    let mut states: HashMap<&str, SearchState> = HashMap::new();
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for name in schemas.keys() {
        if states.contains_key(name.as_str()) {
            continue;
        }
        states.insert(name, SearchState::Open);
        let mut open: Vec<(&str, usize)> = vec![(name, 0)];
        while let Some((name, next)) = open.last_mut() {
            let target = edges
                .get(name)
                .and_then(|targets| targets.get(*next))
                .copied();
            *next += 1;
            let Some(target) = target else {
                states.insert(name, SearchState::Closed);
                open.pop();
                continue;
            };
            match states.get(target) {
                Some(SearchState::Open) => add_reference(&mut found, name, target),
                Some(SearchState::Closed) => {}
                None if schemas.contains_key(target) => {
                    states.insert(target, SearchState::Open);
                    open.push((target, 0));
                }
                None => {}
            }
        }
    }
    found
}

fn add_reference(found: &mut Vec<(String, Vec<String>)>, name: &str, target: &str) {
    match found.last_mut() {
        Some((last, targets)) if last == name => targets.push(target.to_owned()),
        _ => found.push((name.to_owned(), vec![target.to_owned()])),
    }
}

/// The components that a schema refers to without an object in between.
fn stands_for<'s>(schema: &'s Value, into: &mut Vec<&'s str>) {
    if let Some(target) = reference_target(schema) {
        into.extend(schema_name(target));
        return;
    }
    for key in ["anyOf", "oneOf", "items", "additionalProperties"] {
        match schema.get(key) {
            Some(Value::Array(members)) => {
                members.iter().for_each(|member| stands_for(member, into));
            }
            Some(inner) => stands_for(inner, into),
            None => {}
        }
    }
}

fn replace_references(schema: &mut Value, targets: &[String]) {
    let wanted: HashSet<&str> = targets.iter().map(String::as_str).collect();
    let is_wanted = |schema: &Value| {
        let name = reference_target(schema).and_then(schema_name);
        name.is_some_and(|name| wanted.contains(name))
    };
    if is_wanted(schema)
        || super::components::wrapped_reference(schema)
            .is_some_and(|target| schema_name(target).is_some_and(|name| wanted.contains(name)))
    {
        if let Value::Object(map) = schema {
            map.shift_remove("$ref");
        }
        turn_into_any(schema, Code::AnyValue);
        return;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(key) {
            replace_references(inner, targets);
        }
    }
}

//! Components that refer to each other without an object in between: one of the references becomes
//! any JSON if they are a cycle, or more than the compiler and its tools can nest.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name, turn_into_any};
use super::report::LowerReport;
use crate::diag::Code;

/// The most components that refer to each other without an object in between. The types of lists in
/// lists are nested as deep, and the parsers of Rust read them recursively.
const MAX_NESTING: usize = 32;

/// Whether a component has been entered or left by the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SearchState {
    Open,
    /// With the number of components that it stands for, one within the other.
    Closed(usize),
}

/// References that become any JSON, by component.
#[derive(Default)]
struct BrokenReferences {
    /// Those that lead back to a component on the way.
    closing: Vec<(String, Vec<String>)>,
    /// Those that lead to components which are nested too deep.
    deep: Vec<(String, Vec<String>)>,
}

/// Replaces the references that close a cycle.
pub(super) fn break_cycles(document: &mut Value, report: &mut LowerReport<'_>) {
    let schemas = document.pointer_mut("/components/schemas");
    let Some(schemas) = schemas.and_then(Value::as_object_mut) else {
        return;
    };
    let BrokenReferences { closing, deep } = broken_references(schemas);
    let closing = closing.into_iter().map(|found| (found, true));
    let deep = deep.into_iter().map(|found| (found, false));
    for ((name, targets), is_cycle) in closing.chain(deep) {
        let Some(schema) = schemas.get_mut(&name) else {
            continue;
        };
        let listed: Vec<String> = targets
            .iter()
            .map(|name| report.written_name(name))
            .collect();
        let (own, listed) = (report.written_name(&name), listed.join("`, `"));
        let detail = match is_cycle {
            true => format!("`{own}` contains itself through `{listed}`"),
            false => format!("`{listed}` is {MAX_NESTING} lists, maps or unions within each other"),
        };
        report.warn_path(Code::AnyValue, report.written_place(&name), detail);
        replace_references(schema, &targets);
    }
}

fn broken_references(schemas: &Map<String, Value>) -> BrokenReferences {
    let mut edges: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, schema) in schemas {
        let mut targets = Vec::new();
        stands_for(schema, &mut targets);
        edges.insert(name, targets);
    }
    let mut states: HashMap<&str, SearchState> = HashMap::new();
    let mut found = BrokenReferences::default();
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
                let name = *name;
                // A component that is another one nests nothing.
                let is_alias = schemas.get(name).and_then(reference_target).is_some();
                let below = close_component(name, &edges, &states, &mut found.deep);
                let depth = below + usize::from(!is_alias);
                states.insert(name, SearchState::Closed(depth));
                open.pop();
                continue;
            };
            match states.get(target) {
                Some(SearchState::Open) => add_reference(&mut found.closing, name, target),
                Some(SearchState::Closed(_)) => {}
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

/// How many components there are within one, one within the other. References to those that are nested
/// too deep are added to `deep`.
fn close_component<'s>(
    name: &'s str,
    edges: &HashMap<&'s str, Vec<&'s str>>,
    states: &HashMap<&'s str, SearchState>,
    deep: &mut Vec<(String, Vec<String>)>,
) -> usize {
    let mut depth = 0;
    for target in edges.get(name).into_iter().flatten() {
        match states.get(target) {
            Some(SearchState::Closed(below)) if *below >= MAX_NESTING => {
                add_reference(deep, name, target);
            }
            Some(SearchState::Closed(below)) => depth = depth.max(*below),
            _ => {}
        }
    }
    depth
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

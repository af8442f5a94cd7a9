//! Resolves the members of component schemas, each after those that it refers to.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name, turn_into_any};
use super::components::{CopyBudget, MemberResolver, SchemaRoots};
use super::composition::resolve_schema;
use super::report::LowerReport;
use super::visit::{SchemaUse, put_schemas, take_schemas};
use crate::diag::{Code, SpecPath, Trail};

/// Resolves the members of all component schemas. What is inside of their properties is left.
/// Returns what each component stands for.
pub(super) fn resolve_components(
    document: &mut Value,
    report: &mut LowerReport<'_>,
) -> HashMap<String, String> {
    let mut schemas = take_schemas(document);
    let mut budget = CopyBudget::of_schemas(&schemas);
    let mut meanings = HashMap::with_capacity(schemas.len());
    let above = SpecPath::root().child("components").child("schemas");
    for name in dependency_order(&schemas) {
        let Some(place) = schemas.get_mut(&name) else {
            continue;
        };
        let mut schema = place.take();
        let at = above.child(&name);
        let origin = schema.get(super::visit::ORIGIN).and_then(Value::as_str);
        let at = origin.and_then(SpecPath::parse).unwrap_or(at);
        let trail = Trail::at_pointer(&at);
        let roots = SchemaRoots {
            schemas: &schemas,
            meanings: &meanings,
        };
        drop_cyclic_alias(&mut schema, &roots, &trail, report);
        let mut resolver = MemberResolver {
            roots,
            budget: &mut budget,
            report,
        };
        resolve_schema(&mut schema, SchemaUse::Component, &trail, &mut resolver);
        let meaning = resolver.roots.meaning_of(&name, &schema);
        if let Some(place) = schemas.get_mut(&name) {
            *place = schema;
        }
        meanings.insert(name, meaning);
    }
    put_schemas(document, schemas);
    meanings
}

/// A component that is a reference to itself is any JSON.
fn drop_cyclic_alias(
    schema: &mut Value,
    roots: &SchemaRoots<'_>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(target) = reference_target(schema) else {
        return;
    };
    if roots.has_component(target) && roots.follow(target).is_none() {
        let name = target.rsplit('/').next().unwrap_or(target);
        let detail = match report.written_name(name) {
            own if own == name => format!("`{target}` refers to itself"),
            place => format!("`{place}` refers to itself"),
        };
        report.warn_at(Code::AnyValue, trail, detail);
        turn_into_any(schema, Code::AnyValue);
    }
}

/// The names of all components, each after those that its members refer to, unless they refer to each
/// other.
fn dependency_order(schemas: &Map<String, Value>) -> Vec<String> {
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, schema) in schemas {
        let mut targets = Vec::new();
        collect_members(schema, &mut targets);
        edges.insert(name, targets);
    }
    let mut order = Vec::with_capacity(schemas.len());
    let mut entered: HashSet<&str> = HashSet::new();
    for name in schemas.keys() {
        if !entered.insert(name) {
            continue;
        }
        // The components on the way, with the number of their targets that have been entered.
        let mut open: Vec<(&str, usize)> = vec![(name, 0)];
        while let Some((name, next)) = open.last_mut() {
            let target = edges.get(name).and_then(|targets| targets.get(*next));
            *next += 1;
            match target {
                Some(target) => {
                    if schemas.contains_key(*target) && entered.insert(target) {
                        open.push((target, 0));
                    }
                }
                None => {
                    order.push((*name).to_owned());
                    open.pop();
                }
            }
        }
    }
    order
}

/// The components that the members of a schema refer to, without those inside of properties.
fn collect_members<'s>(schema: &'s Value, into: &mut Vec<&'s str>) {
    if let Some(target) = reference_target(schema) {
        into.extend(schema_name(target));
        return;
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let members = schema.get(key).and_then(Value::as_array);
        for member in members.into_iter().flatten() {
            collect_members(member, into);
        }
    }
}

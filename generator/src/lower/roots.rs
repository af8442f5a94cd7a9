//! Resolves the members of component schemas, each after those that it refers to.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name, turn_into_any};
use super::composition::{MemberResolver, resolve_schema};
use super::report::LowerReport;
use super::visit::{SchemaUse, put_schemas, take_schemas};
use crate::diag::{Code, SpecPath, Trail};

/// How many schemas may be copied, for each schema of the document, by merging members.
const COPIED_PER_SCHEMA: usize = 20;

/// How many there may be in any case.
const ALWAYS_COPIED: usize = 20_000;

/// The component schemas that are already resolved.
pub(super) struct SchemaRoots<'a> {
    pub(super) schemas: &'a Map<String, Value>,
    /// What each of them stands for: itself, or what its references lead to.
    pub(super) meanings: &'a HashMap<String, String>,
}

impl<'a> SchemaRoots<'a> {
    /// The schema behind a reference, through further references, and the name of its component.
    /// `None` if it is not resolved yet, which means that it contains the reference, or unknown.
    pub(super) fn follow(&self, target: &str) -> Option<(&'a str, &'a Map<String, Value>)> {
        let meaning = self.meanings.get(schema_name(target)?)?;
        let schema = self.schemas.get(meaning)?;
        Some((meaning.as_str(), schema.as_object()?))
    }

    /// Whether there is such a component.
    pub(super) fn has_component(&self, target: &str) -> bool {
        schema_name(target).is_some_and(|name| self.schemas.contains_key(name))
    }

    /// What a component stands for.
    fn meaning_of(&self, name: &str, schema: &Value) -> String {
        let target = reference_target(schema).or_else(|| wrapped_reference(schema));
        let meaning = target
            .and_then(schema_name)
            .and_then(|next| self.meanings.get(next));
        meaning.map_or(name, String::as_str).to_owned()
    }
}

/// The reference of `anyOf` with one member.
pub(super) fn wrapped_reference(schema: &Value) -> Option<&str> {
    match schema.get("anyOf")?.as_array()?.as_slice() {
        [one] => reference_target(one),
        _ => None,
    }
}

/// How many schemas may still be copied.
pub(super) struct CopyBudget {
    left: usize,
}

impl CopyBudget {
    pub(super) fn of_schemas(schemas: &Map<String, Value>) -> Self {
        let count: usize = schemas.values().map(count_nodes).sum();
        Self {
            left: count * COPIED_PER_SCHEMA + ALWAYS_COPIED,
        }
    }

    /// Takes the nodes of a schema; `false` if there are too many.
    pub(super) fn take_copy(&mut self, schema: &Map<String, Value>) -> bool {
        let count: usize = schema.values().map(count_nodes).sum();
        let is_enough = count <= self.left;
        self.left = self.left.saturating_sub(count);
        is_enough
    }
}

fn count_nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count_nodes).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count_nodes).sum::<usize>(),
        _ => 1,
    }
}

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
        let detail = format!("`{target}` refers to itself");
        report.warn_at(Code::AnyValue, trail, detail);
        turn_into_any(schema);
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

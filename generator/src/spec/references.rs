//! Checks references: each points to a component, and no chain of them is cyclic.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use openapiv3::{AdditionalProperties, ReferenceOr, Schema, SchemaKind, Type};
use serde_json::{Map, Value};

use super::walk::ReferenceUse;
use crate::diag::{Code, DiagnosticSink, SpecPath, closest_name};

/// Maximum number of references that are compared with all components to find what was meant.
const SUGGESTIONS: usize = 50;

/// Checks that every reference points to a component.
pub(super) fn check_targets(
    uses: &[ReferenceUse],
    document: &Map<String, Value>,
    sink: &mut DiagnosticSink,
) {
    let components = document.get("components");
    let mut unresolved = 0;
    for ReferenceUse { at, target } in uses {
        let Some(inside) = target.strip_prefix("#/components") else {
            sink.report(Code::ForeignReference, at, format!("`{target}`"));
            continue;
        };
        if components.and_then(|c| c.pointer(inside)).is_none() {
            unresolved += 1;
            let meant = match unresolved <= SUGGESTIONS {
                true => closest_component(components, inside),
                false => None,
            };
            let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
            let detail = format!("`{target}`{meant}");
            sink.report(Code::UnresolvedReference, at, detail);
        }
    }
}

/// The component with the most similar name, of the same kind.
fn closest_component<'d>(components: Option<&'d Value>, inside: &str) -> Option<&'d str> {
    let (kind, name) = inside.rsplit_once('/')?;
    let known = components?.pointer(kind)?.as_object()?;
    closest_name(name, known.keys().map(String::as_str))
}

/// Checks that no component refers to itself. References from fields of objects are allowed: an
/// object may contain itself.
pub(super) fn check_cycles(
    schemas: &IndexMap<String, ReferenceOr<Schema>>,
    sink: &mut DiagnosticSink,
) {
    let mut edges = BTreeMap::new();
    for (name, schema) in schemas {
        let mut targets = BTreeSet::new();
        stands_for(schema, &mut targets);
        edges.insert(name.as_str(), targets);
    }
    remove_acyclic(&mut edges);
    let mut reported = BTreeSet::new();
    for name in schemas
        .keys()
        .filter(|name| edges.contains_key(name.as_str()))
    {
        let mut search = CycleSearch {
            goal: name,
            edges: &edges,
            seen: BTreeSet::new(),
            path: vec![],
        };
        if !search.returns_from(name) {
            continue;
        }
        let mut members = search.path.clone();
        members.sort_unstable();
        if reported.insert(members) {
            let at = SpecPath::root()
                .child("components")
                .child("schemas")
                .child(name);
            sink.report(
                Code::ReferenceCycle,
                &at,
                format!("{} → {name}", search.path.join(" → ")),
            );
        }
    }
}

/// Removes the components that lead to no cycle, so that the search for one is needed for few.
fn remove_acyclic<'n>(edges: &mut BTreeMap<&'n str, BTreeSet<&'n str>>) {
    let mut users: BTreeMap<&'n str, Vec<&'n str>> = BTreeMap::new();
    let mut open = Vec::new();
    let mut left: BTreeMap<&'n str, usize> = BTreeMap::new();
    for (name, targets) in edges.iter() {
        let known = targets.iter().filter(|target| edges.contains_key(*target));
        let count = known
            .inspect(|target| users.entry(target).or_default().push(name))
            .count();
        left.insert(name, count);
        if count == 0 {
            open.push(*name);
        }
    }
    while let Some(name) = open.pop() {
        edges.remove(name);
        for user in users.get(name).into_iter().flatten() {
            if let Some(count) = left.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    open.push(user);
                }
            }
        }
    }
}

/// The components that `schema` refers to without an object in between.
fn stands_for<'s>(schema: &'s ReferenceOr<Schema>, into: &mut BTreeSet<&'s str>) {
    match schema {
        ReferenceOr::Reference { reference } => {
            into.extend(super::component_name(reference));
        }
        ReferenceOr::Item(schema) => stands_for_kind(&schema.schema_kind, into),
    }
}

fn stands_for_kind<'s>(kind: &'s SchemaKind, into: &mut BTreeSet<&'s str>) {
    match kind {
        SchemaKind::OneOf { one_of: members }
        | SchemaKind::AllOf { all_of: members }
        | SchemaKind::AnyOf { any_of: members } => {
            members.iter().for_each(|member| stands_for(member, into));
        }
        SchemaKind::Type(Type::Array(array)) => match &array.items {
            Some(ReferenceOr::Reference { reference }) => {
                into.extend(super::component_name(reference));
            }
            Some(ReferenceOr::Item(item)) => stands_for_kind(&item.schema_kind, into),
            None => {}
        },
        SchemaKind::Type(Type::Object(object)) if object.properties.is_empty() => {
            if let Some(AdditionalProperties::Schema(value)) = &object.additional_properties {
                stands_for(value, into);
            }
        }
        _ => {}
    }
}

/// A depth-first search for a path from a component to itself.
struct CycleSearch<'n, 'e> {
    goal: &'n str,
    edges: &'e BTreeMap<&'n str, BTreeSet<&'n str>>,
    seen: BTreeSet<&'n str>,
    path: Vec<&'n str>,
}

impl<'n> CycleSearch<'n, '_> {
    /// Whether there is a path from `from` to the goal. If so, `path` is the cycle, without the goal
    /// at its end.
    fn returns_from(&mut self, from: &'n str) -> bool {
        self.path.push(from);
        let edges = self.edges;
        for &next in edges.get(from).into_iter().flatten() {
            if next == self.goal || (self.seen.insert(next) && self.returns_from(next)) {
                return true;
            }
        }
        self.path.pop();
        false
    }
}

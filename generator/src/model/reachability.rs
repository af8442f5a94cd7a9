//! Which components a response can contain, and which resource each of them is a part of.
//!
//! A component is a *part* of a resource when it is reached from it without passing through
//! another tagged object. Parts of one resource are declared in its module; parts of several
//! are shared.

use std::collections::{HashMap, HashSet, VecDeque};

use super::types::PathStep;
use crate::api::{Api, Component, Constant, ErrorFacts, Schema, ValueKind};

/// A component that is part of a resource.
#[derive(Clone, Debug)]
pub(super) struct ResourcePart {
    /// The tagged component it belongs to.
    pub owner: String,
    /// The shortest path from there.
    pub path: Vec<PathStep>,
    /// It is a part of other tagged components too.
    pub shared: bool,
}

/// Which components are reachable, and from where.
#[derive(Debug, Default)]
pub(super) struct Reachability {
    /// Components that a response, an event or the error object can contain.
    pub live: HashSet<String>,
    /// The resource that each live component without a tag is a part of.
    pub parts: HashMap<String, ResourcePart>,
}

/// The wire tag of a component: the fixed value of its `object` field.
pub(super) fn object_tag(component: &Component) -> Option<&str> {
    let ValueKind::Record(record) = &component.schema.kind else {
        return None;
    };
    record.fields.iter().find_map(|f| match &f.schema.kind {
        ValueKind::Constant(Constant::String(value)) => Some(value.as_str()),
        _ => None,
    })
}

/// Whether the component describes a deleted object.
pub(super) fn is_deleted(component: &Component) -> bool {
    let ValueKind::Record(record) = &component.schema.kind else {
        return false;
    };
    record
        .fields
        .iter()
        .any(|f| matches!(f.schema.kind, ValueKind::Constant(Constant::True)))
}

/// Calls `visit` with every component that `schema` mentions and the steps that lead there.
pub(super) fn visit_components(
    schema: &Schema,
    path: &mut Vec<PathStep>,
    visit: &mut dyn FnMut(&str, &[PathStep]),
) {
    match &schema.kind {
        ValueKind::Reference(name) => visit(name, path),
        ValueKind::Union(members) => members.iter().for_each(|m| visit(&m.component, path)),
        ValueKind::Record(record) => {
            for field in &record.fields {
                path.push(PathStep {
                    wire: field.wire.clone(),
                    element: false,
                });
                visit_components(&field.schema, path, visit);
                path.pop();
            }
        }
        ValueKind::List(inner) | ValueKind::Map(inner) | ValueKind::Page(_, inner) => {
            if let Some(last) = path.last_mut() {
                last.element = true;
            }
            visit_components(inner, path, visit);
            if let Some(last) = path.last_mut() {
                last.element = false;
            }
        }
        ValueKind::Expandable(inner)
        | ValueKind::Clearable(inner)
        | ValueKind::KeywordOr(_, inner)
        | ValueKind::Range(inner)
        | ValueKind::Optional(inner)
        | ValueKind::TokenOr(inner) => visit_components(inner, path, visit),
        ValueKind::Either(members) => members
            .iter()
            .for_each(|m| visit_components(m, path, visit)),
        ValueKind::Scalar(_)
        | ValueKind::Choice(_)
        | ValueKind::Token(_)
        | ValueKind::Constant(_)
        | ValueKind::Raw(_)
        | ValueKind::PlainText
        | ValueKind::Nothing => {}
    }
}

impl Reachability {
    /// Walks the whole API.
    pub(super) fn from_api(api: &Api) -> Self {
        let by_name: HashMap<&str, &Component> = api
            .components
            .iter()
            .map(|c| (c.name.as_str(), c))
            .collect();
        let mut reachability = Self {
            live: live_components(api, &by_name),
            parts: HashMap::new(),
        };
        for component in &api.components {
            let owns_parts =
                object_tag(component).is_some() && reachability.live.contains(&component.name);
            if owns_parts {
                reachability.collect_parts(component, &by_name);
            }
        }
        reachability
    }

    fn collect_parts(&mut self, owner: &Component, by_name: &HashMap<&str, &Component>) {
        let mut seen = HashSet::new();
        let mut queue = VecDeque::from([(owner, Vec::new())]);
        while let Some((component, path)) = queue.pop_front() {
            let mut next = Vec::new();
            visit_components(&component.schema, &mut path.clone(), &mut |name, steps| {
                next.push((name.to_owned(), steps.to_vec()));
            });
            for (name, steps) in next {
                let Some(target) = by_name.get(name.as_str()) else {
                    continue;
                };
                if object_tag(target).is_some() || !seen.insert(name.clone()) {
                    continue;
                }
                self.add_part(&name, owner, &steps);
                queue.push_back((target, steps));
            }
        }
    }

    fn add_part(&mut self, name: &str, owner: &Component, path: &[PathStep]) {
        let fresh = || ResourcePart {
            owner: owner.name.clone(),
            path: path.to_vec(),
            shared: false,
        };
        match self.parts.get_mut(name) {
            None => {
                self.parts.insert(name.to_owned(), fresh());
            }
            Some(part) if path.len() < part.path.len() => {
                *part = ResourcePart {
                    shared: true,
                    ..fresh()
                };
            }
            Some(part) => part.shared = true,
        }
    }
}

fn live_components(api: &Api, by_name: &HashMap<&str, &Component>) -> HashSet<String> {
    let mut names: Vec<String> = api.error_object.iter().cloned().collect();
    for endpoint in &api.endpoints {
        visit_components(&endpoint.output, &mut Vec::new(), &mut |name, _| {
            names.push(name.to_owned())
        });
        if let ErrorFacts::Bodies(bodies) = &endpoint.errors {
            for (_, schema) in bodies {
                visit_components(schema, &mut Vec::new(), &mut |name, _| {
                    names.push(name.to_owned());
                });
            }
        }
    }
    let tags: HashSet<&str> = api
        .events
        .iter()
        .flat_map(|events| events.types.iter().chain(&events.notifications))
        .flat_map(|event| &event.objects)
        .map(String::as_str)
        .collect();
    names.extend(
        api.components
            .iter()
            .filter(|c| object_tag(c).is_some_and(|t| tags.contains(t)))
            .map(|c| c.name.clone()),
    );
    let mut live = HashSet::new();
    while let Some(name) = names.pop() {
        if !live.insert(name.clone()) {
            continue;
        }
        if let Some(component) = by_name.get(name.as_str()) {
            visit_components(&component.schema, &mut Vec::new(), &mut |n, _| {
                names.push(n.to_owned())
            });
        }
    }
    live
}

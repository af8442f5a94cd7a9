//! Which components can turn up in a response, and which resource each one is a part of.
//!
//! A component is a *part* of a resource when it is reached from it without passing through
//! another tagged object. Parts of one resource live with it; parts of several are shared.

use std::collections::{HashMap, HashSet, VecDeque};

use super::types::Step;
use crate::api::{Api, Component, Constant, Kind, Schema};

/// Where a part was first found.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The tagged component it belongs to.
    pub owner: String,
    /// The shortest way down from there.
    pub path: Vec<Step>,
    /// Other tagged components have it as a part as well.
    pub shared: bool,
}

/// Facts about how components hang together.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Components that a response, an event or the error object can hold.
    pub live: HashSet<String>,
    /// For each live component without a tag, where it belongs.
    pub parts: HashMap<String, Part>,
}

/// The wire tag of a component: the fixed value of its `object` field.
pub(super) fn tag(component: &Component) -> Option<&str> {
    let Kind::Record(record) = &component.schema.kind else {
        return None;
    };
    record.fields.iter().find_map(|f| match &f.schema.kind {
        Kind::Constant(Constant::String(value)) => Some(value.as_str()),
        _ => None,
    })
}

/// Whether this is what is left of a deleted object.
pub(super) fn is_deleted(component: &Component) -> bool {
    let Kind::Record(record) = &component.schema.kind else {
        return false;
    };
    record
        .fields
        .iter()
        .any(|f| matches!(f.schema.kind, Kind::Constant(Constant::True)))
}

/// Calls `visit` with every component that `schema` mentions and the steps that lead there.
pub(super) fn mentions(
    schema: &Schema,
    path: &mut Vec<Step>,
    visit: &mut dyn FnMut(&str, &[Step]),
) {
    match &schema.kind {
        Kind::Reference(name) => visit(name, path),
        Kind::Union(members) => members.iter().for_each(|m| visit(&m.component, path)),
        Kind::Record(record) => {
            for field in &record.fields {
                path.push(Step {
                    wire: field.wire.clone(),
                    element: false,
                });
                mentions(&field.schema, path, visit);
                path.pop();
            }
        }
        Kind::List(inner) | Kind::Map(inner) | Kind::Page(_, inner) => {
            if let Some(last) = path.last_mut() {
                last.element = true;
            }
            mentions(inner, path, visit);
            if let Some(last) = path.last_mut() {
                last.element = false;
            }
        }
        Kind::Expandable(inner)
        | Kind::Clearable(inner)
        | Kind::KeywordOr(_, inner)
        | Kind::Range(inner)
        | Kind::TokenOr(inner) => mentions(inner, path, visit),
        Kind::Either(members) => members.iter().for_each(|m| mentions(m, path, visit)),
        Kind::Scalar(_)
        | Kind::Choice(_)
        | Kind::Token(_)
        | Kind::Constant(_)
        | Kind::Raw(_)
        | Kind::Nothing => {}
    }
}

impl Reach {
    /// Walks the whole API.
    pub(super) fn of(api: &Api) -> Self {
        let by_name: HashMap<&str, &Component> = api
            .components
            .iter()
            .map(|c| (c.name.as_str(), c))
            .collect();
        let mut reach = Self {
            live: live(api, &by_name),
            parts: HashMap::new(),
        };
        for component in &api.components {
            let owns_parts = tag(component).is_some() && reach.live.contains(&component.name);
            if owns_parts {
                reach.collect_parts(component, &by_name);
            }
        }
        reach
    }

    fn collect_parts(&mut self, owner: &Component, by_name: &HashMap<&str, &Component>) {
        let mut seen = HashSet::new();
        let mut queue = VecDeque::from([(owner, Vec::new())]);
        while let Some((component, path)) = queue.pop_front() {
            let mut next = Vec::new();
            mentions(&component.schema, &mut path.clone(), &mut |name, steps| {
                next.push((name.to_owned(), steps.to_vec()));
            });
            for (name, steps) in next {
                let Some(target) = by_name.get(name.as_str()) else {
                    continue;
                };
                if tag(target).is_some() || !seen.insert(name.clone()) {
                    continue;
                }
                self.add_part(&name, owner, &steps);
                queue.push_back((target, steps));
            }
        }
    }

    fn add_part(&mut self, name: &str, owner: &Component, path: &[Step]) {
        let fresh = || Part {
            owner: owner.name.clone(),
            path: path.to_vec(),
            shared: false,
        };
        match self.parts.get_mut(name) {
            None => {
                self.parts.insert(name.to_owned(), fresh());
            }
            Some(part) if path.len() < part.path.len() => {
                *part = Part {
                    shared: true,
                    ..fresh()
                };
            }
            Some(part) => part.shared = true,
        }
    }
}

fn live(api: &Api, by_name: &HashMap<&str, &Component>) -> HashSet<String> {
    let mut names: Vec<String> = api.error_object.iter().cloned().collect();
    for endpoint in &api.endpoints {
        mentions(&endpoint.output, &mut Vec::new(), &mut |name, _| {
            names.push(name.to_owned())
        });
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
            .filter(|c| tag(c).is_some_and(|t| tags.contains(t)))
            .map(|c| c.name.clone()),
    );
    let mut live = HashSet::new();
    while let Some(name) = names.pop() {
        if !live.insert(name.clone()) {
            continue;
        }
        if let Some(component) = by_name.get(name.as_str()) {
            mentions(&component.schema, &mut Vec::new(), &mut |n, _| {
                names.push(n.to_owned())
            });
        }
    }
    live
}

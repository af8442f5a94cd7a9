//! Which service and method an operation belongs to.
//!
//! The rules are those by which the vendor's own SDKs name their methods: they look at the path,
//! the method, and the kind of answer. What they cannot know comes from the dialect's tables.

use std::collections::{BTreeSet, HashMap};

use super::reach;
use crate::api::{Api, Component, Endpoint, Kind, Method, Naming, PageStyle};

/// A place in the service tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placement {
    /// Wire names from the root.
    pub service: Vec<String>,
    /// Method name in wire words.
    pub method: String,
}

/// What the rules look up besides the operation itself.
pub(super) struct Rules<'a> {
    naming: &'a Naming,
    /// Path to the operations on it.
    paths: HashMap<&'a str, Vec<&'a Endpoint>>,
    components: HashMap<&'a str, &'a Component>,
    prefixes: BTreeSet<&'a str>,
}

/// A path cut into what the rules need.
struct Segments<'a> {
    namespace: Vec<&'a str>,
    /// Literals below the namespace, without parameters.
    literals: Vec<&'a str>,
    /// Number of literals that stand before the last parameter.
    before_param: Option<usize>,
    ends_with_param: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let mut paths: HashMap<&str, Vec<&Endpoint>> = HashMap::new();
        let mut prefixes = BTreeSet::new();
        for endpoint in &api.endpoints {
            paths.entry(&endpoint.path).or_default().push(endpoint);
            if let Some((prefix, last)) = endpoint.path.rsplit_once('/') {
                if is_param(last) {
                    prefixes.insert(prefix);
                }
            }
        }
        let components = api
            .components
            .iter()
            .map(|c| (c.name.as_str(), c))
            .collect();
        Self {
            naming: &api.naming,
            paths,
            components,
            prefixes,
        }
    }

    /// Where `endpoint` goes.
    pub(super) fn place(&self, endpoint: &Endpoint) -> Placement {
        let key = format!("{} {}", endpoint.method.as_str(), endpoint.path);
        let fixed = self.naming.method_overrides.iter().find(|(k, _)| *k == key);
        if let Some((service, method)) = fixed.and_then(|(_, name)| name.rsplit_once('.')) {
            return Placement {
                service: service.split('.').map(str::to_owned).collect(),
                method: method.to_owned(),
            };
        }
        let placement = self.infer(endpoint);
        self.suffix(self.rename(placement))
    }

    fn segments<'p>(&self, path: &'p str) -> Segments<'p> {
        let mut rest: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let mut namespace = Vec::new();
        let mut version = "";
        if let Some(&first) = rest.first() {
            if self.naming.hidden_prefixes.iter().any(|p| p == first) {
                rest.remove(0);
            } else if self.naming.namespaces.iter().any(|(v, _)| v == first) {
                version = first;
                namespace.push(first);
                rest.remove(0);
            }
        }
        let known = self
            .naming
            .namespaces
            .iter()
            .find(|(v, _)| v == version)
            .map(|(_, n)| n);
        while let [first, second, ..] = rest.as_slice() {
            if is_param(second) || !known.is_some_and(|n| n.iter().any(|n| n == first)) {
                break;
            }
            namespace.push(first);
            rest.remove(0);
        }
        let last_param = rest.iter().rposition(|s| is_param(s));
        Segments {
            namespace,
            ends_with_param: rest.last().is_some_and(|s| is_param(s)),
            before_param: last_param
                .map(|at| rest.iter().take(at).filter(|s| !is_param(s)).count()),
            literals: rest.into_iter().filter(|s| !is_param(s)).collect(),
        }
    }

    fn infer(&self, endpoint: &Endpoint) -> Placement {
        let segments = self.segments(&endpoint.path);
        if segments.ends_with_param {
            let method = match endpoint.method {
                Method::Get => "retrieve",
                Method::Post => "update",
                Method::Delete if self.can_be_canceled(endpoint) => "cancel",
                Method::Delete => "delete",
            };
            return segments.here(method);
        }
        match endpoint.method {
            Method::Get => self.infer_get(endpoint, &segments),
            Method::Post => self.infer_post(endpoint, &segments),
            Method::Delete => segments.verb(&format!("delete_{}", segments.last())),
        }
    }

    fn infer_get(&self, endpoint: &Endpoint, segments: &Segments<'_>) -> Placement {
        match endpoint.output.kind {
            Kind::Page(PageStyle::Search, _) => return segments.verb(segments.last()),
            Kind::Page(..) => return segments.here("list"),
            _ => {}
        }
        let is_changed = self
            .paths
            .get(endpoint.path.as_str())
            .is_some_and(|all| all.iter().any(|e| e.method != Method::Get));
        let is_verb = match &endpoint.output.kind {
            Kind::Scalar(_) => true,
            Kind::Reference(name) => segments
                .parent()
                .is_some_and(|parent| self.object_name(name).is_some_and(|o| is_plural(parent, o))),
            _ => false,
        };
        if is_verb && !is_changed {
            segments.verb(segments.last())
        } else {
            segments.here("retrieve")
        }
    }

    fn infer_post(&self, endpoint: &Endpoint, segments: &Segments<'_>) -> Placement {
        let on_path = self.paths.get(endpoint.path.as_str());
        let get = on_path.and_then(|all| all.iter().find(|e| e.method == Method::Get));
        if let Some(get) = get {
            let is_list = matches!(get.output.kind, Kind::Page(..));
            return segments.here(if is_list { "create" } else { "update" });
        }
        let last = segments.last();
        let object = match &endpoint.output.kind {
            Kind::Reference(name) => self.object_name(name),
            _ => None,
        };
        let names_object = object.is_some_and(|o| last == o || is_plural(last, o));
        let is_collection = self.prefixes.contains(endpoint.path.as_str());
        if segments.literals.len() == 1 && segments.before_param.is_none()
            || names_object
            || is_collection
        {
            segments.here("create")
        } else {
            segments.verb(last)
        }
    }

    /// The last part of the tag of component `name`.
    fn object_name(&self, name: &str) -> Option<&'a str> {
        let component = self.components.get(name)?;
        reach::tag(component)?.rsplit('.').next()
    }

    fn can_be_canceled(&self, endpoint: &Endpoint) -> bool {
        let Kind::Reference(name) = &endpoint.output.kind else {
            return false;
        };
        let Some(Kind::Record(record)) = self.components.get(name.as_str()).map(|c| &c.schema.kind)
        else {
            return false;
        };
        record.fields.iter().any(|f| match &f.schema.kind {
            Kind::Choice(choice) => {
                f.wire == "status" && choice.values.iter().any(|v| v == "canceled")
            }
            _ => false,
        })
    }

    fn rename(&self, mut placement: Placement) -> Placement {
        let dotted = placement.service.join(".");
        if let Some((_, new)) = self
            .naming
            .service_renames
            .iter()
            .find(|(old, _)| *old == dotted)
        {
            placement.service = new.split('.').map(str::to_owned).collect();
        }
        placement
    }

    fn suffix(&self, mut placement: Placement) -> Placement {
        if self.naming.suffixed_verbs.contains(&placement.method) {
            if let Some(last) = placement.service.last() {
                placement.method = format!("{}_{}", placement.method, singular(last));
            }
        }
        placement
    }
}

impl Segments<'_> {
    fn last(&self) -> &str {
        self.literals.last().copied().unwrap_or_default()
    }

    fn parent(&self) -> Option<&str> {
        self.literals
            .len()
            .checked_sub(2)
            .and_then(|at| self.literals.get(at))
            .copied()
    }

    fn service(&self, literals: usize) -> Vec<String> {
        let names = self
            .namespace
            .iter()
            .chain(self.literals.iter().take(literals));
        names.map(|s| (*s).to_owned()).collect()
    }

    /// On the service that the whole path names.
    fn here(&self, method: &str) -> Placement {
        Placement {
            service: self.service(self.literals.len()),
            method: method.to_owned(),
        }
    }

    /// The last literal is a verb on the service above it. A literal between the id and the verb
    /// says what the verb is about and is not a service.
    fn verb(&self, method: &str) -> Placement {
        let above = self.literals.len().saturating_sub(1);
        let literals = self.before_param.map_or(above, |n| n.min(above)).max(1);
        Placement {
            service: self.service(literals),
            method: method.to_owned(),
        }
    }
}

fn is_param(segment: &str) -> bool {
    segment.starts_with('{')
}

fn is_plural(word: &str, object: &str) -> bool {
    word != object && singular(word) == object
}

/// The singular of an English plural as it occurs in paths and list names.
pub(crate) fn singular(word: &str) -> String {
    let keep = word.ends_with("ss") || word.ends_with("us") || word.ends_with("is");
    if let Some(stem) = word.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = ["sses", "xes", "ches", "shes"]
        .iter()
        .find(|end| word.ends_with(**end))
        .and_then(|_| word.strip_suffix("es"))
    {
        stem.to_owned()
    } else if let (false, Some(stem)) = (keep, word.strip_suffix('s')) {
        stem.to_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests;

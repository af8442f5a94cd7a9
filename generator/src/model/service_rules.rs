//! Which service and method an operation belongs to.
//!
//! The rules are those by which the vendor's own SDKs name their methods: from the path, the method
//! and the kind of response. The dialect's tables hold the exceptions.

use std::collections::{BTreeSet, HashMap};

use super::reachability;
use crate::api::{Api, Component, Endpoint, HttpMethod, NamingFacts, PageStyle, ValueKind};
use crate::lock::LockedMethod;

/// A method of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MethodPlacement {
    /// Wire names from the root.
    pub service: Vec<String>,
    /// Method name in wire words.
    pub method: String,
}

/// The facts that the rules need besides the operation itself.
pub(super) struct ServiceRules<'a> {
    naming: &'a NamingFacts,
    /// Operations by path.
    paths: HashMap<&'a str, Vec<&'a Endpoint>>,
    components: HashMap<&'a str, &'a Component>,
    prefixes: BTreeSet<&'a str>,
}

/// A path, split into the parts that the rules use.
struct PathSegments<'a> {
    namespace: Vec<&'a str>,
    /// Literals below the namespace, without parameters.
    literals: Vec<&'a str>,
    /// Number of literals that stand before the last parameter.
    before_param: Option<usize>,
    ends_with_param: bool,
}

impl<'a> ServiceRules<'a> {
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

    /// The service and method of `endpoint` by the dialect or by the lock.
    pub(super) fn stated_placement(
        &self,
        endpoint: &Endpoint,
        locked: Option<&LockedMethod>,
    ) -> Option<MethodPlacement> {
        let key = format!("{} {}", endpoint.method.as_str(), endpoint.path);
        let fixed = self.naming.method_overrides.iter().find(|(k, _)| *k == key);
        if let Some((service, method)) = fixed.and_then(|(_, name)| name.rsplit_once('.')) {
            return Some(MethodPlacement {
                service: service.split('.').map(str::to_owned).collect(),
                method: method.to_owned(),
            });
        }
        locked.map(|locked| MethodPlacement {
            service: locked.service.split('.').map(str::to_owned).collect(),
            method: locked.method.clone(),
        })
    }

    /// The service and method of `endpoint` by the rules.
    pub(super) fn infer_placement(&self, endpoint: &Endpoint) -> MethodPlacement {
        let placement = self.placement_by_path(endpoint);
        self.suffix_method(self.rename_service(placement))
    }

    fn split_path<'p>(&self, path: &'p str) -> PathSegments<'p> {
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
        PathSegments {
            namespace,
            ends_with_param: rest.last().is_some_and(|s| is_param(s)),
            before_param: last_param
                .map(|at| rest.iter().take(at).filter(|s| !is_param(s)).count()),
            literals: rest.into_iter().filter(|s| !is_param(s)).collect(),
        }
    }

    fn placement_by_path(&self, endpoint: &Endpoint) -> MethodPlacement {
        let segments = self.split_path(&endpoint.path);
        if segments.ends_with_param {
            let method = match endpoint.method {
                HttpMethod::Get => "retrieve",
                HttpMethod::Post | HttpMethod::Patch => "update",
                HttpMethod::Put => "replace",
                HttpMethod::Delete if self.can_be_canceled(endpoint) => "cancel",
                HttpMethod::Delete => "delete",
                HttpMethod::Head => "head",
                HttpMethod::Options => "options",
            };
            return segments.on_own_service(method);
        }
        match endpoint.method {
            HttpMethod::Get => self.infer_get(endpoint, &segments),
            HttpMethod::Post => self.infer_post(endpoint, &segments),
            HttpMethod::Put => segments.on_own_service("replace"),
            HttpMethod::Patch => segments.on_own_service("update"),
            HttpMethod::Head => segments.on_own_service("head"),
            HttpMethod::Options => segments.on_own_service("options"),
            HttpMethod::Delete => {
                segments.on_service_above(&format!("delete_{}", segments.last_literal()))
            }
        }
    }

    fn infer_get(&self, endpoint: &Endpoint, segments: &PathSegments<'_>) -> MethodPlacement {
        match endpoint.output.kind {
            ValueKind::Page(PageStyle::Search, _) => {
                return segments.on_service_above(segments.last_literal());
            }
            ValueKind::Page(..) => return segments.on_own_service("list"),
            _ => {}
        }
        let is_changed = self
            .paths
            .get(endpoint.path.as_str())
            .is_some_and(|all| all.iter().any(|e| e.method != HttpMethod::Get));
        let is_verb = match &endpoint.output.kind {
            ValueKind::Scalar(_) => true,
            ValueKind::Reference(name) => segments
                .parent_literal()
                .is_some_and(|parent| self.object_name(name).is_some_and(|o| is_plural(parent, o))),
            _ => false,
        };
        if is_verb && !is_changed {
            segments.on_service_above(segments.last_literal())
        } else {
            segments.on_own_service("retrieve")
        }
    }

    fn infer_post(&self, endpoint: &Endpoint, segments: &PathSegments<'_>) -> MethodPlacement {
        let on_path = self.paths.get(endpoint.path.as_str());
        let get = on_path.and_then(|all| all.iter().find(|e| e.method == HttpMethod::Get));
        if let Some(get) = get {
            let is_list = matches!(get.output.kind, ValueKind::Page(..));
            return segments.on_own_service(if is_list { "create" } else { "update" });
        }
        let last = segments.last_literal();
        let object = match &endpoint.output.kind {
            ValueKind::Reference(name) => self.object_name(name),
            _ => None,
        };
        let names_object = object.is_some_and(|o| last == o || is_plural(last, o));
        let is_collection = self.prefixes.contains(endpoint.path.as_str());
        if segments.literals.len() == 1 && segments.before_param.is_none()
            || names_object
            || is_collection
        {
            segments.on_own_service("create")
        } else {
            segments.on_service_above(last)
        }
    }

    /// The last part of the tag of component `name`.
    fn object_name(&self, name: &str) -> Option<&'a str> {
        let component = self.components.get(name)?;
        reachability::object_tag(component)?.rsplit('.').next()
    }

    fn can_be_canceled(&self, endpoint: &Endpoint) -> bool {
        let ValueKind::Reference(name) = &endpoint.output.kind else {
            return false;
        };
        let Some(ValueKind::Record(record)) =
            self.components.get(name.as_str()).map(|c| &c.schema.kind)
        else {
            return false;
        };
        record.fields.iter().any(|f| match &f.schema.kind {
            ValueKind::Choice(choice) => {
                f.wire == "status" && choice.values.iter().any(|v| v == "canceled")
            }
            _ => false,
        })
    }

    fn rename_service(&self, mut placement: MethodPlacement) -> MethodPlacement {
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

    fn suffix_method(&self, mut placement: MethodPlacement) -> MethodPlacement {
        if self.naming.suffixed_verbs.contains(&placement.method) {
            if let Some(last) = placement.service.last() {
                placement.method = format!("{}_{}", placement.method, singularize(last));
            }
        }
        placement
    }
}

impl PathSegments<'_> {
    fn last_literal(&self) -> &str {
        self.literals.last().copied().unwrap_or_default()
    }

    fn parent_literal(&self) -> Option<&str> {
        self.literals
            .len()
            .checked_sub(2)
            .and_then(|at| self.literals.get(at))
            .copied()
    }

    fn service_path(&self, literals: usize) -> Vec<String> {
        let names = self
            .namespace
            .iter()
            .chain(self.literals.iter().take(literals));
        names.map(|s| (*s).to_owned()).collect()
    }

    /// A method of the service that the whole path names.
    fn on_own_service(&self, method: &str) -> MethodPlacement {
        MethodPlacement {
            service: self.service_path(self.literals.len()),
            method: method.to_owned(),
        }
    }

    /// A method of the service above the last literal, which is a verb. A literal between the id and
    /// the verb qualifies the verb and is not a service.
    fn on_service_above(&self, method: &str) -> MethodPlacement {
        let above = self.literals.len().saturating_sub(1);
        let literals = self.before_param.map_or(above, |n| n.min(above)).max(1);
        MethodPlacement {
            service: self.service_path(literals),
            method: method.to_owned(),
        }
    }
}

fn is_param(segment: &str) -> bool {
    segment.starts_with('{')
}

fn is_plural(word: &str, object: &str) -> bool {
    word != object && singularize(word) == object
}

/// The singular of an English plural as it occurs in paths and list names.
pub(crate) fn singularize(word: &str) -> String {
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

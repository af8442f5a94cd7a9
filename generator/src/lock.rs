//! The lock of the public interface: what earlier runs have published.
//!
//! In: the lock file. Out: a [`Lock`]. Afterwards: every public type has a kind and, where callers
//! rely on it, the list of what is required; every place where a type is used leads to its public
//! path; every operation has its method.
//!
//! A *place* is one use of a type: a field of a public type, the parameters of an operation, its
//! response. Places are named after the public type that they are in and not after the document,
//! so that a type that several operations share has each of its places once.

mod format;
mod place;
mod read;
#[cfg(test)]
mod tests;

pub use self::place::Place;

use std::collections::BTreeMap;

/// What earlier runs have published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Public types by path.
    pub types: BTreeMap<String, LockedType>,
    /// Public path of the type at each place.
    pub places: BTreeMap<String, String>,
    /// Wire name of fields and variants whose names do not say it, by type and name: `A.b`.
    pub members: BTreeMap<String, String>,
    /// Operation id by method, e.g. `customers.create(params)`.
    pub methods: BTreeMap<String, String>,
    /// Event type by module and constant.
    pub events: BTreeMap<String, String>,
    /// Public paths that are free in the document and stay reserved, with the place of their type.
    pub retired: BTreeMap<String, RetiredType>,
}

/// A public type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedType {
    /// What it is.
    pub kind: LockedKind,
    /// The fields that are required, in the order of the arguments of `new`. Only for parameter
    /// objects, and for objects that stand for several descriptions in the document.
    pub required: Option<Vec<String>>,
}

/// A public type that the document no longer describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredType {
    /// What it was.
    pub locked: LockedType,
    /// A place that had it.
    pub place: String,
}

/// What a public type is. The text is that of the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LockedKind {
    /// An object in responses.
    Object,
    /// An object in requests.
    Params,
    /// A string with known values.
    Enum,
    /// A string with too many known values to list.
    Token,
    /// One of several tagged objects.
    Union,
    /// One of several parameter objects.
    Either,
    /// The error codes of an operation.
    Errors,
}

/// The method or methods of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallForm {
    /// `create()`.
    Plain,
    /// `create(params)`.
    Params,
    /// `create()`, and `create_with(params)` since there are parameters.
    PlainAndWith,
    /// `create_with(params)` alone, since a parameter became required.
    With,
}

/// The locked method of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedMethod {
    /// The service, dotted.
    pub service: String,
    /// The method, without `_with`.
    pub method: String,
    /// Its form.
    pub form: CallForm,
}

/// What the name of the method ends with that takes the parameters of an operation that had none.
pub const WITH_SUFFIX: &str = "_with";
/// How a method with a parameter object is written in the lock.
const WITH_PARAMS: &str = "(params)";
/// How a method without one is written.
const WITHOUT_PARAMS: &str = "()";

impl Lock {
    /// The public path of the type at a place.
    pub fn type_at(&self, place: &str) -> Option<&str> {
        self.places.get(place).map(String::as_str)
    }

    /// The names that `other` does not have, with their sections.
    pub fn names_missing_in(&self, other: &Self) -> Vec<(&'static str, String)> {
        let types = self.types.keys();
        let types = types.filter(|name| !other.types.contains_key(*name));
        let methods = self.methods.keys();
        let methods = methods.filter(|name| !other.methods.contains_key(*name));
        let events = self.events.keys();
        let events = events.filter(|name| !other.events.contains_key(*name));
        let types = types.map(|name| ("types", name.clone()));
        let methods = methods.map(|name| ("methods", name.clone()));
        let events = events.map(|name| ("events", name.clone()));
        types.chain(methods).chain(events).collect()
    }

    /// What is locked about a public path.
    pub fn locked_type(&self, path: &str) -> Option<&LockedType> {
        let retired = || self.retired.get(path).map(|old| &old.locked);
        self.types.get(path).or_else(retired)
    }

    /// The methods by operation id.
    pub fn operation_methods(&self) -> BTreeMap<&str, LockedMethod> {
        let mut found: BTreeMap<&str, LockedMethod> = BTreeMap::new();
        for (method, id) in &self.methods {
            let Some((service, method, takes_params)) = split_method(method) else {
                continue;
            };
            // `create()` sorts before `create_with(params)`.
            match found.get_mut(id.as_str()) {
                Some(known) => known.form = CallForm::PlainAndWith,
                None => {
                    let fresh = LockedMethod::parse(service, method, takes_params);
                    found.insert(id, fresh);
                }
            }
        }
        found
    }
}

impl LockedMethod {
    fn parse(service: &str, method: &str, takes_params: bool) -> Self {
        let (method, form) = match (takes_params, method.strip_suffix(WITH_SUFFIX)) {
            (true, Some(base)) => (base, CallForm::With),
            (true, None) => (method, CallForm::Params),
            (false, _) => (method, CallForm::Plain),
        };
        Self {
            service: service.to_owned(),
            method: method.to_owned(),
            form,
        }
    }
}

impl CallForm {
    /// Whether a method without parameters is part of it.
    pub fn has_plain(self) -> bool {
        matches!(self, Self::Plain | Self::PlainAndWith)
    }

    /// Whether a method takes parameters.
    pub fn has_params(self) -> bool {
        self != Self::Plain
    }

    /// Whether the method with parameters has a name of its own.
    pub fn has_with(self) -> bool {
        matches!(self, Self::PlainAndWith | Self::With)
    }

    /// The lines of the lock for a method.
    pub fn method_lines(self, service: &str, method: &str) -> Vec<String> {
        let plain = self
            .has_plain()
            .then(|| format!("{service}.{method}{WITHOUT_PARAMS}"));
        let with = match self {
            Self::Plain => None,
            Self::Params => Some(format!("{service}.{method}{WITH_PARAMS}")),
            Self::PlainAndWith | Self::With => {
                Some(format!("{service}.{method}{WITH_SUFFIX}{WITH_PARAMS}"))
            }
        };
        plain.into_iter().chain(with).collect()
    }
}

/// Service, method and whether it takes parameters.
fn split_method(text: &str) -> Option<(&str, &str, bool)> {
    let (path, takes_params) = match text.strip_suffix(WITH_PARAMS) {
        Some(path) => (path, true),
        None => (text.strip_suffix(WITHOUT_PARAMS)?, false),
    };
    let (service, method) = path.rsplit_once('.')?;
    Some((service, method, takes_params))
}

impl LockedKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Object, "object"),
        (Self::Params, "new"),
        (Self::Enum, "enum"),
        (Self::Token, "token"),
        (Self::Union, "union"),
        (Self::Either, "either"),
        (Self::Errors, "errors"),
    ];

    fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, text)| text)
    }

    fn parse(text: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == text);
        found.map(|(kind, _)| *kind)
    }
}

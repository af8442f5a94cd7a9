//! Places on the wire: what the items of a crate stand for.

use std::fmt;

/// A place on the wire: an operation's parameters or response, a tagged object, an event, or a
/// field below one of them. Lists and maps on the way add nothing to the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WirePlace {
    side: PlaceSide,
    root: String,
    /// The fields from the root, with `/` between them.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum PlaceSide {
    Parameters,
    Response,
    Object,
    Errors,
    Event,
}

impl WirePlace {
    fn at_root(side: PlaceSide, root: String) -> Self {
        Self {
            side,
            root,
            path: String::new(),
        }
    }

    /// The parameters of an operation.
    pub fn parameters(method: &str, path: &str) -> Self {
        Self::at_root(PlaceSide::Parameters, format!("{method} {path}"))
    }

    /// The response of an operation.
    pub fn response(method: &str, path: &str) -> Self {
        Self::at_root(PlaceSide::Response, format!("{method} {path}"))
    }

    /// The documented errors of an operation.
    pub(super) fn error_codes(method: &str, path: &str) -> Self {
        Self::at_root(PlaceSide::Errors, format!("{method} {path}"))
    }

    /// The error object of the API, by its component.
    pub(super) fn error_object(component: &str) -> Self {
        Self::at_root(PlaceSide::Object, component.to_owned())
    }

    /// An object with a tag.
    pub(super) fn tagged_object(tag: &str, deleted: bool) -> Self {
        let state = if deleted { "deleted " } else { "" };
        Self::at_root(PlaceSide::Object, format!("{state}{tag}"))
    }

    /// The object of an event.
    pub(super) fn event_type(name: &str) -> Self {
        Self::at_root(PlaceSide::Event, name.to_owned())
    }

    /// A field of the object at this place.
    #[must_use]
    pub fn child(&self, wire: &str) -> Self {
        let separator = if self.path.is_empty() { "" } else { "/" };
        Self {
            path: format!("{}{separator}{wire}", self.path),
            ..self.clone()
        }
    }

    /// The object that has this field; `None` for a root.
    pub(super) fn parent(&self) -> Option<Self> {
        if self.path.is_empty() {
            return None;
        }
        let parent = self.path.rsplit_once('/');
        Some(Self {
            path: parent.map_or(String::new(), |(parent, _)| parent.to_owned()),
            ..self.clone()
        })
    }

    /// The name of the field; of the root for a root.
    pub(super) fn last_field(&self) -> &str {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        if last.is_empty() { &self.root } else { last }
    }

    /// Number of steps from the root.
    pub(super) fn depth(&self) -> usize {
        match self.path.is_empty() {
            true => 0,
            false => self.path.matches('/').count() + 1,
        }
    }

    /// Whether the program sends what is there.
    pub(super) fn is_parameter(&self) -> bool {
        self.side == PlaceSide::Parameters
    }

    /// Whether this is `other` or below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let same_root = self.side == other.side && self.root == other.root;
        let rest = self.path.strip_prefix(other.path.as_str());
        same_root
            && rest.is_some_and(|rest| {
                other.path.is_empty() || rest.is_empty() || rest.starts_with('/')
            })
    }
}

impl fmt::Display for WirePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, root, path } = self;
        let before = if path.is_empty() { "" } else { " " };
        match side {
            PlaceSide::Parameters => write!(f, "{root}{before}{path}"),
            PlaceSide::Response => write!(f, "{root} ->{before}{path}"),
            PlaceSide::Errors => write!(f, "errors of {root}"),
            PlaceSide::Event => write!(f, "event {root}"),
            PlaceSide::Object if path.is_empty() => f.write_str(root),
            PlaceSide::Object => write!(f, "{root}/{path}"),
        }
    }
}

//! Patterns of operations: `METHOD /path`, with `*` for any method or one segment and a final
//! `**` for any rest.

use super::TextPattern;

/// The methods of OpenAPI 3.0, and the sign for any.
const METHODS: [&str; 9] = [
    "*", "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
];

/// Operations that are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IgnoredOperations {
    /// By method and path.
    Path(OperationPattern),
    /// By `operationId`.
    Id(TextPattern),
}

impl IgnoredOperations {
    /// A text with a blank is a pattern of method and path, any other one of ids.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            _ if text.contains(' ') => OperationPattern::parse(text).map(Self::Path),
            _ => Some(Self::Id(TextPattern::new(text))),
        }
    }

    /// Whether an operation is left out.
    pub fn matches(&self, method: &str, path: &str, id: &str) -> bool {
        match self {
            Self::Path(pattern) => pattern.matches(method, path),
            Self::Id(pattern) => pattern.matches(id),
        }
    }
}

/// The operations that an entry applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationPattern {
    method: Option<String>,
    segments: Vec<String>,
    open: bool,
}

impl OperationPattern {
    /// `None` if the text is not a pattern.
    pub fn parse(text: &str) -> Option<Self> {
        let (method, path) = text.split_once(' ')?;
        let path = path.strip_prefix('/')?;
        let known = METHODS.contains(&method);
        let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
        let open = segments.last().is_some_and(|last| last == "**");
        if open {
            segments.pop();
        }
        if !known || segments.iter().any(|s| s.is_empty() || s == "**") {
            return None;
        }
        Some(Self {
            method: (method != "*").then(|| method.to_owned()),
            segments,
            open,
        })
    }

    /// Whether the pattern matches an operation.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        if self
            .method
            .as_deref()
            .is_some_and(|wanted| wanted != method)
        {
            return false;
        }
        let mut rest = path.split('/').skip(1);
        let fits = self.segments.iter().all(|wanted| {
            rest.next()
                .is_some_and(|segment| wanted == "*" || wanted == segment)
        });
        fits && (self.open || rest.next().is_none())
    }
}

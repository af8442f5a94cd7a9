//! Patterns of operations: `METHOD /path`, with `*` for any method or one segment and a final
//! `**` for any rest.

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
        let known = ["*", "GET", "POST", "DELETE", "PUT", "PATCH"].contains(&method);
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

//! Addresses of places in a document, in a notation that a dialect file can be read in.
//!
//! `component/field/field` for responses, `METHOD /path field/field` for parameters (in body or
//! query); `[]` is a list's item and `{}` a map's value. A union is stepped through in silence.

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// As written.
    pub text: String,
    /// Where it begins.
    pub base: Base,
    /// The way from there.
    pub steps: Vec<Step>,
}

/// The beginning of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A component schema.
    Component(String),
    /// The parameters of an operation.
    Operation {
        /// In capitals.
        method: String,
        /// The template.
        path: String,
    },
}

/// A step of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a field or parameter.
    Field(String),
    /// Into the items of a list.
    Item,
    /// Into the values of a map.
    Value,
}

impl Site {
    /// `None` if the text is not an address.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let (base, way) = match text.split_once(' ') {
            Some((method, rest)) => {
                let (path, way) = rest.split_once(' ')?;
                let known = ["GET", "POST", "DELETE"].contains(&method) && path.starts_with('/');
                let base = Base::Operation {
                    method: method.to_owned(),
                    path: path.to_owned(),
                };
                (known.then_some(base)?, way)
            }
            None => {
                let (name, way) = text.split_once('/').unwrap_or((text, ""));
                (Base::Component(name.to_owned()), way)
            }
        };
        let mut steps = Vec::new();
        for part in way.split('/').filter(|_| !way.is_empty()) {
            steps.extend(parse_part(part)?);
        }
        Some(Self {
            text: text.to_owned(),
            base,
            steps,
        })
    }
}

/// A field with the steps that are attached to it: `tiers[]`, `currency_options{}`.
fn parse_part(part: &str) -> Option<Vec<Step>> {
    let mut name = part;
    let mut after = Vec::new();
    loop {
        if let Some(shorter) = name.strip_suffix("[]") {
            after.push(Step::Item);
            name = shorter;
        } else if let Some(shorter) = name.strip_suffix("{}") {
            after.push(Step::Value);
            name = shorter;
        } else {
            break;
        }
    }
    if name.is_empty() || name.contains(['[', ']', '{', '}']) {
        return None;
    }
    let mut steps = vec![Step::Field(name.to_owned())];
    steps.extend(after.into_iter().rev());
    Some(steps)
}

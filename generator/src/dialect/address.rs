//! Addresses of schemas in a document, in a short notation.
//!
//! `component/field/field` for responses, `METHOD /path field/field` for parameters (in body or
//! query), `METHOD /path ->` for what an operation answers and `METHOD /path -> field/field` for a
//! place in it; `[]` is a list's item and `{}` a map's value. Members of unions need no step.

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaAddress {
    /// Its text.
    pub text: String,
    /// Where it begins.
    pub base: AddressBase,
    /// The steps from there.
    pub steps: Vec<AddressStep>,
}

/// The beginning of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressBase {
    /// A component schema.
    Component(String),
    /// The parameters of an operation.
    Operation {
        /// The method, in capitals.
        method: String,
        /// The path template.
        path: String,
    },
    /// The successful response of an operation.
    Response {
        /// The method, in capitals.
        method: String,
        /// The path template.
        path: String,
    },
}

/// Stands between an operation and the steps into its answer.
const ANSWER: &str = "->";

/// A step of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressStep {
    /// Into a field or parameter.
    Field(String),
    /// Into the items of a list.
    Item,
    /// Into the values of a map.
    Value,
}

impl SchemaAddress {
    /// `None` if the text is not an address.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let (base, steps_text) = match text.split_once(' ') {
            Some((method, rest)) => {
                let (path, steps_text) = rest.split_once(' ')?;
                let known = ["GET", "POST", "DELETE"].contains(&method) && path.starts_with('/');
                let (method, path) = (method.to_owned(), path.to_owned());
                let (base, steps_text) = match answer_steps(steps_text) {
                    Some(steps_text) => (AddressBase::Response { method, path }, steps_text),
                    None => (AddressBase::Operation { method, path }, steps_text),
                };
                (known.then_some(base)?, steps_text)
            }
            None => {
                let (name, steps_text) = text.split_once('/').unwrap_or((text, ""));
                (AddressBase::Component(name.to_owned()), steps_text)
            }
        };
        let mut steps = Vec::new();
        for part in steps_text.split('/').filter(|_| !steps_text.is_empty()) {
            steps.extend(parse_part(part)?);
        }
        Some(Self {
            text: text.to_owned(),
            base,
            steps,
        })
    }
}

/// The steps into an answer, if the text is about one.
fn answer_steps(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(ANSWER)?;
    match rest.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix(' ').filter(|rest| !rest.is_empty()),
    }
}

/// Parses a field with the steps attached to it: `tiers[]`, `currency_options{}`.
fn parse_part(part: &str) -> Option<Vec<AddressStep>> {
    let mut name = part;
    let mut after = Vec::new();
    loop {
        if let Some(shorter) = name.strip_suffix("[]") {
            after.push(AddressStep::Item);
            name = shorter;
        } else if let Some(shorter) = name.strip_suffix("{}") {
            after.push(AddressStep::Value);
            name = shorter;
        } else {
            break;
        }
    }
    if name.is_empty() || name.contains(['[', ']', '{', '}']) {
        return None;
    }
    let mut steps = vec![AddressStep::Field(name.to_owned())];
    steps.extend(after.into_iter().rev());
    Some(steps)
}

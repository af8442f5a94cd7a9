//! From method and path to the operation.

use crate::wire_format::bracket;

/// One part of a path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathPart {
    /// Equal to this text.
    Literal(String),
    /// `{name}`: any text but the empty one.
    Parameter(String),
}

/// Splits `/v1/customers/{customer}`.
pub(crate) fn split_template(path: &str) -> Vec<PathPart> {
    let parse = |part: &str| {
        let name = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        match name {
            Some(name) => PathPart::Parameter(name.to_owned()),
            None => PathPart::Literal(part.to_owned()),
        }
    };
    path.trim_start_matches('/').split('/').map(parse).collect()
}

/// The decoded parts of a request's path; `None` if its escapes are malformed.
pub(crate) fn split_path(path: &str) -> Option<Vec<String>> {
    path.strip_prefix('/')?
        .split('/')
        .map(|part| bracket::path_segment(part).ok())
        .collect()
}

/// The values of the template's parameters, if the path is one of the template's.
pub(crate) fn match_template(template: &[PathPart], parts: &[String]) -> Option<Vec<String>> {
    if template.len() != parts.len() {
        return None;
    }
    let mut values = Vec::new();
    for (expected, part) in template.iter().zip(parts) {
        match expected {
            PathPart::Literal(literal) if literal == part => {}
            PathPart::Parameter(_) if !part.is_empty() => values.push(part.clone()),
            _ => return None,
        }
    }
    Some(values)
}

/// What orders templates that match the same path: the one with the earliest literal comes first.
pub(crate) fn literal_rank(template: &[PathPart]) -> Vec<bool> {
    let is_literal = |part: &PathPart| matches!(part, PathPart::Literal(_));
    template.iter().map(is_literal).collect()
}

//! From method and path to the operation.

use super::document::Operation;
use stripe_dev::wire_format::bracket;

/// One part of a path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Must be equal to this text.
    Literal(String),
    /// `{name}`: any text but the empty one.
    Parameter,
}

/// Splits `/v1/customers/{customer}`.
pub(crate) fn template(path: &str) -> Vec<Segment> {
    let parse = |part: &str| match part.starts_with('{') && part.ends_with('}') {
        true => Segment::Parameter,
        false => Segment::Literal(part.to_owned()),
    };
    path.trim_start_matches('/').split('/').map(parse).collect()
}

/// The operation for a request, as an index into `operations`.
///
/// Where templates compete (`/v1/credit_notes/preview`, `/v1/credit_notes/{id}`), the one with
/// the earliest literal wins.
pub(crate) fn find(operations: &[Operation], method: &str, path: &str) -> Option<usize> {
    let parts = path
        .strip_prefix('/')?
        .split('/')
        .map(|part| bracket::path_segment(part).ok())
        .collect::<Option<Vec<_>>>()?;
    let candidates = operations.iter().enumerate();
    candidates
        .filter(|(_, operation)| operation.method == method && fits(&operation.segments, &parts))
        .max_by_key(|(_, operation)| literals(&operation.segments))
        .map(|(index, _)| index)
}

fn fits(segments: &[Segment], parts: &[String]) -> bool {
    segments.len() == parts.len()
        && segments.iter().zip(parts).all(|pair| match pair {
            (Segment::Literal(literal), part) => literal == part,
            (Segment::Parameter, part) => !part.is_empty(),
        })
}

fn literals(segments: &[Segment]) -> Vec<bool> {
    let is_literal = |segment: &Segment| matches!(segment, Segment::Literal(_));
    segments.iter().map(is_literal).collect()
}

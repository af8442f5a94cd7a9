//! Importing a vendor's document: every fact, no prose.
//!
//! In: the [`Source`] of an upstream OpenAPI document. Out: YAML text to be committed: the same
//! paths, parameters, types, limits and extensions, without `description` and `summary`, with
//! keywords in canonical order, laid out so that a changed property is a changed line.
//! Afterwards: importing the result again gives the same text but for the line with the digest.
//! What the facts mean is not looked at here, nor whether they make sense.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::diag::{Code, Sink, SpecPath};
use crate::source::Source;

mod emit;
mod facts;
mod grammar;

#[cfg(test)]
mod tests;

use self::grammar::Node;

/// A document made ready for the repository.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The YAML text.
    pub text: String,
    /// What is in it.
    pub counts: Counts,
}

/// The size of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries of `paths`.
    pub paths: usize,
    /// Operations under them.
    pub operations: usize,
    /// Entries of `components.schemas`.
    pub schemas: usize,
}

/// Takes the facts out of a document.
pub fn import(upstream: &Source, sink: &mut Sink) -> Option<Imported> {
    let Some(version) = upstream.value.get("openapi").and_then(Value::as_str) else {
        sink.report(
            Code::NotAnObject,
            &SpecPath::root(),
            "there is no `openapi: 3.0.x`",
        );
        return None;
    };
    if !version.starts_with("3.0.") {
        let at = SpecPath::root().child("openapi");
        sink.report(Code::OpenApiVersion, &at, format!("it says {version}"));
        return None;
    }
    let facts = facts::facts(Node::Document, &upstream.value);
    let counts = count(&facts);
    let text = format!("{}\n{}", header(upstream, counts), emit::document(&facts));
    Some(Imported { text, counts })
}

fn count(document: &Value) -> Counts {
    let paths = document.get("paths").and_then(Value::as_object);
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let operations = paths
        .into_iter()
        .flat_map(|paths| paths.values())
        .filter_map(Value::as_object);
    Counts {
        paths: paths.map_or(0, |paths| {
            paths.keys().filter(|key| key.starts_with('/')).count()
        }),
        operations: operations
            .flat_map(|item| item.keys())
            .filter(|key| Node::PathItem.under(key) == Node::Operation)
            .count(),
        schemas: schemas.map_or(0, |schemas| schemas.len()),
    }
}

/// The comment at the top: what this is made from. No path, no date: the same input gives the
/// same bytes everywhere.
fn header(upstream: &Source, counts: Counts) -> String {
    let info = |key| {
        let text = upstream
            .value
            .pointer(&format!("/info/{key}"))
            .and_then(Value::as_str);
        text.unwrap_or("unknown").replace(char::is_control, " ")
    };
    let Counts {
        paths,
        operations,
        schemas,
    } = counts;
    let digest = Sha256::digest(upstream.text.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "# {title}, version {version}: the facts of the upstream document, without its prose.\n\
         # {paths} paths, {operations} operations, {schemas} schemas.\n\
         # Made by `generator import`; do not edit.\n\
         # SHA-256 of the upstream file: {digest}\n",
        title = info("title"),
        version = info("version"),
    )
}

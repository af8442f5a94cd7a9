//! The OpenAPI document, checked as a document.
//!
//! In: a [`Source`]. Out: a [`Document`]: the types of `openapiv3` with lookup by reference.
//! Afterwards: it is OpenAPI 3.0.x without unknown keywords; every reference resolves and none
//! runs in a circle; operations have unique ids; templates and path parameters agree.
//! What the schemas mean, and whether their shapes are supported, is left to `normalize`.

mod grammar;
mod operations;
mod references;
#[cfg(test)]
mod tests;
mod version;
mod walk;

use indexmap::IndexMap;
use openapiv3::{Parameter, ReferenceOr, RequestBody, Response, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use operations::Operation;

use crate::diag::{Code, Sink, SpecPath};
use crate::source::Source;

/// An OpenAPI 3.0 document.
#[derive(Clone, Debug)]
pub struct Document {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// Base URLs of the document's servers.
    pub servers: Vec<String>,
    /// `components.schemas`, in document order.
    pub schemas: IndexMap<String, ReferenceOr<Schema>>,
    /// All operations, in document order.
    pub operations: Vec<Operation>,
    parameters: IndexMap<String, ReferenceOr<Parameter>>,
    bodies: IndexMap<String, ReferenceOr<RequestBody>>,
    responses: IndexMap<String, ReferenceOr<Response>>,
}

/// A schema where it is used: written out, or a component by name.
#[derive(Clone, Copy, Debug)]
pub enum Node<'d> {
    /// A component of the document.
    Component(&'d str),
    /// Written out in place.
    Inline(&'d Schema),
}

impl<'d> Node<'d> {
    /// The node behind a reference or a schema.
    pub fn of(schema: &'d ReferenceOr<Schema>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::component(reference),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }

    /// The node behind a reference or a boxed schema, as properties and items have it.
    pub fn of_boxed(schema: &'d ReferenceOr<Box<Schema>>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::component(reference),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }

    fn component(reference: &'d str) -> Self {
        // `load` refuses references that lead elsewhere.
        Self::Component(component_name(reference).unwrap_or(reference))
    }
}

/// The name of the schema that a reference leads to.
fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

impl Document {
    /// Reads a document; findings go to `sink`. `None` if there is nothing to go on with.
    pub fn load(source: &Source, sink: &mut Sink) -> Option<Self> {
        let Value::Object(root) = &source.value else {
            sink.report(Code::NotAnObject, &SpecPath::root(), "");
            return None;
        };
        version::check(root, sink)?;
        let before = sink.error_count();
        let uses = walk::walk(root, sink);
        references::resolve(&uses, root, sink);
        // The typed reader would only repeat what the walk has found, with less precise places.
        if sink.error_count() > before {
            return None;
        }
        let document = Self::read(root, sink);
        references::cycles(&document.schemas, sink);
        operations::check(&document, sink);
        (sink.error_count() == before).then_some(document)
    }

    fn read(root: &Map<String, Value>, sink: &mut Sink) -> Self {
        let text = |pointer: [&str; 2]| {
            let value = root.get(pointer[0]).and_then(|v| v.get(pointer[1]));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let here = SpecPath::root();
        Self {
            title: text(["info", "title"]),
            version: text(["info", "version"]),
            servers: operations::servers(root.get("servers")),
            schemas: components(root, "schemas", sink),
            operations: operations::read(root.get("paths"), &here.child("paths"), sink),
            parameters: components(root, "parameters", sink),
            bodies: components(root, "requestBodies", sink),
            responses: components(root, "responses", sink),
        }
    }

    /// The component schema of that name.
    pub fn schema(&self, name: &str) -> Option<Node<'_>> {
        self.schemas.get(name).map(Node::of)
    }

    /// The place of a component schema.
    pub fn schema_path(name: &str) -> SpecPath {
        components_path("schemas").child(name)
    }

    /// The parameter itself and the place where it is written out.
    pub fn parameter<'d>(
        &'d self,
        used: &'d ReferenceOr<Parameter>,
        at: &SpecPath,
    ) -> Option<(&'d Parameter, SpecPath)> {
        follow(&self.parameters, "parameters", used, at)
    }

    /// The request body itself and the place where it is written out.
    pub fn body<'d>(
        &'d self,
        used: &'d ReferenceOr<RequestBody>,
        at: &SpecPath,
    ) -> Option<(&'d RequestBody, SpecPath)> {
        follow(&self.bodies, "requestBodies", used, at)
    }

    /// The response itself and the place where it is written out.
    pub fn response<'d>(
        &'d self,
        used: &'d ReferenceOr<Response>,
        at: &SpecPath,
    ) -> Option<(&'d Response, SpecPath)> {
        follow(&self.responses, "responses", used, at)
    }
}

fn components_path(kind: &str) -> SpecPath {
    SpecPath::root().child("components").child(kind)
}

/// Follows references among the components of one kind.
fn follow<'d, T>(
    all: &'d IndexMap<String, ReferenceOr<T>>,
    kind: &str,
    used: &'d ReferenceOr<T>,
    at: &SpecPath,
) -> Option<(&'d T, SpecPath)> {
    let mut used = used;
    let mut at = at.clone();
    // A chain longer than there are components runs in a circle.
    for _ in 0..=all.len() {
        match used {
            ReferenceOr::Item(item) => return Some((item, at)),
            ReferenceOr::Reference { reference } => {
                let name = reference.rsplit('/').next()?;
                used = all.get(name)?;
                at = components_path(kind).child(name);
            }
        }
    }
    None
}

/// The components of one kind. Each is read by itself, so that a finding has a place.
fn components<T: DeserializeOwned>(
    root: &Map<String, Value>,
    kind: &str,
    sink: &mut Sink,
) -> IndexMap<String, ReferenceOr<T>> {
    let all = root
        .get("components")
        .and_then(|c| c.get(kind))
        .and_then(Value::as_object);
    let at = components_path(kind);
    let read = |(name, value): (&String, &Value)| {
        Some((name.clone(), typed(value, &at.child(name), sink)?))
    };
    all.into_iter().flatten().filter_map(read).collect()
}

/// Hands a part of the document to the typed reader.
fn typed<T: DeserializeOwned>(value: &Value, at: &SpecPath, sink: &mut Sink) -> Option<T> {
    match T::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            sink.report(Code::Malformed, at, error.to_string());
            None
        }
    }
}

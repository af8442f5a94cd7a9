//! Reads and checks an OpenAPI document.
//!
//! In: a [`SourceFile`]. Out: a [`Document`]: the types of `openapiv3` with lookup by reference.
//! Afterwards: it is OpenAPI 3.0.x without unknown keywords, but for a few mistakes of published
//! documents, which are corrected with a warning; every reference resolves and
//! none is cyclic; operations have unique ids; templates and path parameters agree.
//! The meaning of schemas, and whether their shapes are supported, is left to `normalize`.

pub(crate) mod grammar;
mod media_type;
mod operations;
mod references;
mod security;
#[cfg(test)]
mod tests;
mod tolerate;
mod version;
mod walk;

use std::borrow::Cow;
use std::collections::HashSet;

use indexmap::IndexMap;
use openapiv3::{Parameter, ReferenceOr, RequestBody, Response, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use media_type::{is_json_media_type, plain_media_type};
pub use operations::SpecOperation;
pub use security::{SecurityRequirement, SecurityScheme};

use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::source::SourceFile;

/// An OpenAPI 3.0 document.
#[derive(Clone, Debug)]
pub struct Document {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// Base URLs of the document's servers.
    pub servers: Vec<String>,
    /// How the API takes credentials, by name.
    pub security_schemes: IndexMap<String, SecurityScheme>,
    /// The security requirements of operations that state none; `None` if there are none.
    pub security: Option<Vec<SecurityRequirement>>,
    /// `components.schemas`, in document order.
    pub schemas: IndexMap<String, ReferenceOr<Schema>>,
    /// All operations, in document order.
    pub operations: Vec<SpecOperation>,
    parameters: IndexMap<String, ReferenceOr<Parameter>>,
    bodies: IndexMap<String, ReferenceOr<RequestBody>>,
    responses: IndexMap<String, ReferenceOr<Response>>,
    /// Objects that do not say which keys they have. Never iterated.
    open_objects: HashSet<SpecPath>,
}

/// A use of a schema: inline, or a component by name.
#[derive(Clone, Copy, Debug)]
pub enum SchemaNode<'d> {
    /// A component of the document.
    Component(&'d str),
    /// An inline schema.
    Inline(&'d Schema),
}

impl<'d> SchemaNode<'d> {
    /// The node of a reference or schema.
    pub fn from_ref(schema: &'d ReferenceOr<Schema>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::from_pointer(reference),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }

    /// The node of a reference or boxed schema, the form of properties and items.
    pub fn from_boxed_ref(schema: &'d ReferenceOr<Box<Schema>>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::from_pointer(reference),
            ReferenceOr::Item(schema) => Self::Inline(schema),
        }
    }

    fn from_pointer(reference: &'d str) -> Self {
        // `load` rejects references to anything else.
        Self::Component(component_name(reference).unwrap_or(reference))
    }
}

/// The name of the component schema that a reference points to.
fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

impl Document {
    /// Reads a document; findings are reported to `sink`. `None` after an error.
    pub fn load(source: &SourceFile, sink: &mut DiagnosticSink) -> Option<Self> {
        Self::load_value(&mut source.value.clone(), sink)
    }

    /// Reads a document from the content of its file. Each part of the content is freed when it has
    /// been read, so that memory holds a large document once.
    pub fn load_value(value: &mut Value, sink: &mut DiagnosticSink) -> Option<Self> {
        let Value::Object(root) = value else {
            sink.report(Code::NotAnObject, &SpecPath::root(), "");
            return None;
        };
        version::check_version(root, sink)?;
        let before = sink.error_count();
        let found = walk::walk_document(root, sink);
        references::check_targets(&found.references, root, sink);
        // openapiv3 would report the same errors with less precise places.
        if sink.error_count() > before {
            return None;
        }
        let mut document = Self::read_root(root, sink);
        document.open_objects = found.open_objects;
        references::check_cycles(&document.schemas, sink);
        operations::check_operations(&document, sink);
        (sink.error_count() == before).then_some(document)
    }

    fn read_root(root: &mut Map<String, Value>, sink: &mut DiagnosticSink) -> Self {
        let text = |root: &Map<String, Value>, pointer: [&str; 2]| {
            let value = root.get(pointer[0]).and_then(|v| v.get(pointer[1]));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let here = SpecPath::root();
        Self {
            title: text(root, ["info", "title"]),
            version: text(root, ["info", "version"]),
            servers: operations::server_urls(root.get("servers")),
            security_schemes: security::read_schemes(root),
            security: security::read_requirements(root, sink),
            schemas: read_components(root, "schemas", sink),
            operations: operations::read_operations(
                root.get_mut("paths"),
                &here.child("paths"),
                sink,
            ),
            parameters: read_corrected(root, "parameters", sink, tolerate::correct_parameter),
            bodies: read_components(root, "requestBodies", sink),
            responses: read_components(root, "responses", sink),
            open_objects: HashSet::new(),
        }
    }

    /// Whether the schema at this place is an object that does not say which keys it has, as
    /// opposed to one that lists none.
    pub fn is_open_object(&self, at: &SpecPath) -> bool {
        self.open_objects.contains(at)
    }

    /// The component schema with this name.
    pub fn schema(&self, name: &str) -> Option<SchemaNode<'_>> {
        self.schemas.get(name).map(SchemaNode::from_ref)
    }

    /// The path of a component schema.
    pub fn schema_path(name: &str) -> SpecPath {
        components_path("schemas").child(name)
    }

    /// The parameter, with references resolved, and its path.
    pub fn parameter<'d>(
        &'d self,
        used: &'d ReferenceOr<Parameter>,
        at: &SpecPath,
    ) -> Option<(&'d Parameter, SpecPath)> {
        follow_reference(&self.parameters, "parameters", used, at)
    }

    /// The request body, with references resolved, and its path.
    pub fn request_body<'d>(
        &'d self,
        used: &'d ReferenceOr<RequestBody>,
        at: &SpecPath,
    ) -> Option<(&'d RequestBody, SpecPath)> {
        follow_reference(&self.bodies, "requestBodies", used, at)
    }

    /// The response, with references resolved, and its path.
    pub fn response<'d>(
        &'d self,
        used: &'d ReferenceOr<Response>,
        at: &SpecPath,
    ) -> Option<(&'d Response, SpecPath)> {
        follow_reference(&self.responses, "responses", used, at)
    }
}

fn components_path(kind: &str) -> SpecPath {
    SpecPath::root().child("components").child(kind)
}

/// Follows references among the components of one kind.
fn follow_reference<'d, T>(
    all: &'d IndexMap<String, ReferenceOr<T>>,
    kind: &str,
    used: &'d ReferenceOr<T>,
    at: &SpecPath,
) -> Option<(&'d T, SpecPath)> {
    let mut used = used;
    let mut at = at.clone();
    // A chain that is longer than the number of components is cyclic.
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

/// The components of one kind. Each is deserialized by itself, so that errors have a path.
fn read_components<T: DeserializeOwned>(
    root: &mut Map<String, Value>,
    kind: &str,
    sink: &mut DiagnosticSink,
) -> IndexMap<String, ReferenceOr<T>> {
    read_corrected(root, kind, sink, |value, _, _| Cow::Borrowed(value))
}

/// The components of one kind, each corrected before.
fn read_corrected<T: DeserializeOwned>(
    root: &mut Map<String, Value>,
    kind: &str,
    sink: &mut DiagnosticSink,
    correct: impl for<'v> Fn(&'v Value, &SpecPath, &mut DiagnosticSink) -> Cow<'v, Value>,
) -> IndexMap<String, ReferenceOr<T>> {
    let all = root
        .get_mut("components")
        .and_then(|c| c.get_mut(kind))
        .and_then(Value::as_object_mut);
    let at = components_path(kind);
    let read = |(name, value): (&String, &mut Value)| {
        let at = at.child(name);
        let value = &value.take();
        let corrected = correct(value, &at, sink);
        Some((name.clone(), deserialize_part(&corrected, &at, sink)?))
    };
    all.into_iter().flatten().filter_map(read).collect()
}

/// Deserializes a part of the document with openapiv3.
fn deserialize_part<T: DeserializeOwned>(
    value: &Value,
    at: &SpecPath,
    sink: &mut DiagnosticSink,
) -> Option<T> {
    match T::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            sink.report(Code::Malformed, at, error.to_string());
            None
        }
    }
}

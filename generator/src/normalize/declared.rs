//! Adds the operations that the dialect declares because the document lacks them.
//!
//! They become operations of the document before it is translated, so that names, limits and types
//! follow from the same rules. A declaration applies to documents with the operation that it names
//! as similar.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use openapiv3::{
    MediaType, Parameter, ReferenceOr, Response, Responses, Schema, SchemaData, SchemaKind,
    StatusCode, StringFormat, StringType, Type, VariantOrUnknownOrEmpty,
};

use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::dialect::{DeclaredOperation, Dialect, DialectEntry};
use crate::spec::{Document, SpecOperation};

/// The response that is bytes and not JSON.
const BINARY: &str = "binary";

/// The declared operations that this document gets. Mistakes are reported with their place in the
/// dialect.
pub(super) fn declared_operations(
    document: &Document,
    dialect: &Dialect,
    sink: &mut DiagnosticSink,
) -> Vec<SpecOperation> {
    let mut added: Vec<SpecOperation> = Vec::new();
    for entry in &dialect.operations {
        let Some(like) = similar_operation(document, entry) else {
            continue;
        };
        let mut declaration = Declaration {
            document,
            dialect,
            declared: &entry.value,
            like,
            sink: &mut *sink,
        };
        added.extend(declaration.translate(&added));
    }
    added
}

/// The operation of the document that a declared one is like.
pub(super) fn similar_operation<'d>(
    document: &'d Document,
    entry: &DialectEntry<DeclaredOperation>,
) -> Option<&'d SpecOperation> {
    let mut operations = document.operations.iter();
    operations.find(|operation| operation.title() == entry.value.like)
}

struct Declaration<'a> {
    document: &'a Document,
    dialect: &'a Dialect,
    declared: &'a DeclaredOperation,
    like: &'a SpecOperation,
    sink: &'a mut DiagnosticSink,
}

impl Declaration<'_> {
    fn translate(&mut self, added: &[SpecOperation]) -> Option<SpecOperation> {
        let declared = self.declared;
        let before = self.sink.error_count();
        self.check_uniqueness(added);
        let servers = self.servers();
        let response = self.response();
        let mut operation = SpecOperation {
            at: SpecPath::root()
                .child("paths")
                .child(&declared.path)
                .child(declared.method.to_ascii_lowercase()),
            method: declared.method.clone(),
            path: declared.path.clone(),
            id: declared.id.clone(),
            servers,
            parameters: Vec::new(),
            definition: openapiv3::Operation {
                operation_id: Some(declared.id.clone()),
                description: declared.description.clone(),
                responses: Responses {
                    default: self.like.definition.responses.default.clone(),
                    responses: IndexMap::from([(StatusCode::Code(200), response)]),
                    ..Responses::default()
                },
                ..openapiv3::Operation::default()
            },
        };
        operation.parameters = self.path_parameters(&operation);
        (self.sink.error_count() == before).then_some(operation)
    }

    fn report(&mut self, key: &str, detail: String) {
        let at = self.declared.at.child(key);
        self.sink.report(Code::DialectValue, &at, detail);
    }

    /// Neither operation nor id may be one of the document.
    fn check_uniqueness(&mut self, added: &[SpecOperation]) {
        let declared = self.declared;
        let document = self.document;
        let title = format!("{} {}", declared.method, declared.path);
        let mut all = document.operations.iter().chain(added);
        if all.any(|known| known.title() == title) {
            self.report("operation", format!("there is an operation `{title}`"));
        }
        let mut all = document.operations.iter().chain(added);
        if declared.id.is_empty() || all.any(|known| known.id == declared.id) {
            self.report("id", format!("`{}` is not a new id", declared.id));
        }
    }

    fn servers(&mut self) -> Vec<String> {
        let Some(key) = &self.declared.host else {
            return self.like.servers.clone();
        };
        let mut hosts = self.dialect.hosts.iter();
        match hosts.find(|host| host.value.0 == *key) {
            Some(host) => vec![host.value.1.clone()],
            None => {
                self.report("host", format!("`{key}` is not under `[hosts]`"));
                Vec::new()
            }
        }
    }

    /// The parameters of the path, which the similar operation must have.
    fn path_parameters(
        &mut self,
        operation: &SpecOperation,
    ) -> Vec<(SpecPath, ReferenceOr<Parameter>)> {
        let mut missing: BTreeSet<&str> = operation.template_names().into_iter().collect();
        let (document, like) = (self.document, self.like);
        let is_of_path = |(at, used): &&(SpecPath, ReferenceOr<Parameter>)| {
            let found = document.parameter(used, at);
            found.is_some_and(|(parameter, _)| match parameter {
                Parameter::Path { parameter_data, .. } => missing.remove(&*parameter_data.name),
                _ => false,
            })
        };
        let parameters = like.parameters.iter().filter(is_of_path).cloned().collect();
        for name in missing {
            let detail = format!("`{{{name}}}` is no parameter of `{}`", like.title());
            self.report("operation", detail);
        }
        parameters
    }

    fn response(&mut self) -> ReferenceOr<Response> {
        let name = &self.declared.response;
        let (content_type, schema) = if name == BINARY {
            let format = VariantOrUnknownOrEmpty::Item(StringFormat::Binary);
            let text = StringType {
                format,
                ..StringType::default()
            };
            let schema = Schema {
                schema_data: SchemaData::default(),
                schema_kind: SchemaKind::Type(Type::String(text)),
            };
            ("application/octet-stream", ReferenceOr::Item(schema))
        } else {
            if self.document.schema(name).is_none() {
                let detail = format!("`{name}` is neither `{BINARY}` nor a component");
                self.report("response", detail);
            }
            let reference = format!("#/components/schemas/{name}");
            ("application/json", ReferenceOr::Reference { reference })
        };
        let media = MediaType {
            schema: Some(schema),
            ..MediaType::default()
        };
        ReferenceOr::Item(Response {
            content: IndexMap::from([(content_type.to_owned(), media)]),
            ..Response::default()
        })
    }
}

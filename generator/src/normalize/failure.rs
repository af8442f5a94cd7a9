//! Translates the documented errors of operations.

use openapiv3::{ReferenceOr, Schema as Source, SchemaKind, Type};

use super::content::{ContentKind, choose_content};
use super::context::NormalizeContext;
use super::status::is_success;
use crate::api::{Doc, ErrorCode, ErrorFacts, ErrorMembers, Schema as ApiSchema, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::dialect::ErrorConventions;
use crate::spec::{Document, SchemaNode, SpecOperation};

impl<'a> NormalizeContext<'a> {
    /// The errors of an operation, from its response `default`. Without a dialect they are the common
    /// ones.
    pub(super) fn operation_errors(&mut self, operation: &'a SpecOperation) -> Option<ErrorFacts> {
        if self.dialect.errors.is_none() && self.is_tolerant() {
            return Some(ErrorFacts::Bodies(self.error_bodies(operation)));
        }
        let here = operation.at.child("responses").child("default");
        let (Some(facts), Some(used)) = (
            &self.dialect.errors,
            &operation.definition.responses.default,
        ) else {
            return Some(ErrorFacts::Common);
        };
        let (response, at) = self.document.response(used, &here)?;
        let content = at.child("content");
        let media = response.content.get("application/json");
        let Some(schema) = media.and_then(|media| media.schema.as_ref()) else {
            self.report(
                Code::ErrorShape,
                &content,
                "expected `application/json` with a schema",
            );
            return None;
        };
        let at = content.child("application/json").child("schema");
        match SchemaNode::from_ref(schema) {
            SchemaNode::Component(name) if name == facts.envelope.value => {
                self.error_envelope(facts, &at)
            }
            SchemaNode::Inline(Source {
                schema_kind: SchemaKind::OneOf { one_of },
                ..
            }) => self.error_codes(one_of, facts, &at.child("oneOf")),
            _ => self.report_error_shape(
                &at,
                "neither the common envelope nor `oneOf` error components",
            ),
        }
    }

    /// The JSON bodies of failures, statuses first, then ranges, then all others. A body whose
    /// description is not supported is raw JSON.
    fn error_bodies(&mut self, operation: &'a SpecOperation) -> Vec<(String, ApiSchema)> {
        let here = operation.at.child("responses");
        let all = &operation.definition.responses;
        let mut failures: Vec<_> = all
            .responses
            .iter()
            .filter(|(status, _)| !is_success(status))
            .map(|(status, response)| (status.to_string(), response))
            .collect();
        failures.sort_by_key(|(status, _)| (status.ends_with("XX"), status.clone()));
        // The only response of an operation is its answer.
        let has_answer = all.responses.keys().any(is_success) || !failures.is_empty();
        let default = all.default.iter().filter(|_| has_answer);
        failures.extend(default.map(|response| ("default".to_owned(), response)));
        let mut bodies = Vec::new();
        for (status, used) in failures {
            let Some((response, at)) = self.document.response(used, &here.child(&status)) else {
                continue;
            };
            let chosen = choose_content(&response.content);
            let Some(chosen) = chosen.filter(|chosen| chosen.kind == ContentKind::Json) else {
                continue;
            };
            let at = at.child("content").child(chosen.name).child("schema");
            let Some(schema) = &chosen.media.schema else {
                continue;
            };
            let body = self.tolerate(
                |context| context.response_value(SchemaNode::from_ref(schema), &at),
                |context| {
                    Some(ApiSchema {
                        at: at.clone(),
                        kind: context.unsupported_value(),
                        doc: Doc::default(),
                    })
                },
            );
            bodies.extend(body.map(|body| (status, value_of_body(body))));
        }
        bodies
    }

    /// What the error object holds beside texts: the field of its class, and its objects with
    /// their components.
    pub(super) fn error_members(&mut self) -> ErrorMembers {
        let (document, dialect) = (self.document, self.dialect);
        let Some(facts) = &dialect.errors else {
            return ErrorMembers::default();
        };
        let mut objects = Vec::new();
        for entry in &facts.objects {
            let (member, component) = &entry.value;
            let node = document.schema(&facts.object.value);
            let is_member = node
                .and_then(|node| inline_property(node, member))
                .is_some();
            if is_member && document.schemas.contains_key(component) {
                self.mark_matched(entry);
                objects.push((member.clone(), component.clone()));
            }
        }
        ErrorMembers {
            class: facts.class.clone(),
            objects,
        }
    }

    fn report_error_shape(
        &mut self,
        at: &SpecPath,
        detail: impl Into<String>,
    ) -> Option<ErrorFacts> {
        self.report(Code::ErrorShape, at, detail);
        None
    }

    /// Checks the common envelope, whose one field is the error object.
    fn error_envelope(&mut self, facts: &ErrorConventions, at: &SpecPath) -> Option<ErrorFacts> {
        let node = self.document.schema(&facts.envelope.value);
        match node.and_then(|node| inline_property(node, &facts.member)) {
            Some(SchemaNode::Component(object)) if object == facts.object.value => {
                self.mark_matched(&facts.envelope);
                self.mark_matched(&facts.object);
                self.failures.insert(facts.envelope.value.clone());
                Some(ErrorFacts::Common)
            }
            _ => self.report_error_shape(at, format!("`{}` is not the error object", facts.member)),
        }
    }

    /// The codes of a list of components, one per code. Components whose code is not listed describe
    /// all other failures.
    fn error_codes(
        &mut self,
        members: &'a [ReferenceOr<Source>],
        facts: &'a ErrorConventions,
        at: &SpecPath,
    ) -> Option<ErrorFacts> {
        let mut codes = Vec::new();
        for (i, member) in members.iter().enumerate() {
            let SchemaNode::Component(name) = SchemaNode::from_ref(member) else {
                return self.report_error_shape(&at.item(i), "an error is written out in place");
            };
            self.failures.insert(name.to_owned());
            if let Some(open) = facts.open.iter().find(|open| open.value == name) {
                self.mark_matched(open);
                continue;
            }
            let Some(code) = self.error_code(name, facts) else {
                let at = Document::schema_path(name);
                return self.report_error_shape(&at, "the code has more or less than one value");
            };
            codes.push(code);
        }
        Some(ErrorFacts::Codes(codes))
    }

    /// The code of a component, which is the only value of its `error.code`.
    fn error_code(&self, name: &str, facts: &ErrorConventions) -> Option<ErrorCode> {
        let component = self.document.schema(name)?;
        let SchemaNode::Inline(code) =
            inline_property(inline_property(component, &facts.member)?, &facts.code)?
        else {
            return None;
        };
        let SchemaKind::Type(Type::String(values)) = &code.schema_kind else {
            return None;
        };
        let [Some(value)] = values.enumeration.as_slice() else {
            return None;
        };
        let SchemaNode::Inline(Source { schema_data, .. }) = component else {
            return None;
        };
        Some(ErrorCode {
            code: value.clone(),
            doc: self.prose_markdown(schema_data.description.as_deref()),
        })
    }
}

/// A property of an inline object.
fn inline_property<'d>(node: SchemaNode<'d>, name: &str) -> Option<SchemaNode<'d>> {
    let SchemaNode::Inline(source) = node else {
        return None;
    };
    match &source.schema_kind {
        SchemaKind::Type(Type::Object(object)) => {
            object.properties.get(name).map(SchemaNode::from_boxed_ref)
        }
        _ => None,
    }
}

/// The body of a failure without null: such a failure has no typed body.
fn value_of_body(body: ApiSchema) -> ApiSchema {
    match body.kind {
        ValueKind::Optional(inner) => *inner,
        _ => body,
    }
}

//! Translates the successful response of operations.

use openapiv3::{AdditionalProperties, MediaType, ReferenceOr, Response, SchemaKind, Type};

use super::context::NormalizeContext;
use super::status::is_success;
use crate::api::{Doc, Scalar, Schema, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, SpecOperation};

impl<'a> NormalizeContext<'a> {
    /// The schema of the successful response, of which there must be at most one. An operation
    /// without one answers nothing.
    pub(super) fn operation_output(&mut self, operation: &'a SpecOperation) -> Option<Schema> {
        let here = operation.at.child("responses");
        let responses = &operation.definition.responses.responses;
        let (success, others): (Vec<_>, Vec<_>) =
            responses.iter().partition(|(status, _)| is_success(status));
        if let Some((status, _)) = others.first() {
            let detail = format!("`{status}`; failures belong under `default`");
            self.report(Code::ResponseUnsupported, &here, detail);
        }
        match success.as_slice() {
            [(status, response)] => self.response_schema(response, &here.child(status.to_string())),
            [] => {
                let is_stated = operation.definition.responses.default.is_some();
                let at = if is_stated { &here } else { &operation.at };
                self.report(Code::ResponseMissing, at, operation.title());
                Some(nothing_at(at))
            }
            _ => {
                self.report(
                    Code::ResponseUnsupported,
                    &here,
                    "several successful responses",
                );
                None
            }
        }
    }

    fn response_schema(
        &mut self,
        used: &'a ReferenceOr<Response>,
        at: &SpecPath,
    ) -> Option<Schema> {
        let Some((response, at)) = self.document.response(used, at) else {
            self.report(Code::ReferenceCycle, at, "");
            return None;
        };
        let content = at.child("content");
        if response.content.len() > 1 {
            self.report(Code::ContentType, &content, "more than one content type");
            return None;
        }
        let Some((name, media)) = response.content.first() else {
            return Some(nothing_at(&at));
        };
        let at = content.child(name).child("schema");
        if name == "application/json" {
            self.json_schema(media, &at)
        } else {
            self.binary_schema(media, &at)
        }
    }

    fn json_schema(&mut self, media: &'a MediaType, at: &SpecPath) -> Option<Schema> {
        let Some(schema) = &media.schema else {
            self.report(Code::UnknownShape, at, "there is no schema");
            return None;
        };
        let node = SchemaNode::from_ref(schema);
        if self.addresses.raw_reason(at).is_none() && self.is_empty_object(node, at) {
            return Some(nothing_at(at));
        }
        let schema = self.response_value(node, at)?;
        match schema.kind {
            ValueKind::Reference(_)
            | ValueKind::Union(_)
            | ValueKind::Page(..)
            | ValueKind::Raw(_) => Some(schema),
            _ => {
                let detail = "an operation returns a component, a union of components, or a page";
                self.report(Code::UnknownShape, at, detail);
                None
            }
        }
    }

    /// Whether a whole response is an object without fields.
    fn is_empty_object(&self, node: SchemaNode<'_>, at: &SpecPath) -> bool {
        let SchemaNode::Inline(source) = node else {
            return false;
        };
        match &source.schema_kind {
            SchemaKind::Type(Type::Object(object)) => {
                let has_values = matches!(
                    object.additional_properties,
                    Some(AdditionalProperties::Schema(_))
                );
                object.properties.is_empty() && !has_values && !self.document.is_open_object(at)
            }
            _ => false,
        }
    }

    /// Responses other than JSON are bytes and must have `format: binary`.
    fn binary_schema(&mut self, media: &'a MediaType, at: &SpecPath) -> Option<Schema> {
        let node = media.schema.as_ref().map(SchemaNode::from_ref);
        let is_binary = match node {
            Some(SchemaNode::Inline(source)) => match &source.schema_kind {
                SchemaKind::Type(Type::String(text)) => {
                    matches!(
                        self.string_kind(text, at),
                        Some(ValueKind::Scalar(Scalar::Binary))
                    )
                }
                _ => false,
            },
            _ => false,
        };
        if !is_binary {
            self.report(
                Code::ContentType,
                at,
                "expected `type: string, format: binary`",
            );
            return None;
        }
        let kind = ValueKind::Scalar(Scalar::Binary);
        Some(Schema {
            at: at.clone(),
            kind,
            doc: Doc::default(),
        })
    }
}

fn nothing_at(at: &SpecPath) -> Schema {
    Schema {
        at: at.clone(),
        kind: ValueKind::Nothing,
        doc: Doc::default(),
    }
}

//! Translates the successful response of operations.

use openapiv3::{MediaType, ReferenceOr, Response, SchemaKind, StatusCode, Type};

use super::context::NormalizeContext;
use crate::api::{Doc, Scalar, Schema, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, SpecOperation};

impl<'a> NormalizeContext<'a> {
    /// The schema of the successful response, of which there must be one.
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
                self.report(Code::ResponseMissing, &here, operation.title());
                None
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
            return Some(Schema {
                at,
                kind: ValueKind::Nothing,
                doc: Doc::default(),
            });
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
            self.report(Code::ResponseMissing, at, "there is no schema");
            return None;
        };
        let node = SchemaNode::from_ref(schema);
        if is_empty_object(node) {
            return Some(Schema {
                at: at.clone(),
                kind: ValueKind::Nothing,
                doc: Doc::default(),
            });
        }
        let schema = self.response_value(node, at)?;
        match schema.kind {
            ValueKind::Reference(_) | ValueKind::Union(_) | ValueKind::Page(..) => Some(schema),
            _ => {
                let detail = "an operation returns a component, a union of components, or a page";
                self.report(Code::UnknownShape, at, detail);
                None
            }
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

fn is_success(status: &StatusCode) -> bool {
    matches!(status, StatusCode::Code(200..=299) | StatusCode::Range(2))
}

/// Whether a whole response is an object without fields.
fn is_empty_object(node: SchemaNode<'_>) -> bool {
    let SchemaNode::Inline(source) = node else {
        return false;
    };
    match &source.schema_kind {
        SchemaKind::Type(Type::Object(object)) => {
            object.properties.is_empty() && object.additional_properties.is_none()
        }
        _ => false,
    }
}

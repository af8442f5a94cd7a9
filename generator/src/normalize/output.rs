//! Translates the successful response of operations.

use openapiv3::{AdditionalProperties, MediaType, ReferenceOr, Response, SchemaKind, Type};

use super::content::{ContentKind, choose_content};
use super::context::NormalizeContext;
use super::status::is_success;
use crate::api::{Doc, RawReason, Scalar, Schema, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, SpecOperation};

/// A response, and the media type of its JSON if that is not `application/json`.
type OperationOutput = (Schema, Option<String>);

impl<'a> NormalizeContext<'a> {
    /// The schema of the successful response. An operation without one answers nothing.
    pub(super) fn operation_output(
        &mut self,
        operation: &'a SpecOperation,
    ) -> Option<OperationOutput> {
        let here = operation.at.child("responses");
        let all = &operation.definition.responses;
        let (success, others): (Vec<_>, Vec<_>) = all
            .responses
            .iter()
            .partition(|(status, _)| is_success(status));
        if let (Some((status, _)), false) = (others.first(), self.is_tolerant()) {
            let detail = format!("`{status}`; failures belong under `default`");
            self.report(Code::ResponseUnsupported, &here, detail);
        }
        match (success.as_slice(), &all.default) {
            ([(status, response)], _) => {
                self.response_schema(response, &here.child(status.to_string()))
            }
            // Without a successful response the default one is it, unless there are failures.
            ([], Some(response)) if self.is_tolerant() && others.is_empty() => {
                self.response_schema(response, &here.child("default"))
            }
            ([], default) => {
                let at = match default {
                    Some(_) => &here,
                    None => &operation.at,
                };
                self.report(Code::ResponseMissing, at, operation.title());
                Some((nothing_at(at), self.accept_anything()))
            }
            (several, _) if self.is_tolerant() => {
                let several = several
                    .iter()
                    .map(|(status, response)| (here.child(status.to_string()), *response));
                self.several_responses(several.collect(), &here)
            }
            _ => {
                let detail = "several successful responses";
                self.report(Code::ResponseUnsupported, &here, detail);
                None
            }
        }
    }

    /// The media types of a response that the document does not describe.
    fn accept_anything(&self) -> Option<String> {
        self.is_tolerant().then(|| "*/*".to_owned())
    }

    /// The one of several successful responses that has a body; raw JSON if they differ.
    fn several_responses(
        &mut self,
        responses: Vec<(SpecPath, &'a ReferenceOr<Response>)>,
        here: &SpecPath,
    ) -> Option<OperationOutput> {
        let mut with_body = Vec::new();
        for (at, used) in &responses {
            let Some((response, _)) = self.document.response(used, at) else {
                continue;
            };
            if let Some(content) = choose_content(&response.content) {
                with_body.push((at, *used, content.media));
            }
        }
        let Some(((at, used, first), rest)) = with_body.split_first() else {
            let (at, _) = responses.first()?;
            return Some((nothing_at(at), self.accept_anything()));
        };
        // A response without a body is none of them.
        let is_optional = with_body.len() < responses.len();
        if rest.iter().all(|(.., media)| media.schema == first.schema) {
            let (schema, accept) = self.response_schema(used, at)?;
            return Some((optional_if(is_optional, schema), accept));
        }
        self.report(Code::SuccessAmbiguous, here, "");
        let why = RawReason::of_code(Code::SuccessAmbiguous, "the successful responses differ");
        let kind = ValueKind::Raw(why);
        Some((optional_if(is_optional, schema_at(here, kind)), None))
    }

    fn response_schema(
        &mut self,
        used: &'a ReferenceOr<Response>,
        at: &SpecPath,
    ) -> Option<OperationOutput> {
        let Some((response, at)) = self.document.response(used, at) else {
            self.report(Code::ReferenceCycle, at, "");
            return None;
        };
        let content = at.child("content");
        let Some(chosen) = choose_content(&response.content) else {
            return Some((nothing_at(&at), self.accept_anything()));
        };
        if response.content.len() > 1 {
            match self.is_tolerant() {
                true => self.report(Code::ContentChosen, &content, format!("`{}`", chosen.name)),
                false => {
                    self.report(Code::ContentType, &content, "more than one content type");
                    return None;
                }
            }
        }
        let at = content.child(chosen.name).child("schema");
        let schema = match chosen.kind {
            ContentKind::Json if chosen.name == "application/json" || self.is_tolerant() => {
                self.json_schema(chosen.media, &at)?
            }
            ContentKind::Text if self.is_tolerant() => schema_at(&at, ValueKind::PlainText),
            _ if self.is_tolerant() => schema_at(&at, ValueKind::Scalar(Scalar::Binary)),
            _ => self.binary_schema(chosen.media, &at)?,
        };
        let accept = match schema.kind {
            ValueKind::Scalar(Scalar::Binary) => None,
            _ => chosen.other_json(),
        };
        Some((schema, accept))
    }

    fn json_schema(&mut self, media: &'a MediaType, at: &SpecPath) -> Option<Schema> {
        let Some(schema) = &media.schema else {
            if self.is_tolerant() {
                let why = RawReason::of_document("the document does not describe the response");
                return Some(schema_at(at, ValueKind::Raw(why)));
            }
            self.report(Code::UnknownShape, at, "there is no schema");
            return None;
        };
        let node = SchemaNode::from_ref(schema);
        if self.addresses.raw_reason(at).is_none() && self.is_empty_object(node, at) {
            return Some(nothing_at(at));
        }
        let schema = self.tolerate(
            |context| context.response_value(node, at),
            |context| {
                let why = "the document's description of the response is not supported";
                let why = context.unsupported_reason(why);
                Some(schema_at(at, ValueKind::Raw(why)))
            },
        )?;
        match schema.kind {
            ValueKind::Reference(_)
            | ValueKind::Union(_)
            | ValueKind::Page(..)
            | ValueKind::Raw(_) => Some(schema),
            _ if self.is_tolerant() => Some(schema),
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
            let detail = "expected `type: string, format: binary`";
            self.report(Code::ContentType, at, detail);
            return None;
        }
        Some(schema_at(at, ValueKind::Scalar(Scalar::Binary)))
    }
}

/// A response that may have no body. Text and bytes are then empty; one that may be null is then null.
fn optional_if(is_optional: bool, schema: Schema) -> Schema {
    let is_always_there = matches!(
        schema.kind,
        ValueKind::Nothing
            | ValueKind::PlainText
            | ValueKind::Scalar(Scalar::Binary)
            | ValueKind::Page(..)
            | ValueKind::Optional(_)
    );
    match is_optional && !is_always_there {
        true => schema_at(&schema.at.clone(), ValueKind::Optional(Box::new(schema))),
        false => schema,
    }
}

fn nothing_at(at: &SpecPath) -> Schema {
    schema_at(at, ValueKind::Nothing)
}

fn schema_at(at: &SpecPath, kind: ValueKind) -> Schema {
    Schema {
        at: at.clone(),
        kind,
        doc: Doc::default(),
    }
}

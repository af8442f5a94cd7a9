//! Translates request bodies.

use openapiv3::{
    AdditionalProperties, MediaType, ObjectType, QueryStyle, RequestBody, SchemaKind, Type,
};

use super::content::{ContentKind, choose_content};
use super::context::NormalizeContext;
use super::encoding::is_json_text;
use crate::api::{
    Absence, Doc, Encoding, FieldSchema, HttpMethod, ParamPlace, PlacedParam, RawReason,
    RecordSchema, Scalar, Schema, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::spec::{Document, SchemaNode, SpecOperation};

/// The name of the parameter that is a whole body.
const WHOLE_BODY: &str = "body";

/// A body: its fields, or one parameter that is all of it.
pub(super) struct BodyInput {
    pub(super) encoding: Encoding,
    pub(super) record: RecordSchema,
    pub(super) placed: Vec<PlacedParam>,
    pub(super) media_type: Option<String>,
}

impl<'a> NormalizeContext<'a> {
    /// The body; the inner option is `None` if there is none.
    pub(super) fn request_body(
        &mut self,
        operation: &'a SpecOperation,
        method: HttpMethod,
    ) -> Option<Option<BodyInput>> {
        let Some(used) = &operation.definition.request_body else {
            return Some(None);
        };
        let here = operation.at.child("requestBody");
        let Some((body, at)) = self.document.request_body(used, &here) else {
            self.report(Code::ReferenceCycle, &here, "");
            return None;
        };
        let translated = self.tolerate(
            |context| context.body_content(body, &at.child("content")),
            |context| {
                // Without a body that the server requires, the operation is of no use.
                if body.required {
                    context.report(Code::BodyNotObject, &at, "it is required");
                }
                Some(None)
            },
        )?;
        let has_no_body = matches!(
            method,
            HttpMethod::Get | HttpMethod::Head | HttpMethod::Options
        );
        let is_empty = translated
            .as_ref()
            .is_none_or(|body| body.record.fields.is_empty());
        if has_no_body && !is_empty {
            let detail = format!("a {} request has no body", method.as_str());
            let required = body.required;
            return self.tolerate(
                |context| {
                    context.report(Code::BodyNotObject, &here, detail);
                    None
                },
                |context| {
                    if required {
                        context.report(Code::BodyNotObject, &here, "it is required");
                    }
                    Some(None)
                },
            );
        }
        Some(translated)
    }

    fn body_content(&mut self, body: &'a RequestBody, at: &SpecPath) -> Option<Option<BodyInput>> {
        let Some(chosen) = choose_content(&body.content) else {
            return Some(None);
        };
        let (name, media) = (chosen.name, chosen.media);
        if body.content.len() > 1 {
            match self.is_tolerant() {
                true => self.report(Code::ContentChosen, at, format!("`{name}`")),
                false => {
                    self.report(Code::ContentType, at, "more than one content type");
                    return None;
                }
            }
        }
        let at = at.child(name);
        let encoding = match chosen.kind {
            ContentKind::Form => Encoding::Form,
            ContentKind::Multipart => Encoding::Multipart,
            ContentKind::Json => Encoding::Json,
            ContentKind::Text | ContentKind::Bytes if self.is_tolerant() => {
                return Some(Some(opaque_body(chosen.kind, name, &at, body.required)));
            }
            _ => {
                self.report(Code::ContentType, &at, format!("`{name}`"));
                return None;
            }
        };
        self.check_encoding(media, &at);
        let (record, placed) = self.body_fields(media, &at, encoding, body.required)?;
        let media_type = chosen.other_json();
        Some(Some(BodyInput {
            encoding,
            record,
            placed,
            media_type,
        }))
    }

    fn body_fields(
        &mut self,
        media: &'a MediaType,
        at: &SpecPath,
        encoding: Encoding,
        required: bool,
    ) -> Option<(RecordSchema, Vec<PlacedParam>)> {
        let media_at = at;
        let at = at.child("schema");
        let Some(schema) = &media.schema else {
            if self.is_tolerant() && encoding == Encoding::Json {
                let why = RawReason::of_document("the document does not describe the body");
                let kind = ValueKind::Raw(why);
                return Some(whole_body(kind, &at, required));
            }
            self.report(Code::BodyNotObject, &at, "there is no schema");
            return None;
        };
        let node = SchemaNode::from_ref(schema);
        if let Some((object, at)) = self.resolve_object(node, &at) {
            let has_json = self.is_tolerant() && encoding == Encoding::Form;
            let is_json = |name: &str| has_json && is_json_text(media.encoding.get(name));
            let record = self.record_with_json(object, &at, encoding, &is_json)?;
            let placed = self.body_places(object, &record, media, media_at, encoding);
            return Some((record, placed));
        }
        if !self.is_tolerant() || encoding != Encoding::Json {
            self.report(Code::BodyNotObject, &at, "");
            return None;
        }
        let schema = self.translate_parameter(node, &at, encoding)?;
        Some(whole_body(schema.kind, &at, required))
    }

    /// The object with fixed keys that a node is, with references resolved.
    fn resolve_object(
        &self,
        node: SchemaNode<'a>,
        at: &SpecPath,
    ) -> Option<(&'a ObjectType, SpecPath)> {
        let (mut node, mut at) = (node, at.clone());
        // A chain that is longer than the number of components is cyclic.
        for _ in 0..=self.document.schemas.len() {
            match node {
                SchemaNode::Component(name) => {
                    at = Document::schema_path(name);
                    node = self.document.schema(name)?;
                }
                SchemaNode::Inline(source) => {
                    let SchemaKind::Type(Type::Object(object)) = &source.schema_kind else {
                        return None;
                    };
                    let is_map = matches!(
                        object.additional_properties,
                        Some(AdditionalProperties::Schema(_))
                    );
                    let is_fixed = !is_map && !self.document.is_open_object(&at);
                    return (is_fixed || !self.is_tolerant()).then_some((object, at));
                }
            }
        }
        None
    }

    /// Rejects encodings other than bracket notation.
    fn check_encoding(&mut self, media: &MediaType, at: &SpecPath) {
        if self.is_tolerant() {
            return;
        }
        for (name, encoding) in &media.encoding {
            let bracketed = matches!(encoding.style, Some(QueryStyle::DeepObject));
            if !bracketed || !encoding.explode {
                let at = at.child("encoding").child(name);
                self.report(Code::ParameterStyle, &at, "only exploded `deepObject`");
            }
        }
    }
}

/// A body of text or bytes.
fn opaque_body(kind: ContentKind, name: &str, at: &SpecPath, required: bool) -> BodyInput {
    let (scalar, place) = match kind {
        ContentKind::Text => (Scalar::String, ParamPlace::TextBody(name.to_owned())),
        _ => (Scalar::Binary, ParamPlace::BytesBody(name.to_owned())),
    };
    let (record, mut placed) = whole_body(ValueKind::Scalar(scalar), at, required);
    for param in &mut placed {
        param.place = place.clone();
    }
    BodyInput {
        encoding: Encoding::Json,
        record,
        placed,
        media_type: None,
    }
}

/// A body that is one value.
fn whole_body(kind: ValueKind, at: &SpecPath, required: bool) -> (RecordSchema, Vec<PlacedParam>) {
    let field = FieldSchema {
        wire: WHOLE_BODY.to_owned(),
        schema: Schema {
            at: at.clone(),
            kind,
            doc: Doc::default(),
        },
        required,
        absence: Absence::default(),
        deprecated: false,
    };
    let placed = PlacedParam {
        wire: WHOLE_BODY.to_owned(),
        sent_name: None,
        place: ParamPlace::JsonBody,
    };
    (
        RecordSchema {
            fields: vec![field],
        },
        vec![placed],
    )
}

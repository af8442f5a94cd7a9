//! How the fields of forms and multipart bodies are written: the `encoding` of media types.

use openapiv3::{
    Encoding as Stated, MediaType, ObjectType, QueryStyle as Style, ReferenceOr, Schema as Source,
    SchemaKind, Type,
};

use super::context::NormalizeContext;
use super::place::{is_flat, is_flat_composite};
use crate::api::{
    Encoding, FieldSchema, ParamPlace, PlacedParam, QueryStyle, RecordSchema, Scalar, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, is_json_media_type};

/// The longest chain of references that is followed to see whether something is an object.
const MAX_STEPS: usize = 32;

impl<'a> NormalizeContext<'a> {
    /// The places of the fields of a body that are not written as one text. `at` is the media type.
    pub(super) fn body_places(
        &mut self,
        object: &ObjectType,
        record: &RecordSchema,
        media: &MediaType,
        at: &SpecPath,
        encoding: Encoding,
    ) -> Vec<PlacedParam> {
        if !self.is_tolerant() || encoding == Encoding::Json {
            return Vec::new();
        }
        let here = at.child("encoding");
        for name in media.encoding.keys() {
            // A property that is no field has been reported.
            if !object.properties.contains_key(name) {
                let detail = format!("there is no property `{name}`");
                self.report(Code::KeywordIgnored, &here.child(name), detail);
            }
        }
        let mut placed = Vec::new();
        for field in &record.fields {
            let stated = media.encoding.get(&field.wire);
            let at = here.child(&field.wire);
            let place = match encoding {
                Encoding::Form => self.form_place(field, stated, &at),
                _ => self.part_place(field, stated, &at),
            };
            placed.extend(place.map(|place| PlacedParam {
                wire: field.wire.clone(),
                sent_name: None,
                place,
            }));
        }
        placed
    }

    /// The place of a field of a form; `None` for one text, and for brackets.
    fn form_place(
        &mut self,
        field: &FieldSchema,
        stated: Option<&Stated>,
        at: &SpecPath,
    ) -> Option<ParamPlace> {
        let style = stated.and_then(|stated| stated.style.as_ref());
        let media_type = stated.and_then(|stated| stated.content_type.as_deref());
        if is_json_text(stated) {
            return Some(ParamPlace::Form(QueryStyle::Json));
        }
        match media_type.filter(|_| style.is_none()) {
            Some(media_type) if media_type != "text/plain" => {
                let detail = format!("the value is not encoded as `{media_type}`");
                self.report(Code::KeywordIgnored, &at.child("contentType"), detail);
            }
            _ => {}
        }
        let kind = &field.schema.kind;
        if matches!(style, Some(Style::DeepObject)) || is_flat(kind) {
            return None;
        }
        if !is_flat_composite(kind) {
            let at = match stated {
                Some(_) => at,
                None => &field.schema.at,
            };
            let detail = "values within values have no such style, and are written in brackets";
            return self.tolerate(
                |context| {
                    context.report(Code::ParameterStyle, at, detail);
                    None
                },
                |_| None,
            );
        }
        let is_list = matches!(kind, ValueKind::List(_));
        let is_exploded = stated.is_none_or(|stated| stated.explode);
        Some(ParamPlace::Form(match (style, is_list, is_exploded) {
            (_, true, true) => QueryStyle::Repeated,
            (None | Some(Style::Form), false, true) => QueryStyle::Properties,
            (Some(Style::SpaceDelimited), ..) => QueryStyle::Space,
            (Some(Style::PipeDelimited), ..) => QueryStyle::Pipe,
            _ => QueryStyle::Comma,
        }))
    }

    /// The place of a field of a multipart body; `None` for a text or a file without a media type.
    fn part_place(
        &mut self,
        field: &FieldSchema,
        stated: Option<&Stated>,
        at: &SpecPath,
    ) -> Option<ParamPlace> {
        if stated.is_some_and(|stated| stated.style.is_some()) {
            let detail = "parts have no style";
            self.report(Code::KeywordIgnored, &at.child("style"), detail);
        }
        let (is_list, item) = match &field.schema.kind {
            ValueKind::List(item) => (true, &item.kind),
            kind => (false, kind),
        };
        let is_file = matches!(item, ValueKind::Scalar(Scalar::Binary));
        let is_text = is_file || is_flat(item);
        let media_type = stated.and_then(|stated| stated.content_type.as_deref());
        let media_type = media_type.map(str::trim).filter(|text| !text.is_empty());
        let media_type = match media_type {
            // One of several, which the program chooses for the file.
            Some(several) if several.contains([',', '*']) && is_file => None,
            Some(several) if several.contains([',', '*']) => {
                let detail = format!("`{several}` is not one media type");
                self.report(Code::KeywordIgnored, &at.child("contentType"), detail);
                None
            }
            Some(one) if !is_text && !is_json_media_type(one) => {
                let detail = format!("the value is JSON and not `{one}`");
                self.report(Code::KeywordIgnored, &at.child("contentType"), detail);
                None
            }
            one => one.map(str::to_owned),
        };
        let is_plain = is_text && !is_list && media_type.is_none();
        (!is_plain).then_some(ParamPlace::Part(media_type))
    }

    /// The encoding of a field in a record: an object in a multipart body is a part of JSON.
    pub(super) fn field_encoding(&self, node: SchemaNode<'a>, wire: Encoding) -> Encoding {
        match wire {
            Encoding::Multipart if self.is_tolerant() && self.is_json_part(node) => Encoding::Json,
            wire => wire,
        }
    }

    /// Whether a schema is an object, or a list of objects or lists.
    fn is_json_part(&self, node: SchemaNode<'a>) -> bool {
        let (mut node, mut is_in_list) = (node, false);
        for _ in 0..MAX_STEPS {
            let source = match node {
                SchemaNode::Component(name) => match self.document.schema(name) {
                    Some(next) => {
                        node = next;
                        continue;
                    }
                    None => return false,
                },
                SchemaNode::Inline(source) => source,
            };
            match &source.schema_kind {
                SchemaKind::Type(Type::Object(_)) => return true,
                SchemaKind::Type(Type::Array(_)) if is_in_list => return true,
                SchemaKind::Type(Type::Array(array)) => match &array.items {
                    Some(items) => {
                        is_in_list = true;
                        node = SchemaNode::from_boxed_ref(items);
                    }
                    None => return false,
                },
                SchemaKind::AnyOf { any_of: all } | SchemaKind::OneOf { one_of: all } => {
                    return all.iter().any(|member| self.is_object(member));
                }
                _ => return false,
            }
        }
        false
    }

    /// Whether a member of a union is an object.
    fn is_object(&self, member: &'a ReferenceOr<Source>) -> bool {
        let mut node = SchemaNode::from_ref(member);
        for _ in 0..MAX_STEPS {
            match node {
                SchemaNode::Component(name) => match self.document.schema(name) {
                    Some(next) => node = next,
                    None => return false,
                },
                SchemaNode::Inline(source) => {
                    return matches!(source.schema_kind, SchemaKind::Type(Type::Object(_)));
                }
            }
        }
        false
    }
}

/// Whether a field of a form is written as JSON text. A style takes precedence.
pub(super) fn is_json_text(stated: Option<&Stated>) -> bool {
    let stated = stated.filter(|stated| stated.style.is_none());
    let media_type = stated.and_then(|stated| stated.content_type.as_deref());
    media_type.is_some_and(is_json_media_type)
}

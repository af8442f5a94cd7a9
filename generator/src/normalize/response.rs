//! Translates schemas of responses and components.

use indexmap::IndexMap;
use openapiv3::{
    AdditionalProperties, ArrayType, BooleanType, ObjectType, ReferenceOr, Schema as Source,
    SchemaData, SchemaKind, StringType, Type,
};

use super::context::{NormalizeContext, UNSUPPORTED_REASON};
use crate::api::{
    Absence, Constant, Doc, FieldSchema, RawReason, RecordSchema, Scalar, Schema, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::spec::{Document, SchemaNode};

/// The position of a schema in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponsePosition<'n> {
    /// It is a component.
    Component,
    /// It is the value of a field with this name.
    Field(&'n str),
    /// It is an item of a list, a value of a map, or the whole response.
    Value,
}

/// A translated schema, and whether the value may be null.
pub(super) struct ResponseSchema {
    pub(super) schema: Schema,
    pub(super) nullable: bool,
}

impl<'a> NormalizeContext<'a> {
    /// Translates a schema of a response.
    pub(super) fn translate_response(
        &mut self,
        node: SchemaNode<'a>,
        at: &SpecPath,
        position: ResponsePosition<'_>,
    ) -> Option<ResponseSchema> {
        match node {
            SchemaNode::Component(_) if self.addresses.raw_reason(at).is_some() => {
                let why = self.addresses.raw_reason(at).unwrap_or_default();
                let kind = ValueKind::Raw(RawReason::of_dialect(why));
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc: Doc::default(),
                };
                Some(ResponseSchema {
                    schema,
                    nullable: false,
                })
            }
            SchemaNode::Component(name) if self.is_named(name) => {
                self.referenced.insert(name.to_owned());
                let kind = ValueKind::Reference(name.to_owned());
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc: Doc::default(),
                };
                Some(ResponseSchema {
                    schema,
                    nullable: false,
                })
            }
            // A component that is no object is translated as if it were inline.
            SchemaNode::Component(name) => {
                let node = self.document.schema(name)?;
                self.translate_response(node, &Document::schema_path(name), position)
            }
            SchemaNode::Inline(source)
                if position == ResponsePosition::Value && self.unfolding.is_hoisted(at) =>
            {
                let name = self.unfolding.hoisted_name(at)?.to_owned();
                self.referenced.insert(name.clone());
                Some(ResponseSchema {
                    schema: Schema {
                        at: at.clone(),
                        kind: ValueKind::Reference(name),
                        doc: Doc::default(),
                    },
                    nullable: source.schema_data.nullable,
                })
            }
            SchemaNode::Inline(source) => {
                let data = &source.schema_data;
                self.check_schema_data(data, at);
                let kind = match self.addresses.raw_reason(at) {
                    Some(why) => ValueKind::Raw(RawReason::of_dialect(why)),
                    None => self.tolerate(
                        |context| context.response_kind(source, at, position),
                        |context| Some(context.unsupported_value()),
                    )?,
                };
                let mut doc = self.schema_doc(data, max_length(source));
                doc.list_path = list_path(source);
                doc.known_values = self.known_values(source);
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc,
                };
                Some(ResponseSchema {
                    schema,
                    nullable: data.nullable,
                })
            }
        }
    }

    /// Translates an item, a value of a map or a whole response. One that may be null is optional, if
    /// that is tolerated.
    pub(super) fn response_value(&mut self, node: SchemaNode<'a>, at: &SpecPath) -> Option<Schema> {
        let translated = self.translate_response(node, at, ResponsePosition::Value)?;
        let ResponseSchema { schema, nullable } = translated;
        if nullable && !self.is_tolerant() {
            self.report(Code::NullableHere, at, "");
        }
        Some(match nullable {
            true => optional_value(schema),
            false => schema,
        })
    }

    fn response_kind(
        &mut self,
        source: &'a Source,
        at: &SpecPath,
        position: ResponsePosition<'_>,
    ) -> Option<ValueKind> {
        if is_any_value(&source.schema_data) {
            return Some(any_value(&source.schema_data));
        }
        match &source.schema_kind {
            SchemaKind::Type(Type::String(text)) => self.response_string(text, at, position),
            SchemaKind::Type(Type::Integer(integer)) => self.integer_kind(integer, at),
            SchemaKind::Type(Type::Number(number)) => self.number_kind(number, at),
            SchemaKind::Type(Type::Boolean(boolean)) => self.boolean_kind(boolean, at),
            SchemaKind::Type(Type::Array(array)) => self.response_list(array, at),
            SchemaKind::Type(Type::Object(object)) => self.response_object(object, at, position),
            SchemaKind::AnyOf { any_of } => {
                self.response_union(any_of, &source.schema_data, &at.child("anyOf"))
            }
            SchemaKind::OneOf { one_of } => {
                self.response_union(one_of, &source.schema_data, &at.child("oneOf"))
            }
            SchemaKind::AllOf { .. } => self.report_shape("`allOf`", at),
            SchemaKind::Not { .. } => self.report_shape("`not`", at),
            SchemaKind::Any(_) => self.report_shape("a mixture of keywords of several types", at),
        }
    }

    pub(super) fn report_shape(&mut self, what: &str, at: &SpecPath) -> Option<ValueKind> {
        self.report(Code::UnknownShape, at, what);
        None
    }

    fn response_string(
        &mut self,
        text: &StringType,
        at: &SpecPath,
        position: ResponsePosition<'_>,
    ) -> Option<ValueKind> {
        if let Some(tag) = self.dialect.tags.object.as_ref() {
            if let ([Some(value)], ResponsePosition::Field(name)) =
                (text.enumeration.as_slice(), position)
            {
                if name == tag.value {
                    self.mark_matched(tag);
                    self.mark_id_prefix(value);
                    return Some(ValueKind::Constant(Constant::String(value.clone())));
                }
            }
        }
        match self.string_kind(text, at)? {
            ValueKind::Scalar(Scalar::Binary) => {
                self.report_shape("raw bytes inside of a JSON document", at)
            }
            kind => Some(kind),
        }
    }

    /// A boolean, or a constant that is always true.
    pub(super) fn boolean_kind(
        &mut self,
        boolean: &BooleanType,
        at: &SpecPath,
    ) -> Option<ValueKind> {
        match boolean.enumeration.as_slice() {
            [] => Some(ValueKind::Scalar(Scalar::Boolean)),
            [Some(true)] => Some(ValueKind::Constant(Constant::True)),
            _ => {
                self.report(
                    Code::EnumValue,
                    at,
                    "a list of booleans other than `[true]`",
                );
                None
            }
        }
    }

    fn response_list(&mut self, array: &'a ArrayType, at: &SpecPath) -> Option<ValueKind> {
        self.warn_ignored("minItems", array.min_items.is_some(), at);
        self.warn_ignored("maxItems", array.max_items.is_some(), at);
        let Some(items) = &array.items else {
            return self.report_shape("a list without items", at);
        };
        let items = self.response_value(SchemaNode::from_boxed_ref(items), &at.child("items"))?;
        Some(ValueKind::List(Box::new(items)))
    }

    fn response_object(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
        position: ResponsePosition<'_>,
    ) -> Option<ValueKind> {
        if let Some(AdditionalProperties::Schema(value)) = &object.additional_properties {
            if !object.properties.is_empty() {
                return self.report_shape("an object with both fixed and free keys", at);
            }
            let value = self.response_value(
                SchemaNode::from_ref(value),
                &at.child("additionalProperties"),
            )?;
            return Some(ValueKind::Map(Box::new(value)));
        }
        if self.document.is_open_object(at) {
            return Some(self.open_object(at));
        }
        if position != ResponsePosition::Component {
            if let Some(page) = self.page_envelope(object, at) {
                return page;
            }
        }
        self.response_record(object, at).map(ValueKind::Record)
    }

    /// An object that does not say which keys it has stays raw JSON, so that nothing is lost.
    pub(super) fn open_object(&mut self, at: &SpecPath) -> ValueKind {
        self.report(Code::OpenObject, at, "");
        ValueKind::Raw(RawReason::of_code(
            Code::OpenObject,
            "the document does not say which keys the object has",
        ))
    }

    /// The fields of an object. An object without fields is a marker.
    fn response_record(&mut self, object: &'a ObjectType, at: &SpecPath) -> Option<RecordSchema> {
        self.check_required(&object.required, &object.properties, at);
        let mut fields = Vec::with_capacity(object.properties.len());
        for (name, property) in &object.properties {
            let at = at.child("properties").child(name);
            // An error in one field has been reported; the others are still checked.
            let node = SchemaNode::from_boxed_ref(property);
            let Some(translated) =
                self.translate_response(node, &at, ResponsePosition::Field(name))
            else {
                continue;
            };
            // Only requests have a field that is written only, even if it is listed as required.
            let is_request_only = self.is_tolerant() && self.has_mark(node, |data| data.write_only);
            let is_listed = object.required.contains(name) && !is_request_only;
            fields.push(FieldSchema {
                wire: name.clone(),
                absence: Absence {
                    null: translated.nullable || is_undescribed(&translated.schema.kind),
                    left_out: !is_listed,
                },
                schema: translated.schema,
                required: is_listed && !translated.nullable,
                deprecated: is_deprecated(node),
            });
        }
        Some(RecordSchema { fields })
    }

    /// Whether a schema, or the component that it is, has a mark such as `readOnly`.
    pub(super) fn has_mark(&self, node: SchemaNode<'a>, mark: fn(&SchemaData) -> bool) -> bool {
        let mut node = node;
        // A chain that is longer than the number of components is cyclic.
        for _ in 0..=self.document.schemas.len() {
            match node {
                SchemaNode::Inline(source) => return mark(&source.schema_data),
                SchemaNode::Component(name) => match self.document.schema(name) {
                    Some(next) => node = next,
                    None => return false,
                },
            }
        }
        false
    }

    pub(super) fn check_required(
        &mut self,
        required: &[String],
        properties: &IndexMap<String, ReferenceOr<Box<Source>>>,
        at: &SpecPath,
    ) {
        for name in required
            .iter()
            .filter(|name| !properties.contains_key(*name))
        {
            self.report(
                Code::RequiredUndefined,
                &at.child("required"),
                format!("`{name}`"),
            );
        }
    }

    /// Whether the component becomes a type of its own: a record, a union, or raw JSON.
    pub(super) fn is_named(&self, name: &str) -> bool {
        if self
            .addresses
            .raw_reason(&Document::schema_path(name))
            .is_some()
        {
            return true;
        }
        let Some(SchemaNode::Inline(source)) = self.document.schema(name) else {
            return false;
        };
        match &source.schema_kind {
            SchemaKind::Type(Type::Object(object)) => !matches!(
                object.additional_properties,
                Some(AdditionalProperties::Schema(_))
            ),
            SchemaKind::AnyOf { any_of: members } | SchemaKind::OneOf { one_of: members } => {
                members.len() > 1
            }
            _ => false,
        }
    }
}

/// The extension by which `lower` marks values that may be any JSON.
const ANY_VALUE: &str = "x-any-value";
/// The extension with the code of the finding that says why, unless the document says so.
const ANY_CAUSE: &str = "x-any-cause";

/// Why values that may be any JSON are raw.
const ANY_VALUE_REASON: &str = "the document allows any value";

/// Whether the value may be any JSON.
pub(super) fn is_any_value(data: &SchemaData) -> bool {
    data.extensions.contains_key(ANY_VALUE)
}

/// Whether nothing is known about the value, so that it may be null, too.
fn is_undescribed(kind: &ValueKind) -> bool {
    let reasons = [ANY_VALUE_REASON, UNSUPPORTED_REASON];
    matches!(kind, ValueKind::Raw(why) if reasons.contains(&why.text.as_str()))
}

/// Any JSON, by the marks of `lower`.
pub(super) fn any_value(data: &SchemaData) -> ValueKind {
    let cause = data
        .extensions
        .get(ANY_CAUSE)
        .and_then(|code| code.as_str());
    let code = cause.and_then(Code::from_id);
    ValueKind::Raw(match code {
        Some(code) => RawReason::of_code(code, ANY_VALUE_REASON),
        None => RawReason::of_document(ANY_VALUE_REASON),
    })
}

/// A value that may be null. Raw JSON may be null by itself.
fn optional_value(schema: Schema) -> Schema {
    match schema.kind {
        ValueKind::Raw(_) => schema,
        _ => Schema {
            at: schema.at.clone(),
            kind: ValueKind::Optional(Box::new(schema)),
            doc: Doc::default(),
        },
    }
}

/// Whether the node is marked as deprecated.
pub(super) fn is_deprecated(node: SchemaNode<'_>) -> bool {
    data_of(node).is_some_and(|data| data.deprecated)
}

fn data_of<'d>(node: SchemaNode<'d>) -> Option<&'d SchemaData> {
    match node {
        SchemaNode::Inline(source) => Some(&source.schema_data),
        SchemaNode::Component(_) => None,
    }
}

/// The maximum length of a string.
pub(super) fn max_length(source: &Source) -> Option<usize> {
    match &source.schema_kind {
        SchemaKind::Type(Type::String(text)) => text.max_length,
        _ => None,
    }
}

/// A path that fits the pattern of the URL of a page: `^/v1/meters/[^/]+/events`.
fn list_path(source: &Source) -> Option<String> {
    let SchemaKind::Type(Type::Object(object)) = &source.schema_kind else {
        return None;
    };
    let url = SchemaNode::from_boxed_ref(object.properties.get("url")?);
    let SchemaNode::Inline(Source {
        schema_kind: SchemaKind::Type(Type::String(text)),
        ..
    }) = url
    else {
        return None;
    };
    let path = text.pattern.as_deref()?.trim_start_matches('^');
    Some(path.replace("[^/]+", "sample"))
}

//! Translates schemas of parameters, in bodies and queries.

use openapiv3::{
    AdditionalProperties, ArrayType, ObjectType, Schema as Source, SchemaKind, StringType, Type,
};

use super::context::NormalizeContext;
use super::response::{any_value, is_any_value, is_deprecated, max_length};
use crate::api::{
    Absence, Doc, Encoding, FieldSchema, RawReason, RecordSchema, Scalar, Schema, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::spec::{Document, SchemaNode};

impl<'a> NormalizeContext<'a> {
    /// Translates a schema of a parameter.
    pub(super) fn translate_parameter(
        &mut self,
        node: SchemaNode<'a>,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<Schema> {
        if let Some(reference) = self.parameter_reference(node, at, wire) {
            return Some(reference);
        }
        let source = match node {
            SchemaNode::Component(name) => return self.inline_component(name, at, wire),
            SchemaNode::Inline(source) => source,
        };
        let data = &source.schema_data;
        self.check_schema_data(data, at);
        let mut kind = match self.addresses.raw_reason(at) {
            Some(why) => ValueKind::Raw(RawReason::of_dialect(why)),
            None => self.tolerate(
                |context| context.parameter_kind(source, at, wire),
                |context| (wire == Encoding::Json).then(|| context.unsupported_value()),
            )?,
        };
        let doc = self.schema_doc(data, max_length(source));
        if data.nullable {
            kind = self.parameter_null(kind, at, &doc, wire)?;
        }
        let doc = Doc {
            max_length: doc.max_length.or_else(|| inner_limit(&kind)),
            known_values: self.known_values(source),
            ..doc
        };
        Some(Schema {
            at: at.clone(),
            kind,
            doc,
        })
    }

    /// Translates a component as if it were inline.
    fn inline_component(&mut self, name: &'a str, at: &SpecPath, wire: Encoding) -> Option<Schema> {
        if self.inlining.contains(&name) {
            self.report(Code::ParameterCycle, at, self.inlining.join(" → "));
            return None;
        }
        let component = self.document.schemas.get(name);
        let depth = self.inlining.len();
        if let Err(is_first) = self.unfolding.take_parameters(component, depth) {
            // In a strict run the others follow from it; otherwise each is left out.
            if is_first || self.is_tolerant() {
                self.report(Code::ParametersUnfold, at, format!("`{name}`"));
            }
            return None;
        }
        self.inlining.push(name);
        let node = self.document.schema(name);
        let schema = node
            .and_then(|node| self.translate_parameter(node, &Document::schema_path(name), wire));
        self.inlining.pop();
        schema
    }

    /// Makes a nullable parameter clearable. That is possible in JSON only: a form has no null, and
    /// its parameters are left out instead, if that is tolerated.
    fn parameter_null(
        &mut self,
        kind: ValueKind,
        at: &SpecPath,
        doc: &Doc,
        wire: Encoding,
    ) -> Option<ValueKind> {
        if matches!(kind, ValueKind::Raw(_)) {
            return Some(kind);
        }
        match (wire, self.is_tolerant()) {
            (Encoding::Json, _) => Some(make_clearable(kind, at, doc.max_length)),
            (_, true) => {
                self.report(
                    Code::NullLowered,
                    at,
                    "forms and parameters cannot say null",
                );
                Some(kind)
            }
            (_, false) => {
                self.report(Code::NullableHere, at, "forms and queries cannot say null");
                None
            }
        }
    }

    fn parameter_kind(
        &mut self,
        source: &'a Source,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<ValueKind> {
        if is_any_value(&source.schema_data) {
            // Outside of JSON any value is text.
            return Some(match wire {
                Encoding::Json => any_value(&source.schema_data),
                Encoding::Form | Encoding::Multipart => ValueKind::Scalar(Scalar::String),
            });
        }
        match &source.schema_kind {
            SchemaKind::Type(Type::String(text)) => self.parameter_string(text, at, wire),
            SchemaKind::Type(Type::Integer(integer)) => self.integer_kind(integer, at),
            SchemaKind::Type(Type::Number(number)) => self.number_kind(number, at),
            SchemaKind::Type(Type::Boolean(boolean)) => self.boolean_kind(boolean, at),
            SchemaKind::Type(Type::Array(array)) => self.parameter_list(array, at, wire),
            SchemaKind::Type(Type::Object(object)) => self.parameter_object(object, at, wire),
            SchemaKind::AnyOf { any_of } => self.parameter_union(any_of, &at.child("anyOf"), wire),
            SchemaKind::OneOf { one_of } => self.parameter_union(one_of, &at.child("oneOf"), wire),
            SchemaKind::AllOf { .. } => self.report_shape("`allOf`", at),
            SchemaKind::Not { .. } => self.report_shape("`not`", at),
            SchemaKind::Any(_) => self.report_shape("a mixture of keywords of several types", at),
        }
    }

    fn parameter_string(
        &mut self,
        text: &StringType,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<ValueKind> {
        let kind = self.string_kind(text, at)?;
        if matches!(kind, ValueKind::Scalar(Scalar::Binary)) && wire != Encoding::Multipart {
            return self.report_shape("a file outside of a multipart form", at);
        }
        Some(if self.may_clear(text) {
            make_clearable(kind, at, None)
        } else {
            kind
        })
    }

    fn parameter_list(
        &mut self,
        array: &'a ArrayType,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<ValueKind> {
        self.warn_ignored("minItems", array.min_items.is_some(), at);
        self.warn_ignored("maxItems", array.max_items.is_some(), at);
        let Some(items) = &array.items else {
            return self.report_shape("a list without items", at);
        };
        let mut items =
            self.translate_parameter(SchemaNode::from_boxed_ref(items), &at.child("items"), wire)?;
        if self.is_tolerant() && wire == Encoding::Json {
            items.kind = match items.kind {
                // An item is null or a value; it cannot be left out.
                ValueKind::Clearable(inner) => ValueKind::Optional(inner),
                kind => kind,
            };
        }
        Some(ValueKind::List(Box::new(items)))
    }

    fn parameter_object(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<ValueKind> {
        if let Some(AdditionalProperties::Schema(value)) = &object.additional_properties {
            if !object.properties.is_empty() {
                return self.report_shape("an object with both fixed and free keys", at);
            }
            let at = at.child("additionalProperties");
            let value = self.translate_parameter(SchemaNode::from_ref(value), &at, wire)?;
            return Some(ValueKind::Map(Box::new(value)));
        }
        if self.document.is_open_object(at) {
            return Some(self.open_object(at));
        }
        self.parameter_record(object, at, wire)
            .map(ValueKind::Record)
    }

    /// The fields of an object. An object without fields is a marker.
    pub(super) fn parameter_record(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<RecordSchema> {
        self.record_with_json(object, at, wire, &|_| false)
    }

    /// The fields of an object, some of which are written as JSON text.
    pub(super) fn record_with_json(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
        wire: Encoding,
        is_json: &dyn Fn(&str) -> bool,
    ) -> Option<RecordSchema> {
        self.check_required(&object.required, &object.properties, at);
        let mut fields = Vec::with_capacity(object.properties.len());
        for (name, property) in &object.properties {
            let at = at.child("properties").child(name);
            let node = SchemaNode::from_boxed_ref(property);
            if self.is_tolerant() && self.has_mark(node, |data| data.read_only) {
                // Only responses have it, even if it is listed as required.
                continue;
            }
            let wire = match is_json(name) {
                true => Encoding::Json,
                false => self.field_encoding(node, wire),
            };
            let required = object.required.contains(name);
            // An error in one field has been reported; the others are still checked.
            let Some(schema) = self.parameter_field_value(node, &at, wire) else {
                if required && self.is_tolerant() {
                    // Without it, the object is of no use.
                    let detail = format!("`{name}` is required");
                    self.report(Code::ParameterStyle, &at, detail);
                }
                continue;
            };
            fields.push(FieldSchema {
                wire: name.clone(),
                schema,
                required,
                absence: Absence::default(),
                deprecated: is_deprecated(node),
            });
        }
        Some(RecordSchema { fields })
    }

    /// The value of a field of an object. One that is not supported is left out of its object, if
    /// that is tolerated; in JSON it is raw.
    fn parameter_field_value(
        &mut self,
        node: SchemaNode<'a>,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<Schema> {
        self.tolerate(
            |context| context.translate_parameter(node, at, wire),
            |context| {
                (wire == Encoding::Json).then(|| Schema {
                    at: at.clone(),
                    kind: context.unsupported_value(),
                    doc: Doc::default(),
                })
            },
        )
    }
}

/// Makes a kind clearable, unless it already is.
pub(super) fn make_clearable(kind: ValueKind, at: &SpecPath, max_length: Option<u64>) -> ValueKind {
    match kind {
        ValueKind::Clearable(_) => kind,
        kind => {
            let doc = Doc {
                max_length,
                ..Doc::default()
            };
            ValueKind::Clearable(Box::new(Schema {
                at: at.clone(),
                kind,
                doc,
            }))
        }
    }
}

/// The maximum length of a clearable string.
fn inner_limit(kind: &ValueKind) -> Option<u64> {
    match kind {
        ValueKind::Clearable(inner) => inner.doc.max_length,
        _ => None,
    }
}

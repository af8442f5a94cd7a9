//! Schemas of responses and components.

use indexmap::IndexMap;
use openapiv3::{
    AdditionalProperties, ArrayType, BooleanType, ObjectType, ReferenceOr, Schema as Source,
    SchemaData, SchemaKind, StringType, Type,
};

use super::context::Context;
use crate::api::{Constant, Doc, Field, Kind, Record, Scalar, Schema};
use crate::diag::{Code, SpecPath};
use crate::spec::{Document, SchemaNode};

/// Where in a response a schema stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position<'n> {
    /// It is a component.
    Component,
    /// It is the value of a field of that name.
    Field(&'n str),
    /// It is an item of a list, a value of a map, or the whole answer.
    Value,
}

/// A translated schema and whether null may stand for it.
pub(super) struct Answer {
    pub(super) schema: Schema,
    pub(super) nullable: bool,
}

impl<'a> Context<'a> {
    /// Translates a schema of a response.
    pub(super) fn response(
        &mut self,
        node: SchemaNode<'a>,
        at: &SpecPath,
        position: Position<'_>,
    ) -> Option<Answer> {
        match node {
            SchemaNode::Component(_) if self.sites.raw(at).is_some() => {
                let kind = Kind::Raw(self.sites.raw(at).unwrap_or_default().to_owned());
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc: Doc::default(),
                };
                Some(Answer {
                    schema,
                    nullable: false,
                })
            }
            SchemaNode::Component(name) if self.is_named(name) => {
                self.referenced.insert(name.to_owned());
                let kind = Kind::Reference(name.to_owned());
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc: Doc::default(),
                };
                Some(Answer {
                    schema,
                    nullable: false,
                })
            }
            // A component that is no object stands for the shape itself.
            SchemaNode::Component(name) => {
                let node = self.document.schema(name)?;
                self.response(node, &Document::schema_path(name), position)
            }
            SchemaNode::Inline(source) => {
                let data = &source.schema_data;
                self.data(data, at);
                let kind = match self.sites.raw(at) {
                    Some(why) => Kind::Raw(why.to_owned()),
                    None => self.response_kind(source, at, position)?,
                };
                let doc = self.doc(data, max_length(source));
                let schema = Schema {
                    at: at.clone(),
                    kind,
                    doc,
                };
                Some(Answer {
                    schema,
                    nullable: data.nullable,
                })
            }
        }
    }

    /// A value that must be there: null is a finding.
    pub(super) fn response_value(&mut self, node: SchemaNode<'a>, at: &SpecPath) -> Option<Schema> {
        let answer = self.response(node, at, Position::Value)?;
        if answer.nullable {
            self.report(Code::NullableHere, at, "");
        }
        Some(answer.schema)
    }

    fn response_kind(
        &mut self,
        source: &'a Source,
        at: &SpecPath,
        position: Position<'_>,
    ) -> Option<Kind> {
        match &source.schema_kind {
            SchemaKind::Type(Type::String(text)) => self.response_string(text, at, position),
            SchemaKind::Type(Type::Integer(integer)) => self.integer(integer, at),
            SchemaKind::Type(Type::Number(number)) => self.number(number, at),
            SchemaKind::Type(Type::Boolean(boolean)) => self.flag(boolean, at),
            SchemaKind::Type(Type::Array(array)) => self.response_list(array, at),
            SchemaKind::Type(Type::Object(object)) => self.response_object(object, at, position),
            SchemaKind::AnyOf { any_of } => {
                self.response_union(any_of, &source.schema_data, &at.child("anyOf"))
            }
            SchemaKind::OneOf { one_of } => {
                self.response_union(one_of, &source.schema_data, &at.child("oneOf"))
            }
            SchemaKind::AllOf { .. } => self.unknown("`allOf`", at),
            SchemaKind::Not { .. } => self.unknown("`not`", at),
            SchemaKind::Any(_) => self.unknown("a mixture of keywords of several types", at),
        }
    }

    pub(super) fn unknown(&mut self, what: &str, at: &SpecPath) -> Option<Kind> {
        self.report(Code::UnknownShape, at, what);
        None
    }

    fn response_string(
        &mut self,
        text: &StringType,
        at: &SpecPath,
        position: Position<'_>,
    ) -> Option<Kind> {
        if let Some(tag) = self.dialect.tags.object.as_ref() {
            if let ([Some(value)], Position::Field(name)) = (text.enumeration.as_slice(), position)
            {
                if name == tag.value {
                    self.matched(tag);
                    return Some(Kind::Constant(Constant::String(value.clone())));
                }
            }
        }
        match self.string(text, at)? {
            Kind::Scalar(Scalar::Binary) => self.unknown("raw bytes inside of a JSON document", at),
            kind => Some(kind),
        }
    }

    /// A boolean, or a flag that is never false.
    pub(super) fn flag(&mut self, boolean: &BooleanType, at: &SpecPath) -> Option<Kind> {
        match boolean.enumeration.as_slice() {
            [] => Some(Kind::Scalar(Scalar::Boolean)),
            [Some(true)] => Some(Kind::Constant(Constant::True)),
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

    fn response_list(&mut self, array: &'a ArrayType, at: &SpecPath) -> Option<Kind> {
        self.ignored("minItems", array.min_items.is_some(), at);
        self.ignored("maxItems", array.max_items.is_some(), at);
        let Some(items) = &array.items else {
            return self.unknown("a list without items", at);
        };
        let items = self.response_value(SchemaNode::from_boxed_ref(items), &at.child("items"))?;
        Some(Kind::List(Box::new(items)))
    }

    fn response_object(
        &mut self,
        object: &'a ObjectType,
        at: &SpecPath,
        position: Position<'_>,
    ) -> Option<Kind> {
        if let Some(AdditionalProperties::Schema(value)) = &object.additional_properties {
            if !object.properties.is_empty() {
                return self.unknown("an object with both fixed and free keys", at);
            }
            let value = self.response_value(
                SchemaNode::from_ref(value),
                &at.child("additionalProperties"),
            )?;
            return Some(Kind::Map(Box::new(value)));
        }
        if position != Position::Component {
            if let Some(page) = self.envelope(object, at) {
                return page;
            }
            if object.properties.is_empty() {
                self.report(Code::OpenObject, at, "");
                return None;
            }
        }
        self.record(object, at).map(Kind::Record)
    }

    fn record(&mut self, object: &'a ObjectType, at: &SpecPath) -> Option<Record> {
        self.required_defined(&object.required, &object.properties, at);
        let mut fields = Vec::with_capacity(object.properties.len());
        for (name, property) in &object.properties {
            let at = at.child("properties").child(name);
            // A field that is not understood has been reported; its neighbours are still checked.
            let node = SchemaNode::from_boxed_ref(property);
            let Some(answer) = self.response(node, &at, Position::Field(name)) else {
                continue;
            };
            fields.push(Field {
                wire: name.clone(),
                schema: answer.schema,
                required: object.required.contains(name) && !answer.nullable,
                deprecated: deprecated(node),
            });
        }
        Some(Record { fields })
    }

    pub(super) fn required_defined(
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

    /// The component becomes a type of its own: a record, a union, or raw.
    pub(super) fn is_named(&self, name: &str) -> bool {
        if self.sites.raw(&Document::schema_path(name)).is_some() {
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

/// The node says not to use it any more.
pub(super) fn deprecated(node: SchemaNode<'_>) -> bool {
    data_of(node).is_some_and(|data| data.deprecated)
}

fn data_of<'d>(node: SchemaNode<'d>) -> Option<&'d SchemaData> {
    match node {
        SchemaNode::Inline(source) => Some(&source.schema_data),
        SchemaNode::Component(_) => None,
    }
}

/// The limit of a string.
pub(super) fn max_length(source: &Source) -> Option<usize> {
    match &source.schema_kind {
        SchemaKind::Type(Type::String(text)) => text.max_length,
        _ => None,
    }
}

//! Translates the input of operations: path, query, body.

use openapiv3::{
    MediaType, ObjectType, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle,
    QueryStyle, Schema as Source, SchemaKind, Type,
};

use super::context::NormalizeContext;
use crate::api::{Encoding, FieldSchema, HttpMethod, RecordSchema, Scalar, ValueKind};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, SpecOperation};

/// The parameters of an operation by location.
pub(super) struct OperationInput {
    pub(super) path_params: Vec<FieldSchema>,
    pub(super) query: RecordSchema,
    pub(super) body: Option<(Encoding, RecordSchema)>,
    pub(super) call_options: Vec<String>,
}

impl<'a> NormalizeContext<'a> {
    pub(super) fn operation_input(
        &mut self,
        operation: &'a SpecOperation,
        method: HttpMethod,
    ) -> Option<OperationInput> {
        let (in_path, mut query) = self.path_and_query(operation);
        let mut path_params = Vec::new();
        for name in operation.template_names() {
            path_params.extend(in_path.iter().find(|field| field.wire == name).cloned());
        }
        let mut body = self.request_body(operation)?;
        let mut call_options = Vec::new();
        self.lift_options(&mut query, &mut call_options);
        if let Some((_, record)) = &mut body {
            self.lift_options(record, &mut call_options);
        }
        // Many documents describe an empty body for operations without one.
        body = body.filter(|(_, record)| !record.fields.is_empty());
        if body.is_none() && method == HttpMethod::Post && self.sends_json(operation) {
            body = Some((Encoding::Json, RecordSchema::default()));
        }
        match method {
            HttpMethod::Delete if self.dialect.parameters.delete_body_in_query => {
                let fields = body
                    .take()
                    .map(|(_, record)| record.fields)
                    .unwrap_or_default();
                for field in fields {
                    self.add_to_query(&mut query, field);
                }
            }
            HttpMethod::Get if body.is_some() => {
                let at = operation.at.child("requestBody");
                self.report(Code::BodyNotObject, &at, "a GET request has no body");
            }
            _ => {}
        }
        Some(OperationInput {
            path_params,
            query,
            body,
            call_options,
        })
    }

    /// Whether the operation sends JSON although the document describes no body.
    fn sends_json(&mut self, operation: &SpecOperation) -> bool {
        let mut found = false;
        for rule in &self.dialect.json_bodies {
            if rule.value.matches(&operation.method, &operation.path) {
                self.mark_matched(rule);
                found = true;
            }
        }
        found
    }

    fn add_to_query(&mut self, query: &mut RecordSchema, field: FieldSchema) {
        if query.fields.iter().any(|other| other.wire == field.wire) {
            let detail = format!("`{}` is in the body and in the query", field.wire);
            self.report(Code::ParameterDuplicate, &field.schema.at, detail);
        }
        query.fields.push(field);
    }

    /// Moves parameters that are call options out of a record.
    fn lift_options(&mut self, record: &mut RecordSchema, into: &mut Vec<String>) {
        let dialect = self.dialect;
        for option in &dialect.parameters.call_options {
            let before = record.fields.len();
            record.fields.retain(|field| field.wire != option.value);
            if record.fields.len() < before {
                self.mark_matched(option);
                if !into.contains(&option.value) {
                    into.push(option.value.clone());
                }
            }
        }
    }

    /// Path parameters in document order, and the query.
    fn path_and_query(&mut self, operation: &'a SpecOperation) -> (Vec<FieldSchema>, RecordSchema) {
        let mut in_path = Vec::new();
        let mut query = RecordSchema::default();
        let document = self.document;
        for (at, used) in &operation.parameters {
            let Some((parameter, at)) = document.parameter(used, at) else {
                continue;
            };
            match parameter {
                Parameter::Path {
                    parameter_data,
                    style,
                } => {
                    let simple = matches!(style, PathStyle::Simple);
                    in_path.extend(self.path_parameter(parameter_data, simple, &at));
                }
                Parameter::Query {
                    parameter_data,
                    style,
                    ..
                } => {
                    query
                        .fields
                        .extend(self.query_parameter(parameter_data, style, &at));
                }
                Parameter::Header { .. } | Parameter::Cookie { .. } => {
                    let name = &parameter.parameter_data_ref().name;
                    self.report(Code::ParameterPlace, &at, format!("`{name}`"));
                }
            }
        }
        (in_path, query)
    }

    fn path_parameter(
        &mut self,
        data: &'a ParameterData,
        simple: bool,
        at: &SpecPath,
    ) -> Option<FieldSchema> {
        let field = self.parameter_field(data, at)?;
        let scalar = match &field.schema.kind {
            ValueKind::Scalar(scalar) => *scalar != Scalar::Binary,
            ValueKind::Choice(_) => true,
            _ => false,
        };
        if !simple || !scalar {
            self.report(Code::ParameterStyle, at, "a path segment is a single value");
            return None;
        }
        if !field.required {
            self.report(Code::Malformed, at, "path parameters are always required");
        }
        Some(field)
    }

    fn query_parameter(
        &mut self,
        data: &'a ParameterData,
        style: &QueryStyle,
        at: &SpecPath,
    ) -> Option<FieldSchema> {
        let field = self.parameter_field(data, at)?;
        let supported = match style {
            QueryStyle::DeepObject => true,
            QueryStyle::Form => is_flat(&field.schema.kind),
            QueryStyle::SpaceDelimited | QueryStyle::PipeDelimited => false,
        };
        if !supported {
            let detail = "lists and objects travel as `deepObject`, single values as `form`";
            self.report(Code::ParameterStyle, at, detail);
        }
        Some(field)
    }

    fn parameter_field(&mut self, data: &'a ParameterData, at: &SpecPath) -> Option<FieldSchema> {
        let ParameterSchemaOrContent::Schema(schema) = &data.format else {
            self.report(Code::ParameterStyle, at, "`content` instead of `schema`");
            return None;
        };
        let mut schema = self.translate_parameter(
            SchemaNode::from_ref(schema),
            &at.child("schema"),
            Encoding::Form,
        )?;
        schema.doc.text = self
            .prose_markdown(data.description.as_deref())
            .or(schema.doc.text);
        Some(FieldSchema {
            wire: data.name.clone(),
            schema,
            required: data.required,
            deprecated: data.deprecated.unwrap_or(false),
        })
    }

    /// The fields of the body; the inner option is `None` if there is no body.
    fn request_body(
        &mut self,
        operation: &'a SpecOperation,
    ) -> Option<Option<(Encoding, RecordSchema)>> {
        let Some(used) = &operation.definition.request_body else {
            return Some(None);
        };
        let here = operation.at.child("requestBody");
        let Some((body, at)) = self.document.request_body(used, &here) else {
            self.report(Code::ReferenceCycle, &here, "");
            return None;
        };
        let at = at.child("content");
        if body.content.len() > 1 {
            self.report(Code::ContentType, &at, "more than one content type");
            return None;
        }
        let Some((name, media)) = body.content.first() else {
            return Some(None);
        };
        let at = at.child(name);
        let wire = match name.as_str() {
            "application/x-www-form-urlencoded" => Encoding::Form,
            "application/json" => Encoding::Json,
            "multipart/form-data" => Encoding::Multipart,
            _ => {
                self.report(Code::ContentType, &at, format!("`{name}`"));
                return None;
            }
        };
        self.check_encoding(media, &at);
        let record = self.body_record(media, &at, wire)?;
        Some(Some((wire, record)))
    }

    fn body_record(
        &mut self,
        media: &'a MediaType,
        at: &SpecPath,
        wire: Encoding,
    ) -> Option<RecordSchema> {
        let at = at.child("schema");
        let Some(schema) = &media.schema else {
            self.report(Code::BodyNotObject, &at, "there is no schema");
            return None;
        };
        match self.resolve_object(SchemaNode::from_ref(schema), &at) {
            Some((object, at)) => self.parameter_record(object, &at, wire),
            None => {
                self.report(Code::BodyNotObject, &at, "");
                None
            }
        }
    }

    /// The object of a node, with references resolved.
    fn resolve_object(
        &self,
        node: SchemaNode<'a>,
        at: &SpecPath,
    ) -> Option<(&'a ObjectType, SpecPath)> {
        match node {
            SchemaNode::Component(name) => {
                let at = crate::spec::Document::schema_path(name);
                self.resolve_object(self.document.schema(name)?, &at)
            }
            SchemaNode::Inline(Source {
                schema_kind: SchemaKind::Type(Type::Object(object)),
                ..
            }) => Some((object, at.clone())),
            SchemaNode::Inline(_) => None,
        }
    }

    /// Rejects encodings other than bracket notation, the only one that the runtime writes.
    fn check_encoding(&mut self, media: &MediaType, at: &SpecPath) {
        for (name, encoding) in &media.encoding {
            let bracketed = matches!(encoding.style, Some(QueryStyle::DeepObject));
            if !bracketed || !encoding.explode {
                let at = at.child("encoding").child(name);
                self.report(Code::ParameterStyle, &at, "only exploded `deepObject`");
            }
        }
    }
}

/// Whether the value is sent as one `name=value`.
fn is_flat(kind: &ValueKind) -> bool {
    match kind {
        ValueKind::Scalar(_)
        | ValueKind::Choice(_)
        | ValueKind::Token(_)
        | ValueKind::Constant(_) => true,
        ValueKind::Clearable(inner) | ValueKind::KeywordOr(_, inner) => is_flat(&inner.kind),
        _ => false,
    }
}

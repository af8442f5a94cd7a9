//! Translates the input of operations: path, query, headers, cookies.

use openapiv3::{Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle};

use super::context::NormalizeContext;
use super::place::{is_flat, is_flat_composite, is_json_text};
use crate::api::{
    Absence, Doc, Encoding, FieldSchema, HttpMethod, ParamPlace, PlacedParam, RecordSchema, Scalar,
    Schema, ValueKind,
};
use crate::diag::{Code, SpecPath};
use crate::spec::{SchemaNode, SpecOperation};

/// The parameters of an operation by location.
pub(super) struct OperationInput {
    pub(super) path_params: Vec<FieldSchema>,
    pub(super) query: RecordSchema,
    pub(super) body: Option<(Encoding, RecordSchema)>,
    pub(super) placed: Vec<PlacedParam>,
    pub(super) media_type: Option<String>,
    /// The header that the document declares for idempotency keys.
    pub(super) idempotency_header: Option<String>,
    pub(super) call_options: Vec<String>,
}

/// The parameters of an operation that are not in its body.
#[derive(Default)]
struct OutsideBody {
    path: Vec<FieldSchema>,
    others: RecordSchema,
    placed: Vec<PlacedParam>,
}

impl<'a> NormalizeContext<'a> {
    pub(super) fn operation_input(
        &mut self,
        operation: &'a SpecOperation,
        method: HttpMethod,
        takes_key: bool,
    ) -> Option<OperationInput> {
        let outside = self.parameters_outside_body(operation);
        let (mut query, mut placed) = (outside.others, outside.placed);
        let mut path_params = Vec::new();
        for name in operation.template_names() {
            path_params.extend(
                outside
                    .path
                    .iter()
                    .find(|field| field.wire == name)
                    .cloned(),
            );
        }
        let body = self.request_body(operation, method)?;
        let (mut media_type, mut fields) = (None, None);
        if let Some(body) = body {
            placed.extend(body.placed);
            media_type = body.media_type;
            fields = Some((body.encoding, body.record));
        }
        let idempotency_header = match takes_key && !method.is_idempotent() {
            false => None,
            true => self.take_idempotency_header(&mut query.fields, &mut placed),
        };
        let mut call_options = Vec::new();
        self.lift_options(&mut query, &mut call_options);
        if let Some((_, record)) = &mut fields {
            self.lift_options(record, &mut call_options);
        }
        // Many documents describe an empty body for operations without one.
        let mut body = fields.filter(|(_, record)| !record.fields.is_empty());
        if body.is_none() && method == HttpMethod::Post && self.sends_json(operation) {
            body = Some((Encoding::Json, RecordSchema::default()));
        }
        if method == HttpMethod::Delete && self.dialect.parameters.delete_body_in_query {
            let fields = body.take().map(|(_, record)| record.fields);
            for field in fields.unwrap_or_default() {
                self.add_to_query(&mut query, field);
            }
        }
        if let Some((_, record)) = body
            .as_ref()
            .filter(|(_, record)| !record.fields.is_empty())
        {
            self.place_beside_body(&query, record, &mut placed);
        }
        Some(OperationInput {
            path_params,
            query,
            body,
            placed,
            media_type,
            idempotency_header,
            call_options,
        })
    }

    /// Gives the parameters of the query a place, because the default place is the body.
    fn place_beside_body(
        &mut self,
        query: &RecordSchema,
        body: &RecordSchema,
        placed: &mut Vec<PlacedParam>,
    ) {
        for field in &query.fields {
            if body.fields.iter().any(|other| other.wire == field.wire) {
                let detail = format!("`{}` is in the body and outside of it", field.wire);
                self.report(Code::ParameterDuplicate, &field.schema.at, detail);
            }
            if !placed.iter().any(|param| param.wire == field.wire) {
                placed.push(PlacedParam {
                    wire: field.wire.clone(),
                    place: ParamPlace::Query(crate::api::QueryStyle::Brackets),
                });
            }
        }
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

    /// The parameters in path, query, headers and cookies, in document order.
    fn parameters_outside_body(&mut self, operation: &'a SpecOperation) -> OutsideBody {
        let mut outside = OutsideBody::default();
        let document = self.document;
        for (at, used) in &operation.parameters {
            let Some((parameter, at)) = document.parameter(used, at) else {
                continue;
            };
            let data = parameter.parameter_data_ref();
            if let Parameter::Path { style, .. } = parameter {
                let simple = matches!(style, PathStyle::Simple);
                outside.path.extend(self.tolerate(
                    |context| context.path_parameter(data, simple, &at),
                    |context| {
                        if !simple {
                            context.report(Code::ParameterStyle, &at, "it is required");
                        }
                        simple.then(|| text_field(data, &at))
                    },
                ));
                continue;
            }
            let found = self.tolerate(
                |context| context.placed_parameter(parameter, data, &at),
                |context| {
                    // Without a parameter that the server requires, the operation is of no use.
                    if data.required {
                        let detail = format!("`{}` is required", data.name);
                        context.report(Code::ParameterStyle, &at, detail);
                    }
                    None
                },
            );
            let Some((field, place)) = found else {
                continue;
            };
            if outside.others.fields.iter().any(|f| f.wire == field.wire) {
                let detail = format!("`{}` is in two places", field.wire);
                self.report(Code::ParameterDuplicate, &at, detail);
            }
            outside.placed.extend(place.map(|place| PlacedParam {
                wire: field.wire.clone(),
                place,
            }));
            outside.others.fields.push(field);
        }
        outside
    }

    /// A parameter of the query, in a header or in a cookie, and its place if that is not the
    /// default one.
    fn placed_parameter(
        &mut self,
        parameter: &'a Parameter,
        data: &'a ParameterData,
        at: &SpecPath,
    ) -> Option<(FieldSchema, Option<ParamPlace>)> {
        let field = self.parameter_field(data, at)?;
        let place = match parameter {
            Parameter::Query { style, .. } => return self.query_parameter(field, data, style, at),
            Parameter::Header { .. } => ParamPlace::Header,
            _ => ParamPlace::Cookie,
        };
        if !self.is_tolerant() {
            self.report(Code::ParameterPlace, at, format!("`{}`", data.name));
        }
        let is_list = matches!(field.schema.kind, ValueKind::List(_));
        let fits = is_flat(&field.schema.kind)
            || is_list && place == ParamPlace::Header && is_flat_composite(&field.schema.kind);
        if !fits {
            self.report(Code::ParameterStyle, at, "a header or cookie is one value");
            return None;
        }
        Some((field, Some(place)))
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
        field: FieldSchema,
        data: &ParameterData,
        style: &QueryStyle,
        at: &SpecPath,
    ) -> Option<(FieldSchema, Option<ParamPlace>)> {
        let place = self.query_place(&field, data, style, at);
        // The dialects that are strict are those of APIs that write brackets.
        if place.is_some() && !self.is_tolerant() {
            let detail = "lists and objects travel as `deepObject`, single values as `form`";
            self.report(Code::ParameterStyle, at, detail);
        }
        Some((field, place))
    }

    fn parameter_field(&mut self, data: &'a ParameterData, at: &SpecPath) -> Option<FieldSchema> {
        let ParameterSchemaOrContent::Schema(schema) = &data.format else {
            self.report(Code::ParameterStyle, at, "`content` instead of `schema`");
            return None;
        };
        let encoding = match is_json_text(data) {
            true => Encoding::Json,
            false => Encoding::Form,
        };
        let node = SchemaNode::from_ref(schema);
        let mut schema = self.translate_parameter(node, &at.child("schema"), encoding)?;
        schema.doc.text = self
            .prose_markdown(data.description.as_deref())
            .or(schema.doc.text);
        Some(FieldSchema {
            wire: data.name.clone(),
            schema,
            required: data.required,
            absence: Absence::default(),
            deprecated: data.deprecated.unwrap_or(false),
        })
    }
}

/// A parameter as text, whatever its schema says.
fn text_field(data: &ParameterData, at: &SpecPath) -> FieldSchema {
    FieldSchema {
        wire: data.name.clone(),
        schema: Schema {
            at: at.clone(),
            kind: ValueKind::Scalar(Scalar::String),
            doc: Doc::default(),
        },
        required: true,
        absence: Absence::default(),
        deprecated: false,
    }
}

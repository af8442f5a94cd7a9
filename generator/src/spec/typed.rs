//! Reads the common forms of schemas, and what contains them, into the types of openapiv3.
//!
//! openapiv3's own reading of a schema copies all that is in it several times. Here the keywords
//! that most schemas have are read one by one. Whatever else occurs, also every error, is left to
//! openapiv3; a test compares both.

use indexmap::IndexMap;
use openapiv3::{
    AdditionalProperties, ArrayType, BooleanType, IntegerType, MediaType, NumberType, ObjectType,
    Operation, Parameter, ParameterSchemaOrContent, ReferenceOr, RequestBody, Response, Responses,
    Schema, SchemaData, SchemaKind, StatusCode, StringType, Type,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::{Map, Value};

/// A part of the document that can be read here.
pub(super) trait ReadTyped: DeserializeOwned {
    /// `None` if it is left to openapiv3.
    fn read_typed(value: &Value) -> Option<Self>;
}

impl<T: ReadTyped> ReadTyped for ReferenceOr<T> {
    fn read_typed(value: &Value) -> Option<Self> {
        match value.get("$ref") {
            Some(reference) => Some(Self::Reference {
                reference: reference.as_str()?.to_owned(),
            }),
            None => T::read_typed(value).map(Self::Item),
        }
    }
}

/// Reads a part, by way of openapiv3 if need be.
fn read_part<T: ReadTyped>(value: &Value) -> Option<T> {
    T::read_typed(value).or_else(|| T::deserialize(value).ok())
}

/// Reads an object without some of its keys, which are read on their own.
fn read_rest<T: DeserializeOwned>(object: &Map<String, Value>, apart: &[&str]) -> Option<T> {
    let rest = object
        .iter()
        .filter(|(key, _)| !apart.contains(&key.as_str()));
    let rest = rest.map(|(key, value)| (key.clone(), value.clone()));
    T::deserialize(Value::Object(rest.collect())).ok()
}

/// Reads the values of a mapping.
fn read_map<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<IndexMap<String, T>> {
    let entries = value.as_object()?;
    let mut map = IndexMap::with_capacity(entries.len());
    for (key, value) in entries {
        map.insert(key.clone(), read(value)?);
    }
    Some(map)
}

impl ReadTyped for Operation {
    /// Without its parameters, which are read on their own.
    fn read_typed(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let responses = object.get("responses")?.as_object()?;
        let mut rest = object.clone();
        for key in ["parameters", "requestBody"] {
            rest.shift_remove(key);
        }
        rest.insert("responses".to_owned(), Value::Object(Map::new()));
        let mut operation = Self::deserialize(Value::Object(rest)).ok()?;
        operation.request_body = match object.get("requestBody") {
            Some(body) => Some(read_part(body)?),
            None => None,
        };
        operation.responses = read_responses(responses)?;
        Some(operation)
    }
}

fn read_responses(object: &Map<String, Value>) -> Option<Responses> {
    let mut responses = Responses::default();
    for (key, value) in object {
        if key == "default" {
            responses.default = Some(read_part(value)?);
        } else if key.starts_with("x-") {
            responses.extensions.insert(key.clone(), value.clone());
        } else {
            let code: serde::de::value::StrDeserializer<'_, serde_json::Error> =
                key.as_str().into_deserializer();
            let code = StatusCode::deserialize(code).ok()?;
            responses.responses.insert(code, read_part(value)?);
        }
    }
    Some(responses)
}

impl ReadTyped for Response {
    fn read_typed(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let content = object.get("content")?;
        let mut response: Self = read_rest(object, &["content"])?;
        response.content = read_map(content, read_part)?;
        Some(response)
    }
}

impl ReadTyped for RequestBody {
    fn read_typed(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let content = object.get("content")?;
        let mut body: Self = read_rest(object, &["content"])?;
        body.content = read_map(content, read_part)?;
        Some(body)
    }
}

impl ReadTyped for MediaType {
    fn read_typed(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let schema = object.get("schema")?;
        let mut media: Self = read_rest(object, &["schema"])?;
        media.schema = Some(read_part(schema)?);
        Some(media)
    }
}

impl ReadTyped for Parameter {
    fn read_typed(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let schema = object.get("schema")?;
        if object.contains_key("content") {
            return None;
        }
        let schema = read_part(schema)?;
        let mut rest = object.clone();
        // A parameter without a schema is not read.
        rest.insert("schema".to_owned(), Value::Object(Map::new()));
        let mut parameter = Self::deserialize(Value::Object(rest)).ok()?;
        let data = match &mut parameter {
            Self::Query { parameter_data, .. }
            | Self::Header { parameter_data, .. }
            | Self::Path { parameter_data, .. }
            | Self::Cookie { parameter_data, .. } => parameter_data,
        };
        data.format = ParameterSchemaOrContent::Schema(schema);
        Some(parameter)
    }
}

/// The keywords of a schema that decide its kind.
#[derive(Default)]
struct KindKeywords<'v> {
    ty: Option<&'v str>,
    format: Option<String>,
    pattern: Option<String>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    values: Option<&'v [Value]>,
    items: Option<&'v Value>,
    properties: Option<&'v Value>,
    required: Option<Vec<String>>,
    additional: Option<AdditionalProperties>,
    one_of: Option<&'v [Value]>,
    any_of: Option<&'v [Value]>,
}

impl ReadTyped for Schema {
    fn read_typed(value: &Value) -> Option<Self> {
        let mut data = SchemaData::default();
        let mut kind = KindKeywords::default();
        for (key, value) in value.as_object()? {
            read_keyword(key, value, &mut data, &mut kind)?;
        }
        Some(Self {
            schema_data: data,
            schema_kind: kind.into_kind()?,
        })
    }
}

fn read_keyword<'v>(
    key: &str,
    value: &'v Value,
    data: &mut SchemaData,
    kind: &mut KindKeywords<'v>,
) -> Option<()> {
    let text = || value.as_str().map(str::to_owned);
    let size = || value.as_u64().and_then(|n| usize::try_from(n).ok());
    match key {
        "nullable" => data.nullable = value.as_bool()?,
        "deprecated" => data.deprecated = value.as_bool()?,
        "title" => data.title = Some(text()?),
        "description" => data.description = Some(text()?),
        "type" => kind.ty = Some(value.as_str()?),
        "format" => kind.format = Some(text()?),
        "pattern" => kind.pattern = Some(text()?),
        "maxLength" => kind.max_length = Some(size()?),
        "minLength" => kind.min_length = Some(size()?),
        "enum" => kind.values = Some(value.as_array()?),
        "items" => kind.items = Some(value),
        "properties" => kind.properties = Some(value),
        "required" => {
            let names = value.as_array()?.iter();
            let names = names.map(|name| name.as_str().map(str::to_owned));
            kind.required = Some(names.collect::<Option<_>>()?);
        }
        "additionalProperties" => {
            kind.additional = Some(match value {
                Value::Bool(any) => AdditionalProperties::Any(*any),
                schema => AdditionalProperties::Schema(Box::new(read_part(schema)?)),
            });
        }
        "oneOf" => kind.one_of = Some(value.as_array()?),
        "anyOf" => kind.any_of = Some(value.as_array()?),
        key if key.starts_with("x-") => {
            data.extensions.insert(key.to_owned(), value.clone());
        }
        _ => return None,
    }
    Some(())
}

impl KindKeywords<'_> {
    fn into_kind(self) -> Option<SchemaKind> {
        let is_text = self.pattern.is_some() || self.min_length.is_some();
        let is_text = is_text || self.max_length.is_some();
        let is_object = self.properties.is_some() || self.required.is_some();
        let is_object = is_object || self.additional.is_some();
        let is_listed = self.format.is_some() || self.values.is_some();
        let has_union = self.one_of.is_some() || self.any_of.is_some();
        // Which kinds of keywords there are besides `type` and those of the kind itself.
        let beside = (
            is_text,
            is_listed,
            self.items.is_some(),
            is_object,
            has_union,
        );
        Some(match (self.ty, beside) {
            (Some("string"), (_, _, false, false, false)) => {
                SchemaKind::Type(Type::String(StringType {
                    format: self.format.into(),
                    pattern: self.pattern,
                    enumeration: read_values(self.values, |v| v.as_str().map(str::to_owned))?,
                    min_length: self.min_length,
                    max_length: self.max_length,
                }))
            }
            (Some("integer"), (false, _, false, false, false)) if self.values.is_none() => {
                SchemaKind::Type(Type::Integer(IntegerType {
                    format: self.format.into(),
                    ..IntegerType::default()
                }))
            }
            (Some("number"), (false, _, false, false, false)) if self.values.is_none() => {
                SchemaKind::Type(Type::Number(NumberType {
                    format: self.format.into(),
                    ..NumberType::default()
                }))
            }
            (Some("boolean"), (false, _, false, false, false)) if self.format.is_none() => {
                SchemaKind::Type(Type::Boolean(BooleanType {
                    enumeration: read_values(self.values, Value::as_bool)?,
                }))
            }
            (Some("object"), (false, false, false, _, false)) => {
                let properties = match self.properties {
                    Some(properties) => read_map(properties, read_boxed)?,
                    None => IndexMap::new(),
                };
                SchemaKind::Type(Type::Object(ObjectType {
                    properties,
                    required: self.required.unwrap_or_default(),
                    additional_properties: self.additional,
                    ..ObjectType::default()
                }))
            }
            (Some("array"), (false, false, _, false, false)) => {
                let items = match self.items {
                    Some(items) => Some(read_boxed(items)?),
                    None => None,
                };
                SchemaKind::Type(Type::Array(ArrayType {
                    items,
                    min_items: None,
                    max_items: None,
                    unique_items: false,
                }))
            }
            (None, (false, false, false, false, true)) => match (self.one_of, self.any_of) {
                (Some(members), None) => SchemaKind::OneOf {
                    one_of: read_members(members)?,
                },
                (None, Some(members)) => SchemaKind::AnyOf {
                    any_of: read_members(members)?,
                },
                _ => return None,
            },
            _ => return None,
        })
    }
}

fn read_members(members: &[Value]) -> Option<Vec<ReferenceOr<Schema>>> {
    members.iter().map(read_part).collect()
}

fn read_boxed(value: &Value) -> Option<ReferenceOr<Box<Schema>>> {
    Some(match read_part::<ReferenceOr<Schema>>(value)? {
        ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
        ReferenceOr::Item(schema) => ReferenceOr::Item(Box::new(schema)),
    })
}

/// The values of an enum; one of another type is left to openapiv3.
fn read_values<T>(
    values: Option<&[Value]>,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let values = values.unwrap_or_default().iter();
    values.map(|value| read(value).map(Some)).collect()
}

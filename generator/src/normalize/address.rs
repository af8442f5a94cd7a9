//! Resolves addresses of the dialect to places in the document.

use std::collections::HashMap;

use openapiv3::{AdditionalProperties, SchemaKind, Type};

use super::status::is_success;
use crate::diag::SpecPath;
use crate::dialect::{AddressBase, AddressStep, Dialect, EntryId, SchemaAddress};
use crate::spec::{Document, SchemaNode, SpecOperation};

/// Facts by place. The maps are never iterated.
#[derive(Debug, Default)]
pub(super) struct ResolvedAddresses {
    raw: HashMap<SpecPath, String>,
    tokens: HashMap<SpecPath, EntryId>,
    integer_ranges: HashMap<SpecPath, EntryId>,
    values: HashMap<SpecPath, (EntryId, Vec<String>)>,
    resolved: Vec<EntryId>,
}

impl ResolvedAddresses {
    /// Resolves every address. Those that do not exist in the document are left out.
    pub(super) fn resolve_all(document: &Document, dialect: &Dialect) -> Self {
        let mut addresses = Self::default();
        for entry in &dialect.raw {
            if let Some((_, at)) = resolve_address(document, &entry.value.address) {
                addresses.raw.insert(at, entry.value.why.clone());
                addresses.resolved.push(entry.id);
            }
        }
        for entry in &dialect.tokens {
            if let Some((_, at)) = resolve_address(document, &entry.value) {
                // Counts as a match only once an enum is found there.
                addresses.tokens.insert(at, entry.id);
            }
        }
        for entry in &dialect.parameters.ranges_of_integers {
            if let Some((_, at)) = resolve_address(document, &entry.value) {
                addresses.integer_ranges.insert(at, entry.id);
            }
        }
        for entry in &dialect.values {
            let (address, values) = &entry.value;
            if let Some((_, at)) = resolve_address(document, address) {
                addresses.values.insert(at, (entry.id, values.clone()));
            }
        }
        addresses
    }

    /// The reason why the place stays raw JSON, if it does.
    pub(super) fn raw_reason(&self, at: &SpecPath) -> Option<&str> {
        self.raw.get(at).map(String::as_str)
    }

    /// The entry that makes the enum at this place a token.
    pub(super) fn token_entry(&self, at: &SpecPath) -> Option<EntryId> {
        self.tokens.get(at).copied()
    }

    /// The values that the enum at this place has beside those of the document, with their entry.
    pub(super) fn more_values(&self, at: &SpecPath) -> Option<(EntryId, Vec<String>)> {
        self.values.get(at).cloned()
    }

    /// The entry that makes the range at this place a range of integers.
    pub(super) fn integer_range(&self, at: &SpecPath) -> Option<EntryId> {
        self.integer_ranges.get(at).copied()
    }

    /// Entries that matched because their address exists.
    pub(super) fn matched_entries(&self) -> Vec<EntryId> {
        self.resolved.clone()
    }
}

/// The node at an address, and its place.
pub(super) fn resolve_address<'d>(
    document: &'d Document,
    address: &SchemaAddress,
) -> Option<(SchemaNode<'d>, SpecPath)> {
    let mut steps = address.steps.as_slice();
    let (mut node, mut at) = match &address.base {
        AddressBase::Component(name) => (document.schema(name)?, Document::schema_path(name)),
        AddressBase::Operation { method, path } => {
            let (first, rest) = steps.split_first()?;
            let AddressStep::Field(name) = first else {
                return None;
            };
            steps = rest;
            find_parameter(document, method, path, name)?
        }
        AddressBase::Response { method, path } => find_response(document, method, path)?,
    };
    for step in steps {
        (node, at) = follow_step(document, node, &at, step)?;
    }
    Some((node, at))
}

fn find_operation<'d>(
    document: &'d Document,
    method: &str,
    path: &str,
) -> Option<&'d SpecOperation> {
    let mut all = document.operations.iter();
    all.find(|o| o.method == method && o.path == path)
}

/// The schema of the successful response of an operation.
fn find_response<'d>(
    document: &'d Document,
    method: &str,
    path: &str,
) -> Option<(SchemaNode<'d>, SpecPath)> {
    let operation = find_operation(document, method, path)?;
    let responses = &operation.definition.responses.responses;
    let (status, used) = responses.iter().find(|(status, _)| is_success(status))?;
    let at = operation.at.child("responses").child(status.to_string());
    let (response, at) = document.response(used, &at)?;
    let (kind, media) = response.content.first()?;
    let at = at.child("content").child(kind).child("schema");
    Some((SchemaNode::from_ref(media.schema.as_ref()?), at))
}

/// A parameter of an operation, in the body or in the query.
fn find_parameter<'d>(
    document: &'d Document,
    method: &str,
    path: &str,
    name: &str,
) -> Option<(SchemaNode<'d>, SpecPath)> {
    let operation = find_operation(document, method, path)?;
    let in_body = || {
        let used = operation.definition.request_body.as_ref()?;
        let (body, at) = document.request_body(used, &operation.at.child("requestBody"))?;
        let (kind, media) = body.content.first()?;
        let at = at.child("content").child(kind).child("schema");
        follow_step(
            document,
            SchemaNode::from_ref(media.schema.as_ref()?),
            &at,
            &AddressStep::Field(name.to_owned()),
        )
    };
    let in_query = || {
        operation.parameters.iter().find_map(|(at, used)| {
            let (parameter, at) = document.parameter(used, at)?;
            let data = parameter.parameter_data_ref();
            let openapiv3::ParameterSchemaOrContent::Schema(schema) = &data.format else {
                return None;
            };
            (data.name == name).then(|| (SchemaNode::from_ref(schema), at.child("schema")))
        })
    };
    in_body().or_else(in_query)
}

fn follow_step<'d>(
    document: &'d Document,
    node: SchemaNode<'d>,
    at: &SpecPath,
    step: &AddressStep,
) -> Option<(SchemaNode<'d>, SpecPath)> {
    let schema = match node {
        SchemaNode::Component(name) => {
            return follow_step(
                document,
                document.schema(name)?,
                &Document::schema_path(name),
                step,
            );
        }
        SchemaNode::Inline(schema) => schema,
    };
    match (&schema.schema_kind, step) {
        (SchemaKind::AnyOf { any_of: members }, _) => {
            members.iter().enumerate().find_map(|(i, member)| {
                follow_step(
                    document,
                    SchemaNode::from_ref(member),
                    &at.child("anyOf").item(i),
                    step,
                )
            })
        }
        (SchemaKind::Type(Type::Object(object)), AddressStep::Field(name)) => {
            let property = object.properties.get(name)?;
            Some((
                SchemaNode::from_boxed_ref(property),
                at.child("properties").child(name),
            ))
        }
        (SchemaKind::Type(Type::Object(object)), AddressStep::Value) => {
            match object.additional_properties.as_ref()? {
                AdditionalProperties::Schema(value) => Some((
                    SchemaNode::from_ref(value),
                    at.child("additionalProperties"),
                )),
                AdditionalProperties::Any(_) => None,
            }
        }
        (SchemaKind::Type(Type::Array(array)), AddressStep::Item) => Some((
            SchemaNode::from_boxed_ref(array.items.as_ref()?),
            at.child("items"),
        )),
        _ => None,
    }
}

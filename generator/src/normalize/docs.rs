//! What doc comments say beyond the document: the dialect's section `[docs]`, checked against the
//! document.

use std::collections::BTreeSet;

use super::context::NormalizeContext;
use super::sensitive::DocumentFields;
use crate::api::{Component, DocFacts, Endpoint, Schema, ValueKind};

/// The facts of the section. Entries that name something in this document match.
pub(super) fn doc_facts(
    components: [&[Component]; 2],
    endpoints: &[Endpoint],
    context: &mut NormalizeContext<'_>,
) -> DocFacts {
    let docs = &context.dialect.docs;
    let names = DocumentFields::collect(components, endpoints);
    let mut facts = DocFacts::default();
    for entry in &docs.amounts {
        let found = names.all().filter(|name| entry.value.matches(name));
        let found: BTreeSet<String> = found.map(str::to_owned).collect();
        if !found.is_empty() {
            context.mark_matched(entry);
        }
        facts.amounts.extend(found);
    }
    for entry in &docs.tasks {
        let (_, operation) = &entry.value;
        if find_endpoint(endpoints, operation).is_some() {
            context.mark_matched(entry);
            facts.tasks.push(entry.value.clone());
        }
    }
    for entry in &docs.examples {
        let (operation, parameter) = &entry.value;
        let endpoint = find_endpoint(endpoints, operation);
        if endpoint.is_some_and(|endpoint| has_parameter(endpoint, parameter)) {
            context.mark_matched(entry);
            facts.examples.push(entry.value.clone());
        }
    }
    for entry in &docs.aliases {
        if find_endpoint(endpoints, &entry.value.0).is_some() {
            context.mark_matched(entry);
            facts.aliases.push(entry.value.clone());
        }
    }
    facts
}

fn find_endpoint<'a>(endpoints: &'a [Endpoint], operation: &str) -> Option<&'a Endpoint> {
    let (method, path) = operation.split_once(' ')?;
    let mut endpoints = endpoints.iter();
    endpoints.find(|endpoint| endpoint.method.as_str() == method && endpoint.path == path)
}

/// Whether an operation has the parameter `name`, or `name.name` in an object or in the items of a
/// list.
fn has_parameter(endpoint: &Endpoint, parameter: &str) -> bool {
    let mut names = parameter.split('.');
    let first = names.next().unwrap_or_default();
    let body = endpoint.body.iter().flat_map(|(_, record)| &record.fields);
    let mut fields = endpoint.query.fields.iter().chain(body);
    let Some(field) = fields.find(|field| field.wire == first) else {
        return false;
    };
    names
        .try_fold(&field.schema, |schema, name| find_member(schema, name))
        .is_some()
}

fn find_member<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    match &schema.kind {
        ValueKind::Record(record) => {
            let field = record.fields.iter().find(|field| field.wire == name)?;
            Some(&field.schema)
        }
        ValueKind::List(inner) | ValueKind::Clearable(inner) => find_member(inner, name),
        _ => None,
    }
}

//! Which fields hold secrets: the dialect's list, checked against the fields that there are.

use std::collections::BTreeSet;

use super::context::Context;
use crate::api::{Component, Endpoint, Kind, Record, Schema, Sensitive};

/// The entries of the dialect; those that name a field of this document count as used.
pub(super) fn all(
    components: &[Component],
    endpoints: &[Endpoint],
    context: &mut Context<'_>,
) -> Vec<Sensitive> {
    let mut fields = BTreeSet::new();
    for component in components {
        collect(&component.schema, &mut fields);
    }
    for endpoint in endpoints {
        collect_record(&endpoint.query, &mut fields);
        if let Some((_, record)) = &endpoint.body {
            collect_record(record, &mut fields);
        }
    }
    let dialect = context.dialect;
    let entries = dialect.sensitive.iter().map(|entry| {
        let (field, beside) = match entry.value.split_once(" beside ") {
            Some((field, beside)) => (field, Some(beside.to_owned())),
            None => (entry.value.as_str(), None),
        };
        if fields.contains(field) && beside.as_ref().is_none_or(|b| fields.contains(b.as_str())) {
            context.matched(entry);
        }
        let field = field.to_owned();
        Sensitive { field, beside }
    });
    entries.collect()
}

fn collect<'a>(schema: &'a Schema, fields: &mut BTreeSet<&'a str>) {
    match &schema.kind {
        Kind::Record(record) => collect_record(record, fields),
        Kind::List(inner)
        | Kind::Map(inner)
        | Kind::Expandable(inner)
        | Kind::Clearable(inner)
        | Kind::KeywordOr(_, inner)
        | Kind::Range(inner)
        | Kind::TokenOr(inner)
        | Kind::Page(_, inner) => collect(inner, fields),
        Kind::Either(members) => members.iter().for_each(|m| collect(m, fields)),
        Kind::Scalar(_)
        | Kind::Choice(_)
        | Kind::Token(_)
        | Kind::Constant(_)
        | Kind::Union(_)
        | Kind::Reference(_)
        | Kind::Raw(_)
        | Kind::Nothing => {}
    }
}

fn collect_record<'a>(record: &'a Record, fields: &mut BTreeSet<&'a str>) {
    for field in &record.fields {
        fields.insert(&field.wire);
        collect(&field.schema, fields);
    }
}

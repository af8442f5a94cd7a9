//! Sensitive fields: the dialect's list, checked against the fields of the document.

use std::collections::BTreeSet;

use super::context::NormalizeContext;
use crate::api::{Component, Endpoint, RecordSchema, Schema, SensitiveField, ValueKind};

/// The sensitive fields of the dialect. Entries that name a field of this document match.
pub(super) fn sensitive_fields(
    components: [&[Component]; 2],
    endpoints: &[Endpoint],
    context: &mut NormalizeContext<'_>,
) -> Vec<SensitiveField> {
    let fields = DocumentFields::collect(components, endpoints);
    let dialect = context.dialect;
    let entries = dialect.sensitive.iter().map(|entry| {
        let (field, beside) = match entry.value.split_once(" beside ") {
            Some((field, beside)) => (field, Some(beside.to_owned())),
            None => (entry.value.as_str(), None),
        };
        if fields.has(field) && beside.as_ref().is_none_or(|b| fields.has(b)) {
            context.mark_matched(entry);
        }
        let field = field.to_owned();
        SensitiveField { field, beside }
    });
    entries.collect()
}

/// The names of all fields of a document.
pub(super) struct DocumentFields<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> DocumentFields<'a> {
    /// The fields of these components, those of responses and those of parameters, and of the
    /// parameters of these operations.
    pub(super) fn collect(components: [&'a [Component]; 2], endpoints: &'a [Endpoint]) -> Self {
        let mut names = BTreeSet::new();
        for component in components.into_iter().flatten() {
            collect_fields(&component.schema, &mut names);
        }
        for endpoint in endpoints {
            collect_record_fields(&endpoint.query, &mut names);
            if let Some((_, record)) = &endpoint.body {
                collect_record_fields(record, &mut names);
            }
        }
        Self { names }
    }

    /// All names, sorted.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.names.iter().copied()
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

fn collect_fields<'a>(schema: &'a Schema, fields: &mut BTreeSet<&'a str>) {
    match &schema.kind {
        ValueKind::Record(record) => collect_record_fields(record, fields),
        ValueKind::List(inner)
        | ValueKind::Map(inner)
        | ValueKind::Expandable(inner)
        | ValueKind::Clearable(inner)
        | ValueKind::KeywordOr(_, inner)
        | ValueKind::Range(inner)
        | ValueKind::TokenOr(inner)
        | ValueKind::Optional(inner)
        | ValueKind::Page(_, inner) => collect_fields(inner, fields),
        ValueKind::Either(members) => members.iter().for_each(|m| collect_fields(m, fields)),
        ValueKind::Scalar(_)
        | ValueKind::Choice(_)
        | ValueKind::Token(_)
        | ValueKind::Constant(_)
        | ValueKind::Union(_)
        | ValueKind::Reference(_)
        | ValueKind::Raw(_)
        | ValueKind::PlainText
        | ValueKind::Nothing => {}
    }
}

fn collect_record_fields<'a>(record: &'a RecordSchema, fields: &mut BTreeSet<&'a str>) {
    for field in &record.fields {
        fields.insert(&field.wire);
        collect_fields(&field.schema, fields);
    }
}

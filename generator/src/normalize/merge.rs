//! Merges several inline objects that describe one object.

use std::collections::BTreeSet;

use crate::api::{Choice, FieldSchema, RecordSchema, Schema, ValueKind};

/// Whether two of the records have a field in common.
pub(super) fn share_fields(records: &[Schema]) -> bool {
    let mut seen = BTreeSet::new();
    records.iter().any(|schema| match &schema.kind {
        ValueKind::Record(record) => record.fields.iter().any(|field| !seen.insert(&field.wire)),
        _ => false,
    })
}

/// One record with the fields of all. A field is required if all records require it. `None` if two
/// fields with the same name have incompatible types.
pub(super) fn merge_records(all: Vec<Schema>) -> Option<RecordSchema> {
    let mut all = all.into_iter().map(|schema| match schema.kind {
        ValueKind::Record(record) => Some(record),
        _ => None,
    });
    let mut merged = all.next()??;
    for next in all {
        merged = merge_pair(merged, next?)?;
    }
    Some(merged)
}

fn merge_pair(left: RecordSchema, right: RecordSchema) -> Option<RecordSchema> {
    let mut fields: Vec<FieldSchema> = Vec::with_capacity(left.fields.len());
    let mut rest = right.fields;
    for mut field in left.fields {
        match rest.iter().position(|other| other.wire == field.wire) {
            Some(i) => {
                let other = rest.remove(i);
                field.required &= other.required;
                field.deprecated &= other.deprecated;
                field.schema.kind = merge_kinds(field.schema.kind, other.schema.kind)?;
            }
            None => field.required = false,
        }
        fields.push(field);
    }
    fields.extend(rest.into_iter().map(|field| FieldSchema {
        required: false,
        ..field
    }));
    Some(RecordSchema { fields })
}

fn merge_kinds(left: ValueKind, right: ValueKind) -> Option<ValueKind> {
    match (left, right) {
        (ValueKind::Scalar(left), ValueKind::Scalar(right)) if left == right => {
            Some(ValueKind::Scalar(left))
        }
        (ValueKind::Choice(mut left), ValueKind::Choice(right)) => {
            let new = right
                .values
                .into_iter()
                .filter(|value| !left.values.contains(value));
            let new: Vec<_> = new.collect();
            left.values.extend(new);
            Some(ValueKind::Choice(Choice {
                values: left.values,
            }))
        }
        (ValueKind::Record(left), ValueKind::Record(right)) => {
            merge_pair(left, right).map(ValueKind::Record)
        }
        (ValueKind::List(left), ValueKind::List(right)) => {
            merge_boxed(*left, *right).map(ValueKind::List)
        }
        (ValueKind::Map(left), ValueKind::Map(right)) => {
            merge_boxed(*left, *right).map(ValueKind::Map)
        }
        (ValueKind::Clearable(left), ValueKind::Clearable(right)) => {
            merge_boxed(*left, *right).map(ValueKind::Clearable)
        }
        // If one of the two can be cleared, the field can be.
        (ValueKind::Clearable(left), right) => {
            let kind = merge_kinds(left.kind, right)?;
            Some(ValueKind::Clearable(Box::new(Schema {
                kind,
                at: left.at,
                doc: left.doc,
            })))
        }
        (left, ValueKind::Clearable(right)) => {
            let kind = merge_kinds(left, right.kind)?;
            Some(ValueKind::Clearable(Box::new(Schema {
                kind,
                at: right.at,
                doc: right.doc,
            })))
        }
        _ => None,
    }
}

fn merge_boxed(left: Schema, right: Schema) -> Option<Box<Schema>> {
    let kind = merge_kinds(left.kind, right.kind)?;
    Some(Box::new(Schema {
        kind,
        at: left.at,
        doc: left.doc,
    }))
}

//! Merges several inline objects that describe one object.

use std::collections::BTreeSet;

use crate::api::{Choice, Field, Kind, Record, Schema};

/// Whether two of the records have a field in common.
pub(super) fn share_fields(records: &[Schema]) -> bool {
    let mut seen = BTreeSet::new();
    records.iter().any(|schema| match &schema.kind {
        Kind::Record(record) => record.fields.iter().any(|field| !seen.insert(&field.wire)),
        _ => false,
    })
}

/// One record with the fields of all. A field is required if all records require it. `None` if two
/// fields with the same name have incompatible types.
pub(super) fn merge_records(all: Vec<Schema>) -> Option<Record> {
    let mut all = all.into_iter().map(|schema| match schema.kind {
        Kind::Record(record) => Some(record),
        _ => None,
    });
    let mut merged = all.next()??;
    for next in all {
        merged = merge_pair(merged, next?)?;
    }
    Some(merged)
}

fn merge_pair(left: Record, right: Record) -> Option<Record> {
    let mut fields: Vec<Field> = Vec::with_capacity(left.fields.len());
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
    fields.extend(rest.into_iter().map(|field| Field {
        required: false,
        ..field
    }));
    Some(Record { fields })
}

fn merge_kinds(left: Kind, right: Kind) -> Option<Kind> {
    match (left, right) {
        (Kind::Scalar(left), Kind::Scalar(right)) if left == right => Some(Kind::Scalar(left)),
        (Kind::Choice(mut left), Kind::Choice(right)) => {
            let new = right
                .values
                .into_iter()
                .filter(|value| !left.values.contains(value));
            let new: Vec<_> = new.collect();
            left.values.extend(new);
            Some(Kind::Choice(Choice {
                values: left.values,
            }))
        }
        (Kind::Record(left), Kind::Record(right)) => merge_pair(left, right).map(Kind::Record),
        (Kind::List(left), Kind::List(right)) => merge_boxed(*left, *right).map(Kind::List),
        (Kind::Map(left), Kind::Map(right)) => merge_boxed(*left, *right).map(Kind::Map),
        (Kind::Clearable(left), Kind::Clearable(right)) => {
            merge_boxed(*left, *right).map(Kind::Clearable)
        }
        // If one of the two can be cleared, the field can be.
        (Kind::Clearable(left), right) => {
            let kind = merge_kinds(left.kind, right)?;
            Some(Kind::Clearable(Box::new(Schema {
                kind,
                at: left.at,
                doc: left.doc,
            })))
        }
        (left, Kind::Clearable(right)) => {
            let kind = merge_kinds(left, right.kind)?;
            Some(Kind::Clearable(Box::new(Schema {
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

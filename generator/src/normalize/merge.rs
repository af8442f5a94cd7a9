//! Merging objects that are written out several times for what is one object.

use std::collections::BTreeSet;

use crate::api::{Choice, Field, Kind, Record, Schema};

/// Two of the records have a field in common.
pub(super) fn overlap(records: &[Schema]) -> bool {
    let mut seen = BTreeSet::new();
    records.iter().any(|schema| match &schema.kind {
        Kind::Record(record) => record.fields.iter().any(|field| !seen.insert(&field.wire)),
        _ => false,
    })
}

/// One record with the fields of all; required is what all of them require. `None` if two fields
/// of a name have shapes that do not go together.
pub(super) fn records(all: Vec<Schema>) -> Option<Record> {
    let mut all = all.into_iter().map(|schema| match schema.kind {
        Kind::Record(record) => Some(record),
        _ => None,
    });
    let mut merged = all.next()??;
    for next in all {
        merged = pair(merged, next?)?;
    }
    Some(merged)
}

fn pair(left: Record, right: Record) -> Option<Record> {
    let mut fields: Vec<Field> = Vec::with_capacity(left.fields.len());
    let mut rest = right.fields;
    for mut field in left.fields {
        match rest.iter().position(|other| other.wire == field.wire) {
            Some(i) => {
                let other = rest.remove(i);
                field.required &= other.required;
                field.deprecated &= other.deprecated;
                field.schema.kind = kind(field.schema.kind, other.schema.kind)?;
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

fn kind(left: Kind, right: Kind) -> Option<Kind> {
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
        (Kind::Record(left), Kind::Record(right)) => pair(left, right).map(Kind::Record),
        (Kind::List(left), Kind::List(right)) => inner(*left, *right).map(Kind::List),
        (Kind::Map(left), Kind::Map(right)) => inner(*left, *right).map(Kind::Map),
        (Kind::Clearable(left), Kind::Clearable(right)) => {
            inner(*left, *right).map(Kind::Clearable)
        }
        // Clearing one of the two clears the field.
        (Kind::Clearable(left), right) => {
            let kind = kind(left.kind, right)?;
            Some(Kind::Clearable(Box::new(Schema {
                kind,
                at: left.at,
                doc: left.doc,
            })))
        }
        (left, Kind::Clearable(right)) => {
            let kind = kind(left, right.kind)?;
            Some(Kind::Clearable(Box::new(Schema {
                kind,
                at: right.at,
                doc: right.doc,
            })))
        }
        _ => None,
    }
}

fn inner(left: Schema, right: Schema) -> Option<Box<Schema>> {
    let kind = kind(left.kind, right.kind)?;
    Some(Box::new(Schema {
        kind,
        at: left.at,
        doc: left.doc,
    }))
}

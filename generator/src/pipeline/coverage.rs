//! How much of a document the generated types describe.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use crate::api::{RawCause, RawReason};
use crate::dialect::Dialect;
use crate::model::{Field, Model, Operation, Ty, TypeKind};

/// The keys of a path item that are operations.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The most path items that refer to each other.
const MAX_REFERENCES: usize = 100;

/// How much of a document the generated types describe.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CoverageReport {
    /// Operations that the document describes.
    pub operations: usize,
    /// Those that were generated. Operations that the dialect declares are not among them.
    pub generated: usize,
    /// Fields of objects, parameters in queries and bodies, and results of operations.
    pub fields: usize,
    /// Those that are neither raw JSON, nor lists or maps of it.
    pub typed: usize,
    /// All others, by cause: `document` allows any value, `dialect` lists the place, or the code of
    /// the warning about a description that is not supported.
    pub raw: BTreeMap<String, usize>,
}

/// A field that is raw JSON.
#[derive(Clone, Debug, Serialize)]
pub struct UntypedField {
    /// The site of the type, and the field.
    pub place: String,
    /// The reason.
    pub reason: String,
    /// The cause, as in [`CoverageReport::raw`].
    pub cause: String,
}

/// The operations of a document and of a dialect, which are counted before the document is changed.
#[derive(Debug, Default)]
pub(super) struct DescribedOperations {
    in_document: usize,
    /// `METHOD /path`.
    in_dialect: HashSet<String>,
}

impl DescribedOperations {
    pub(super) fn count_all(document: &Value, dialect: &Dialect) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let paths = paths.into_iter().flatten();
        // Other keys are extensions.
        let items = paths.filter(|(path, _)| !path.starts_with("x-"));
        let declared = dialect.operations.iter().map(|entry| &entry.value);
        Self {
            in_document: items.map(|(_, item)| count_methods(document, item)).sum(),
            in_dialect: declared
                .map(|operation| format!("{} {}", operation.method, operation.path))
                .collect(),
        }
    }
}

/// The operations of a path item and of what it refers to.
fn count_methods(document: &Value, item: &Value) -> usize {
    let mut methods: HashSet<&str> = HashSet::new();
    let mut next = Some(item);
    for _ in 0..MAX_REFERENCES {
        let Some(item) = next else { break };
        methods.extend(METHODS.iter().filter(|method| item.get(**method).is_some()));
        let target = item.get("$ref").and_then(Value::as_str);
        let pointer = target.and_then(|target| target.strip_prefix('#'));
        next = pointer.and_then(|pointer| document.pointer(pointer));
    }
    methods.len()
}

impl CoverageReport {
    /// The coverage of a model, with its fields that are raw JSON.
    pub(super) fn new(
        model: &Model,
        described: &DescribedOperations,
        untyped: &[UntypedField],
    ) -> Self {
        let of_types = model.types().map(|(_, ty)| fields_of(&ty.kind).len());
        let results = model.operations().map(|(_, op)| &op.output);
        let results = results.filter(|output| **output != Ty::Nothing);
        let fields = of_types.sum::<usize>() + results.count();
        let mut raw = BTreeMap::new();
        for field in untyped {
            *raw.entry(field.cause.clone()).or_default() += 1;
        }
        let is_described = |operation: &&Operation| {
            let title = format!("{} {}", operation.method.as_str(), operation.path);
            !described.in_dialect.contains(&title)
        };
        let operations = model.operations().map(|(_, operation)| operation);
        Self {
            operations: described.in_document,
            generated: operations.filter(is_described).count(),
            fields,
            typed: fields - untyped.len(),
            raw,
        }
    }
}

/// The fields that are raw JSON.
pub(super) fn untyped_fields(model: &Model) -> Vec<UntypedField> {
    let mut found = Vec::new();
    for (_, ty) in model.types() {
        for field in fields_of(&ty.kind) {
            let place = || format!("{}/{}", ty.site, field.wire);
            found.extend(raw_reason(&field.ty).map(|reason| describe_raw(place(), reason)));
        }
    }
    for (_, op) in model.operations() {
        found.extend(raw_reason(&op.output).map(|reason| describe_raw(op.id.clone(), reason)));
    }
    found
}

fn fields_of(kind: &TypeKind) -> &[Field] {
    match kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Params(params) => &params.fields,
        _ => &[],
    }
}

/// The reason why a type is, or contains, raw JSON.
fn raw_reason(ty: &Ty) -> Option<&RawReason> {
    match ty.innermost() {
        Ty::Raw(reason) => Some(reason),
        _ => None,
    }
}

fn describe_raw(place: String, reason: &RawReason) -> UntypedField {
    let (reason, cause) = match reason.cause {
        RawCause::Document => (reason.text.clone(), "document"),
        RawCause::Dialect => (reason.text.clone(), "dialect"),
        RawCause::Unsupported(code) => (code.message().to_owned(), code.id()),
    };
    UntypedField {
        place,
        reason,
        cause: cause.to_owned(),
    }
}

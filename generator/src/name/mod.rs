//! Names everything in a model.
//!
//! In: a frozen [`Model`] and the lock of earlier runs. Out: a [`NameTable`] that is total over the model.
//! Afterwards: names are unique in their scope in every case style, are no keywords and no names
//! that the runtime reserves, and have at most 60 characters; locked names are kept.
//! This stage decides about wording only, not about meaning.

mod events;
mod members;
mod record;
mod scope;
mod table;
mod types;
mod words;

pub use self::members::EXTRA_FIELD;
pub use self::scope::Ident;
use self::scope::{NameCase, NameScope};
pub use self::table::{EventNames, FieldNames, NameTable, OperationNames, ServiceNames, TypeName};
pub use self::words::Words;
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::lock::Lock;
use crate::model::Model;

/// Maximum length of a public name.
const MAX_LENGTH: usize = 60;

/// Modules at the root of a generated crate that do not come from the service tree, and the
/// names of crates that generated code refers to.
const ROOT: &[&str] = &[
    "resources",
    "shared",
    "params",
    "client",
    "catalogue",
    "webhooks",
    "samples",
    // Files of these names are roots of crates.
    "lib",
    "main",
    "runtime",
    // What the runtime and its satellite crates are called as modules of a generated crate.
    "auth",
    "blocking",
    "call",
    "circuit_breaker",
    "clock",
    "download",
    "error",
    "fleet",
    "http",
    "idempotency",
    "journal",
    "oauth",
    "observe",
    "operation",
    "page",
    "rate_limit",
    "retry",
    "telemetry",
    "testing",
    "transport",
    "value",
    "wire",
    "std",
    "core",
    "alloc",
    "serde_impls",
];

/// Names everything in `model`.
pub fn assign_names(model: &Model, old: &Lock, sink: &mut DiagnosticSink) -> Option<NameTable> {
    let before = sink.error_count();
    let mut table = NameTable::default();
    name_modules(model, &mut table);
    members::name_operations(model, &mut table);
    types::name_types(model, old, sink.is_tolerant(), &mut table);
    members::name_members(model, old, &mut table);
    events::name_events(model, old, &mut table);
    table.lock = record::record_lock(model, &table, old);
    compare_with_lock(old, &mut table, sink);
    check_lengths(model, &table, sink);
    (sink.error_count() == before).then_some(table)
}

fn name_modules(model: &Model, table: &mut NameTable) {
    let mut scope = NameScope::new(NameCase::Snake);
    for (id, resource) in model.resources() {
        table
            .resources
            .insert(id, scope.claim_name(&Words::from_wire(&resource.tag)));
    }
    // Children of one parent share a scope. Root modules are reserved at the root only.
    let mut scopes = std::collections::HashMap::new();
    for (id, service) in model.services() {
        let scope = scopes.entry(service.parent).or_insert_with(|| {
            let reserved = if service.parent.is_none() { ROOT } else { &[] };
            NameScope::new(NameCase::Snake).with_reserved(reserved)
        });
        let words = Words::from_wire(service.path.last().map_or("", String::as_str));
        let handle = NameScope::new(NameCase::Pascal)
            .with_reserved(types::RESERVED)
            .claim_name(&words);
        let module = scope.claim_name(&words);
        table.services.insert(id, ServiceNames { module, handle });
    }
}

fn compare_with_lock(old: &Lock, table: &mut NameTable, sink: &mut DiagnosticSink) {
    let new = table.lock.names_missing_in(old);
    table.added = new.into_iter().map(|(_, name)| name).collect();
    let removed = old.names_missing_in(&table.lock);
    for (section, name) in removed {
        let at = SpecPath::root().child(section).child(&name);
        sink.report(Code::LockedNameGone, &at, name.clone());
        table.removed.push(name);
    }
}

fn check_lengths(model: &Model, table: &NameTable, sink: &mut DiagnosticSink) {
    for (id, ty) in model.types() {
        let name = table.ty(id).ident.as_str();
        if name.len() > MAX_LENGTH {
            sink.report(
                Code::NameTooLong,
                &SpecPath::root(),
                format!("{name} at {}", ty.site),
            );
        }
    }
}

//! Gives everything a name.
//!
//! In: a frozen [`Model`] and the name lock. Out: a [`NameTable`] that is total over the model.
//! Afterwards: names are unique in their scope in every case style, never a keyword, never a
//! method the runtime reserves, at most 60 characters long; locked names are kept.
//! This stage deliberately decides nothing about meaning, only about wording.

mod events;
mod lock;
mod members;
mod scope;
mod shape;
mod table;
mod types;
mod words;

pub use self::lock::{Entry, Lock};
pub use self::scope::Ident;
use self::scope::{Case, Scope};
pub use self::table::{EventNames, FieldNames, NameTable, OperationNames, ServiceNames, TypeName};
pub use self::words::Words;
use crate::diag::{Code, Sink, SpecPath};
use crate::model::Model;
use crate::source::Source;

/// Longest public name.
const MAX_LENGTH: usize = 60;

/// Modules at the root of a generated crate that do not come from the service tree, and names
/// that are in everybody's way.
const ROOT: &[&str] = &[
    "resources",
    "shared",
    "params",
    "client",
    "catalogue",
    "webhooks",
    "runtime",
    // What the runtime and its satellite crates are called as modules of a generated crate.
    "auth",
    "blocking",
    "call",
    "circuit_breaker",
    "clock",
    "error",
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
pub fn assign(model: &Model, lock: Option<&Source>, sink: &mut Sink) -> Option<NameTable> {
    let before = sink.error_count();
    let old = lock
        .map(|source| Lock::load(source, sink))
        .unwrap_or_default();
    let mut table = NameTable::default();
    name_modules(model, &mut table);
    members::name_operations(model, &mut table);
    types::name_types(model, &old, &mut table);
    members::name_members(model, &mut table);
    events::name_events(model, &old, &mut table);
    table.lock = shape::lock_of(model, &table);
    compare(&old, &mut table, lock, sink);
    check_lengths(model, &table, sink);
    (sink.error_count() == before).then_some(table)
}

fn name_modules(model: &Model, table: &mut NameTable) {
    let mut scope = Scope::new(Case::Snake);
    for (id, resource) in model.resources() {
        table
            .resources
            .insert(id, scope.claim(&Words::of(&resource.tag)));
    }
    // Children of one parent share a scope; the reserved root names only matter at the root.
    let mut scopes = std::collections::HashMap::new();
    for (id, service) in model.services() {
        let scope = scopes.entry(service.parent).or_insert_with(|| {
            let reserved = if service.parent.is_none() { ROOT } else { &[] };
            Scope::new(Case::Snake).reserving(reserved)
        });
        let words = Words::of(service.path.last().map_or("", String::as_str));
        let handle = Scope::new(Case::Pascal)
            .reserving(types::RESERVED)
            .claim(&words);
        let module = scope.claim(&words);
        table.services.insert(id, ServiceNames { module, handle });
    }
}

fn compare(old: &Lock, table: &mut NameTable, source: Option<&Source>, sink: &mut Sink) {
    let new = table.lock.without(old);
    table.added = new.into_iter().map(|(_, name)| name).collect();
    let gone = old.without(&table.lock);
    for (section, name) in gone {
        if source.is_some() {
            let at = SpecPath::root().child(section).child(&name);
            sink.report(Code::LockedNameGone, &at, name.clone());
        }
        table.gone.push(name);
    }
}

fn check_lengths(model: &Model, table: &NameTable, sink: &mut Sink) {
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

//! What a crate does that its items do not show: versions, hosts, classes of operations, marks of
//! fields.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use super::place::WirePlace;
use crate::model::{Field, Model, ModuleId, Operation, TypeId, TypeKind};
use crate::name::NameTable;

/// One fact about what a crate does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Behaviour {
    pub(super) value: String,
    /// The operation or the kind of object that it is about, by its path on the wire.
    pub(super) place: Option<WirePlace>,
    /// The type and the wire name, if it is about a field.
    pub(super) field: Option<(String, String)>,
}

/// The facts by Rust path and aspect.
pub(super) type Behaviours = BTreeMap<(String, &'static str), Behaviour>;

/// The aspect that only warns callers.
pub(super) const DEPRECATED: &str = "deprecated";

/// The parameters that the arguments of `new` fill: types of arguments do not tell them apart.
pub(super) const ARGUMENTS: &str = "arguments";

/// Lists what the crate of a model does; `paths` are the paths of its types.
pub(super) fn list_behaviours(
    model: &Model,
    names: &NameTable,
    paths: &HashMap<TypeId, String>,
) -> Behaviours {
    let mut found = Behaviours::new();
    list_constants(model, &mut found);
    for (id, operation) in model.operations() {
        let names_of = names.operation(id);
        let service = ModuleId::Service(operation.service);
        let module = names.module_path(model, service).join("::");
        let handle = &names.service(operation.service).handle;
        let method = match operation.form.has_plain() {
            true => &names_of.method,
            false => names_of.with.as_ref().unwrap_or(&names_of.method),
        };
        let path = format!("{module}::{handle}::{method}");
        list_operation(operation, &path, &mut found);
    }
    for (id, ty) in model.types() {
        let fields = match &ty.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Params(params) => &params.fields,
            _ => continue,
        };
        let Some(owner) = paths.get(&id) else {
            continue;
        };
        if let TypeKind::Params(params) = &ty.kind {
            let wires: Vec<&str> = params.arguments().map(|(_, f)| f.wire.as_str()).collect();
            let fact = Behaviour {
                value: format!("new({})", wires.join(", ")),
                place: None,
                field: wires
                    .first()
                    .map(|wire| (owner.clone(), (*wire).to_owned())),
            };
            found.insert((format!("{owner}::new"), ARGUMENTS), fact);
        }
        for (field, names) in fields.iter().zip(names.fields(id)) {
            list_field(field, owner, names.field.as_str(), &mut found);
        }
    }
    found
}

fn list_constants(model: &Model, found: &mut Behaviours) {
    let facts = &model.facts;
    let mut add = |path: &str, aspect, value: String| {
        let fact = Behaviour {
            value,
            place: None,
            field: None,
        };
        found.insert((path.to_owned(), aspect), fact);
    };
    add("API_VERSION", "API version", model.version.clone());
    let text = |value: &dyn Debug| format!("{value:?}");
    add("API", "hosts", text(&facts.hosts));
    add("API", "version header", text(&facts.version_header));
    add("API", "account header", text(&facts.account_header));
    add("API", "context header", text(&facts.context_header));
    add("API", "trigger header", text(&facts.trigger_header));
    add("API", "key variable", text(&facts.key_variable));
    add("API", "prefixes of live keys", text(&facts.live_keys));
    add("API", "prefixes of test keys", text(&facts.test_keys));
    add("API", "prefixes of other keys", text(&facts.other_keys));
    add("API", "rate limits", text(&facts.rate_limits));
    add("API", "sessions", text(&facts.sessions));
    add("API", "sensitive fields", text(&facts.sensitive));
}

fn list_operation(operation: &Operation, path: &str, found: &mut Behaviours) {
    let place = WirePlace::parameters(operation.method.as_str(), &operation.path);
    let mut add = |aspect, value: String| {
        let fact = Behaviour {
            value,
            place: Some(place.clone()),
            field: None,
        };
        found.insert((path.to_owned(), aspect), fact);
    };
    add(
        "operation",
        format!("{} {}", operation.method.as_str(), operation.path),
    );
    let encoding = operation
        .encoding
        .map_or("query".to_owned(), |e| format!("{e:?}").to_lowercase());
    add("encoding", encoding);
    add("host", operation.host.clone());
    add("idempotency key", yes_or_no(operation.idempotent_key));
    add("repeatable", yes_or_no(operation.is_repeatable));
    add("class of rate limits", operation.rate_class.clone());
    let timeout = operation.timeout_secs;
    add(
        "time limit",
        timeout.map_or("default".to_owned(), |s| format!("{s} s")),
    );
    add(DEPRECATED, yes_or_no(operation.deprecation.is_some()));
}

fn list_field(field: &Field, owner: &str, name: &str, found: &mut Behaviours) {
    let mut add = |aspect, value: bool| {
        let fact = Behaviour {
            value: yes_or_no(value),
            place: None,
            field: Some((owner.to_owned(), field.wire.clone())),
        };
        found.insert((format!("{owner}::{name}"), aspect), fact);
    };
    add(DEPRECATED, field.deprecated);
    add("hidden in `Debug`", field.sensitive);
}

fn yes_or_no(value: bool) -> String {
    (if value { "yes" } else { "no" }).to_owned()
}

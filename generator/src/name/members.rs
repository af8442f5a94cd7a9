//! Names of methods, arguments, fields and variants.

use std::collections::HashMap;

use super::scope::{Case, Ident, Scope};
use super::table::{FieldNames, NameTable, OperationNames};
use super::types::RESERVED;
use super::words::Words;
use crate::model::{Field, Model, ParamsObject, Presence, ServiceId, TypeId, TypeKind};

/// Names methods, markers and path arguments.
pub(super) fn name_operations(model: &Model, table: &mut NameTable) {
    let mut methods: HashMap<ServiceId, Scope> = HashMap::new();
    let mut markers: HashMap<ServiceId, Scope> = HashMap::new();
    for (id, service) in model.services() {
        let mut scope = Scope::new(Case::Snake).reserving(&["new", "clone", "client", "fmt"]);
        // Children are reached by methods of their parent.
        for child in &service.children {
            scope = scope.reserving(&[table.service(*child).module.as_str()]);
        }
        methods.insert(id, scope);
        let handle = table.service(id).handle.to_string();
        // Markers may be called like runtime types (`List`): services name those by full path.
        let reserved = [handle.as_str(), "Call", "Operation", "OperationSpec"];
        markers.insert(id, Scope::new(Case::Pascal).reserving(&reserved));
    }
    for (id, operation) in model.operations() {
        let words = Words::of(&operation.method_name);
        let claim = |scopes: &mut HashMap<ServiceId, Scope>, case| {
            scopes
                .entry(operation.service)
                .or_insert_with(|| Scope::new(case))
                .claim(&words)
        };
        let method = claim(&mut methods, Case::Snake);
        let marker = claim(&mut markers, Case::Pascal);
        let mut arguments = Scope::new(Case::Snake).reserving(&["self", "params", "client"]);
        let path_params = operation
            .path_params
            .iter()
            .map(|p| arguments.claim(&Words::of(&p.wire)))
            .collect();
        table.operations.insert(
            id,
            OperationNames {
                method,
                marker,
                path_params,
            },
        );
    }
}

/// Names fields and variants.
pub(super) fn name_members(model: &Model, table: &mut NameTable) {
    for (id, ty) in model.types() {
        match &ty.kind {
            TypeKind::Object(object) => {
                let mut scope = Scope::new(Case::Snake);
                let claim = |f: &Field| FieldNames {
                    field: scope.claim(&Words::of(&f.wire)),
                    clear: None,
                };
                let names = object.fields.iter().map(claim).collect();
                table.fields.insert(id, names);
            }
            TypeKind::Params(params) => {
                table.fields.insert(id, params_fields(params));
            }
            TypeKind::Choice(values) => {
                table.variants.insert(id, choice_variants(values));
            }
            TypeKind::ErrorCodes(_, codes) => {
                let values: Vec<String> = codes.iter().map(|c| c.code.clone()).collect();
                table.variants.insert(id, choice_variants(&values));
            }
            TypeKind::Union(variants) => {
                let mut scope = Scope::new(Case::Pascal).reserving(&["Other"]);
                let claim = |v: &crate::model::UnionVariant| {
                    let object = Words::of(&v.object);
                    scope.claim(&if v.deleted {
                        Words::of("deleted").then(object)
                    } else {
                        object
                    })
                };
                let names = variants.iter().map(claim).collect();
                table.variants.insert(id, names);
            }
            TypeKind::Either(members) => {
                let mut scope = Scope::new(Case::Pascal).reserving(RESERVED);
                let names = members
                    .iter()
                    .map(|member| scope.claim(&last_step(model, *member)))
                    .collect();
                table.variants.insert(id, names);
            }
            TypeKind::Token(_) => {}
        }
    }
}

/// What a member of a union without tags is about: the end of the way to it.
fn last_step(model: &Model, id: TypeId) -> Words {
    let site = &model.ty(id).site;
    Words::of(
        site.path
            .last()
            .map_or(site.root.as_str(), |step| &step.wire),
    )
}

fn params_fields(params: &ParamsObject) -> Vec<FieldNames> {
    let mut scope = Scope::new(Case::Snake).reserving(&["new", "encode", "clone", "is_absent"]);
    let fields: Vec<Ident> = params
        .fields
        .iter()
        .map(|f| scope.claim(&Words::of(&f.wire)))
        .collect();
    let mut clear = |field: &Field| {
        let can_clear = matches!(
            field.presence,
            Presence::Clearable | Presence::RequiredClearable
        );
        can_clear.then(|| scope.claim(&Words::of("clear").then(Words::of(&field.wire))))
    };
    let names = params.fields.iter().zip(fields);
    names
        .map(|(f, field)| FieldNames {
            field,
            clear: clear(f),
        })
        .collect()
}

fn choice_variants(values: &[String]) -> Vec<Ident> {
    // The catch-all is called `Unknown`; a documented value `unknown` has to give way.
    let mut scope = Scope::new(Case::Pascal).reserving(&["Unknown"]);
    let claim = |value: &String| {
        let words = match value.as_str() {
            "*" => Words::of("all"),
            "unknown" => Words::of("unknown_value"),
            other => Words::of(other),
        };
        scope.claim(&words)
    };
    values.iter().map(claim).collect()
}

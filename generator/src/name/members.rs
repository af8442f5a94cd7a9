//! Names of methods, arguments, fields and variants.

use std::collections::HashMap;

use super::scope::{Ident, NameCase, NameScope};
use super::table::{FieldNames, NameTable, OperationNames};
use super::types::RESERVED;
use super::words::Words;
use crate::lock::WITH_SUFFIX;
use crate::model::{Field, Model, ParamsObject, Presence, ServiceId, TypeKind};

/// Names methods, markers and path arguments.
pub(super) fn name_operations(model: &Model, table: &mut NameTable) {
    let mut methods: HashMap<ServiceId, NameScope> = HashMap::new();
    let mut markers: HashMap<ServiceId, NameScope> = HashMap::new();
    for (id, service) in model.services() {
        let mut scope =
            NameScope::new(NameCase::Snake).with_reserved(&["new", "clone", "client", "fmt"]);
        // Children are reached by methods of their parent.
        for child in &service.children {
            scope = scope.with_reserved(&[table.service(*child).module.as_str()]);
        }
        methods.insert(id, scope);
        let handle = table.service(id).handle.to_string();
        // Markers may have the names of runtime types (`List`): services refer to those by full path.
        let reserved = [handle.as_str(), "Call", "Operation", "OperationSpec"];
        markers.insert(
            id,
            NameScope::new(NameCase::Pascal).with_reserved(&reserved),
        );
    }
    for (id, operation) in model.operations() {
        let words = Words::from_wire(&operation.method_name);
        let claim = |scopes: &mut HashMap<ServiceId, NameScope>, case| {
            scopes
                .entry(operation.service)
                .or_insert_with(|| NameScope::new(case))
                .claim_name(&words)
        };
        let method = claim(&mut methods, NameCase::Snake);
        let marker = claim(&mut markers, NameCase::Pascal);
        let with = operation.form.has_with().then(|| {
            let name = format!("{}{WITH_SUFFIX}", method.as_str());
            let scope = methods.get_mut(&operation.service);
            scope.map(|scope| scope.claim_name(&Words::from_wire(&name)))
        });
        let mut arguments =
            NameScope::new(NameCase::Snake).with_reserved(&["self", "params", "client"]);
        let path_params = operation
            .path_params
            .iter()
            .map(|p| arguments.claim_name(&Words::from_wire(&p.wire)))
            .collect();
        table.operations.insert(
            id,
            OperationNames {
                method,
                with: with.flatten(),
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
                let mut scope = NameScope::new(NameCase::Snake);
                let claim = |f: &Field| FieldNames {
                    field: scope.claim_name(&Words::from_wire(&f.wire)),
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
                let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&["Other"]);
                let claim = |v: &crate::model::UnionVariant| {
                    let object = Words::from_wire(&v.object);
                    scope.claim_name(&if v.deleted {
                        Words::from_wire("deleted").with_words(object)
                    } else {
                        object
                    })
                };
                let names = variants.iter().map(claim).collect();
                table.variants.insert(id, names);
            }
            TypeKind::Either(members) => {
                let mut scope = NameScope::new(NameCase::Pascal).with_reserved(RESERVED);
                let names = members
                    .iter()
                    .map(|member| scope.claim_name(&Words::from_wire(&member.name)))
                    .collect();
                table.variants.insert(id, names);
            }
            TypeKind::Token(_) => {}
        }
    }
}

fn params_fields(params: &ParamsObject) -> Vec<FieldNames> {
    let mut scope =
        NameScope::new(NameCase::Snake).with_reserved(&["new", "encode", "clone", "is_absent"]);
    let fields: Vec<Ident> = params
        .fields
        .iter()
        .map(|f| scope.claim_name(&Words::from_wire(&f.wire)))
        .collect();
    let mut clear = |field: &Field| {
        let can_clear = matches!(
            field.presence,
            Presence::Clearable | Presence::RequiredClearable
        );
        can_clear.then(|| {
            scope.claim_name(&Words::from_wire("clear").with_words(Words::from_wire(&field.wire)))
        })
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
    // `Unknown` is the catch-all variant, so a documented value `unknown` gets another name.
    let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&["Unknown"]);
    let claim = |value: &String| {
        let words = match value.as_str() {
            "*" => Words::from_wire("all"),
            "unknown" => Words::from_wire("unknown_value"),
            other => Words::from_wire(other),
        };
        scope.claim_name(&words)
    };
    values.iter().map(claim).collect()
}

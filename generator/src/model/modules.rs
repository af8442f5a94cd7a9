//! Assigns modules to types with inline uses, and decides what each type is named after: a use, or
//! the component that several fields hold. Both matter for types that the lock does not know.
//!
//! A type used in one module is declared there; a type used in several is declared in a shared
//! module. Uses by deprecated operations count only if there are no others.

use std::collections::{BTreeSet, HashMap};

use super::builder::{ModelBuilder, UseRank};
use super::chosen_names::ChosenNames;
use super::service_rules::singularize;
use super::types::{ModuleId, Ty, TypeId, TypeKind};

/// Assigns the module and the naming site of every type with inline uses.
pub(super) fn assign_modules(builder: &mut ModelBuilder<'_>) {
    let uses = std::mem::take(&mut builder.type_uses);
    let api = builder.api;
    let chosen = ChosenNames::new(&api.naming, &builder.types);
    for (id, uses) in &uses {
        let is_legacy = uses.iter().all(|u| u.rank == UseRank::Legacy);
        let counted = uses
            .iter()
            .filter(|u| is_legacy || u.rank != UseRank::Legacy);
        let modules: BTreeSet<ModuleId> = counted.map(|u| u.module).collect();
        let best = uses.iter().enumerate().min_by_key(|(order, u)| {
            let is_last = matches!(u.rank, UseRank::Legacy | UseRank::Output);
            (is_last, u.site.path.len(), u.rank, *order)
        });
        let ty = builder.ty_mut(*id);
        // Types with a fixed name are not named after a use.
        if ty.fixed_name.is_some() {
            continue;
        }
        if let Some((_, best)) = best {
            ty.site = best.site.clone();
        }
        let name = uses.iter().find_map(|u| chosen.name_at(*id, u));
        ty.fixed_name = name.map(str::to_owned);
        ty.module = match (modules.len(), modules.first(), &ty.kind) {
            (1, Some(module), _) => *module,
            (_, _, TypeKind::Params(_) | TypeKind::Either(_)) => ModuleId::Params,
            _ => ModuleId::Shared,
        };
    }
    builder.type_uses = uses;
    choose_components(builder);
}

/// Keeps the component of types that several resources or differently named fields hold. A type
/// that is held once is named after that field.
fn choose_components(builder: &mut ModelBuilder<'_>) {
    let mut holders: HashMap<TypeId, BTreeSet<String>> = HashMap::new();
    for ty in &builder.types {
        if let TypeKind::Object(object) = &ty.kind {
            for field in &object.fields {
                if let Ty::Named(held) = field.ty.innermost() {
                    let names = holders.entry(*held).or_default();
                    names.insert(singularize(&field.wire));
                }
            }
        }
    }
    for (id, ty) in (0u32..).map(TypeId).zip(&mut builder.types) {
        let is_shared = ty.module == ModuleId::Shared;
        if !is_shared && holders.get(&id).is_none_or(|names| names.len() < 2) {
            ty.component = None;
        }
    }
}

//! Assigns modules to types with inline uses, and the use that each is named after. Both matter
//! for types that the lock does not know.
//!
//! A type used in one module is declared there; a type used in several is declared in a shared
//! module. Uses by deprecated operations count only if there are no others.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::builder::{ModelBuilder, UseRank};
use super::types::{ModuleId, TypeId, TypeKind};

/// The name of objects without fields.
const MARKER: &str = "marker";

/// Assigns the module and the naming site of every type with inline uses.
pub(super) fn assign_modules(builder: &mut ModelBuilder<'_>) {
    let uses = std::mem::take(&mut builder.type_uses);
    let chosen = builder.api.naming.shared_names.iter();
    let chosen: HashMap<&str, &String> = chosen.map(|(at, name)| (at.as_str(), name)).collect();
    let members = either_members(builder);
    for (id, uses) in &uses {
        let is_legacy = uses.iter().all(|u| u.rank == UseRank::Legacy);
        let counted = uses
            .iter()
            .filter(|u| is_legacy || u.rank != UseRank::Legacy);
        let modules: BTreeSet<ModuleId> = counted.map(|u| u.module).collect();
        let best = uses
            .iter()
            .enumerate()
            .min_by_key(|(order, u)| (u.rank, u.site.path.len(), *order));
        let ty = builder.ty_mut(*id);
        // Types with a fixed name are not named after a use.
        if ty.fixed_name.is_some() {
            continue;
        }
        if let Some((_, best)) = best {
            ty.site = best.site.clone();
        }
        let name = uses.iter().find_map(|u| match members.contains(id) {
            // Members are named one by one, by their own place in the document.
            true => chosen.get(u.at.as_str()),
            false => chosen.get(enclosing_union(u.at.as_str())),
        });
        ty.fixed_name = name.map(|name| (*name).clone());
        if ty.kind.is_marker() {
            // All objects without fields are one type, whoever uses it.
            ty.fixed_name.get_or_insert_with(|| MARKER.to_owned());
            ty.module = match &ty.kind {
                TypeKind::Params(_) => ModuleId::Params,
                _ => ModuleId::Shared,
            };
            continue;
        }
        ty.module = match (modules.len(), modules.first(), &ty.kind) {
            (1, Some(module), _) => *module,
            (_, _, TypeKind::Params(_) | TypeKind::Either(_)) => ModuleId::Params,
            _ => ModuleId::Shared,
        };
    }
    builder.type_uses = uses;
}

/// The members of unions of parameter objects.
fn either_members(builder: &ModelBuilder<'_>) -> HashSet<TypeId> {
    let unions = builder.types.iter().filter_map(|ty| match &ty.kind {
        TypeKind::Either(members) => Some(members),
        _ => None,
    });
    unions.flatten().map(|member| member.ty).collect()
}

/// The place of the union that `at` is a member of, or `at` itself: the dialect names shapes by the
/// place of the field.
fn enclosing_union(at: &str) -> &str {
    match at.rsplit_once('/') {
        Some((union, member)) if member.bytes().all(|b| b.is_ascii_digit()) => {
            union.strip_suffix("/anyOf").unwrap_or(at)
        }
        _ => at,
    }
}

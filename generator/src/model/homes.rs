//! Where shapes that are shared by structure live, and which of their sites names them.
//!
//! A shape used in one module lives there; a shape used in several moves to a shared module.
//! Deprecated operations do not count: they go and look where the others put it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::draft::{Draft, Rank, Shape};
use super::types::{Home, TypeId, TypeKind};

/// Settles the home and the naming site of every interned type.
pub(super) fn settle(draft: &mut Draft<'_>) {
    let uses = std::mem::take(&mut draft.uses);
    let chosen = draft.api.naming.shared_names.iter();
    let chosen: HashMap<&str, &String> = chosen.map(|(at, name)| (at.as_str(), name)).collect();
    let members: HashSet<TypeId> = draft
        .interned
        .keys()
        .filter_map(|shape| match shape {
            Shape::Either(members) => Some(members.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    for (id, uses) in &uses {
        let is_legacy = uses.iter().all(|u| u.rank == Rank::Legacy);
        let counted = uses.iter().filter(|u| is_legacy || u.rank != Rank::Legacy);
        let homes: BTreeSet<Home> = counted.map(|u| u.home).collect();
        let best = uses
            .iter()
            .enumerate()
            .min_by_key(|(order, u)| (u.rank, u.site.path.len(), *order));
        let ty = draft.ty_mut(*id);
        // What has a name of its own is its own site.
        if ty.fixed_name.is_some() {
            continue;
        }
        if let Some((_, best)) = best {
            ty.site = best.site.clone();
        }
        let name = uses.iter().find_map(|u| match members.contains(id) {
            // The address of the field is that of the union.
            true => chosen.get(u.at.as_str()),
            false => chosen.get(outermost(u.at.as_str())),
        });
        ty.fixed_name = name.map(|name| (*name).clone());
        ty.home = match (homes.len(), homes.first(), &ty.kind) {
            (1, Some(home), _) => *home,
            (_, _, TypeKind::Params(_) | TypeKind::Either(_)) => Home::Params,
            _ => Home::Shared,
        };
    }
    draft.uses = uses;
}

/// The place of the union that `at` is a member of, or `at` itself: whoever names a shape in the
/// dialect points at the field.
fn outermost(at: &str) -> &str {
    match at.rsplit_once('/') {
        Some((union, member)) if member.bytes().all(|b| b.is_ascii_digit()) => {
            union.strip_suffix("/anyOf").unwrap_or(at)
        }
        _ => at,
    }
}

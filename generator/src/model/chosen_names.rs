//! The names that the dialect gives to shapes.

use std::collections::{HashMap, HashSet};

use super::builder::ShapeUse;
use super::types::{Type, TypeId, TypeKind};
use crate::api::NamingFacts;

/// Finds the names that the dialect gives to shapes.
pub(super) struct ChosenNames<'a> {
    by_place: HashMap<&'a str, &'a str>,
    /// Members of unions of parameter objects.
    members: HashSet<TypeId>,
}

impl<'a> ChosenNames<'a> {
    pub(super) fn new(naming: &'a NamingFacts, types: &[Type]) -> Self {
        let chosen = naming.shared_names.iter();
        let unions = types.iter().filter_map(|ty| match &ty.kind {
            TypeKind::Either(members) => Some(members),
            _ => None,
        });
        Self {
            by_place: chosen
                .map(|(at, name)| (at.as_str(), name.as_str()))
                .collect(),
            members: unions.flatten().map(|member| member.ty).collect(),
        }
    }

    /// The name that the dialect gives to `id` at one of its uses.
    pub(super) fn name_at(&self, id: TypeId, usage: &ShapeUse) -> Option<&'a str> {
        let at = usage.at.as_str();
        // Members are named one by one, by their own place in the document.
        let at = match self.members.contains(&id) {
            true => at,
            false => enclosing_union(at),
        };
        self.by_place.get(at).copied()
    }
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

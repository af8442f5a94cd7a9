//! Compile-time breaks: items that are gone or have changed.
//!
//! What a new version adds breaks no caller: structs and enums are `#[non_exhaustive]` or have
//! private fields. Everything else counts, because a caller may write the type of an item down.

use std::collections::BTreeSet;

use super::item::{ItemKind, PublicItem};
use super::origin::response_place;
use super::place::WirePlace;
use super::report::{DiffEntry, EntryPlaces, Origin, SemverLevel};
use super::{Comparison, Inventory, advice};

impl Comparison<'_> {
    /// Every break, and the places that breaks are about.
    pub(super) fn list_breaks(&self) -> (Vec<DiffEntry>, BTreeSet<WirePlace>) {
        let mut explained = BTreeSet::new();
        let mut entries = Vec::new();
        let (old, new) = (&self.old.inventory, &self.new.inventory);
        for item in old.items() {
            let now = new.items.get(&item.key());
            if now.is_some_and(|now| is_same(item, now)) || is_implied(old, new, item) {
                continue;
            }
            let places = old.places_of(item);
            entries.push(self.break_entry(item, now, &places));
            explained.extend(self.explained_places(item, now, places));
        }
        (entries, explained)
    }

    /// The places whose loss a break explains.
    fn explained_places(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
        places: Vec<WirePlace>,
    ) -> Vec<WirePlace> {
        match (item.kind, now) {
            (ItemKind::Method, _) | (ItemKind::Marker, None) => {
                let response = response_place(&item.wire);
                places.into_iter().chain(response).collect()
            }
            (ItemKind::Constructor, Some(now)) => {
                let is_kept = |name: &str| now.arguments.iter().any(|(other, _)| other == name);
                let lost = item.arguments.iter().filter(|(name, _)| !is_kept(name));
                lost.flat_map(|(name, _)| self.sides.argument_places(item, name))
                    .collect()
            }
            // A type that changed says nothing about its fields, and a service nothing about the
            // operations that it still has.
            (ItemKind::Marker | ItemKind::Service | ItemKind::Accessor, _) => Vec::new(),
            _ => places,
        }
    }

    fn break_entry(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
        places: &[WirePlace],
    ) -> DiffEntry {
        let found = self.sides.attribute_change(item, now);
        let is_old = |side: &Inventory| {
            let there = side.items.get(&item.key());
            there.is_some_and(|there| is_same(item, there))
        };
        let settings = self.settings_origin(is_old);
        let mut entry = DiffEntry {
            was: Some(item.text.clone()).filter(|text| !text.is_empty()),
            now: now.map(|now| now.text.clone()),
            level: SemverLevel::Major,
            reason: match settings {
                Some(Origin::Dialect) => "the dialect changed".to_owned(),
                Some(_) => "the lock was edited".to_owned(),
                None => found.reason,
            },
            instead: advice::what_instead(item, now, &self.sides),
            ..DiffEntry::about_item(item.kind, &item.path, settings.unwrap_or(found.origin))
        };
        let shown = found.place.or_else(|| places.first().cloned());
        let further = places.len().saturating_sub(1);
        self.locate_entry(&mut entry, EntryPlaces { shown, further });
        entry
    }
}

/// Whether the compiler cannot tell two items apart. It does not see the names of arguments.
pub(super) fn is_same(old: &PublicItem, new: &PublicItem) -> bool {
    old.kind == new.kind && old.text == new.text
}

/// Whether what an item belongs to is gone, which says it all.
fn is_implied(old: &Inventory, new: &Inventory, item: &PublicItem) -> bool {
    let owner = format!("type {}", item.owner);
    let is_own = item.kind.is_type() && item.kind != ItemKind::Alias;
    !is_own && old.items.contains_key(&owner) && !new.items.contains_key(&owner)
}

//! What is new. It breaks no caller.

use super::item::PublicItem;
use super::report::{DiffEntry, EntryPlaces, Origin, SemverLevel};
use super::{Comparison, Inventory};

impl Comparison<'_> {
    /// Every item that only the new version has.
    pub(super) fn list_additions(&self) -> Vec<DiffEntry> {
        let (old, new) = (&self.old.inventory, &self.new.inventory);
        let added = new
            .items()
            .filter(|item| !old.items.contains_key(&item.key()));
        added.map(|item| self.addition_entry(item)).collect()
    }

    fn addition_entry(&self, item: &PublicItem) -> DiffEntry {
        let places = self.new.inventory.places_of(item);
        let fresh = places
            .iter()
            .find(|place| self.old.facts.fact_at(place) != self.new.facts.fact_at(place));
        let is_old = |side: &Inventory| !side.items.contains_key(&item.key());
        let found = match fresh.is_some() || places.is_empty() {
            true => Origin::Upstream,
            false => Origin::Generator,
        };
        let origin = self.settings_origin(is_old).unwrap_or(found);
        let mut entry = DiffEntry {
            now: Some(item.text.clone()).filter(|text| !text.is_empty()),
            level: SemverLevel::Minor,
            reason: "new".to_owned(),
            ..DiffEntry::about_item(item.kind, &item.path, origin)
        };
        let shown = fresh.or(places.first()).cloned();
        let further = places.len().saturating_sub(1);
        self.locate_entry(&mut entry, EntryPlaces { shown, further });
        entry
    }
}

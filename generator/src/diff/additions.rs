//! What is new. It breaks no caller.

use super::inventory::EVENT_DATA;
use super::item::{ItemKind, PublicItem};
use super::place::WirePlace;
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
        let fresh = places.iter().find(|place| self.is_fresh(item, place));
        let is_known = places.iter().any(|place| self.is_known(item, place));
        let is_old = |side: &Inventory| !side.items.contains_key(&item.key());
        // A new name for what the old document had as well.
        let found = match fresh.is_none() && is_known {
            true => Origin::Generator,
            false => Origin::Upstream,
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
    /// Whether the old document had what an item stands for.
    fn is_known(&self, item: &PublicItem, place: &WirePlace) -> bool {
        let is_event = item.kind == ItemKind::Constant || item.owner == EVENT_DATA;
        match is_event {
            true => self.old.inventory.events.contains_key(&item.wire),
            false => self.old.facts.fact_at(place).is_some(),
        }
    }

    /// Whether the new document says something else about a place; about what is below it, too, if
    /// the item is a type.
    fn is_fresh(&self, item: &PublicItem, place: &WirePlace) -> bool {
        let (old, new) = (&self.old.facts, &self.new.facts);
        let differs = |place: &WirePlace| match (old.fact_at(place), new.fact_at(place)) {
            (Some(old), Some(new)) => !old.says_same(new),
            (old, new) => old.is_some() != new.is_some(),
        };
        match item.kind.is_type() {
            true => new.facts_below(place).any(|(place, _)| differs(place)),
            false => differs(place),
        }
    }
}

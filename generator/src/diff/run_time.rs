//! Changes that compile and behave differently: what the crate does, and what the document takes
//! away at places whose Rust type stays.

use std::collections::{BTreeMap, BTreeSet};

use super::behaviour::{ARGUMENTS, Behaviour, DEPRECATED};
use super::breaks::is_same;
use super::facts::WireFact;
use super::item::ItemKind;
use super::origin::describe_loss;
use super::place::WirePlace;
use super::report::{DiffEntry, EntryPlaces, Origin, SemverLevel};
use super::{Comparison, Inventory};

impl Comparison<'_> {
    /// Every run-time change. What a break is about is not repeated.
    pub(super) fn list_run_time_changes(&self, explained: &BTreeSet<WirePlace>) -> Vec<DiffEntry> {
        let mut entries = self.list_behaviour_changes();
        entries.extend(self.list_losses(explained));
        entries
    }

    /// What the new document means for requests and responses.
    pub(super) fn wire_level(&self) -> SemverLevel {
        let (old, new) = (&self.old.facts, &self.new.facts);
        let mut all = old.all_places();
        if all.any(|(place, fact)| wire_loss(place, fact, new.fact_at(place)).is_some()) {
            return SemverLevel::Major;
        }
        if self.new_requirements().next().is_some() {
            return SemverLevel::Major;
        }
        let is_other = |(place, fact): (&WirePlace, &WireFact)| {
            old.fact_at(place).is_none_or(|old| !old.says_same(fact))
        };
        match new.all_places().any(is_other) {
            true => SemverLevel::Minor,
            false if self.list_behaviour_changes().is_empty() => SemverLevel::None,
            false => SemverLevel::Patch,
        }
    }

    /// Parameters that are required from the start, in requests and objects that were there before.
    fn new_requirements(&self) -> impl Iterator<Item = &WirePlace> {
        let all = self.new.facts.all_places();
        let required = all.filter(|(place, fact)| place.is_parameter() && fact.required);
        let was_known = |place: &WirePlace| self.old.facts.fact_at(place).is_some();
        required
            .map(|(place, _)| place)
            .filter(move |place| !was_known(place) && place.parent().is_some_and(|p| was_known(&p)))
    }

    fn list_behaviour_changes(&self) -> Vec<DiffEntry> {
        let (old, new) = (&self.old.inventory, &self.new.inventory);
        let both = old.behaviours.iter();
        let both = both.filter_map(|(key, was)| Some((key, was, new.behaviours.get(key)?)));
        let changed = both.filter(|((path, aspect), was, now)| {
            let is_seen = *aspect == ARGUMENTS && self.is_changed_function(path);
            was.value != now.value && !is_seen
        });
        changed
            .map(|((path, aspect), was, now)| self.behaviour_entry(path, aspect, was, now))
            .collect()
    }

    /// Whether the compiler tells callers of a function.
    fn is_changed_function(&self, path: &str) -> bool {
        let key = format!("fn {path}");
        let (old, new) = (&self.old.inventory, &self.new.inventory);
        match (old.items.get(&key), new.items.get(&key)) {
            (Some(old), Some(new)) => !is_same(old, new),
            _ => true,
        }
    }

    /// Who changed what a crate does. Apart from arguments, the model copies the document.
    fn behaviour_origin(&self, path: &str, aspect: &str) -> Origin {
        let key = format!("fn {path}");
        match self.old.inventory.items.get(&key) {
            Some(item) if aspect == ARGUMENTS => {
                let now = self.new.inventory.items.get(&key);
                self.sides.attribute_change(item, now).origin
            }
            _ => Origin::Upstream,
        }
    }

    fn behaviour_entry(
        &self,
        path: &str,
        aspect: &'static str,
        was: &Behaviour,
        now: &Behaviour,
    ) -> DiffEntry {
        let key = (path.to_owned(), aspect);
        let is_old = |side: &Inventory| {
            let there = side.behaviours.get(&key);
            there.is_some_and(|there| there.value == was.value)
        };
        let origin = self.settings_origin(is_old);
        let origin = origin.unwrap_or_else(|| self.behaviour_origin(path, aspect));
        let (instead, level) = match aspect {
            DEPRECATED if now.value == "yes" => ("plan to leave it", SemverLevel::Minor),
            DEPRECATED => ("nothing", SemverLevel::Patch),
            ARGUMENTS => (
                "check the order of the arguments of `new`",
                SemverLevel::Patch,
            ),
            "API version" => (
                "update webhook endpoints and stored events to this version",
                SemverLevel::Patch,
            ),
            _ => ("nothing, if programs do not rely on it", SemverLevel::Patch),
        };
        let mut entry = DiffEntry {
            was: Some(was.value.clone()),
            now: Some(now.value.clone()),
            level,
            reason: format!("{aspect} has another value"),
            instead: instead.to_owned(),
            kind: aspect,
            ..DiffEntry::about_item(ItemKind::Method, path, origin)
        };
        let of_field = now.field.as_ref().and_then(|(owner, wire)| {
            let place = self.new.inventory.places.get(owner)?.first()?;
            Some(place.child(wire))
        });
        let shown = now.place.clone().or(of_field);
        self.locate_entry(&mut entry, EntryPlaces { shown, further: 0 });
        entry
    }

    /// What the document takes away without a break, one entry for each item and reason.
    fn list_losses(&self, explained: &BTreeSet<WirePlace>) -> Vec<DiffEntry> {
        let members = self.index_members();
        let mut found: BTreeMap<(String, String), Vec<&WirePlace>> = BTreeMap::new();
        for (place, old) in self.old.facts.all_places() {
            let new = self.new.facts.fact_at(place);
            let parent = place.parent();
            let is_parent_gone = parent
                .as_ref()
                .is_some_and(|parent| self.new.facts.fact_at(parent).is_none());
            let Some(reason) = wire_loss(place, old, new) else {
                continue;
            };
            if is_parent_gone || is_explained(place, explained) {
                continue;
            }
            let path = self.member_path(place, &members);
            found.entry((path, reason)).or_default().push(place);
        }
        for place in self.new_requirements() {
            // An argument of `new` is seen by the compiler.
            let parent = place.parent();
            let types = parent
                .iter()
                .flat_map(|parent| types_of(&self.new.inventory, parent));
            let mut setters = types.filter_map(|ty| members.get(&(ty, place.last_field())));
            if let Some(path) = setters.next() {
                let reason = "a parameter that is required here is new".to_owned();
                found
                    .entry(((*path).to_owned(), reason))
                    .or_default()
                    .push(place);
            }
        }
        found
            .into_iter()
            .map(|((path, reason), places)| self.loss_entry(&path, reason, &places))
            .collect()
    }

    fn loss_entry(&self, path: &str, reason: String, places: &[&WirePlace]) -> DiffEntry {
        let is_parameter = places.iter().any(|place| place.is_parameter());
        let instead = match is_parameter {
            true => "check the calls: the API rejects them, or ignores the parameter",
            false => "check the reads: the value may be absent or another one",
        };
        let mut entry = DiffEntry {
            reason,
            instead: instead.to_owned(),
            kind: "wire",
            ..DiffEntry::about_item(ItemKind::Field, path, Origin::Upstream)
        };
        let shown = places.first().map(|place| (*place).clone());
        let further = places.len().saturating_sub(1);
        self.locate_entry(&mut entry, EntryPlaces { shown, further });
        entry
    }

    /// Paths of fields and setters by type and wire name.
    fn index_members(&self) -> BTreeMap<(&str, &str), &str> {
        let items = self.new.inventory.items();
        let members = items.filter(|item| matches!(item.kind, ItemKind::Field | ItemKind::Setter));
        members
            .map(|item| {
                (
                    (item.owner.as_str(), item.wire.as_str()),
                    item.path.as_str(),
                )
            })
            .collect()
    }

    /// The Rust path of what callers use at a place.
    fn member_path(&self, place: &WirePlace, members: &BTreeMap<(&str, &str), &str>) -> String {
        let new = &self.new.inventory;
        let mut above = place.parent();
        let mut field = place.clone();
        while let Some(parent) = above {
            let types = new.types_at.get(&parent).into_iter().flatten();
            let mut known = types.filter_map(|ty| {
                let path = members.get(&(ty.as_str(), field.last_field()));
                path.map(|path| (*path).to_owned())
            });
            if let Some(path) = known.next() {
                return path;
            }
            if let Some(path) = types_of(new, &parent).next() {
                return path.to_owned();
            }
            above = parent.parent();
            field = parent;
        }
        let method = new.methods.get(&field);
        method.cloned().unwrap_or_else(|| field.to_string())
    }
}

fn types_of<'a>(side: &'a Inventory, place: &WirePlace) -> impl Iterator<Item = &'a str> {
    let types = side.types_at.get(place).into_iter().flatten();
    types.map(String::as_str)
}

/// What requests or responses lose at a place. A response that says more about a field, or has
/// fewer values, takes nothing from its readers.
fn wire_loss(place: &WirePlace, old: &WireFact, new: Option<&WireFact>) -> Option<String> {
    if let Some(new) = new {
        let is_shorter = new
            .max_length
            .is_some_and(|new| old.max_length.is_none_or(|old| new < old));
        if place.is_parameter() && is_shorter && old.shape == new.shape {
            let length = new.max_length.unwrap_or_default();
            return Some(format!("the text has at most {length} characters now"));
        }
        if !place.is_parameter() && old.shape == new.shape && (new.required || !old.required) {
            return None;
        }
    }
    describe_loss(place, old, new)
}

fn is_explained(place: &WirePlace, explained: &BTreeSet<WirePlace>) -> bool {
    let mut next = Some(place.clone());
    while let Some(place) = next {
        if explained.contains(&place) {
            return true;
        }
        next = place.parent();
    }
    false
}

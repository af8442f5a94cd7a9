//! Paths that have another name now, although they stand for the same thing on the wire.

use std::collections::BTreeMap;

use super::item::{ItemKind, PublicItem};
use super::origin::BothSides;
use super::place::WirePlace;
use super::report::MovedPath;
use super::{Comparison, Inventory};

impl Comparison<'_> {
    /// Every old path with the path that stands for the same thing.
    pub(super) fn list_moved(&self) -> Vec<MovedPath> {
        let old = &self.old.inventory;
        let gone = old
            .items()
            .filter(|item| !self.new.inventory.items.contains_key(&item.key()));
        let moved = gone.filter_map(|item| {
            Some(MovedPath {
                old: item.path.clone(),
                new: moved_item(item, &self.sides)?,
            })
        });
        let mut moved: Vec<MovedPath> = moved.collect();
        // A member moves with its type.
        let types: BTreeMap<String, String> = moved
            .iter()
            .map(|path| (path.old.clone(), path.new.clone()))
            .collect();
        moved.retain(|path| !is_moved_with_owner(path, &types));
        moved.sort();
        moved.dedup();
        moved
    }
}

fn is_moved_with_owner(path: &MovedPath, types: &BTreeMap<String, String>) -> bool {
    let old = path.old.rsplit_once("::");
    let new = path.new.rsplit_once("::");
    let (Some((old_owner, old_name)), Some((new_owner, new_name))) = (old, new) else {
        return false;
    };
    old_name == new_name && types.get(old_owner).is_some_and(|owner| owner == new_owner)
}

/// The new path of an item whose old one is gone.
pub(super) fn moved_item(item: &PublicItem, sides: &BothSides<'_>) -> Option<String> {
    let new = sides.new;
    match item.kind {
        ItemKind::Type => moved_type(&item.owner, sides),
        ItemKind::Method | ItemKind::Marker => {
            let place = sides.old.places_of(item).into_iter().next()?;
            let same_wire = |other: &&PublicItem| {
                other.kind == item.kind && other.wire == item.wire && other.path != item.path
            };
            match item.kind {
                ItemKind::Method => new.methods.get(&place).cloned(),
                _ => new.items().find(same_wire).map(|other| other.path.clone()),
            }
        }
        ItemKind::Constant => {
            let same_event =
                |other: &&PublicItem| other.kind == item.kind && other.wire == item.wire;
            new.items().find(same_event).map(|other| other.path.clone())
        }
        ItemKind::Field | ItemKind::Setter | ItemKind::Clear | ItemKind::Variant => {
            let has_owner = new.items.contains_key(&format!("type {}", item.owner));
            let owner = match has_owner {
                true => item.owner.clone(),
                false => moved_type(&item.owner, sides)?,
            };
            let same_member = |other: &&PublicItem| {
                other.kind == item.kind && other.owner == owner && other.wire == item.wire
            };
            let found = new.items().find(same_member)?;
            (found.path != item.path).then(|| found.path.clone())
        }
        ItemKind::Alias
        | ItemKind::Constructor
        | ItemKind::Service
        | ItemKind::Accessor
        | ItemKind::Function
        | ItemKind::Implementation => None,
    }
}

/// The type that most places of a type have now, if it is of the same kind.
fn moved_type(owner: &str, sides: &BothSides<'_>) -> Option<String> {
    let places = sides.old.places.get(owner)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in places.iter().flat_map(|place| types_at(sides.new, place)) {
        if type_text(sides.new, path) == type_text(sides.old, owner) {
            *counts.entry(path).or_default() += 1;
        }
    }
    let best = counts.into_iter().max_by_key(|(_, count)| *count);
    best.map(|(path, _)| path.to_owned())
}

fn types_at<'a>(side: &'a Inventory, place: &WirePlace) -> impl Iterator<Item = &'a str> {
    let types = side.types_at.get(place).into_iter().flatten();
    types.map(String::as_str)
}

fn type_text<'a>(side: &'a Inventory, path: &str) -> Option<&'a str> {
    let item = side.items.get(&format!("type {path}"))?;
    Some(&item.text)
}

//! Compares two versions of a generated crate before either is published.
//!
//! In: the models, the names and the documents of both. Out: a [`DiffReport`]. Afterwards: every
//! public item that is gone or has changed is a compile-time break, and every place of the document
//! that has lost something is behind a break or a run-time change; each says who caused it.
//! Text and generated source are not compared. Reading files and lines is left to `pipeline`.

mod additions;
mod advice;
mod behaviour;
mod breaks;
mod facts;
mod inventory;
mod item;
mod moved;
mod occurrence;
mod origin;
mod place;
mod report;
mod run_time;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::facts::{WireFact, WireFacts};
pub use self::inventory::Inventory;
pub use self::item::{ItemKind, PublicItem};
pub use self::place::WirePlace;
pub use self::report::{
    DiffCounts, DiffEntry, DiffReport, DocumentPlace, MovedPath, Origin, SemverLevel,
};

use self::origin::BothSides;
use self::report::EntryPlaces;
use crate::model::Model;
use crate::name::NameTable;

/// One version: its items, and the facts of its document.
#[derive(Debug, Default)]
pub struct DiffSide {
    /// Title of the API.
    title: String,
    /// The version of the API.
    version: String,
    /// The public items.
    pub inventory: Inventory,
    /// What the document says.
    pub facts: WireFacts,
}

impl DiffSide {
    /// A version of the crate.
    pub fn new(document: &Value, model: &Model, names: &NameTable) -> Self {
        let error = model.error_object.map(|id| &model.ty(id).site.root);
        let facts = WireFacts::read_document(document, error.map(String::as_str));
        Self {
            title: model.title.clone(),
            version: model.version.clone(),
            inventory: Inventory::list_items(model, names, &facts),
            facts,
        }
    }
}

/// The new document generated with the old files beside it, to tell who caused a change.
#[derive(Debug, Default)]
pub struct OldSettings {
    /// With the old dialect and the old lock.
    pub old_dialect: Option<DiffSide>,
    /// With the new dialect and the old lock, if the new document has a lock of its own.
    pub old_lock: Option<DiffSide>,
}

/// The comparison: what changed between two versions.
struct Comparison<'a> {
    old: &'a DiffSide,
    new: &'a DiffSide,
    settings: &'a OldSettings,
    sides: BothSides<'a>,
}

/// Compares two versions. `settings` is empty if both have the same dialect.
pub fn compare_sides(old: &DiffSide, new: &DiffSide, settings: &OldSettings) -> DiffReport {
    let comparison = Comparison {
        old,
        new,
        settings,
        sides: BothSides {
            old: &old.inventory,
            new: &new.inventory,
            old_facts: &old.facts,
            new_facts: &new.facts,
        },
    };
    let (breaks, explained) = comparison.list_breaks();
    let mut report = DiffReport {
        title: new.title.clone(),
        old_version: old.version.clone(),
        new_version: new.version.clone(),
        wire: comparison.wire_level(),
        run_time: comparison.list_run_time_changes(&explained),
        additions: comparison.list_additions(),
        moved: comparison.list_moved(),
        breaks,
        ..DiffReport::default()
    };
    report.count_entries();
    report
}

impl Comparison<'_> {
    /// Whose change it is, if a version with the old files does not have it: `is_old` says whether
    /// a version is as the old one was.
    fn settings_origin(&self, is_old: impl Fn(&Inventory) -> bool) -> Option<Origin> {
        let old_dialect = self.settings.old_dialect.as_ref()?;
        if !is_old(&old_dialect.inventory) {
            return None;
        }
        let old_lock = self.settings.old_lock.as_ref();
        match old_lock.is_some_and(|side| is_old(&side.inventory)) {
            true => Some(Origin::Generator),
            false => Some(Origin::Dialect),
        }
    }

    /// Fills in the places of an entry.
    fn locate_entry(&self, entry: &mut DiffEntry, places: EntryPlaces) {
        let Some(place) = places.shown else {
            return;
        };
        entry.wire = Some(place.to_string());
        entry.further_places = places.further;
        entry.old = document_place(&self.old.facts, &place);
        entry.new = document_place(&self.new.facts, &place);
    }
}

/// Where a document describes a place or, if it does not have it, what contains the place.
fn document_place(facts: &WireFacts, place: &WirePlace) -> Option<DocumentPlace> {
    let mut next = Some(place.clone());
    while let Some(place) = next {
        if let Some(fact) = facts.fact_at(&place) {
            return Some(DocumentPlace {
                pointer: fact.pointer.clone(),
                line: None,
            });
        }
        next = place.parent();
    }
    None
}

//! The report of a comparison. Types only, and their text.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::ItemKind;
use super::place::WirePlace;
use crate::diag::SpecPath;

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The vendor's document.
    Upstream,
    /// The generator, or an edit of the lock: the document did not require it.
    Generator,
    /// The dialect.
    Dialect,
}

impl Origin {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Generator => "GENERATOR",
            Self::Dialect => "dialect",
        }
    }
}

/// What a change means for the version of the crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SemverLevel {
    /// Nothing changed.
    #[default]
    None,
    /// Callers compile unchanged, and there is nothing new.
    Patch,
    /// Callers compile unchanged.
    Minor,
    /// Some callers do not compile any more.
    Major,
}

impl SemverLevel {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "MAJOR",
        }
    }
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentPlace {
    /// The JSON pointer.
    #[serde(serialize_with = "serialize_pointer")]
    pub pointer: SpecPath,
    /// The line, counted from one.
    pub line: Option<usize>,
}

fn serialize_pointer<S: serde::Serializer>(at: &SpecPath, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffEntry {
    /// What the item is.
    pub kind: &'static str,
    /// The path below the crate.
    pub path: String,
    /// Its type, signature or value in the old crate.
    pub was: Option<String>,
    /// The same in the new crate.
    pub now: Option<String>,
    /// The place on the wire that shows the change.
    pub wire: Option<String>,
    /// How many further places there are.
    pub further_places: usize,
    /// Where the old document describes the place.
    pub old: Option<DocumentPlace>,
    /// Where the new document does.
    pub new: Option<DocumentPlace>,
    /// Who caused it.
    pub origin: Origin,
    /// What it means for the version.
    pub level: SemverLevel,
    /// What happened.
    pub reason: String,
    /// What to write instead, or what to look at.
    pub instead: String,
}

/// A path that has another name now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MovedPath {
    /// The path in the old crate.
    pub old: String,
    /// The path in the new crate.
    pub new: String,
}

/// Numbers of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffCounts {
    /// Compile-time breaks by origin.
    pub breaks: BTreeMap<Origin, usize>,
    /// Run-time changes by origin.
    pub run_time: BTreeMap<Origin, usize>,
    /// Additions by kind.
    pub additions: BTreeMap<&'static str, usize>,
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiffReport {
    /// Title of the new document.
    pub title: String,
    /// The API version of the old document.
    pub old_version: String,
    /// The API version of the new document.
    pub new_version: String,
    /// What the new crate means for callers' code.
    pub compile: SemverLevel,
    /// What the new document means for requests and responses.
    pub wire: SemverLevel,
    /// Numbers.
    pub counts: DiffCounts,
    /// What does not compile any more.
    pub breaks: Vec<DiffEntry>,
    /// What compiles and behaves differently.
    pub run_time: Vec<DiffEntry>,
    /// What is new.
    pub additions: Vec<DiffEntry>,
    /// Paths that have another name now.
    pub moved: Vec<MovedPath>,
    /// What could not be found out.
    pub notes: Vec<String>,
}

impl DiffReport {
    /// Whether a break or a run-time change has this origin.
    pub fn has_origin(&self, origin: Origin) -> bool {
        let mut all = self.breaks.iter().chain(&self.run_time);
        all.any(|entry| entry.origin == origin)
    }

    /// All entries, so that lines can be filled in.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut DiffEntry> {
        let breaks = self.breaks.iter_mut();
        breaks.chain(&mut self.run_time).chain(&mut self.additions)
    }

    /// Sums up the entries.
    pub(super) fn count_entries(&mut self) {
        let mut counts = DiffCounts::default();
        for entry in &self.breaks {
            *counts.breaks.entry(entry.origin).or_default() += 1;
        }
        for entry in &self.run_time {
            *counts.run_time.entry(entry.origin).or_default() += 1;
        }
        for entry in &self.additions {
            *counts.additions.entry(entry.kind).or_default() += 1;
        }
        self.counts = counts;
        let all = self.breaks.iter().chain(&self.run_time);
        let levels = all.chain(&self.additions).map(|entry| entry.level);
        self.compile = levels.max().unwrap_or_default();
    }
}

/// The places of an entry, before they are found in the documents.
#[derive(Clone, Debug, Default)]
pub(super) struct EntryPlaces {
    pub(super) shown: Option<WirePlace>,
    pub(super) further: usize,
}

impl DiffEntry {
    /// An entry about an item, without its places.
    pub(super) fn about_item(kind: ItemKind, path: &str, origin: Origin) -> Self {
        Self {
            kind: kind.as_str(),
            path: path.to_owned(),
            was: None,
            now: None,
            wire: None,
            further_places: 0,
            old: None,
            new: None,
            origin,
            level: SemverLevel::Patch,
            reason: String::new(),
            instead: String::new(),
        }
    }
}

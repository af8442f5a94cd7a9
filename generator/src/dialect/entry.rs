//! Entries: facts that are expected to match something in the document.

use super::TextPattern;
use crate::diag::SpecPath;

/// The number of an entry in its dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(usize);

impl EntryId {
    pub(super) fn new(index: usize) -> Self {
        Self(index)
    }

    /// The number, counted from zero without gaps.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A fact together with its number.
#[derive(Clone, Debug)]
pub struct DialectEntry<T> {
    /// The number under which a match is recorded.
    pub id: EntryId,
    /// The fact.
    pub value: T,
}

/// What is known about an entry apart from its content.
#[derive(Clone, Debug)]
pub struct EntryInfo {
    /// Its place in the dialect file.
    pub at: SpecPath,
    /// Its text, for messages.
    pub text: String,
    /// The versions that it is for; `None` for all. It may match nothing in documents of others.
    pub versions: Option<TextPattern>,
}

impl EntryInfo {
    /// Whether the entry is for documents of this version.
    pub fn is_for_version(&self, version: &str) -> bool {
        let mut versions = self.versions.iter();
        versions.all(|pattern| pattern.matches(version))
    }
}

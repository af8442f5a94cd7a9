//! The index of pending writes.
//!
//! In: writes with the numbers of the lines that began them. Out: which of them are pending, in
//! the order in which they were begun.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use runtime::http::PendingWrite;

/// The pending writes, by the number of the line that began them.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingWriteIndex {
    writes: BTreeMap<u64, IndexedWrite>,
    /// The line numbers for each key. There is more than one only if a program used a key for
    /// different requests.
    by_key: HashMap<String, Vec<u64>>,
}

/// A write in the index.
#[derive(Clone, Debug)]
pub(crate) struct IndexedWrite {
    pub(crate) write: PendingWrite,
    /// The size of its line in bytes.
    pub(crate) size: u64,
    /// Whether a later call has begun the same write and depends on the record.
    pub(crate) is_shared: bool,
}

impl IndexedWrite {
    /// A write that one call has begun.
    pub(crate) fn new(write: PendingWrite, size: u64) -> Self {
        Self {
            write,
            size,
            is_shared: false,
        }
    }
}

impl PendingWriteIndex {
    /// Returns the line number of a write.
    pub(crate) fn find_number(&self, write: &PendingWrite) -> Option<u64> {
        let numbers = self.by_key.get(&write.key)?;
        numbers.iter().copied().find(|number| {
            let indexed = self.writes.get(number);
            indexed.is_some_and(|indexed| indexed.write.is_same_request(write))
        })
    }

    /// Returns the line number of a write that no later call depends on.
    pub(crate) fn find_unshared(&self, write: &PendingWrite) -> Option<u64> {
        let number = self.find_number(write)?;
        let indexed = self.writes.get(&number)?;
        (!indexed.is_shared).then_some(number)
    }

    /// Adds a write under an unused line number.
    pub(crate) fn insert(&mut self, number: u64, indexed: IndexedWrite) {
        let numbers = self.by_key.entry(indexed.write.key.clone()).or_default();
        numbers.push(number);
        self.writes.insert(number, indexed);
    }

    /// Removes a write.
    pub(crate) fn remove(&mut self, number: u64) -> Option<IndexedWrite> {
        let indexed = self.writes.remove(&number)?;
        if let Some(numbers) = self.by_key.get_mut(&indexed.write.key) {
            numbers.retain(|known| *known != number);
            if numbers.is_empty() {
                self.by_key.remove(&indexed.write.key);
            }
        }
        Some(indexed)
    }

    /// Marks that a later call depends on a record, if there is one. Returns when it was begun.
    pub(crate) fn share_write(&mut self, write: &PendingWrite) -> Option<SystemTime> {
        let number = self.find_number(write)?;
        let indexed = self.writes.get_mut(&number)?;
        indexed.is_shared = true;
        Some(indexed.write.begun)
    }

    /// The writes with their sizes, oldest first.
    pub(crate) fn indexed_writes(&self) -> impl Iterator<Item = &IndexedWrite> {
        self.writes.values()
    }

    /// The pending writes, oldest first.
    pub(crate) fn pending_writes(&self) -> impl Iterator<Item = &PendingWrite> {
        self.writes.values().map(|indexed| &indexed.write)
    }

    /// The total size of the lines of all writes in bytes.
    pub(crate) fn total_size(&self) -> u64 {
        self.writes.values().map(|indexed| indexed.size).sum()
    }
}

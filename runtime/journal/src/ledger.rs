//! Which writes are on record: the state of every journal, without a place to keep it.
//!
//! In: writes with the numbers of their records. Out: which of them are unfinished, in the order
//! in which they were begun.

use std::collections::{BTreeMap, HashMap};

use runtime::http::PendingWrite;

/// The unfinished writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<u64, Entry>,
    /// The numbers of the entries with a key. There is more than one only if a program used a
    /// key for different requests.
    by_key: HashMap<String, Vec<u64>>,
}

/// A write on record.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) write: PendingWrite,
    /// How many bytes its record takes.
    pub(crate) size: u64,
    /// Whether another call has begun it since, and relies on the record.
    pub(crate) is_shared: bool,
}

impl Entry {
    /// A write that one call has begun.
    pub(crate) fn new(write: PendingWrite, size: u64) -> Self {
        Self {
            write,
            size,
            is_shared: false,
        }
    }
}

impl Ledger {
    /// The number under which a write is on record.
    pub(crate) fn find(&self, write: &PendingWrite) -> Option<u64> {
        let numbers = self.by_key.get(&write.key)?;
        numbers.iter().copied().find(|number| {
            let entry = self.entries.get(number);
            entry.is_some_and(|entry| entry.write.is_same_request(write))
        })
    }

    /// Puts a write on record under a number that is free.
    pub(crate) fn insert(&mut self, number: u64, entry: Entry) {
        let numbers = self.by_key.entry(entry.write.key.clone()).or_default();
        numbers.push(number);
        self.entries.insert(number, entry);
    }

    /// Takes a write off the record.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        if let Some(numbers) = self.by_key.get_mut(&entry.write.key) {
            numbers.retain(|known| *known != number);
            if numbers.is_empty() {
                self.by_key.remove(&entry.write.key);
            }
        }
        Some(entry)
    }

    /// Notes that another call relies on a record.
    pub(crate) fn share(&mut self, number: u64) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.is_shared = true;
        }
    }

    /// The number of a record that nobody relies on but the call that has made it.
    pub(crate) fn find_own(&self, write: &PendingWrite) -> Option<u64> {
        let number = self.find(write)?;
        let entry = self.entries.get(&number)?;
        (!entry.is_shared).then_some(number)
    }

    /// The writes with what is known of them, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// How many bytes the records of all writes take.
    pub(crate) fn size(&self) -> u64 {
        self.entries.values().map(|entry| entry.size).sum()
    }

    /// The writes, oldest first.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &PendingWrite> {
        self.entries.values().map(|entry| &entry.write)
    }
}

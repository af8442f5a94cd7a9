//! In-flight calls of this process that make the same request.
//!
//! They share one entry of the journal. A call that was refused must not remove the entry that
//! another one may still need. Calls that have only the key in common have entries of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::PendingWrite;

#[cfg(test)]
mod tests;

/// The calls with one entry.
#[derive(Debug)]
struct EntryUse {
    write: Arc<PendingWrite>,
    running: u32,
    /// Whether one of them ended with an unknown outcome.
    is_unknown: bool,
    /// Whether one of them succeeded.
    is_done: bool,
}

/// The entries of all in-flight calls that are journaled, by idempotency key.
#[derive(Debug, Default)]
pub(crate) struct InFlightWrites(Mutex<HashMap<String, Vec<EntryUse>>>);

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallEnd {
    Succeeded,
    Refused,
    Unknown,
}

impl InFlightWrites {
    /// Registers a call.
    pub(super) fn register_call(&self, write: &Arc<PendingWrite>) -> EntryGuard<'_> {
        let mut all = self.lock_entries();
        let entries = all.entry(write.key.clone()).or_default();
        match entries
            .iter_mut()
            .find(|entry| entry.write.is_same_request(write))
        {
            Some(entry) => entry.running += 1,
            None => entries.push(EntryUse {
                write: Arc::clone(write),
                running: 1,
                is_unknown: false,
                is_done: false,
            }),
        }
        EntryGuard {
            writes: self,
            write: Some(Arc::clone(write)),
        }
    }

    /// Whether a call with this write is in flight.
    pub(crate) fn is_running(&self, write: &PendingWrite) -> bool {
        let all = self.lock_entries();
        let entries = all.get(&write.key);
        entries.is_some_and(|entries| entries.iter().any(|it| it.write.is_same_request(write)))
    }

    fn lock_entries(&self) -> MutexGuard<'_, HashMap<String, Vec<EntryUse>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a call. If the entry can be removed, calls `remove`: no other call uses the entry, and
    /// none of those that did may have had an unknown effect. No call can register for the entry in
    /// the meantime.
    fn end_call<T>(
        &self,
        write: &PendingWrite,
        ended: CallEnd,
        remove: impl FnOnce() -> T,
    ) -> Option<T> {
        let mut all = self.lock_entries();
        let entries = all.get_mut(&write.key)?;
        let at = entries
            .iter()
            .position(|entry| entry.write.is_same_request(write))?;
        let entry = entries.get_mut(at)?;
        entry.running -= 1;
        entry.is_unknown |= ended == CallEnd::Unknown;
        entry.is_done |= ended == CallEnd::Succeeded;
        if entry.running > 0 {
            return None;
        }
        let is_settled = entry.is_done || !entry.is_unknown;
        entries.swap_remove(at);
        if entries.is_empty() {
            all.remove(&write.key);
        }
        is_settled.then(remove)
    }
}

/// A call's share of an entry. Dropping it ends the call with an unknown outcome.
#[derive(Debug)]
pub(super) struct EntryGuard<'a> {
    writes: &'a InFlightWrites,
    write: Option<Arc<PendingWrite>>,
}

impl EntryGuard<'_> {
    /// Ends the call, and calls `remove` if the entry can be removed.
    pub(super) fn release_entry<T>(
        mut self,
        ended: CallEnd,
        remove: impl FnOnce() -> T,
    ) -> Option<T> {
        let write = self.write.take()?;
        self.writes.end_call(&write, ended, remove)
    }
}

impl Drop for EntryGuard<'_> {
    fn drop(&mut self) {
        if let Some(write) = self.write.take() {
            self.writes.end_call(&write, CallEnd::Unknown, || ());
        }
    }
}

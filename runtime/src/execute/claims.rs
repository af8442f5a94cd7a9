//! Calls of this process that are under way with the same idempotency key.
//!
//! Two of them share one entry of the journal. One that was refused must not take it away from
//! one that may still be carried out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(test)]
mod tests;

/// What is known of the calls with one key.
#[derive(Debug, Default)]
struct Calls {
    running: u32,
    /// One of them may have had an effect that nobody knows of.
    is_unknown: bool,
    /// One of them was answered with success.
    is_done: bool,
}

/// The keys of all calls under way that are on record.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashMap<String, Calls>>);

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Undone,
    Unknown,
}

impl Claims {
    /// A call begins.
    pub(super) fn claim(&self, key: &str) -> Claim<'_> {
        let mut all = self.all();
        all.entry(key.to_owned()).or_default().running += 1;
        Claim {
            claims: self,
            key: Some(key.to_owned()),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Calls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call has ended. Tells whether the entry can go: no other call has it, and none of those
    /// that had it may have had an unknown effect.
    fn end(&self, key: &str, ended: Ended) -> bool {
        let mut all = self.all();
        let Some(calls) = all.get_mut(key) else {
            return true;
        };
        calls.running -= 1;
        calls.is_unknown |= ended == Ended::Unknown;
        calls.is_done |= ended == Ended::Done;
        if calls.running > 0 {
            return false;
        }
        let settled = calls.is_done || !calls.is_unknown;
        all.remove(key);
        settled
    }
}

/// A call's share of an entry. One that is dropped has ended with an unknown effect.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    key: Option<String>,
}

impl Claim<'_> {
    /// Ends the call. Tells whether the entry can go.
    pub(super) fn end(mut self, ended: Ended) -> bool {
        let key = self.key.take();
        key.is_none_or(|key| self.claims.end(&key, ended))
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.claims.end(&key, Ended::Unknown);
        }
    }
}

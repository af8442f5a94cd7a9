//! In-flight calls of this process that have the same idempotency key.
//!
//! They share one entry of the journal. A call that was refused must not remove the entry that
//! another one may still need.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(test)]
mod tests;

/// The calls with one key.
#[derive(Debug, Default)]
struct KeyUse {
    running: u32,
    /// Whether one of them ended with an unknown outcome.
    is_unknown: bool,
    /// Whether one of them succeeded.
    is_done: bool,
}

/// The keys of all in-flight calls that are journaled.
#[derive(Debug, Default)]
pub(crate) struct InFlightKeys(Mutex<HashMap<String, KeyUse>>);

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallEnd {
    Succeeded,
    Refused,
    Unknown,
}

impl InFlightKeys {
    /// Registers a call.
    pub(super) fn register_call(&self, key: &str) -> KeyGuard<'_> {
        let mut all = self.lock_keys();
        all.entry(key.to_owned()).or_default().running += 1;
        KeyGuard {
            keys: self,
            key: Some(key.to_owned()),
        }
    }

    fn lock_keys(&self) -> MutexGuard<'_, HashMap<String, KeyUse>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a call. Returns whether the entry can be removed: no other call uses it, and none of
    /// those that did may have had an unknown effect.
    fn end_call(&self, key: &str, ended: CallEnd) -> bool {
        let mut all = self.lock_keys();
        let Some(calls) = all.get_mut(key) else {
            return true;
        };
        calls.running -= 1;
        calls.is_unknown |= ended == CallEnd::Unknown;
        calls.is_done |= ended == CallEnd::Succeeded;
        if calls.running > 0 {
            return false;
        }
        let is_settled = calls.is_done || !calls.is_unknown;
        all.remove(key);
        is_settled
    }
}

/// A call's share of an entry. Dropping it ends the call with an unknown outcome.
#[derive(Debug)]
pub(super) struct KeyGuard<'a> {
    keys: &'a InFlightKeys,
    key: Option<String>,
}

impl KeyGuard<'_> {
    /// Ends the call. Returns whether the entry can be removed.
    pub(super) fn release_call(mut self, ended: CallEnd) -> bool {
        let key = self.key.take();
        key.is_none_or(|key| self.keys.end_call(&key, ended))
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.keys.end_call(&key, CallEnd::Unknown);
        }
    }
}

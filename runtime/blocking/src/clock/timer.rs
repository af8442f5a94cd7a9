//! Timers that were polled, and the wakers they use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// What wakes a timer: a `block_on` of this process, by its number, or `None` for the waker thread.
pub(super) type TimerOwner = Option<u64>;

/// A timer that was polled. It is shared by its future and the list of its owner.
pub(super) struct Timer {
    pub(super) deadline: Instant,
    pub(super) owner: TimerOwner,
    /// `None` once the timer has fired or was cancelled.
    waker: Mutex<Option<Waker>>,
}

impl Timer {
    pub(super) fn new(deadline: Instant, owner: TimerOwner, waker: &Waker) -> Self {
        Self {
            deadline,
            owner,
            waker: Mutex::new(Some(waker.clone())),
        }
    }

    /// Replaces the waker. Returns `false` if the timer has fired or was cancelled.
    pub(super) fn replace_waker(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        // The old waker is dropped after the lock is released: its drop may run any code.
        let replaced = match &mut *self.lock_waker() {
            Some(known) => Some(std::mem::replace(known, waker)),
            None => None,
        };
        replaced.is_some()
    }

    pub(super) fn cancel(&self) {
        let waker = self.lock_waker().take();
        drop(waker);
    }

    fn is_active(&self) -> bool {
        self.lock_waker().is_some()
    }

    fn lock_waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes expired and cancelled timers from a list. Returns the wakers of the expired ones and
/// the next deadline. The caller wakes after it has released the list, because a waker may run
/// any code.
pub(super) fn take_expired(
    timers: &mut Vec<Arc<Timer>>,
    now: Instant,
) -> (Vec<Waker>, Option<Instant>) {
    let mut wakers = Vec::new();
    timers.retain(|timer| {
        if timer.deadline <= now {
            wakers.extend(timer.lock_waker().take());
            return false;
        }
        timer.is_active()
    });
    (wakers, timers.iter().map(|timer| timer.deadline).min())
}

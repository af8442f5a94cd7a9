//! Timers that were polled, and whom they wake.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// Who looks after an alarm: one `block_on` of the process, by its number, or the waker thread.
pub(super) type Place = Option<u64>;

/// A timer that was polled. It belongs to the timer and to the list of whoever looks after it.
pub(super) struct Alarm {
    pub(super) due: Instant,
    pub(super) place: Place,
    /// Whom to wake; `None` once that is done, or if nobody waits any more.
    waker: Mutex<Option<Waker>>,
}

impl Alarm {
    pub(super) fn new(due: Instant, place: Place, waker: &Waker) -> Self {
        Self {
            due,
            place,
            waker: Mutex::new(Some(waker.clone())),
        }
    }

    /// Wakes somebody else than before. Tells whether that was still possible.
    pub(super) fn rearm(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        // The old waker is dropped after the lock is released: it may own anything.
        let replaced = match &mut *self.waker() {
            Some(known) => Some(std::mem::replace(known, waker)),
            None => None,
        };
        replaced.is_some()
    }

    pub(super) fn cancel(&self) {
        let waker = self.waker().take();
        drop(waker);
    }

    fn is_live(&self) -> bool {
        self.waker().is_some()
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the alarms that are due or cancelled off a list. Returns whom to wake, and when the next
/// alarm is due. The caller wakes after it has let go of the list, because a waker may do
/// anything.
pub(super) fn expire(alarms: &mut Vec<Arc<Alarm>>, now: Instant) -> (Vec<Waker>, Option<Instant>) {
    let mut wakers = Vec::new();
    alarms.retain(|alarm| {
        if alarm.due <= now {
            wakers.extend(alarm.waker().take());
            return false;
        }
        alarm.is_live()
    });
    (wakers, alarms.iter().map(|alarm| alarm.due).min())
}

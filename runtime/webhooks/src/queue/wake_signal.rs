//! Wakes the workers of this process when a message was stored.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Wakes workers that wait for messages, so that they do not wait for the next poll. Clones share
/// one signal.
#[derive(Clone, Debug, Default)]
pub struct WakeSignal(Arc<Mutex<NotifyState>>);

#[derive(Debug, Default)]
struct NotifyState {
    /// The number of notifications so far.
    count: u64,
    /// The waiting tasks, by number.
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

impl WakeSignal {
    /// Creates a signal without notifications.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes all tasks that wait.
    pub fn notify_waiters(&self) {
        let mut state = self.lock_state();
        state.count += 1;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_values().for_each(Waker::wake);
    }

    /// The number of notifications so far. Read it before claiming, and pass it to
    /// [`notified_since`](Self::notified_since), so that no notification in between is missed.
    pub fn notification_count(&self) -> u64 {
        self.lock_state().count
    }

    /// Waits until there were more notifications than `count`.
    pub async fn notified_since(&self, count: u64) {
        let notified = Notified {
            signal: self,
            count,
            number: None,
        };
        notified.await;
    }

    fn lock_state(&self) -> MutexGuard<'_, NotifyState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The future of [`WakeSignal::notified_since`]; removes its waker when it is dropped.
struct Notified<'a> {
    signal: &'a WakeSignal,
    count: u64,
    number: Option<u64>,
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let signal = self.signal;
        let mut state = signal.lock_state();
        if state.count != self.count {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        state.wakers.insert(number, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.signal.lock_state().wakers.remove(&number);
        }
    }
}

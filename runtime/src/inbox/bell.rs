//! Tells workers of this process that something was stored, so that they need not wait for their
//! next look.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A bell that receivers ring and workers listen to. Clones are the same bell.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Mutex<Ringing>>);

#[derive(Debug, Default)]
struct Ringing {
    /// How often it was rung.
    count: u64,
    wakers: Vec<Waker>,
}

impl Bell {
    /// A bell that was not rung yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes all who listen.
    pub fn ring(&self) {
        let mut ringing = self.ringing();
        ringing.count += 1;
        let wakers = std::mem::take(&mut ringing.wakers);
        drop(ringing);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How often the bell was rung: take it before looking for work, and give it to
    /// [`rung_since`](Self::rung_since), so that nothing is missed in between.
    pub fn count(&self) -> u64 {
        self.ringing().count
    }

    /// Waits until the bell was rung more often than that.
    pub async fn rung_since(&self, count: u64) {
        poll_fn(|context| {
            let mut ringing = self.ringing();
            if ringing.count != count {
                return Poll::Ready(());
            }
            let waker = context.waker();
            if !ringing.wakers.iter().any(|known| known.will_wake(waker)) {
                ringing.wakers.push(waker.clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn ringing(&self) -> MutexGuard<'_, Ringing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

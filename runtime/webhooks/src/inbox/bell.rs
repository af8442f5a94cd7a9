//! Tells workers of this process that something was stored, so that they need not wait for their
//! next look.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A bell that receivers ring and workers listen to. Clones are the same bell.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Mutex<Ringing>>);

#[derive(Debug, Default)]
struct Ringing {
    /// How often it was rung.
    count: u64,
    /// Who listens, by number.
    wakers: BTreeMap<u64, Waker>,
    next: u64,
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
        wakers.into_values().for_each(Waker::wake);
    }

    /// How often the bell was rung: take it before looking for work, and give it to
    /// [`rung_since`](Self::rung_since), so that nothing is missed in between.
    pub fn count(&self) -> u64 {
        self.ringing().count
    }

    /// Waits until the bell was rung more often than that.
    pub async fn rung_since(&self, count: u64) {
        let listening = Listening {
            bell: self,
            count,
            number: None,
        };
        listening.await;
    }

    fn ringing(&self) -> MutexGuard<'_, Ringing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who listens, and leaves nothing behind when that is over.
struct Listening<'a> {
    bell: &'a Bell,
    count: u64,
    number: Option<u64>,
}

impl Future for Listening<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let bell = self.bell;
        let mut ringing = bell.ringing();
        if ringing.count != self.count {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            ringing.next += 1;
            ringing.next
        });
        ringing.wakers.insert(number, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.bell.ringing().wakers.remove(&number);
        }
    }
}

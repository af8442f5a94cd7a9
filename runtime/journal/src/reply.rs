//! An answer that one thread gives and a future of another awaits, without any executor.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use runtime::idempotency::{JournalError, JournalFault};

#[cfg(test)]
mod tests;

type Answer<T> = Result<T, JournalError>;

#[derive(Debug)]
struct Slot<T> {
    answer: Option<Answer<T>>,
    waker: Option<Waker>,
    /// Whether nobody awaits the answer any more.
    abandoned: bool,
}

type Shared<T> = Arc<Mutex<Slot<T>>>;

/// The side that answers. Dropped without an answer, it says that the journal is closed.
#[derive(Debug)]
pub(crate) struct Promise<T>(Shared<T>);

/// The side that waits.
#[derive(Debug)]
pub(crate) struct Awaited<T>(Shared<T>);

/// Both sides of an answer.
pub(crate) fn promise<T>() -> (Promise<T>, Awaited<T>) {
    let slot = Arc::new(Mutex::new(Slot {
        answer: None,
        waker: None,
        abandoned: false,
    }));
    (Promise(Arc::clone(&slot)), Awaited(slot))
}

/// Why no answer will come.
pub(crate) fn closed() -> JournalError {
    JournalError::of(JournalFault::Closed, "the journal's thread has ended")
}

fn locked<T>(slot: &Shared<T>) -> MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Promise<T> {
    /// Answers, and tells whether somebody still waits for it.
    pub(crate) fn keep(self, answer: Answer<T>) -> bool {
        let mut slot = locked(&self.0);
        slot.answer = Some(answer);
        let (waker, awaited) = (slot.waker.take(), !slot.abandoned);
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
        awaited
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        locked(&self.0).abandoned
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut slot = locked(&self.0);
        // After an answer that was read already, nobody reads this one.
        slot.answer.get_or_insert_with(|| Err(closed()));
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Awaited<T> {
    /// Stops waiting. Returns the answer if it is there and was not read.
    pub(crate) fn abandon(&self) -> Option<Answer<T>> {
        let mut slot = locked(&self.0);
        slot.abandoned = true;
        slot.waker = None;
        slot.answer.take()
    }
}

impl<T> Future for Awaited<T> {
    type Output = Answer<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<T>> {
        let mut slot = locked(&self.0);
        if let Some(answer) = slot.answer.take() {
            return Poll::Ready(answer);
        }
        let waker = slot.waker.get_or_insert_with(|| context.waker().clone());
        waker.clone_from(context.waker());
        Poll::Pending
    }
}

//! Drives a future on the calling thread.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::timer::{Timer, TimerOwner, take_expired};
use super::{now, waker_thread};

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The running `block_on` calls of this thread, the innermost last.
    static FRAMES: RefCell<Vec<BlockOnFrame>> = const { RefCell::new(Vec::new()) };
}

/// A running `block_on` and the timers that it owns.
struct BlockOnFrame {
    number: u64,
    timers: Vec<Arc<Timer>>,
}

/// Runs a future to completion on this thread, which sleeps while the future waits.
///
/// Timers of [`ThreadClock`](super::ThreadClock) need no other thread. Do not call it on a thread
/// of an async runtime: it blocks all other tasks of that thread.
///
/// ```
/// let result = blocking::block_on(async { 6 * 7 });
/// assert_eq!(result, 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parked = Arc::new(ParkedThread {
        thread: std::thread::current(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&parked));
    let mut context = Context::from_waker(&waker);
    let _frame = FrameGuard::push_frame();
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
        parked.wait_for_wake();
    }
}

/// A thread that waits to be woken.
struct ParkedThread {
    thread: Thread,
    /// Parking may end spuriously, and an inner `block_on` may consume the unpark token that was
    /// meant for an outer one; this flag is authoritative.
    is_woken: AtomicBool,
}

impl ParkedThread {
    /// Parks until the waker is used. Fires the timers of the frame that expire meanwhile.
    fn wait_for_wake(&self) {
        while !self.is_woken.swap(false, Ordering::Acquire) {
            let time = now();
            let expired = with_innermost(|frame| take_expired(&mut frame.timers, time));
            let (wakers, next) = expired.unwrap_or_default();
            if !wakers.is_empty() {
                wakers.into_iter().for_each(Waker::wake);
                continue;
            }
            match next {
                Some(next) => std::thread::park_timeout(next.saturating_duration_since(time)),
                None => std::thread::park(),
            }
        }
    }
}

impl Wake for ParkedThread {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// The owner of a timer that is polled now.
pub(super) fn current_owner() -> TimerOwner {
    with_innermost(|frame| frame.number)
}

/// Adds a timer to the list of its [`current_owner`].
pub(super) fn add_timer(timer: &Arc<Timer>) {
    if with_innermost(|frame| frame.timers.push(Arc::clone(timer))).is_none() {
        waker_thread::add_timers(vec![Arc::clone(timer)]);
    }
}

/// The number of timers of the innermost `block_on`.
#[cfg(test)]
pub(super) fn timer_count() -> usize {
    with_innermost(|frame| frame.timers.len()).unwrap_or_default()
}

/// Returns `None` outside of `block_on`, and while thread-local variables are destroyed.
fn with_innermost<T>(f: impl FnOnce(&mut BlockOnFrame) -> T) -> Option<T> {
    let result = FRAMES.try_with(|frames| frames.borrow_mut().last_mut().map(f));
    result.ok().flatten()
}

/// Removes the innermost frame on drop.
struct FrameGuard;

impl FrameGuard {
    fn push_frame() -> Self {
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let timers = Vec::new();
        let frame = BlockOnFrame { number, timers };
        let _ = FRAMES.try_with(|frames| frames.borrow_mut().push(frame));
        Self
    }
}

impl Drop for FrameGuard {
    fn drop(&mut self) {
        let popped = FRAMES.try_with(|frames| frames.borrow_mut().pop());
        let Some(mut frame) = popped.ok().flatten() else {
            return;
        };
        // Futures that were polled here may be alive elsewhere.
        let (wakers, next) = take_expired(&mut frame.timers, now());
        wakers.into_iter().for_each(Waker::wake);
        if next.is_some() {
            waker_thread::add_timers(frame.timers);
        }
    }
}

//! Driving a future on the calling thread.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::alarm::{Alarm, Place, expire};
use super::{now, waker_thread};

static NUMBERS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The `block_on`s that this thread is in, the innermost last.
    static FRAMES: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// One `block_on` and the alarms that it looks after.
struct Frame {
    number: u64,
    alarms: Vec<Arc<Alarm>>,
}

/// Runs a future to its end on this thread, which sleeps while the future waits.
///
/// Timers of [`ThreadClock`](super::ThreadClock) need nothing else. Do not use it in a function
/// that an async runtime runs: it keeps that runtime's thread from doing anything else.
///
/// ```
/// let answer = blocking::block_on(async { 6 * 7 });
/// assert_eq!(answer, 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let sleeper = Arc::new(Sleeper {
        thread: std::thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut context = Context::from_waker(&waker);
    let _frame = Entered::new();
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
        sleeper.wait();
    }
}

/// A thread that waits to be woken.
struct Sleeper {
    thread: Thread,
    /// Parking may end for no reason, and an inner `block_on` may use up the permission to go on
    /// that was meant for an outer one; this says what is true.
    woken: AtomicBool,
}

impl Sleeper {
    /// Parks until the waker is used, and uses the wakers of alarms that are due meanwhile.
    fn wait(&self) {
        while !self.woken.swap(false, Ordering::Acquire) {
            let time = now();
            let (due, next) =
                with_innermost(|frame| expire(&mut frame.alarms, time)).unwrap_or_default();
            if !due.is_empty() {
                due.into_iter().for_each(Waker::wake);
                continue;
            }
            match next {
                Some(next) => std::thread::park_timeout(next.saturating_duration_since(time)),
                None => std::thread::park(),
            }
        }
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Where a timer that is polled now is looked after.
pub(super) fn innermost() -> Place {
    with_innermost(|frame| frame.number)
}

/// Gives an alarm to whoever [`innermost`] named.
pub(super) fn register(alarm: &Arc<Alarm>) {
    if with_innermost(|frame| frame.alarms.push(Arc::clone(alarm))).is_none() {
        waker_thread::register(vec![Arc::clone(alarm)]);
    }
}

/// How many alarms the innermost `block_on` looks after.
#[cfg(test)]
pub(super) fn alarms() -> usize {
    with_innermost(|frame| frame.alarms.len()).unwrap_or_default()
}

/// `None` outside of any `block_on`, and while the thread's own variables are taken down.
fn with_innermost<T>(work: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    let result = FRAMES.try_with(|frames| frames.borrow_mut().last_mut().map(work));
    result.ok().flatten()
}

/// Has entered a `block_on`; dropping leaves it.
struct Entered;

impl Entered {
    fn new() -> Self {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let alarms = Vec::new();
        let frame = Frame { number, alarms };
        let _ = FRAMES.try_with(|frames| frames.borrow_mut().push(frame));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = FRAMES.try_with(|frames| frames.borrow_mut().pop());
        let Some(mut frame) = left.ok().flatten() else {
            return;
        };
        // Futures that were polled in here may live on elsewhere.
        let (due, next) = expire(&mut frame.alarms, now());
        due.into_iter().for_each(Waker::wake);
        if next.is_some() {
            waker_thread::register(frame.alarms);
        }
    }
}

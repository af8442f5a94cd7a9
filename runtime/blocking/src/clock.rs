//! The clock of programs without an async runtime.
//!
//! In: durations. Out: futures for which [`block_on`] parks its thread, so that a blocking call
//! needs no other thread. A timer that is polled on another executor, or that outlives its
//! `block_on`, is fired by a thread that runs as long as there are such timers. Every timer that
//! is not dropped wakes its task once its deadline has passed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock, system_random};

mod block_on;
#[cfg(test)]
mod tests;
mod timer;
mod waker_thread;

pub use block_on::block_on;
use timer::Timer;

/// The clock of the operating system, with timers that need no async runtime.
///
/// It is the clock of blocking clients. It works on any executor, but is designed for
/// [`block_on`].
///
/// ```
/// use std::time::Duration;
/// use blocking::{ThreadClock, block_on};
/// use runtime::clock::Clock;
///
/// let clock = ThreadClock;
/// let before = clock.now();
/// block_on(clock.sleep(Duration::from_millis(5)));
/// assert!(clock.now() - before >= Duration::from_millis(5));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadClock;

impl Clock for ThreadClock {
    fn now(&self) -> Instant {
        now()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this clock reads the system calendar"
    )]
    fn calendar(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ThreadSleep {
            deadline: now().checked_add(duration),
            timer: None,
        })
    }

    fn random(&self) -> u64 {
        system_random()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this clock reads the system time"
)]
fn now() -> Instant {
    Instant::now()
}

/// A sleep. Its duration starts when it is created, not when it is first polled.
struct ThreadSleep {
    /// `None` if an `Instant` cannot represent the deadline; the sleep then never ends.
    deadline: Option<Instant>,
    timer: Option<Arc<Timer>>,
}

impl Future for ThreadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if deadline <= now() {
            self.cancel();
            return Poll::Ready(());
        }
        let owner = block_on::current_owner();
        match &self.timer {
            Some(timer) if timer.owner == owner && timer.replace_waker(context.waker()) => {}
            _ => {
                // It was polled for the first time, or has moved to another thread.
                self.cancel();
                let timer = Arc::new(Timer::new(deadline, owner, context.waker()));
                block_on::add_timer(&timer);
                self.timer = Some(timer);
            }
        }
        Poll::Pending
    }
}

impl ThreadSleep {
    fn cancel(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
    }
}

impl Drop for ThreadSleep {
    fn drop(&mut self) {
        self.cancel();
    }
}

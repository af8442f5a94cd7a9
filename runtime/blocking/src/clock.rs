//! Real time for programs without an async runtime.
//!
//! In: durations. Out: futures that [`block_on`] waits for by parking its thread, so that the
//! usual blocking call needs no other thread. A timer that is polled on some other executor, or
//! that outlives its `block_on`, is woken by a thread that exists while such timers do.
//! Afterwards every timer that somebody still waits for is woken once it is due.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock, system_random};

mod alarm;
mod block;
#[cfg(test)]
mod tests;
mod waker_thread;

use alarm::Alarm;
pub use block::block_on;

/// The clock of the operating system, with timers that need no async runtime.
///
/// It is the clock of clients that block their thread. It works on any executor, but
/// [`block_on`] is what it is made for.
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
        reason = "a clock is where the real calendar is read"
    )]
    fn calendar(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            due: now().checked_add(duration),
            alarm: None,
        })
    }

    fn random(&self) -> u64 {
        system_random()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a clock is where the real time is read"
)]
fn now() -> Instant {
    Instant::now()
}

/// A timer. It measures from when it was made, not from when it is first polled.
struct Sleep {
    /// `None` if that is further away than time can be reckoned.
    due: Option<Instant>,
    alarm: Option<Arc<Alarm>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else {
            return Poll::Pending;
        };
        if due <= now() {
            self.cancel();
            return Poll::Ready(());
        }
        let place = block::innermost();
        match &self.alarm {
            Some(alarm) if alarm.place == place && alarm.rearm(context.waker()) => {}
            _ => {
                // Another thread polls it now than the one that would have woken it.
                self.cancel();
                let alarm = Arc::new(Alarm::new(due, place, context.waker()));
                block::register(&alarm);
                self.alarm = Some(alarm);
            }
        }
        Poll::Pending
    }
}

impl Sleep {
    fn cancel(&mut self) {
        if let Some(alarm) = self.alarm.take() {
            alarm.cancel();
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel();
    }
}

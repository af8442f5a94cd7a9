//! Virtual time as a clock of the runtime.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::{BoxFuture, Clock};

use super::world::{Nanos, Shared, nanos};

/// The clock of a simulated client.
#[derive(Clone, Debug)]
pub(super) struct SimClock(pub(super) Shared);

/// The time of day at the beginning of every simulation.
const MORNING: Duration = Duration::from_secs(1_770_000_000);

impl Clock for SimClock {
    fn now(&self) -> Instant {
        let world = self.0.lock();
        world.base + Duration::from_nanos(world.now)
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + MORNING + Duration::from_nanos(self.0.lock().now)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.0.sleep(nanos(duration)))
    }

    fn random(&self) -> u64 {
        self.0.lock().draws.next()
    }
}

impl Shared {
    /// A future that is ready after a time.
    pub(super) fn sleep(&self, time: Nanos) -> SimSleep {
        let until = self.lock().now.saturating_add(time);
        self.sleep_until(until)
    }

    pub(super) fn sleep_until(&self, until: Nanos) -> SimSleep {
        SimSleep {
            world: self.clone(),
            until,
            timer: None,
        }
    }
}

/// Ready once its time is reached. Dropping it cancels its timer.
#[derive(Debug)]
pub(super) struct SimSleep {
    world: Shared,
    until: Nanos,
    timer: Option<(usize, u32)>,
}

impl Future for SimSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut world = this.world.lock();
        if world.now >= this.until {
            return Poll::Ready(());
        }
        let running = this
            .timer
            .is_some_and(|timer| world.renew_timer(timer, context.waker()));
        if !running {
            this.timer = Some(world.start_timer(this.until, context.waker().clone()));
        }
        Poll::Pending
    }
}

impl Drop for SimSleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.world.lock().drop_timer(timer);
        }
    }
}

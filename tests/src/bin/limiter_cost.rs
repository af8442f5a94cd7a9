//! temporary
use runtime::clock::{BoxFuture, Clock};
use runtime::rate_limit::*;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

#[derive(Debug)]
struct Fake(Instant, std::sync::atomic::AtomicU64);
impl Clock for Fake {
    fn now(&self) -> Instant {
        self.0 + Duration::from_millis(self.1.load(std::sync::atomic::Ordering::Relaxed))
    }
    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
    fn random(&self) -> u64 {
        0
    }
}

fn main() {
    let limiter = Limiter::new(Preset::new(10_000_000, 10_000_000, 10_000_000)).concurrent(100_000);
    let limiter: Arc<dyn RateLimiter> = Arc::new(limiter);
    let fake = Arc::new(Fake(Instant::now(), Default::default()));
    let clock: Arc<dyn Clock> = fake.clone();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for account in [None, Some("acct_1")] {
        let mut best = u128::MAX;
        for _ in 0..400 {
            let begun = Instant::now();
            const N: u32 = 2_000;
            for _ in 0..N {
                fake.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let mut request = AcquireRequest::new("PostCustomers");
                request.account = account;
                let mut acquiring = limiter.acquire(request, &clock);
                match acquiring.as_mut().poll(&mut context) {
                    std::task::Poll::Ready(Ok(permit)) => {
                        permit.complete(AttemptOutcome::NoResponse)
                    }
                    _ => panic!(),
                }
            }
            best = best.min(begun.elapsed().as_nanos() / u128::from(N));
        }
        println!("{account:?}: {best} ns");
    }
}

//! The limiter in virtual time: a test starts attempts, and advances the time from timer to timer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};

use super::Limiter;
use crate::clock::{BoxFuture, Clock};
use crate::{
    AcquireError, AcquireRequest, AttemptOutcome, ClassLimit, Permit, Preset, Priority, QuotaShare,
    RateLimiter, Usage,
};

mod adapting;
mod limits;
mod line;
mod properties;
mod quota;

const SECOND: Duration = Duration::from_secs(1);

fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Time that a test advances.
#[derive(Debug)]
struct TestClock {
    start: Instant,
    state: Mutex<ClockState>,
}

#[derive(Debug, Default)]
struct ClockState {
    now: Duration,
    /// By deadline, then in the order in which they were made.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    made: u64,
}

impl TestClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            state: Mutex::default(),
        })
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().unwrap().now
    }

    fn next_deadline(&self) -> Option<Duration> {
        let state = self.state.lock().unwrap();
        state.sleepers.keys().next().map(|(at, _)| *at)
    }

    fn set(&self, now: Duration) {
        let mut state = self.state.lock().unwrap();
        state.now = now;
        let later = state.sleepers.split_off(&(now, u64::MAX));
        let over = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        over.into_values().for_each(Waker::wake);
    }
}

/// The clock as limiters get it.
#[derive(Clone, Debug)]
struct Handle(Arc<TestClock>);

struct Sleep(Arc<TestClock>, (Duration, u64));

impl Future for Sleep {
    type Output = ();

    fn poll(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.state.lock().unwrap();
        if self.1.0 <= state.now {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.1, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.0.state.lock().unwrap().sleepers.remove(&self.1);
        drop(waker);
    }
}

impl Clock for Handle {
    fn now(&self) -> Instant {
        self.0.start + self.0.elapsed()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        assert!(!duration.is_zero(), "a wait without time is a tight loop");
        let mut state = self.0.state.lock().unwrap();
        state.made += 1;
        let place = (state.now + duration, state.made);
        Box::pin(Sleep(Arc::clone(&self.0), place))
    }

    fn random(&self) -> u64 {
        0
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// An attempt and its place among the bench's attempts.
struct Attempt {
    request: AcquireRequest<'static>,
    state: State,
    woken: Arc<Flag>,
    /// Whether its program polls it.
    is_polled: bool,
    polls: u32,
}

enum State {
    Waiting(BoxFuture<'static, Result<Permit, AcquireError>>),
    InFlight(Permit),
    Refused(AcquireError),
    Ended,
}

/// A limiter with attempts.
struct Bench {
    limiter: Limiter,
    clock: Arc<TestClock>,
    attempts: Vec<Attempt>,
    /// Which attempts began, and when.
    begun: Vec<(usize, Duration)>,
    /// Whether attempts end as soon as they begin.
    ends_at_once: bool,
}

impl Bench {
    fn new(limiter: Limiter) -> Self {
        Self {
            limiter,
            clock: TestClock::new(),
            attempts: Vec::new(),
            begun: Vec::new(),
            ends_at_once: false,
        }
    }

    /// A bench with limits per second for the account and for each operation.
    fn with(account: u32, operation: u32) -> Self {
        Self::new(Limiter::new(Preset::new(account, account, operation)))
    }

    /// A bench with these limits, for attempts that end as soon as they begin.
    fn ending(account: u32, operation: u32) -> Self {
        Self {
            ends_at_once: true,
            ..Self::with(account, operation)
        }
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Starts an attempt, and polls it and all that it woke.
    fn start(&mut self, request: AcquireRequest<'static>) -> usize {
        let (limiter, clock) = (self.limiter.clone(), Handle(Arc::clone(&self.clock)));
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let future = Box::pin(async move { limiter.acquire(request, &clock).await });
        self.attempts.push(Attempt {
            request,
            state: State::Waiting(future),
            woken: Arc::new(Flag(AtomicBool::new(true))),
            is_polled: true,
            polls: 0,
        });
        let id = self.attempts.len() - 1;
        self.poll(id);
        self.poll_woken();
        id
    }

    /// Starts an attempt that has to wait.
    fn start_waiting(&mut self, request: AcquireRequest<'static>) -> usize {
        let id = self.start(request);
        assert!(self.is_waiting(id), "{id} does not wait");
        id
    }

    /// Starts attempts, and counts those that begin immediately.
    fn start_all(&mut self, count: u32, request: AcquireRequest<'static>) -> u32 {
        (0..count)
            .map(|_| {
                let id = self.start(request);
                u32::from(self.is_in_flight(id))
            })
            .sum()
    }

    /// Starts attempts that begin and end immediately.
    fn spend(&mut self, count: u32, request: AcquireRequest<'static>) {
        for _ in 0..count {
            let id = self.start(request);
            assert!(!self.is_waiting(id), "{id} does not begin at once");
            self.cancel(id);
        }
    }

    /// Starts an attempt that begins and gets its response immediately.
    fn answer_at_once(
        &mut self,
        request: AcquireRequest<'static>,
        status: u16,
        headers: &[(&'static str, &str)],
    ) {
        let id = self.start(request);
        assert!(self.is_in_flight(id), "{id} does not begin at once");
        self.answer(id, status, headers);
    }

    /// Ends an attempt with a response.
    fn answer(&mut self, id: usize, status: u16, headers: &[(&'static str, &str)]) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let State::InFlight(permit) = std::mem::replace(&mut self.attempts[id].state, State::Ended)
        else {
            panic!("{id} is not in flight");
        };
        permit.complete(AttemptOutcome::Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: &map,
            code: None,
        });
        self.poll_woken();
    }

    /// Cancels an attempt that waits or is in flight.
    fn cancel(&mut self, id: usize) {
        self.attempts[id].state = State::Ended;
        self.poll_woken();
    }

    fn poll(&mut self, id: usize) {
        let now = self.now();
        let attempt = &mut self.attempts[id];
        let State::Waiting(future) = &mut attempt.state else {
            return;
        };
        attempt.polls += 1;
        attempt.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&attempt.woken));
        attempt.state = match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => return,
            Poll::Ready(Err(error)) => State::Refused(error),
            Poll::Ready(Ok(permit)) => {
                self.begun.push((id, now));
                if self.ends_at_once {
                    State::Ended
                } else {
                    State::InFlight(permit)
                }
            }
        };
    }

    /// Polls all attempts that were woken, and those that they wake. The last ones are polled
    /// first, so that the order of attempts is that of the limiter.
    fn poll_woken(&mut self) {
        for _ in 0..1_000 {
            let woken = |attempt: &Attempt| {
                attempt.is_polled
                    && matches!(attempt.state, State::Waiting(_))
                    && attempt.woken.0.load(Ordering::SeqCst)
            };
            let Some(id) = self.attempts.iter().rposition(woken) else {
                return;
            };
            self.poll(id);
        }
        panic!("attempts wake each other again and again");
    }

    /// Lets time pass, from timer to timer.
    fn pass(&mut self, time: Duration) {
        let end = self.now() + time;
        while let Some(at) = self.clock.next_deadline().filter(|at| *at <= end) {
            self.clock.set(at);
            self.poll_woken();
        }
        self.clock.set(end);
    }

    /// Lets time pass without polling.
    fn pass_without_polling(&mut self, time: Duration) {
        self.clock.set(self.now() + time);
    }

    fn is_waiting(&self, id: usize) -> bool {
        matches!(self.attempts[id].state, State::Waiting(_))
    }

    fn is_in_flight(&self, id: usize) -> bool {
        matches!(self.attempts[id].state, State::InFlight(_))
    }

    fn error(&self, id: usize) -> Option<AcquireError> {
        match self.attempts[id].state {
            State::Refused(error) => Some(error),
            _ => None,
        }
    }

    /// When an attempt began.
    fn begun_at(&self, id: usize) -> Option<Duration> {
        let found = self.begun.iter().find(|(begun, _)| *begun == id);
        found.map(|(_, at)| *at)
    }

    fn all_usage(&self) -> Vec<Usage> {
        self.limiter.usage(self.clock.start + self.now())
    }

    fn usage(&self, scope: &str) -> Usage {
        let all = self.all_usage();
        let found = all.iter().find(|usage| usage.scope == scope);
        found
            .unwrap_or_else(|| panic!("{scope} in {all:?}"))
            .clone()
    }
}

fn attempt(operation: &'static str) -> AcquireRequest<'static> {
    AcquireRequest::new(operation)
}

fn bulk(operation: &'static str) -> AcquireRequest<'static> {
    AcquireRequest {
        priority: Priority::Bulk,
        ..attempt(operation)
    }
}

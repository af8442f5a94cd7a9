//! Calls of a client with the rate limiter, in virtual time.

use std::future::{Future, IntoFuture, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, StatusCode};

use super::{ApiSpec, BoxFuture, Client, Clock, RawResponse, Request, Transport, TransportError};
use crate::error::Error;
use crate::operation::{Operation, OperationSpec};
use crate::rate_limit::{Limiter, Preset, Unlimited};
use crate::value::RawJson;

static LIMITED: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: &[("api", "https://api.example.test")],
    limits: Some(Preset::new(100, 20, 10)),
    ..ApiSpec::DEFAULT
};

/// Time that advances when all tasks sleep.
#[derive(Debug)]
struct Timeline {
    now: Mutex<Instant>,
    sleepers: Mutex<Vec<(Instant, Waker)>>,
    sent: Mutex<Vec<Instant>>,
}

#[derive(Clone, Debug)]
struct Virtual(Arc<Timeline>);

impl Virtual {
    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn new() -> Self {
        Self(Arc::new(Timeline {
            now: Mutex::new(Instant::now()),
            sleepers: Mutex::default(),
            sent: Mutex::default(),
        }))
    }

    /// Advances to the next deadline of a sleeping task.
    fn advance(&self) {
        let mut sleepers = self.0.sleepers.lock().unwrap();
        let next = sleepers.iter().map(|(at, _)| *at).min();
        let next = next.expect("calls are stuck: no timer is set");
        *self.0.now.lock().unwrap() = next;
        let due = sleepers.extract(|(at, _)| *at <= next);
        drop(sleepers);
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

trait Extract<T> {
    fn extract(&mut self, is_meant: impl Fn(&T) -> bool) -> Vec<T>;
}

impl<T> Extract<T> for Vec<T> {
    fn extract(&mut self, is_meant: impl Fn(&T) -> bool) -> Vec<T> {
        let (meant, others) = std::mem::take(self).into_iter().partition(is_meant);
        *self = others;
        meant
    }
}

impl Clock for Virtual {
    fn now(&self) -> Instant {
        *self.0.now.lock().unwrap()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (clock, until) = (self.clone(), self.now() + duration);
        Box::pin(poll_fn(move |context| {
            if until <= clock.now() {
                return Poll::Ready(());
            }
            let sleeper = (until, context.waker().clone());
            clock.0.sleepers.lock().unwrap().push(sleeper);
            Poll::Pending
        }))
    }

    fn random(&self) -> u64 {
        0
    }
}

/// Responds after a tenth of a second.
#[derive(Debug)]
struct Server(Virtual);

impl Transport for Server {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let now = self.0.now();
        self.0.0.sent.lock().unwrap().push(now);
        let latency = self.0.sleep(Duration::from_millis(100));
        Box::pin(async move {
            latency.await;
            Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), "{}"))
        })
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Polls futures to completion, each only when it was woken.
fn drive<T>(clock: &Virtual, futures: impl IntoIterator<Item: Future<Output = T>>) -> Vec<T> {
    let mut futures: FuturesUnordered<_> = futures.into_iter().collect();
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut results = Vec::new();
    loop {
        match futures.poll_next_unpin(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(result)) => results.push(result),
            Poll::Ready(None) => return results,
            Poll::Pending if flag.0.swap(false, Ordering::SeqCst) => {}
            Poll::Pending => clock.advance(),
        }
    }
}

struct ListItems;

impl Operation for ListItems {
    type Params = ();
    type Output = RawJson;
    type Error = ();
    const SPEC: &'static OperationSpec = &OperationSpec::get("ListItems", "/v1/items");
}

fn client(clock: &Virtual, api: &'static ApiSpec) -> super::ClientBuilder {
    Client::builder(api)
        .transport(Server(clock.clone()))
        .clock(clock.clone())
        .api_key("sk_test_1")
}

#[test]
fn calls_wait_for_the_published_limit_by_default() {
    let clock = Virtual::new();
    let client = client(&clock, &LIMITED).build().unwrap();
    let begun = clock.now();
    let calls = (0..60).map(|_| client.request::<ListItems>(&[], &()).into_future());
    let results = drive(&clock, calls);
    assert!(results.iter().all(Result::is_ok));
    // Ten are sent in each of six seconds, and the last ones get their responses.
    assert_eq!(clock.now() - begun, Duration::from_millis(5_100));
    let sent = clock.0.sent.lock().unwrap();
    assert_eq!(sent.len(), 60);
    for eleven in sent.windows(11) {
        assert!(eleven[10] - eleven[0] >= Duration::from_secs(1));
    }
    for usage in client.stats().rate_limits {
        assert_eq!((usage.in_flight, usage.waiting), (0, 0), "{usage:?}");
    }
}

#[test]
fn calls_fail_at_once_when_the_limit_leaves_no_time_for_them() {
    let clock = Virtual::new();
    let deadline = Duration::from_millis(1_500);
    let client = client(&clock, &LIMITED).deadline(deadline).build().unwrap();
    let begun = clock.now();
    let calls = (0..25).map(|_| {
        let call = client.request::<ListItems>(&[], &()).into_future();
        let clock = clock.clone();
        async move {
            let result = call.await.map(drop);
            (result, clock.now())
        }
    });
    let results = drive(&clock, calls);
    let refused: Vec<&(Result<(), Error>, Instant)> = results
        .iter()
        .filter(|(result, _)| result.is_err())
        .collect();
    assert_eq!(refused.len(), 5);
    for (result, at) in refused {
        let error = result.as_ref().unwrap_err();
        assert!(error.is_queue_timeout() && error.outcome().is_not_sent());
        assert_eq!(*at, begun);
    }
}

#[test]
fn calls_do_not_wait_when_the_limiter_is_off_or_the_api_publishes_no_limits() {
    let clock = Virtual::new();
    let off = client(&clock, &LIMITED).rate_limiter(Unlimited);
    for builder in [off, client(&clock, &super::API)] {
        let client = builder.build().unwrap();
        let begun = clock.now();
        let calls = (0..60).map(|_| client.request::<ListItems>(&[], &()).into_future());
        drive(&clock, calls);
        assert_eq!(clock.now() - begun, Duration::from_millis(100));
        assert!(client.stats().rate_limits.is_empty());
    }
}

#[test]
fn limit_holds_for_several_clients_when_they_share_a_limiter() {
    let clock = Virtual::new();
    let limiter = Limiter::new(Preset::new(100, 20, 10));
    let clients = [(); 2].map(|()| {
        let builder = client(&clock, &LIMITED).rate_limiter(limiter.clone());
        builder.build().unwrap()
    });
    let begun = clock.now();
    let calls = (0..40).map(|n| clients[n % 2].request::<ListItems>(&[], &()).into_future());
    assert!(drive(&clock, calls).iter().all(Result::is_ok));
    assert_eq!(clock.now() - begun, Duration::from_millis(3_100));
}

//! Retry policy and circuit breaker together, in a client whose server fails and recovers.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, StatusCode};
use runtime::circuit_breaker::{CircuitBreaker, CircuitState};
use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::operation::Method;
use runtime::retry::RetryPolicy;
use runtime::telemetry::Observer;
use runtime::transport::{Progress, Transport, TransportError};
use runtime::{ApiSpec, Client, ClientBuilder, Error};

static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: &[("api", "https://api.example.test")],
    ..ApiSpec::DEFAULT
};

/// A server, a clock and an observer.
#[derive(Clone, Debug)]
struct World(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    fails: AtomicBool,
    sent: AtomicU64,
    draws: AtomicU64,
    now: Mutex<Instant>,
    changes: Mutex<Vec<String>>,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "any time will do to begin with")]
    fn new() -> Self {
        Self(Arc::new(Facts {
            fails: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            draws: AtomicU64::new(0),
            now: Mutex::new(Instant::now()),
            changes: Mutex::default(),
        }))
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder(&API)
            .api_key("sk_test_1")
            .transport(self.clone())
            .clock(self.clone())
            .observer(self.clone())
    }

    fn fail(&self, fails: bool) {
        self.0.fails.store(fails, Ordering::Relaxed);
    }

    fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    fn wait(&self, duration: Duration) {
        *self.0.now.lock().unwrap() += duration;
    }

    fn changes(&self) -> Vec<String> {
        self.0.changes.lock().unwrap().clone()
    }
}

impl Transport for World {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        self.0.sent.fetch_add(1, Ordering::Relaxed);
        let fails = self.0.fails.load(Ordering::Relaxed);
        Box::pin(async move {
            if fails {
                return Err(TransportError::new(Progress::Connecting));
            }
            Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), "{}"))
        })
    }
}

impl Clock for World {
    fn now(&self) -> Instant {
        *self.0.now.lock().unwrap()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let world = self.clone();
        Box::pin(async move { world.wait(duration) })
    }

    fn random(&self) -> u64 {
        let draw = self.0.draws.fetch_add(1, Ordering::Relaxed);
        draw.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Observer for World {
    fn circuit_changed(&self, host: &str, _: &str, state: &str) {
        let mut changes = self.0.changes.lock().unwrap();
        changes.push(format!("{host} {state}"));
    }
}

async fn call(client: &Client) -> Result<(), Error> {
    client.raw(Method::Post, "/v1/things").await.map(|_| ())
}

#[tokio::test]
async fn outage_costs_no_more_retries_than_the_budget_allows() {
    let world = World::new();
    let clients = {
        let client = world.builder().circuit_breaker(CircuitBreaker::disabled());
        let client = client.build().unwrap();
        [client.clone(), client]
    };
    world.fail(true);
    for round in 0..500 {
        let error = call(&clients[round % 2]).await.unwrap_err();
        assert!(error.is_connect());
    }
    // 500 calls, the reserve, and a fifth of the calls but the first, whose deposit found the
    // bucket full. The whole budget is used, since all calls fail.
    assert_eq!(world.sent(), 500 + 100 + 99);
}

#[tokio::test]
async fn refused_call_adds_nothing_to_the_budget() {
    let world = World::new();
    let policy = Arc::new(RetryPolicy::new().budget(2, 1.0));
    let breaker = CircuitBreaker::new().min_attempts(2);
    let client = world
        .builder()
        .retry_policy(Arc::clone(&policy))
        .circuit_breaker(breaker)
        .build()
        .unwrap();
    world.fail(true);
    // The circuit opens before the second retry; the error is that of the last attempt.
    assert!(call(&client).await.unwrap_err().is_connect());
    assert_eq!(world.sent(), 2);
    assert_eq!(policy.budget_left(), Some(0));
    assert!(call(&client).await.unwrap_err().is_circuit_open());
    assert_eq!(policy.budget_left(), Some(0));
}

#[tokio::test]
async fn circuit_opens_in_an_outage_and_closes_after_it() {
    let world = World::new();
    let client = world.builder().retries(0).build().unwrap();
    world.fail(true);
    for _ in 0..30_000 {
        let error = call(&client).await.unwrap_err();
        assert!(error.is_connect() || error.is_circuit_open());
        world.wait(Duration::from_millis(10));
    }
    // Five minutes: 20 attempts, then one probe after 5, 10, 20, 40, 60, 60 and 60 seconds.
    assert_eq!(world.sent(), 20 + 7);
    let refusal = call(&client).await.unwrap_err();
    assert!(refusal.outcome().is_not_sent());
    world.fail(false);
    world.wait(refusal.retry_after().unwrap());
    for _ in 0..100 {
        call(&client).await.unwrap();
    }
    assert_eq!(client.stats().circuits[0].state, CircuitState::Closed);

    let mut expected = vec!["api open"];
    expected.extend(["api half open", "api open"].repeat(7));
    expected.extend(["api half open", "api closed"]);
    assert_eq!(world.changes(), expected, "each change is reported once");
}

#[tokio::test]
async fn client_without_failures_is_not_disturbed() {
    let world = World::new();
    let client = world.builder().build().unwrap();
    for _ in 0..1_000 {
        call(&client).await.unwrap();
    }
    assert_eq!(world.sent(), 1_000);
    assert!(world.changes().is_empty());
}

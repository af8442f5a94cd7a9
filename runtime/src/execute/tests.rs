mod attempts;
mod responses;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{CompletedCall, Engine};

mod breaker;
mod dropped;
mod journal;

use crate::auth::{ApiKey, CallCredentials, Credentials};
use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, Outcome};
use crate::http::{RawResponse, Request};
use crate::idempotency::IdempotencyKey;
use crate::operation::{ApiSpec, AuthSpec, OperationSpec};
use crate::rate_limit::{
    AcquireError, AcquireRequest, AttemptOutcome, Permit, Priority, RateLimiter,
};
use crate::request::{
    CallLimits, ClientHeaders, HeaderNames, Host, PreparedRequest, RequestDefaults,
};
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::telemetry::{CallEvent, Observer, Observers};
use crate::transport::{Progress, Transport, TransportError};
use circuit_breaker::{CircuitBreaker, CircuitSnapshot, CircuitState, ServerHealth};

/// What the transport does with one attempt.
enum Act {
    Respond(u16, &'static str),
    Fail(Progress),
    Hang,
}

/// The parts that a call uses; each logs what happens.
#[derive(Debug)]
struct World {
    log: Mutex<Vec<String>>,
    now: Mutex<Instant>,
    draws: Mutex<u64>,
    /// Whether sleeps never end.
    frozen: Mutex<bool>,
}

impl World {
    fn note(&self, text: impl Into<String>) {
        self.log.lock().unwrap().push(text.into());
    }
}

/// A clock on which sleeping advances the time.
#[derive(Debug)]
struct Virtual(Arc<World>);

impl Clock for Virtual {
    fn now(&self) -> Instant {
        *self.0.now.lock().unwrap()
    }

    fn calendar(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let world = Arc::clone(&self.0);
        if *world.frozen.lock().unwrap() {
            return Box::pin(std::future::pending());
        }
        Box::pin(async move {
            *world.now.lock().unwrap() += duration;
            world.note(format!("slept {duration:?}"));
        })
    }

    fn random(&self) -> u64 {
        let mut draws = self.0.draws.lock().unwrap();
        *draws += 1;
        // All backoffs are the longest.
        u64::MAX - *draws
    }
}

struct Script(Arc<World>, Mutex<VecDeque<Act>>);

impl std::fmt::Debug for Script {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Script")
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let key = request
            .headers
            .get("idempotency-key")
            .map(|key| key.to_str().unwrap().to_owned());
        self.0.note(format!("sent {}", key.unwrap_or_default()));
        let act = self.1.lock().unwrap().pop_front().unwrap();
        Box::pin(async move {
            match act {
                Act::Respond(status, body) => {
                    let status = StatusCode::from_u16(status).unwrap();
                    Ok(RawResponse::new(status, HeaderMap::new(), body))
                }
                Act::Fail(progress) => Err(TransportError::new(progress)),
                Act::Hang => std::future::pending().await,
            }
        })
    }
}

/// What the limiter does with one attempt.
#[derive(Clone, Copy, Debug)]
enum Admission {
    /// For this time, or without end.
    Wait(Option<Duration>),
    Refuse(AcquireError),
}

/// A limiter that logs its calls and admits as scripted. While an attempt waits, the circuit may
/// open, as other calls would make it.
#[derive(Debug)]
struct ScriptedLimiter {
    world: Arc<World>,
    script: Mutex<VecDeque<Admission>>,
    opens_while_waiting: Mutex<Option<Arc<CircuitBreaker>>>,
}

impl RateLimiter for ScriptedLimiter {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Box::pin(async move {
            let world = Arc::clone(&self.world);
            world.note(format!("limiter {:?} {}", request.account, request.class));
            if let Some(breaker) = self.opens_while_waiting.lock().unwrap().take() {
                fail_once(&breaker, *self.world.now.lock().unwrap());
            }
            let admission = self.script.lock().unwrap().pop_front();
            if let Some(Admission::Refuse(error)) = admission {
                return Err(error);
            }
            let permit = Permit::new(move |outcome| {
                world.note(match outcome {
                    AttemptOutcome::Response { status, .. } => {
                        format!("limiter saw {}", status.as_u16())
                    }
                    _ => format!("limiter saw {outcome:?}"),
                });
            });
            match admission {
                Some(Admission::Wait(None)) => std::future::pending().await,
                Some(Admission::Wait(Some(wait))) => {
                    // Sleeps on this clock end when they are polled first.
                    tokio::task::yield_now().await;
                    clock.sleep(wait).await;
                }
                _ => {}
            }
            Ok(permit)
        })
    }
}

/// An observer that logs what it receives, and whether a probe is in flight when a call is dropped.
#[derive(Debug)]
struct Recorder(Arc<World>, Arc<CircuitBreaker>);

impl Observer for Recorder {
    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        self.0.note(format!("circuit {host} {class} {state}"));
    }

    fn call_dropped(&self, event: &CallEvent<'_>) {
        let (attempt, failure) = (event.attempt, event.failure);
        let now = *self.0.now.lock().unwrap();
        let slot = self.1.acquire_permit("api", "items", now);
        let slot = if slot.is_ok() { "free" } else { "taken" };
        self.0
            .note(format!("dropped {attempt} {failure:?}, probe slot {slot}"));
    }

    fn attempt_ended(&self, event: &CallEvent<'_>) {
        self.0
            .note(format!("attempt {} {:?}", event.attempt, event.failure));
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        self.0.note(format!(
            "call {} {:?} {:?}",
            event.attempt, event.failure, event.duration
        ));
    }
}

fn fail_once(breaker: &CircuitBreaker, now: Instant) {
    let permit = breaker.acquire_permit("api", "items", now).unwrap();
    permit.report_health(ServerHealth::Failed, now);
}

struct Stage {
    world: Arc<World>,
    engine: Engine,
    limiter: Arc<ScriptedLimiter>,
}

impl Stage {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::with(acts, CircuitBreaker::new(), [])
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn with(
        acts: impl IntoIterator<Item = Act>,
        breaker: CircuitBreaker,
        admissions: impl IntoIterator<Item = Admission>,
    ) -> Self {
        let world = Arc::new(World {
            log: Mutex::default(),
            now: Mutex::new(Instant::now()),
            draws: Mutex::default(),
            frozen: Mutex::default(),
        });
        let limiter = Arc::new(ScriptedLimiter {
            world: Arc::clone(&world),
            script: Mutex::new(admissions.into_iter().collect()),
            opens_while_waiting: Mutex::default(),
        });
        let breaker = Arc::new(breaker);
        let recorder = Recorder(Arc::clone(&world), Arc::clone(&breaker));
        let observers = Observers(vec![Box::new(recorder)]);
        let acts = Mutex::new(acts.into_iter().collect());
        let engine = Engine {
            bare_errors: false,
            renews_on_401: false,
            plain_host: None,
            api: &API,
            header_names: HeaderNames::parse(&API).unwrap(),
            transport: Arc::new(Script(Arc::clone(&world), acts)),
            clock: Arc::new(Virtual(Arc::clone(&world))),
            breaker,
            limiter: limiter.clone(),
            retry: Arc::new(RetryPolicy::new()),
            journal: None,
            in_flight_writes: super::InFlightWrites::default(),
            observers: Arc::new(observers),
            reports: None,
        };
        Self {
            world,
            engine,
            limiter,
        }
    }

    /// A stage whose circuit is open, with a breaker that opens at the first failure. It stays open
    /// for this long, and then one probe at a time is made.
    fn with_open_circuit(
        acts: impl IntoIterator<Item = Act>,
        open_for: Duration,
        admissions: impl IntoIterator<Item = Admission>,
    ) -> Self {
        let breaker = CircuitBreaker::new()
            .min_attempts(1)
            .open_for(open_for, open_for)
            .probes(1, 1);
        let stage = Self::with(acts, breaker, admissions);
        fail_once(&stage.engine.breaker, stage.now());
        stage
    }

    fn now(&self) -> Instant {
        *self.world.now.lock().unwrap()
    }

    fn circuit(&self) -> CircuitSnapshot {
        let mut circuits = self.engine.breaker.snapshot_at(self.now());
        assert_eq!(circuits.len(), 1);
        circuits.remove(0)
    }

    async fn execute(&self, mut prepared: Box<PreparedRequest>) -> Result<CompletedCall, Error> {
        prepared.complete_request(&defaults(), &*self.engine.clock)?;
        self.engine.execute(prepared, &credentials()).await
    }

    async fn run(&self, prepared: Box<PreparedRequest>) -> Result<u32, Error> {
        let completed = self.execute(prepared).await?;
        Ok(completed.summary.attempts)
    }

    fn log(&self) -> Vec<String> {
        self.world.log.lock().unwrap().clone()
    }

    fn count(&self, prefix: &str) -> usize {
        self.log()
            .iter()
            .filter(|line| line.starts_with(prefix))
            .count()
    }
}

static API: ApiSpec = ApiSpec {
    hosts: &[("api", "https://api.example.test")],
    account_header: Some("Test-Account"),
    live_keys: &["sk_live_"],
    test_keys: &["sk_test_"],
    ..ApiSpec::DEFAULT
};
static WRITE: OperationSpec = OperationSpec::post("Create", "/v1/items").rate_class("items");
static KEYLESS: OperationSpec = OperationSpec::post("Create", "/v1/items")
    .rate_class("items")
    .without_idempotency_key();
static READ: OperationSpec = OperationSpec::get("List", "/v1/items").rate_class("items");

fn defaults() -> RequestDefaults {
    RequestDefaults {
        raw: &crate::request::RAW,
        raw_v2: None,
        checks_responses: true,
        api: &API,
        hosts: vec![Host::parse("api", "https://api.example.test").unwrap()],
        headers: ClientHeaders::new(&API, None, "test").unwrap(),
        account: Some("acct_1".to_owned()),
        context: None,
        limits: CallLimits {
            attempt: Duration::from_secs(10),
            deadline: None,
            max_retries: 2,
            priority: Priority::Interactive,
            decode: crate::codec::DecodePolicy::Correct,
        },
        stall_timeout: Duration::MAX,
        max_response_bytes: usize::MAX,
        show_messages: true,
    }
}

fn credentials() -> CallCredentials {
    let key = ApiKey::new(&Secret::from("sk_test_1")).unwrap();
    CallCredentials::single(&[AuthSpec::Bearer], Credentials::Fixed(key))
}

/// A clock for requests whose parameters need no random numbers.
fn any_clock() -> Virtual {
    Virtual(Arc::clone(&Stage::new([]).world))
}

fn request(spec: &'static OperationSpec, accept: &'static str) -> Box<PreparedRequest> {
    PreparedRequest::for_operation(&defaults(), &any_clock(), spec, (&[], &()), accept)
}

/// A write whose key is generated.
fn unkeyed() -> Box<PreparedRequest> {
    request(&WRITE, "*/*")
}

/// A write that carries no key.
fn keyless() -> Box<PreparedRequest> {
    request(&KEYLESS, "*/*")
}

fn read() -> Box<PreparedRequest> {
    request(&READ, "*/*")
}

fn with_key(mut prepared: Box<PreparedRequest>) -> Box<PreparedRequest> {
    prepared.set_key(IdempotencyKey::new("key"));
    prepared
}

/// A write under a key of the caller's.
fn keyed() -> Box<PreparedRequest> {
    with_key(unkeyed())
}

/// A write under a key of the caller's, with a deadline.
fn keyed_within(deadline: Duration) -> Box<PreparedRequest> {
    let mut prepared = keyed();
    prepared.limits.deadline = Some(deadline);
    prepared
}

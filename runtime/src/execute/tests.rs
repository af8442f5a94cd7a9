mod answers;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::{Engine, Keying, Plan};

mod dropped;
mod journal;

use crate::auth::{ApiKey, Credentials};
use crate::circuit_breaker::{Circuit, CircuitBreaker, Health, Pass, Refusal, State};
use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, Outcome};
use crate::http::{RawResponse, Request};
use crate::idempotency::IdempotencyKey;
use crate::operation::Safety;
use crate::rate_limit::{
    AcquireError, AcquireRequest, AttemptOutcome, Permit, Priority, RateLimiter,
};
use crate::retry::StandardRetry;
use crate::secret::Secret;
use crate::telemetry::{Event, Observer, Observers};
use crate::transport::{Progress, Transport, TransportError};

/// What the transport does with one attempt.
enum Act {
    Answer(u16, &'static str),
    Fail(Progress),
    Hang,
}

/// Everything that a call touches, written down as it happens.
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

/// A clock on which sleeping moves the time on.
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
        // Pauses are drawn from the upper end: the longest ones.
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
                Act::Answer(status, body) => {
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
    /// For this time, or for ever.
    Wait(Option<Duration>),
    Refuse(AcquireError),
}

/// Notes how it is used, and refuses as it was set up to.
#[derive(Debug)]
struct Policies(Arc<World>, bool, Mutex<VecDeque<Admission>>);

impl CircuitBreaker for Policies {
    fn admit(&self, circuit: Circuit<'_>, _: Instant) -> Result<Pass, Refusal> {
        self.0
            .note(format!("breaker {} {}", circuit.host, circuit.class));
        let retry_in = Duration::from_secs(3);
        self.1
            .then_some(Pass::regular(0))
            .ok_or(Refusal { retry_in })
    }

    fn observe(&self, _: Circuit<'_>, _: Pass, health: Health, _: Instant) -> Option<State> {
        self.0.note(format!("breaker saw {health:?}"));
        None
    }
}

impl RateLimiter for Policies {
    fn acquire<'a>(
        &'a self,
        request: AcquireRequest<'a>,
        clock: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        Box::pin(async move {
            self.0
                .note(format!("limiter {:?} {}", request.account, request.class));
            let admission = self.2.lock().unwrap().pop_front();
            if let Some(Admission::Refuse(error)) = admission {
                return Err(error);
            }
            let world = Arc::clone(&self.0);
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
                    // Sleeps on this clock are over when they are polled first.
                    tokio::task::yield_now().await;
                    clock.sleep(wait).await;
                }
                _ => {}
            }
            Ok(permit)
        })
    }
}

/// Several parts of the engine share the policies.
#[derive(Debug)]
struct Teller(Arc<Policies>);

impl Observer for Teller {
    fn call_dropped(&self, event: &Event<'_>) {
        self.0
            .0
            .note(format!("dropped {} {:?}", event.attempt, event.failure));
    }

    fn attempt_ended(&self, event: &Event<'_>) {
        self.0
            .0
            .note(format!("attempt {} {:?}", event.attempt, event.failure));
    }

    fn call_ended(&self, event: &Event<'_>) {
        self.0.0.note(format!(
            "call {} {:?} {:?}",
            event.attempt, event.failure, event.duration
        ));
    }
}

struct Stage {
    world: Arc<World>,
    engine: Engine,
}

impl Stage {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::with(acts, true, [])
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn with(
        acts: impl IntoIterator<Item = Act>,
        closed: bool,
        admissions: impl IntoIterator<Item = Admission>,
    ) -> Self {
        let world = Arc::new(World {
            log: Mutex::default(),
            now: Mutex::new(Instant::now()),
            draws: Mutex::default(),
            frozen: Mutex::default(),
        });
        let waits = Mutex::new(admissions.into_iter().collect());
        let policies = Arc::new(Policies(Arc::clone(&world), closed, waits));
        let acts = Mutex::new(acts.into_iter().collect());
        let engine = Engine {
            service: "Test API",
            live_keys: &["sk_live_"],
            credentials: Credentials::Fixed(ApiKey::new(&Secret::from("sk_test_1")).unwrap()),
            sessions: Vec::new(),
            transport: Arc::new(Script(Arc::clone(&world), acts)),
            clock: Arc::new(Virtual(Arc::clone(&world))),
            breaker: policies.clone(),
            limiter: policies.clone(),
            retry: Arc::new(StandardRetry::new()),
            journal: None,
            claims: super::Claims::default(),
            observers: Observers(vec![Box::new(Teller(policies))]),
            bodies: None,
            reports: None,
        };
        Self { world, engine }
    }

    async fn run(&self, plan: Plan) -> Result<u32, Error> {
        self.engine
            .execute(plan)
            .await
            .map(|answer| answer.attempts)
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

fn plan(safety: Safety, keying: Keying) -> Plan {
    let uri = Uri::from_static("https://api.example.test/v1/items");
    let mut request = Request::new(Method::POST, uri);
    request.template = "/v1/items".to_owned();
    request.operation = "Create";
    Plan {
        request,
        host: "api",
        base_path: 0,
        resumed: None,
        class: "items",
        priority: Priority::Interactive,
        account: Some("acct_1".to_owned()),
        safety,
        keying,
        headers: HeaderMap::new(),
        timeout: Duration::from_secs(10),
        deadline: None,
        max_retries: 2,
    }
}

fn keyed() -> Plan {
    plan(
        Safety::Write,
        Keying::Given(IdempotencyKey::new("key").unwrap()),
    )
}

#[tokio::test]
async fn steps_come_in_the_documented_order() {
    let waits = [Admission::Wait(Some(Duration::from_secs(1)))];
    let stage = Stage::with(
        [Act::Fail(Progress::Sent), Act::Answer(200, "{}")],
        true,
        waits,
    );
    assert_eq!(stage.run(keyed()).await.unwrap(), 2);
    assert_eq!(
        stage.log(),
        [
            "breaker api items",
            "limiter Some(\"acct_1\") items",
            "slept 1s",
            "breaker saw Unknown",
            "breaker api items",
            "sent key",
            "breaker saw Failed",
            "limiter saw NoResponse",
            "attempt 1 Some(Unknown)",
            "slept 500ms",
            "breaker api items",
            "limiter Some(\"acct_1\") items",
            "sent key",
            "breaker saw Answered",
            "limiter saw 200",
            "attempt 2 None",
            "call 2 None 1.5s",
        ]
    );
}

#[tokio::test]
async fn key_is_made_once_when_call_has_several_attempts() {
    let stage = Stage::new([Act::Hang, Act::Answer(500, ""), Act::Answer(500, "")]);
    let error = stage
        .run(plan(Safety::Write, Keying::Fresh))
        .await
        .unwrap_err();
    let key = error.idempotency_key().unwrap().to_owned();
    assert_eq!(stage.count(&format!("sent {key}")), 3);
    let other = Stage::new([Act::Answer(500, "")]);
    *other.world.draws.lock().unwrap() = 77;
    let plan = Plan {
        max_retries: 0,
        ..plan(Safety::Write, Keying::Fresh)
    };
    assert_ne!(
        other.run(plan).await.unwrap_err().idempotency_key(),
        Some(key.as_str())
    );
}

#[tokio::test]
async fn write_without_key_is_not_repeated_when_it_may_have_happened() {
    for act in [Act::Fail(Progress::Sent), Act::Hang, Act::Answer(500, "")] {
        let stage = Stage::new([act]);
        let error = stage
            .run(plan(Safety::Write, Keying::None))
            .await
            .unwrap_err();
        assert_eq!((error.attempts(), error.outcome()), (1, Outcome::Unknown));
    }
    let stage = Stage::new([Act::Fail(Progress::Connecting), Act::Answer(200, "{}")]);
    assert_eq!(
        stage.run(plan(Safety::Write, Keying::None)).await.unwrap(),
        2
    );
    let stage = Stage::new([Act::Fail(Progress::Sent), Act::Answer(200, "{}")]);
    assert_eq!(
        stage.run(plan(Safety::Read, Keying::None)).await.unwrap(),
        2
    );
}

#[tokio::test]
async fn outcome_stays_unknown_when_a_later_attempt_is_not_sent() {
    let stage = Stage::new([
        Act::Hang,
        Act::Fail(Progress::Connecting),
        Act::Answer(429, ""),
    ]);
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!((error.attempts(), error.outcome()), (3, Outcome::Unknown));
    let refusal = "{\"error\":{\"type\":\"card_error\"}}";
    for (body, outcome) in [(refusal, Outcome::Rejected), ("<p>Proxy", Outcome::Unknown)] {
        let stage = Stage::new([Act::Hang, Act::Answer(402, body)]);
        let error = stage.run(keyed()).await.unwrap_err();
        assert_eq!(error.is_card_declined(), outcome == Outcome::Rejected);
        assert_eq!(error.outcome(), outcome, "{body}");
    }
    let stage = Stage::new([
        Act::Fail(Progress::Connecting),
        Act::Fail(Progress::Refused),
    ]);
    assert_eq!(
        stage.run(keyed()).await.unwrap_err().outcome(),
        Outcome::NotSent
    );
}

#[tokio::test]
async fn deadline_bounds_attempts_and_pauses() {
    let seconds = |n| Some(Duration::from_secs(n));
    let stage = Stage::new([Act::Hang]);
    let error = stage
        .run(Plan {
            deadline: seconds(4),
            ..keyed()
        })
        .await
        .unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains("4s"),
        "{error}"
    );
    assert_eq!(stage.count("slept 4s"), 1);

    let stage = Stage::new([
        Act::Answer(500, ""),
        Act::Answer(500, ""),
        Act::Answer(500, ""),
    ]);
    let plan = Plan {
        deadline: Some(Duration::from_millis(1_200)),
        ..keyed()
    };
    let error = stage.run(plan).await.unwrap_err();
    assert!(error.is_server());
    assert_eq!(error.attempts(), 2);

    let stage = Stage::new([]);
    let plan = Plan {
        deadline: Some(Duration::ZERO),
        ..keyed()
    };
    let error = stage.run(plan).await.unwrap_err();
    assert!(error.is_timeout() && error.outcome().is_not_sent());
    assert_eq!(error.attempts(), 0);
}

#[tokio::test]
async fn call_is_not_sent_when_breaker_is_open() {
    let stage = Stage::with([], false, []);
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(
        error.is_circuit_open() && error.outcome().is_not_sent(),
        "{error}"
    );
    assert_eq!(error.idempotency_key(), Some("key"));
    assert_eq!(
        stage.log(),
        ["breaker api items", "call 0 Some(NotSent) 0ns"]
    );
}

#[tokio::test]
async fn call_is_not_sent_when_limiter_refuses_or_takes_too_long() {
    let refused = Stage::with([], true, [Admission::Refuse(AcquireError::QueueFull)]);
    assert!(refused.run(keyed()).await.unwrap_err().is_throttled());
    let slow = Stage::with([], true, [Admission::Wait(None)]);
    let plan = Plan {
        deadline: Some(Duration::from_secs(5)),
        ..keyed()
    };
    let error = slow.run(plan).await.unwrap_err();
    assert!(error.is_throttled() && error.outcome().is_not_sent());
    assert_eq!(slow.count("slept 5s"), 1);
    assert_eq!(slow.count("limiter saw Dropped"), 1);
}

#[tokio::test]
async fn own_headers_replace_all_others() {
    #[derive(Debug)]
    struct Echo;
    impl Transport for Echo {
        fn send(
            &self,
            request: Request,
        ) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
            let seen = request.headers["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            Box::pin(async { Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), seen)) })
        }
    }
    let mut stage = Stage::new([]);
    stage.engine.transport = Arc::new(Echo);
    let answer = stage.engine.execute(keyed()).await.unwrap();
    assert_eq!(answer.response.body().as_ref(), b"Bearer sk_test_1");
    let mut plan = keyed();
    plan.headers
        .insert("authorization", HeaderValue::from_static("Bearer own"));
    let answer = stage.engine.execute(plan).await.unwrap();
    assert_eq!(answer.response.body().as_ref(), b"Bearer own");
}

#[tokio::test]
async fn answer_is_refused_when_transport_ignores_the_bound() {
    let stage = Stage::new([Act::Answer(200, "0123456789")]);
    let mut plan = keyed();
    plan.request.max_response_bytes = 9;
    assert!(stage.run(plan).await.unwrap_err().is_too_large());
}

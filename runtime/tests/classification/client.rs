//! Runs one call through a real client and returns what can be observed of it, as text.
//!
//! Only this file and `world` use names of the crate, so a rename changes nothing else.

use std::time::{Duration, SystemTime};

use runtime::circuit_breaker::CircuitBreaker;
use runtime::http::PendingWrite;
use runtime::operation::{Method, Operation, OperationSpec, Output};
use runtime::rate_limit::{ClassLimit, Limiter, Preset};
use runtime::retry::RetryPolicy;
use runtime::transport::Progress;
use runtime::value::{Binary, RawJson};
use runtime::{ApiSpec, Call, Client, Error};

use crate::world::World;

const HOSTS: &[(&str, &str)] = &[("api", "https://api.example.test")];

/// 20 attempts per second of an account and of each operation in test mode, 40 at the same time.
const LIMITS: Preset = Preset::new(100, 20, 20).classes(&[
    ClassLimit::new("payouts", 10).concurrent(30),
    ClassLimit::new("meter_events", 1_000).separate(),
]);

/// One attempt per second of an account.
const STRICT: Preset = Preset::new(1, 1, 0);

const SPEC: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: HOSTS,
    live_keys: &["sk_live_"],
    test_keys: &["sk_test_"],
    ..ApiSpec::DEFAULT
};

static UNLIMITED_API: ApiSpec = SPEC;
static LIMITED_API: ApiSpec = ApiSpec {
    limits: Some(LIMITS),
    ..SPEC
};
static STRICT_API: ApiSpec = ApiSpec {
    limits: Some(STRICT),
    ..SPEC
};

macro_rules! operation {
    ($name:ident, $output:ty, $spec:expr) => {
        struct $name;
        impl Operation for $name {
            type Params = ();
            type Output = $output;
            type Error = ();
            const SPEC: &'static OperationSpec = &$spec;
        }
    };
}

operation!(Read, RawJson, OperationSpec::get("Read", "/v1/things"));
operation!(
    Download,
    Binary,
    OperationSpec::get("Download", "/v1/files")
);
operation!(Create, RawJson, OperationSpec::post("Create", "/v1/things"));
operation!(
    CreateUnkeyed,
    RawJson,
    OperationSpec::post("CreateUnkeyed", "/v1/things").without_idempotency_key()
);
operation!(
    Delete,
    RawJson,
    OperationSpec::delete("Delete", "/v1/things")
);
operation!(
    DeleteV2,
    RawJson,
    OperationSpec::delete("DeleteV2", "/v2/things").idempotent_key()
);
operation!(
    PayOut,
    RawJson,
    OperationSpec::post("PayOut", "/v1/payouts").rate_class("payouts")
);
operation!(
    Meter,
    RawJson,
    OperationSpec::post("Meter", "/v1/meters").rate_class("meter_events")
);

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Get,
    GetBinary,
    Post,
    PostUnkeyed,
    DeleteV1,
    DeleteV2,
    /// A write that an earlier call began.
    Resumed,
    /// A write that was begun with a key of live mode.
    ResumedLive,
    Class,
    SeparateClass,
    Raw,
}

/// How far an attempt without a response got.
pub(super) const PROGRESS: [(&str, Progress); 4] = [
    ("refused", Progress::Refused),
    ("connecting", Progress::Connecting),
    ("sent", Progress::Sent),
    ("too large", Progress::TooLarge),
];

/// What the server does with an attempt.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Respond {
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        body: Vec<u8>,
    },
    /// The transport fails after a time.
    Fail {
        progress: Progress,
        timed_out: bool,
        after: Duration,
    },
    /// There is never a response.
    Hang,
}

/// What credentials the client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Fixed,
    /// Every fetch returns another key.
    New,
    /// Every fetch returns the same key.
    Same,
    /// The first fetch returns a key of test mode, the others one of live mode.
    OtherMode,
    /// The first fetch returns a key, the others fail.
    FailingLater,
    Failing,
}

/// What the limiter allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limits {
    None,
    Published,
    /// One attempt per second.
    Strict,
    /// One attempt per second, and no call may wait.
    StrictWithoutQueue,
}

/// One call, with the behaviour of the server and the policies.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) target: Target,
    /// What the server does with the attempts; later ones succeed.
    pub(super) acts: Vec<Act>,
    /// What the server did with an earlier call of the same client.
    pub(super) earlier: Option<Act>,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) max_response_bytes: usize,
    pub(super) keys: Keys,
    pub(super) limits: Limits,
    /// Whether the policy retries rate-limited requests.
    pub(super) retries_rate_limits: bool,
    /// Whether the circuit opens after a single failure.
    pub(super) opens_at_once: bool,
}

impl Scene {
    /// A call without retries.
    pub(super) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self {
            target: Target::Post,
            acts: acts.into_iter().collect(),
            earlier: None,
            retries: 0,
            timeout: Duration::from_secs(10),
            deadline: None,
            max_response_bytes: 1_000_000,
            keys: Keys::Fixed,
            limits: Limits::Published,
            retries_rate_limits: true,
            opens_at_once: false,
        }
    }
}

/// What was observed of an attempt or of a call; empty if there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) kind: String,
    pub(super) outcome: String,
    /// `yes` if the failure is caused by the server, the network or the configuration.
    pub(super) systemic: &'static str,
}

/// What was observed of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) attempts: Vec<Ending>,
    /// What happened between two attempts: a backoff or a new key.
    pub(super) steps: Vec<String>,
    /// The result as the caller gets it.
    pub(super) result: Ending,
    /// Whether the error has a write to resume.
    pub(super) is_resumable: bool,
    pub(super) fetches: u32,
    pub(super) breaker: String,
    pub(super) limiter: String,
}

pub(super) async fn run(scene: &Scene) -> Facts {
    let world = World::new(scene);
    let client = scene.client(&world);
    if let Some(act) = &scene.earlier {
        world.state().acts.push_front(act.clone());
        let call = client.request::<Create>(&[], &()).retries(0);
        let _ = call.await;
        let mut state = world.state();
        (state.facts, state.call) = (Facts::default(), Ending::default());
    }
    let result = scene.call(&client).await;
    let mut state = world.state();
    let mut facts = std::mem::take(&mut state.facts);
    facts.result = match &result {
        Err(error) => ending_of(error, &state.call),
        Ok(()) => Ending {
            kind: "-".to_owned(),
            outcome: "ok".to_owned(),
            systemic: "-",
        },
    };
    facts.is_resumable = result.is_err_and(|error| error.pending().is_some());
    facts.fetches = state.fetches;
    drop(state);
    facts.breaker = breaker_counts(&client);
    facts.limiter = limiter_state(&client);
    facts
}

impl Scene {
    fn client(&self, world: &World) -> Client {
        let api = match self.limits {
            Limits::None => &UNLIMITED_API,
            Limits::Published => &LIMITED_API,
            Limits::Strict | Limits::StrictWithoutQueue => &STRICT_API,
        };
        let mut builder = Client::builder(api)
            .transport(world.clone())
            .clock(world.clone())
            .observer(world.clone())
            .max_response_bytes(self.max_response_bytes);
        builder = match self.keys {
            Keys::Fixed => builder.api_key("sk_test_fixed"),
            _ => builder.credentials(world.clone()),
        };
        if self.limits == Limits::StrictWithoutQueue {
            builder = builder.rate_limiter(Limiter::new(STRICT).queue(0));
        }
        if !self.retries_rate_limits {
            builder = builder.retry_policy(RetryPolicy::new().retry_rate_limits(false));
        }
        if self.opens_at_once {
            builder = builder.circuit_breaker(CircuitBreaker::new().min_attempts(1));
        }
        builder.build().unwrap()
    }

    async fn call(&self, client: &Client) -> Result<(), Error> {
        match self.target {
            Target::Get => self.send(client.request::<Read>(&[], &())).await,
            Target::GetBinary => self.send(client.request::<Download>(&[], &())).await,
            Target::Post => self.send(client.request::<Create>(&[], &())).await,
            Target::PostUnkeyed => self.send(client.request::<CreateUnkeyed>(&[], &())).await,
            Target::DeleteV1 => self.send(client.request::<Delete>(&[], &())).await,
            Target::DeleteV2 => self.send(client.request::<DeleteV2>(&[], &())).await,
            Target::Resumed => self.send(client.resume(&begun_write(false))).await,
            Target::ResumedLive => self.send(client.resume(&begun_write(true))).await,
            Target::Class => self.send(client.request::<PayOut>(&[], &())).await,
            Target::SeparateClass => self.send(client.request::<Meter>(&[], &())).await,
            Target::Raw => self.send(client.raw(Method::Post, "/v1/things")).await,
        }
    }

    async fn send<T: Output>(&self, call: Call<T>) -> Result<(), Error> {
        let mut call = call.retries(self.retries).timeout(self.timeout);
        if let Some(deadline) = self.deadline {
            call = call.deadline(deadline);
        }
        call.await.map(|_| ())
    }
}

fn begun_write(live: bool) -> PendingWrite {
    let method = Method::Post.as_http();
    let begun = SystemTime::UNIX_EPOCH;
    let mut write = PendingWrite::new("key", method, "api", "/v1/things", begun);
    write.live = Some(live);
    write
}

/// The error as the caller gets it. Its kind has no name there: it is that of the call's end, or
/// else the response could not be decoded.
fn ending_of(error: &Error, call: &Ending) -> Ending {
    let kind = match call.kind.as_str() {
        "" if error.is_build() => "build",
        "-" if error.is_decode() => "decode",
        kind => kind,
    };
    let outcome = error.outcome();
    let outcome = match () {
        () if outcome.is_not_sent() => "not_sent",
        () if outcome.is_unknown() => "unknown",
        () => "rejected",
    };
    Ending {
        kind: kind.to_owned(),
        outcome: outcome.to_owned(),
        systemic: call.systemic,
    }
}

fn breaker_counts(client: &Client) -> String {
    let counts = client.stats().circuits.into_iter();
    let counts = counts.map(|circuit| format!("{}/{}", circuit.attempts, circuit.failures));
    counts.collect::<Vec<_>>().join(", ")
}

/// The limits that a refusal or a pause has changed.
fn limiter_state(client: &Client) -> String {
    let mut parts = Vec::new();
    for usage in client.stats().rate_limits {
        if usage.refusals == 0 && usage.pause.is_none() {
            continue;
        }
        let mut part = usage.scope.clone();
        if usage.refusals > 0 {
            part += &format!(" refused {}", usage.refusals);
            if let Some(rate) = usage.allowed_per_second {
                part += &format!(" {rate:.1}/s");
            }
            if let Some(most) = usage.concurrent {
                part += &format!(" {most} at once");
            }
        }
        if let Some(pause) = usage.pause {
            part += &format!(" pause {pause:?}");
        }
        parts.push(part);
    }
    match parts.is_empty() {
        true => "-".to_owned(),
        false => parts.join(", "),
    }
}

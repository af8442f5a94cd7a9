//! A client with a scripted transport and a clock without waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use runtime::clock::{BoxFuture, Clock};
use runtime::http::{RawResponse, Request};
use runtime::transport::{Progress, Transport, TransportError};
use runtime::value::RawJson;
use runtime::{ApiSpec, Call, Client, ClientBuilder, Operation, OperationSpec};

pub(crate) static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "2026-01-28.test",
    hosts: &[("api", "https://api.example.test")],
    key_variable: "RUNTIME_TELEMETRY_TEST_KEY",
    ..ApiSpec::DEFAULT
};

pub(crate) struct Create;

impl Operation for Create {
    type Params = ();
    type Output = RawJson;
    type Error = ();
    const SPEC: &'static OperationSpec = &OperationSpec::post("Create", "/v1/items");
}

pub(crate) struct Retrieve;

impl Operation for Retrieve {
    type Params = ();
    type Output = RawJson;
    type Error = ();
    const SPEC: &'static OperationSpec = &OperationSpec::get("Retrieve", "/v1/items/{item}");
}

/// What the server does with one attempt.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Respond(u16, &'static [(&'static str, &'static str)], &'static str),
    Unreachable,
    /// Responds after being polled this many times.
    Slow(u32),
    Hang,
}

pub(crate) const OK: Act = Act::Respond(200, &[("request-id", "req_ok")], r#"{"id": "it_1"}"#);

/// Returns the scripted results and records the requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
    pub(crate) seen: Arc<Mutex<Vec<Request>>>,
    clock: TestClock,
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        self.seen.lock().unwrap().push(request);
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(OK);
        let clock = self.clock.clone();
        Box::pin(async move {
            clock.pass(Duration::from_millis(20));
            match act {
                Act::Respond(status, headers, body) => Ok(answer(status, headers, body)),
                Act::Unreachable => Err(TransportError::new(Progress::Connecting)),
                Act::Hang => std::future::pending().await,
                Act::Slow(polls) => {
                    for _ in 0..polls {
                        tokio::task::yield_now().await;
                    }
                    Ok(answer(200, &[], "{}"))
                }
            }
        })
    }
}

fn answer(
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &'static str,
) -> RawResponse {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    RawResponse::new(StatusCode::from_u16(status).unwrap(), headers, body)
}

/// Time limits never expire; backoffs end immediately.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<Mutex<Instant>>);

impl Default for TestClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "virtual time has to begin somewhere"
    )]
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl TestClock {
    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            if duration >= Duration::from_secs(10) {
                return std::future::pending().await;
            }
            clock.pass(duration);
        })
    }

    /// Divisible by 1,001 with a remainder of 500, from which policies draw backoffs.
    fn random(&self) -> u64 {
        1_001 * 7 + 500
    }
}

pub(crate) struct Stage {
    pub(crate) script: Script,
}

impl Stage {
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let script = Script::default();
        script.acts.lock().unwrap().extend(acts);
        Self { script }
    }

    pub(crate) fn clock(&self) -> &TestClock {
        &self.script.clock
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(&API)
            .api_key("sk_test_PLANTED")
            .transport(self.script.clone())
            .clock(self.script.clock.clone())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// The values of a header in the requests that were sent.
    pub(crate) fn sent(&self, header: &str) -> Vec<Option<String>> {
        let seen = self.script.seen.lock().unwrap();
        let values = seen.iter().map(|request| request.headers.get(header));
        values
            .map(|value| Some(value?.to_str().unwrap().to_owned()))
            .collect()
    }
}

pub(crate) fn create(client: &Client) -> Call<RawJson> {
    client.request::<Create>(&[], &())
}

pub(crate) fn retrieve(client: &Client, id: &str) -> Call<RawJson> {
    client.request::<Retrieve>(&[id], &())
}

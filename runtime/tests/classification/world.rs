//! The server, the clock, the credentials and the observer of a call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use runtime::auth::{ApiKey, Credential, CredentialError, CredentialProvider};
use runtime::clock::{BoxFuture, Clock};
use runtime::error::TimeLimit;
use runtime::http::{RawResponse, Request};
use runtime::telemetry::{CallEvent, Observer};
use runtime::transport::{Transport, TransportError};
use runtime::{Error, Secret};

use crate::client::{Act, Ending, Facts, Keys, Scene};

/// The server, the clock, the credentials and the observer of one scene.
#[derive(Clone, Debug)]
pub(super) struct World(Arc<Mutex<State>>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) acts: VecDeque<Act>,
    keys: Keys,
    now: Instant,
    pub(super) facts: Facts,
    pub(super) call: Ending,
    /// Whether a backoff was reported since the last attempt.
    has_paused: bool,
    pub(super) fetches: u32,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "any time will do to begin with")]
    pub(super) fn new(scene: &Scene) -> Self {
        Self(Arc::new(Mutex::new(State {
            acts: scene.acts.iter().cloned().collect(),
            keys: scene.keys,
            now: Instant::now(),
            facts: Facts::default(),
            call: Ending::default(),
            has_paused: false,
            fetches: 0,
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Transport for World {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let act = self.state().acts.pop_front();
        let world = self.clone();
        Box::pin(async move {
            match act {
                None => Ok(respond(200, &[], b"{\"id\": \"obj_1\"}".to_vec())),
                Some(Act::Respond {
                    status,
                    headers,
                    body,
                }) => Ok(respond(status, &headers, body)),
                Some(Act::Fail {
                    progress,
                    timed_out,
                    after,
                }) => {
                    world.state().now += after;
                    let error = TransportError::new(progress);
                    Err(if timed_out { error.timed_out() } else { error })
                }
                Some(Act::Hang) => std::future::pending().await,
            }
        })
    }
}

fn respond(status: u16, headers: &[(&'static str, &'static str)], body: Vec<u8>) -> RawResponse {
    let headers = headers.iter().map(|&(name, value)| {
        let name = HeaderName::from_static(name);
        (name, HeaderValue::from_static(value))
    });
    let status = StatusCode::from_u16(status).unwrap();
    RawResponse::new(status, headers.collect::<HeaderMap>(), body)
}

impl Clock for World {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let world = self.clone();
        Box::pin(async move { world.state().now += duration })
    }

    fn random(&self) -> u64 {
        // The middle: backoffs are half of their upper bound.
        1 << 63
    }
}

impl CredentialProvider for World {
    fn fetch(&self) -> BoxFuture<'static, Result<Credential, CredentialError>> {
        let mut state = self.state();
        state.fetches += 1;
        let key = match (state.keys, state.fetches) {
            (Keys::Failing, _) | (Keys::FailingLater, 2..) => None,
            (Keys::New, fetch) => Some(format!("sk_test_{fetch}")),
            (Keys::OtherMode, 2..) => Some("sk_live_1".to_owned()),
            _ => Some("sk_test_1".to_owned()),
        };
        Box::pin(async {
            let key = key.ok_or_else(|| CredentialError::new("no key"))?;
            Ok(Credential::new(ApiKey::new(&Secret::from(key))?))
        })
    }
}

impl Observer for World {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        let mut state = self.state();
        if !state.facts.attempts.is_empty() && !std::mem::take(&mut state.has_paused) {
            state.facts.steps.push("new key".to_owned());
        }
        state.facts.attempts.push(ending(event));
    }

    fn retrying(&self, _: &CallEvent<'_>, pause: Duration) {
        let mut state = self.state();
        state.has_paused = true;
        state.facts.steps.push(format!("{pause:?}"));
    }

    fn call_ended(&self, event: &CallEvent<'_>) {
        self.state().call = ending(event);
    }
}

fn ending(event: &CallEvent<'_>) -> Ending {
    let kind = event.failure_kind().unwrap_or("-");
    let limit = match event.error.and_then(Error::time_limit) {
        None => "",
        Some(TimeLimit::Connect) => " (connect)",
        Some(TimeLimit::Attempt) => " (attempt)",
        Some(TimeLimit::BodyStall) => " (body stall)",
        Some(TimeLimit::Deadline) => " (deadline)",
        Some(_) => " (other)",
    };
    Ending {
        kind: format!("{kind}{limit}"),
        outcome: event.outcome_name().to_owned(),
        systemic: if event.is_fault() { "yes" } else { "-" },
    }
}

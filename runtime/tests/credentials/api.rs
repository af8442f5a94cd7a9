//! A small API with a host for sessions and one for OAuth, and a clock that tests control.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use runtime::client::SessionSpec;
use runtime::clock::{BoxFuture, Clock, system_random};
use runtime::operation::{Method, OperationSpec};
use runtime::value::RawJson;
use runtime::{ApiSpec, Client, ClientBuilder, Error};

use crate::server::Server;

static OPEN: OperationSpec =
    OperationSpec::post("OpenSession", "/v2/billing/meter_event_session").json();

pub(crate) static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "1",
    hosts: &[
        ("api", "https://api.example.test"),
        ("connect", "https://connect.example.test"),
        ("meter_events", "https://meter-events.example.test"),
    ],
    version_header: Some("Stripe-Version"),
    account_header: Some("Stripe-Account"),
    context_header: Some("Stripe-Context"),
    sessions: &[SessionSpec {
        host: "meter_events",
        operation: &OPEN,
        token: "authentication_token",
        expires: "expires_at",
    }],
    ..ApiSpec::DEFAULT
};

/// Real timers, with a calendar and a monotonic clock that a test can advance.
#[derive(Clone, Debug)]
pub(crate) struct Moved(Arc<Mutex<Duration>>);

impl Moved {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn advance(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the timers are real ones, so the clock is one too"
)]
impl Clock for Moved {
    fn now(&self) -> Instant {
        Instant::now() + *self.0.lock().unwrap()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::now() + *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn random(&self) -> u64 {
        system_random()
    }
}

/// A client for the server, whose credentials the caller sets.
pub(crate) fn builder(server: &Server, clock: &Moved) -> ClientBuilder {
    Client::builder(&API)
        .base_url(&server.url)
        .clock(clock.clone())
        .retries(0)
}

/// Any call.
pub(crate) async fn call(client: &Client) -> Result<RawJson, Error> {
    client.raw(Method::Get, "/v1/anything").await
}

/// An error and its sources.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(" < {error} {error:?}"));
        cause = error.source();
    }
    text
}

/// The seconds since 1970 and the time itself, so far ahead of a clock.
pub(crate) fn ahead(clock: &Moved, time: Duration) -> u64 {
    let time = clock.calendar() + time;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_secs()
}

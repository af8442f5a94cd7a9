//! Events for the tests of observers.

use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use runtime::error::Error;
use runtime::http::RawResponse;
use runtime::telemetry::CallEvent;

/// An event of one attempt that took 10 ms.
pub(crate) fn event<'a>(at: Instant, error: Option<&'a Error>) -> CallEvent<'a> {
    let mut event = CallEvent::new(at);
    event.duration = Duration::from_millis(10);
    event.failure = error.map(Error::outcome);
    event.error = error;
    event
}

/// An arbitrary time.
#[expect(
    clippy::disallowed_methods,
    reason = "instants cannot be made in another way"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

pub(crate) fn rejected(status: u16) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    Error::rejected(RawResponse::new(
        status,
        HeaderMap::new(),
        "{\"error\": {}}",
    ))
}

//! Errors for unit tests of code that handles them.
//!
//! In: a response, or nothing. Out: the [`Error`] that a client creates from it. Errors that
//! depend on the network come from a write that a real client sends to a [`Mock`]. So they have
//! an operation, an idempotency key, a number of attempts and, if the outcome is unknown, a
//! pending write. Kinds of errors that arise inside the client are created directly.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use runtime::client::{ApiSpec, Client};
use runtime::error::{Error, ErrorKind, Outcome, TimeLimit};
use runtime::operation::Method;
use wire::value::RawJson;

use crate::{ManualClock, Mock, MockResponse};

/// The API of the calls that fail.
static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "test",
    hosts: &[("api", "https://api.example.test")],
    ..ApiSpec::DEFAULT
};

/// The idempotency key of the call that fails.
pub const KEY: &str = "test-key";

/// The error that a client creates from this status and body, as in
/// `error(402, r#"{"error": {"type": "card_error"}}"#)`. See [`from_response`] for headers.
pub fn error(status: u16, body: &str) -> Error {
    from_response(MockResponse::status(status, body.to_owned()))
}

/// The error that a client creates from the response to a write with the key [`KEY`], without
/// retries.
///
/// If the response is a success, the error is one of [`Error::is_build`] with a text about that.
///
/// ```
/// use testing::{MockResponse, errors};
///
/// let error = errors::from_response(MockResponse::card_declined("insufficient_funds"));
/// assert!(error.is_card_declined());
/// assert_eq!(error.decline_code(), Some("insufficient_funds"));
/// assert!(errors::from_response(MockResponse::connection_reset()).pending().is_some());
/// ```
pub fn from_response(response: MockResponse) -> Error {
    send_write(response)
        .err()
        .unwrap_or_else(|| Error::build("this response is a success, so there is no error"))
}

fn send_write(response: MockResponse) -> Result<(), Error> {
    let clock = ManualClock::new().auto_advance();
    let mock = Mock::new().clock(clock.clone());
    mock.on_raw(Method::Post, "/v1/test").respond_with(response);
    let client = Client::builder(&API)
        .api_key("sk_test_123")
        .transport(mock)
        .clock(clock)
        .retries(0)
        .build()?;
    let call = client
        .raw(Method::Post, "/v1/test")
        .idempotency_key(KEY)
        .decode_as::<RawJson>();
    let mut call = pin!(call.into_future());
    // The call waits only for the clock, which advances automatically.
    for _ in 0..1_000 {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
            return result.map(drop);
        }
    }
    Err(Error::build("the call did not end within its time limit"))
}

/// [`Error::is_build`]: the call was wrong before anything was sent.
pub fn build() -> Error {
    local(ErrorKind::Build)
}

/// [`Error::is_credentials`]: no credentials could be obtained.
pub fn credentials() -> Error {
    local(ErrorKind::Credentials)
}

/// [`Error::is_journal`]: the write could not be journaled.
pub fn journal() -> Error {
    local(ErrorKind::Journal)
}

/// [`Error::is_circuit_open`], with the time until a probe is admitted.
pub fn circuit_open(retry_after: Duration) -> Error {
    local(ErrorKind::CircuitOpen).with_retry_after(retry_after)
}

/// [`Error::is_queue_full`]: too many calls are waiting for the client-side rate limit.
pub fn queue_full() -> Error {
    local(ErrorKind::QueueFull)
}

/// [`Error::is_queue_timeout`]: the call waited too long for the client-side rate limit.
pub fn queue_timeout() -> Error {
    local(ErrorKind::QueueTimeout)
}

/// [`Error::is_pagination`]: the list cannot be continued.
pub fn pagination() -> Error {
    local(ErrorKind::Pagination)
}

/// [`Error::is_timeout`] because the deadline of the call passed before anything was sent.
pub fn deadline() -> Error {
    local(ErrorKind::Timeout)
        .with_outcome(Outcome::NotSent)
        .with_time_limit(TimeLimit::Deadline)
}

/// [`Error::is_connect`]: not sent.
pub fn connect() -> Error {
    from_response(MockResponse::connection_refused())
}

/// [`Error::is_timeout`]: the outcome is unknown.
pub fn timeout() -> Error {
    from_response(MockResponse::no_response())
}

/// [`Error::is_interrupted`]: the outcome is unknown.
pub fn interrupted() -> Error {
    from_response(MockResponse::connection_reset())
}

/// [`Error::is_decode`]: it was executed, but the response cannot be decoded.
pub fn decode() -> Error {
    from_response(MockResponse::malformed())
}

/// [`Error::is_too_large`]: it may have been executed, but the response is longer than allowed.
pub fn too_large() -> Error {
    local(ErrorKind::TooLarge)
}

/// [`Error::is_redirect`].
pub fn redirect() -> Error {
    from_response(
        MockResponse::status(302, "").header("location", "https://elsewhere.example.test/"),
    )
}

/// [`Error::is_invalid_request`], with the parameter that caused it.
pub fn invalid_request(param: &str) -> Error {
    from_response(
        MockResponse::error(400, "invalid_request_error", "parameter_invalid")
            .error_field("param", param),
    )
}

/// [`Error::is_not_found`].
pub fn not_found() -> Error {
    from_response(MockResponse::not_found())
}

/// [`Error::is_authentication`].
pub fn authentication() -> Error {
    from_response(MockResponse::error(
        401,
        "invalid_request_error",
        "api_key_expired",
    ))
}

/// [`Error::is_permission`].
pub fn permission() -> Error {
    from_response(MockResponse::error(403, "invalid_request_error", ""))
}

/// [`Error::is_card_declined`], with the issuer's reason.
pub fn card_declined(decline_code: &str) -> Error {
    from_response(MockResponse::card_declined(decline_code))
}

/// [`Error::is_idempotency_mismatch`]: the key was used for another request.
pub fn idempotency_mismatch() -> Error {
    from_response(MockResponse::error(400, "idempotency_error", ""))
}

/// [`Error::is_conflict`]: another request under the same key is in progress.
pub fn conflict() -> Error {
    from_response(MockResponse::error(
        409,
        "invalid_request_error",
        "idempotency_key_in_use",
    ))
}

/// [`Error::is_dependency_failed`].
pub fn dependency_failed() -> Error {
    from_response(MockResponse::error(424, "api_error", ""))
}

/// [`Error::is_rate_limited`], with the server's reason, such as `global-rate`.
pub fn rate_limited(reason: &str) -> Error {
    from_response(MockResponse::rate_limited(reason))
}

/// [`Error::is_lock_timeout`].
pub fn lock_timeout() -> Error {
    from_response(MockResponse::lock_timeout())
}

/// [`Error::is_server`]: the outcome is unknown.
pub fn server() -> Error {
    from_response(MockResponse::server_error())
}

/// [`Error::is_session_expired`].
pub fn session_expired() -> Error {
    from_response(MockResponse::error(401, "temporary_session_expired", ""))
}

/// [`Error::is_oauth`], with a code such as `invalid_grant`.
pub fn oauth(code: &str) -> Error {
    let body = wire::codec::encode_json(&code.to_owned());
    error(400, &format!("{{\"error\": {body}}}"))
}

/// An error that arises inside the client.
fn local(kind: ErrorKind) -> Error {
    Error::from_kind(kind).with_call("POST {path}", Some(KEY), 0)
}

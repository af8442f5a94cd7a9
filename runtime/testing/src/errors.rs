//! Errors for unit tests of code that handles them.
//!
//! In: a reply, or nothing. Out: the very [`Error`] that a client makes of it. Whatever comes
//! over the network is made by sending a write through a real client to a double, so these
//! errors have an operation, a key, a number of attempts and, where the outcome is unknown, a
//! write to resume; the kinds that arise inside of the client are made directly.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{ManualClock, Mock, Reply};
use runtime::client::{ApiSpec, Client};
use runtime::error::{Error, ErrorKind, Outcome, TimeLimit};
use runtime::operation::Method;
use wire::value::RawJson;

/// The API that the errors come from.
static API: ApiSpec = ApiSpec {
    title: "Test API",
    version: "test",
    hosts: &[("api", "https://api.example.test")],
    ..ApiSpec::DEFAULT
};

/// The idempotency key of the errors' call.
pub const KEY: &str = "test-key";

/// The error that a client makes of a response with this status and body, as in
/// `error(402, r#"{"error": {"type": "card_error"}}"#)`. See [`of`] for replies with headers.
pub fn error(status: u16, body: &str) -> Error {
    of(Reply::status(status, body.to_owned()))
}

/// The error that a client makes of a reply to a write under the key [`KEY`], without retries.
///
/// A reply of success is no error; what comes back then is an [`Error::is_build`] that says so.
///
/// ```
/// use testing::{Reply, errors};
///
/// let error = errors::of(Reply::card_declined("insufficient_funds"));
/// assert!(error.is_card_declined());
/// assert_eq!(error.decline_code(), Some("insufficient_funds"));
/// assert!(errors::of(Reply::reset()).pending().is_some());
/// ```
pub fn of(reply: Reply) -> Error {
    result(reply).err().unwrap_or_else(|| {
        Error::build("no error comes of this reply: its status and its body say success")
    })
}

fn result(reply: Reply) -> Result<(), Error> {
    let clock = ManualClock::new().auto_advance();
    let mock = Mock::new().clock(clock.clone());
    mock.on_raw(Method::Post, "/v1/test").reply(reply);
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
    // Nothing here waits for anything but the clock, which moves by itself.
    for _ in 0..1_000 {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
            return result.map(drop);
        }
    }
    Err(Error::build("the reply did not come within its time limit"))
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

/// [`Error::is_circuit_open`], with the time until a probe may pass.
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
    of(Reply::refuse_connection())
}

/// [`Error::is_timeout`]: the outcome is unknown.
pub fn timeout() -> Error {
    of(Reply::never())
}

/// [`Error::is_interrupted`]: the outcome is unknown.
pub fn interrupted() -> Error {
    of(Reply::reset())
}

/// [`Error::is_decode`]: it was carried out, but the response cannot be decoded.
pub fn decode() -> Error {
    of(Reply::garbage())
}

/// [`Error::is_too_large`]: it may have been carried out, but the response is longer than allowed.
pub fn too_large() -> Error {
    local(ErrorKind::TooLarge)
}

/// [`Error::is_redirect`].
pub fn redirect() -> Error {
    of(Reply::status(302, "").header("location", "https://elsewhere.example.test/"))
}

/// [`Error::is_invalid_request`], with the parameter that caused it.
pub fn invalid_request(param: &str) -> Error {
    of(Reply::error(400, "invalid_request_error", "parameter_invalid").with("param", param))
}

/// [`Error::is_not_found`].
pub fn not_found() -> Error {
    of(Reply::not_found())
}

/// [`Error::is_authentication`].
pub fn authentication() -> Error {
    of(Reply::error(
        401,
        "invalid_request_error",
        "api_key_expired",
    ))
}

/// [`Error::is_permission`].
pub fn permission() -> Error {
    of(Reply::error(403, "invalid_request_error", ""))
}

/// [`Error::is_card_declined`], with the issuer's reason.
pub fn card_declined(decline_code: &str) -> Error {
    of(Reply::card_declined(decline_code))
}

/// [`Error::is_idempotency_mismatch`]: the key was used for another request.
pub fn idempotency_mismatch() -> Error {
    of(Reply::error(400, "idempotency_error", ""))
}

/// [`Error::is_conflict`]: another request under the same key is in progress.
pub fn conflict() -> Error {
    of(Reply::error(
        409,
        "invalid_request_error",
        "idempotency_key_in_use",
    ))
}

/// [`Error::is_dependency_failed`].
pub fn dependency_failed() -> Error {
    of(Reply::error(424, "api_error", ""))
}

/// [`Error::is_rate_limited`], with the server's reason, such as `global-rate`.
pub fn rate_limited(reason: &str) -> Error {
    of(Reply::rate_limited(reason))
}

/// [`Error::is_lock_timeout`].
pub fn lock_timeout() -> Error {
    of(Reply::lock_timeout())
}

/// [`Error::is_server`]: the outcome is unknown.
pub fn server() -> Error {
    of(Reply::server_error())
}

/// [`Error::is_session_expired`].
pub fn session_expired() -> Error {
    of(Reply::error(401, "temporary_session_expired", ""))
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

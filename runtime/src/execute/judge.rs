//! What the end of an attempt means.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use crate::circuit_breaker::ServerHealth;
use crate::codec::{DecodeError, Reader};
use crate::error::{Error, ErrorKind, Outcome, TimeLimit};
use crate::http::RawResponse;
use crate::transport::{Progress, TransportError};

/// An attempt that was given less says nothing about the server when its time is over.
const PATIENT: Duration = Duration::from_secs(1);

/// A success, or the error that the response stands for. The status decides first; a success
/// whose body is an error object is a failure all the same, and so is one that is no JSON where
/// that was asked for: it is not the API's answer, so nothing is known about the request.
pub(super) fn response(
    response: RawResponse,
    longest: usize,
    wants_json: bool,
) -> Result<RawResponse, Error> {
    if response.body().len() > longest {
        return Err(Error::from_kind(ErrorKind::TooLarge));
    }
    if !response.status().is_success() || is_error_object(response.body()) {
        return Err(Error::rejected(response));
    }
    if wants_json && response.status() != StatusCode::NO_CONTENT {
        if let Err(fault) = check_json(response.body()) {
            return Err(Error::undecodable(response, fault));
        }
    }
    Ok(response)
}

/// Whether the answer should be JSON.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept == "application/json")
}

/// Tells text that is no JSON, such as a proxy's page or half an answer. Every object and list is
/// decoded later and not read twice: for them the brackets at both ends have to do.
fn check_json(body: &[u8]) -> Result<(), DecodeError> {
    let text = body.trim_ascii();
    if let (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) = (text.first(), text.last()) {
        return Ok(());
    }
    let mut reader = Reader::new(body)?;
    reader.raw()?;
    reader.end()
}

/// Whether a body is an object that begins with an `error` object and is no resource: resources
/// have an id or name their type. Looks at the first key before it reads anything more.
fn is_error_object(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let Some(inner) = start.strip_prefix(b"{") else {
        return false;
    };
    let Some(rest) = inner.trim_ascii_start().strip_prefix(b"\"error\"") else {
        return false;
    };
    let Some(value) = rest.trim_ascii_start().strip_prefix(b":") else {
        return false;
    };
    if !value.trim_ascii_start().starts_with(b"{") {
        return false;
    }
    let tags = Reader::new(body).and_then(|reader| reader.tags());
    tags.is_ok_and(|tags| tags.object.is_none() && tags.id.is_none())
}

/// The error of an attempt without an answer. `over` is the call's own time limit that was over
/// by then, for transports that keep it themselves.
pub(super) fn failure(failure: TransportError, over: Option<TimeLimit>) -> Error {
    let kind = match failure.progress() {
        Progress::Refused => ErrorKind::Build,
        Progress::Connecting => ErrorKind::Connect,
        Progress::TooLarge => ErrorKind::TooLarge,
        Progress::Sent if failure.is_timeout() => ErrorKind::Timeout,
        Progress::Sent => ErrorKind::Interrupted,
    };
    let own = match failure.progress() {
        Progress::Connecting => TimeLimit::Connect,
        _ => TimeLimit::BodyStall,
    };
    let error = Error::from_kind(kind);
    let error = if failure.is_timeout() {
        error.with_time_limit(over.unwrap_or(own))
    } else {
        error
    };
    error.with_source(failure)
}

/// The error of an attempt that was given up. How far it got is not known.
pub(super) fn timeout(limit: Duration, which: TimeLimit) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("{} after {limit:?}", ErrorKind::Timeout.description()),
    )
    .with_outcome(Outcome::Unknown)
    .with_time_limit(which)
}

/// Whether fresh credentials may mend it.
pub(super) fn is_stale_credential(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication | ErrorKind::SessionExpired
    )
}

/// Whether another attempt may mend an attempt that has no answer.
pub(super) fn is_transient(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted
    )
}

/// What an attempt says about the server. A stored failure that it repeats says that it is well
/// now: otherwise resuming the writes that an outage has left behind would look like another one.
/// `limit` is the time that the attempt was given.
pub(super) fn health(error: Option<&Error>, limit: Duration) -> ServerHealth {
    match error.map(Error::kind) {
        _ if error.is_some_and(Error::idempotent_replayed) => ServerHealth::Healthy,
        // One impatient caller must not close the circuit to all others.
        Some(ErrorKind::Timeout) if limit < PATIENT => ServerHealth::Unknown,
        Some(ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Server) => {
            ServerHealth::Failed
        }
        _ => ServerHealth::Healthy,
    }
}

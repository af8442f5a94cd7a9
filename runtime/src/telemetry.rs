//! Telemetry: events of calls and attempts, and spans.
//!
//! In: what `execute` reports. Out: calls of an [`Observer`]; spans and events of `tracing`
//! (feature `tracing`). The crate `observe` has observers for metrics, health and bodies. Events
//! hold path templates and never paths, queries, headers, bodies or keys, so they can be logged as
//! they are. Nothing is sent anywhere unless the client is built with
//! `ClientBuilder::send_telemetry`, which adds the duration of an earlier request to the next one.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::codec::Correction;
use crate::error::{Error, Outcome};
use crate::http::Request;

#[cfg(feature = "tracing")]
mod spans;
#[cfg(test)]
mod tests;

#[cfg(feature = "tracing")]
pub(crate) use spans::TracingSpan as Span;

/// One attempt, or one whole call, that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// When it happened, by the client's clock.
    pub at: Instant,
    /// The title of the API.
    pub service: &'a str,
    /// The operation's id; empty for a raw request.
    pub operation: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path with its placeholders.
    pub template: &'a str,
    /// The key of the host, such as `api`.
    pub host: &'a str,
    /// The name of the server that the request goes to, such as `api.stripe.com`.
    pub server: &'a str,
    /// The port of the server.
    pub server_port: u16,
    /// The number of the attempt, from 1; for a call, how many there were.
    pub attempt: u32,
    /// How long it took. For a call this includes all waits and backoffs.
    pub duration: Duration,
    /// How much of the call's time so far was spent waiting for the rate limiter.
    pub queued: Duration,
    /// The status of the response, if one was received.
    pub status: Option<StatusCode>,
    /// The server's id of the request.
    pub request_id: Option<&'a str>,
    /// `None` for success, otherwise the outcome of the failure.
    pub failure: Option<Outcome>,
    /// The failure itself. Its `Display` and `Debug` are safe to log; its body and message are not.
    /// The error of an attempt does not have the properties of the call yet.
    pub error: Option<&'a Error>,
    /// Whether the server repeated the stored response to an earlier request with the same key.
    pub replayed: bool,
    /// The server's notice to developers, if it sent one. The text is unchanged: limit its length
    /// before showing it.
    pub notice: Option<&'a str>,
}

impl CallEvent<'_> {
    /// Creates an event of a successful first attempt of a raw request with a duration of zero, for
    /// tests of observers.
    pub fn new(at: Instant) -> Self {
        Self {
            at,
            service: "",
            operation: "",
            method: "GET",
            template: "",
            host: "api",
            server: "",
            server_port: 443,
            attempt: 1,
            duration: Duration::ZERO,
            queued: Duration::ZERO,
            status: None,
            request_id: None,
            failure: None,
            error: None,
            replayed: false,
            notice: None,
        }
    }

    /// The kind of the failure, for labels of metrics; `None` for success. One of a fixed set of
    /// names in snake case, one per predicate of [`Error`]: `card_declined` goes with
    /// [`Error::is_card_declined`]. A dropped call is `dropped`.
    pub fn failure_kind(&self) -> Option<&'static str> {
        match (self.error, self.failure) {
            (Some(error), _) => Some(error.kind().as_str()),
            (None, Some(_)) => Some("dropped"),
            (None, None) => None,
        }
    }

    /// The outcome as a label: `ok`, `not_sent`, `unknown` or `rejected`.
    pub fn outcome_name(&self) -> &'static str {
        match self.failure {
            None => "ok",
            Some(Outcome::NotSent) => "not_sent",
            Some(Outcome::Unknown) => "unknown",
            Some(Outcome::Rejected) => "rejected",
        }
    }

    /// Whether the failure was caused by the server, the network or this client's configuration,
    /// and not by the content of one request.
    ///
    /// Declined cards, invalid requests, objects that do not exist, mismatched idempotency keys,
    /// rejected authorization codes and requests that could not be built return `false`; a rejected
    /// API key and an exceeded rate limit return `true`.
    pub fn is_fault(&self) -> bool {
        use crate::error::ErrorKind;
        self.error.is_some_and(|error| {
            !matches!(
                error.kind(),
                ErrorKind::Build
                    | ErrorKind::CardDeclined
                    | ErrorKind::InvalidRequest
                    | ErrorKind::NotFound
                    | ErrorKind::IdempotencyMismatch
                    | ErrorKind::OAuth
                    | ErrorKind::Pagination
            )
        })
    }

    /// The full name of the method as defined by OpenTelemetry, `Stripe API/PostCustomers`; the
    /// HTTP method and the template for raw requests.
    pub fn full_name(&self) -> impl fmt::Display + '_ {
        FullName {
            service: self.service,
            operation: self.operation,
            method: self.method,
            template: self.template,
        }
    }
}

struct FullName<'a> {
    service: &'a str,
    operation: &'a str,
    method: &'a str,
    template: &'a str,
}

impl fmt::Display for FullName<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operation.is_empty() {
            return write!(out, "{} {}", self.method, self.template);
        }
        write!(out, "{}/{}", self.service, self.operation)
    }
}

/// A response in which decoding has filled values; see
/// [`DecodePolicy::Correct`](crate::codec::DecodePolicy::Correct).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CorrectedResponse<'a> {
    /// The title of the API.
    pub service: &'a str,
    /// The operation's id; empty for raw requests.
    pub operation: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path with placeholders, such as `/v1/customers/{customer}`.
    pub template: &'a str,
    /// The server's id of the request.
    pub request_id: Option<&'a str>,
    /// The values with their paths.
    pub corrections: &'a [Correction],
}

impl CorrectedResponse<'_> {
    /// The full name of the method, as of [`CallEvent::full_name`].
    pub fn full_name(&self) -> impl fmt::Display + '_ {
        FullName {
            service: self.service,
            operation: self.operation,
            method: self.method,
            template: self.template,
        }
    }
}

/// Receives events of calls and attempts.
///
/// The methods are called for one call in this order: [`attempt_ended`](Observer::attempt_ended)
/// for each attempt, [`retrying`](Observer::retrying) between two of them if the second is a retry,
/// and at the end either [`call_ended`](Observer::call_ended) or
/// [`call_dropped`](Observer::call_dropped), exactly once. A call that fails before its first
/// attempt only has the last of these events. Calls run at the same time, so their events
/// interleave.
///
/// The methods run inside of the call, on its thread: they must return quickly and must not block
/// or wait for another call of the same client. A panic in one of them unwinds through the call.
/// Responses are decoded after the call has ended, so errors of decoding are not reported, and
/// corrections are reported after the end of the call.
///
/// ```
/// use runtime::telemetry::{CallEvent, Observer};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn call_ended(&self, event: &CallEvent<'_>) {
///         eprintln!("{} took {:?}: {}", event.operation, event.duration, event.outcome_name());
///     }
/// }
/// ```
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// Called before an attempt is sent. The request contains everything that is sent, including
    /// credentials and body, so it must not be logged unredacted.
    fn request_sent(&self, request: &Request) {
        let _ = request;
    }

    /// Called when a response with any status was received. Its headers and body may contain
    /// secrets and personal data.
    fn response_received(&self, operation: &str, headers: &HeaderMap, body: &Bytes) {
        let _ = (operation, headers, body);
    }

    /// Called when an attempt has ended. It may be followed by another: a retry after a backoff, or
    /// an attempt with refreshed credentials without a backoff. `duration` is the time of this
    /// attempt alone.
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// Called before the backoff of a retry. The event describes the call so far, with the failure
    /// of its last attempt. Attempts with refreshed credentials are not retries and not reported
    /// here.
    fn retrying(&self, event: &CallEvent<'_>, pause: Duration) {
        let _ = (event, pause);
    }

    /// Called when a call has ended, with a response or with the error that its caller receives.
    /// `duration` is the time since the call was first polled, with all waits; `attempt` is the
    /// number of attempts, which is 0 if the call failed before the first.
    fn call_ended(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// Called when the future of a call was dropped before its end: by a time limit around it, by
    /// `select`, or because its task was aborted. If an attempt was in flight, its outcome is
    /// [`Outcome::Unknown`].
    fn call_dropped(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// Called when decoding a response has filled values that the server left out or sent in an
    /// unexpected form, after the call has ended. Among them may be amounts and times, which are
    /// then zero.
    fn response_corrected(&self, event: &CorrectedResponse<'_>) {
        let _ = event;
    }

    /// Called when the circuit of a host (`api`) and a rate limit class (empty for the general one)
    /// has changed its state: `closed`, `open` or `half open`.
    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        let _ = (host, class, state);
    }

    /// Called for a failure that does not fail the call, such as that of the journal after a
    /// response. `what` is a message of this crate; the error may be that of a journal, provider or
    /// other part of the program.
    fn background_error(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        let _ = (what, error);
    }
}

/// The observers that the program has added. The one for `tracing` is called before them.
#[derive(Debug, Default)]
pub(crate) struct Observers(pub(crate) Vec<Box<dyn Observer>>);

impl Observers {
    /// Calls the observers in the order in which they were added.
    pub(crate) fn notify(&self, notify: impl Fn(&dyn Observer)) {
        #[cfg(feature = "tracing")]
        notify(&spans::TracingObserver);
        self.0.iter().for_each(|observer| notify(&**observer));
    }
}

/// A span without `tracing`: a type without size or effect.
#[cfg(not(feature = "tracing"))]
#[derive(Clone, Debug)]
pub(crate) struct NoSpan;

#[cfg(not(feature = "tracing"))]
pub(crate) use NoSpan as Span;

#[cfg(not(feature = "tracing"))]
impl NoSpan {
    pub(crate) fn for_call(_: &CallEvent<'_>) -> Self {
        Self
    }

    pub(crate) fn for_attempt(_: &CallEvent<'_>) -> Self {
        Self
    }

    pub(crate) fn instrument<F>(&self, future: F) -> F {
        future
    }

    pub(crate) fn is_enabled(&self) -> bool {
        false
    }

    pub(crate) fn end(&self, _: &CallEvent<'_>) {}
}

/// The header, as in the API's own libraries.
pub(crate) const REPORT_HEADER: HeaderName = HeaderName::from_static("x-stripe-client-telemetry");

/// The maximum number of reports that wait, as in the API's own library for Go. Further ones are
/// dropped.
const MAX_REPORTS: usize = 16;

/// The maximum length of a request id that is reported, in bytes; known ones have 18.
const MAX_REPORTED_ID: usize = 64;

/// The reports of a client that have not been sent yet.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<VecDeque<(String, u64)>>);

impl Reports {
    /// Adds the report of a request that got a response. Ids with other characters than letters,
    /// digits, `_` and `-` are not the server's and are not reported.
    pub(crate) fn add_report(&self, request_id: &str, duration: Duration) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if request_id.is_empty()
            || request_id.len() > MAX_REPORTED_ID
            || !request_id.chars().all(is_plain)
        {
            return;
        }
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() < MAX_REPORTS {
            queue.push_back((request_id.to_owned(), millis));
        }
    }

    /// Removes the oldest report from the queue and returns its header.
    pub(crate) fn take_header(&self) -> Option<HeaderValue> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, millis) = queue.pop_front()?;
        drop(queue);
        let text = format!(
            r#"{{"last_request_metrics":{{"request_id":"{id}","request_duration_ms":{millis}}}}}"#
        );
        HeaderValue::try_from(text).ok()
    }
}

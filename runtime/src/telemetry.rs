//! What a program can watch: events of calls and attempts, and spans.
//!
//! In: facts that `execute` gathers. Out: calls of an [`Observer`]; spans and events of `tracing`
//! (feature `tracing`). The crate `observe` has observers for metrics, health and bodies. Events
//! hold path templates and never paths,
//! queries, headers, bodies or keys, so they can be logged as they are. Nothing is sent anywhere
//! unless the client is built with `ClientBuilder::send_telemetry`, which adds the duration of an
//! earlier request to the next one.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::error::{Error, Outcome};
use crate::http::Request;

pub(crate) mod report;
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
    /// How long it took. For a call this includes all waiting.
    pub duration: Duration,
    /// How much of the call's time so far was spent waiting for the rate limiter.
    pub queued: Duration,
    /// The status of the answer, if one came.
    pub status: Option<StatusCode>,
    /// The server's name for the request.
    pub request_id: Option<&'a str>,
    /// `None` for success, otherwise what may have happened at the server.
    pub failure: Option<Outcome>,
    /// The failure itself. Its `Display` and `Debug` are safe to log; its body and message are
    /// not. That of an attempt does not know the call yet.
    pub error: Option<&'a Error>,
    /// Whether the server repeated the stored answer to an earlier request with the same key.
    pub replayed: bool,
    /// What the server has to say to the program's developers, if it sent a notice. It is the
    /// server's text as it came: bound its length before you show it.
    pub notice: Option<&'a str>,
}

impl CallEvent<'_> {
    /// A successful first attempt of no known operation that took no time, to be changed by tests
    /// of observers.
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

    /// What kind of failure it was, for labels of metrics; `None` for success. One of a fixed
    /// set of words in lower case with underscores, one per predicate of [`Error`]:
    /// `card_declined` goes with [`Error::is_card_declined`]. A dropped call is `dropped`.
    pub fn failure_kind(&self) -> Option<&'static str> {
        match (self.error, self.failure) {
            (Some(error), _) => Some(error.kind().as_str()),
            (None, Some(_)) => Some("dropped"),
            (None, None) => None,
        }
    }

    /// What came of it in one word: `ok`, `not_sent`, `unknown` or `rejected`.
    pub fn outcome_name(&self) -> &'static str {
        match self.failure {
            None => "ok",
            Some(Outcome::NotSent) => "not_sent",
            Some(Outcome::Unknown) => "unknown",
            Some(Outcome::Rejected) => "rejected",
        }
    }

    /// Whether it failed for a reason that lies in the server, on the way to it, or in this
    /// client's setup: everything but the refusal of one request for what is in it.
    ///
    /// Declined cards, invalid requests, objects that do not exist, mismatched idempotency keys,
    /// refused authorization codes and requests that could not be built are no faults; a
    /// rejected API key and an exceeded rate limit are.
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

    /// The method's full name as OpenTelemetry has it, `Stripe API/PostCustomers`; the HTTP
    /// method and the template for raw requests.
    pub fn full_name(&self) -> impl fmt::Display + '_ {
        FullName(self)
    }
}

struct FullName<'a>(&'a CallEvent<'a>);

impl fmt::Display for FullName<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.0;
        if event.operation.is_empty() {
            return write!(out, "{} {}", event.method, event.template);
        }
        write!(out, "{}/{}", event.service, event.operation)
    }
}

/// Watches calls.
///
/// For one call, in this order: [`attempt_ended`](Observer::attempt_ended) for each attempt,
/// [`retrying`](Observer::retrying) between two of them if the second is a retry, and at the end
/// either [`call_ended`](Observer::call_ended) or [`call_dropped`](Observer::call_dropped), exactly
/// once. A call that fails before its first attempt has only its end. Calls run at the same time,
/// so their events interleave.
///
/// The methods run inside of the call, on its thread: they should be quick, must not block, and
/// must not wait for another call of the same client. A panic in one of them unwinds through the
/// call. Whether an answer can be decoded is found out after the call has ended, so no event
/// tells.
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
    /// An attempt is about to be sent. The request holds everything that is sent, its credentials
    /// and body included, so it must not be logged as it is.
    fn request_sent(&self, request: &Request) {
        let _ = request;
    }

    /// A response has arrived, of whatever status. Its headers and body may hold secrets and
    /// personal data.
    fn response_received(&self, operation: &str, headers: &HeaderMap, body: &Bytes) {
        let _ = (operation, headers, body);
    }

    /// An attempt has ended. It may be followed by another: a retry after a pause, or at once
    /// with fresh credentials. `duration` is the time of this attempt alone.
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// A failed attempt will be followed by another after a pause. The event is about the call so
    /// far, with the failure of its last attempt. Attempts with renewed credentials are no
    /// retries and are not announced.
    fn retrying(&self, event: &CallEvent<'_>, pause: Duration) {
        let _ = (event, pause);
    }

    /// A call has ended, with an answer or with the error that its caller will get. `duration` is
    /// the time since the call was first polled, with all waiting; `attempt` says how many
    /// attempts there were, which is 0 if the call failed before the first.
    fn call_ended(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// The future of a call was dropped before its end: by a time limit around it, by `select`, or
    /// because its task was aborted. What its last attempt came to is not known: the event says
    /// [`Outcome::Unknown`] if one was under way.
    fn call_dropped(&self, event: &CallEvent<'_>) {
        let _ = event;
    }

    /// A circuit breaker's circuit, of a host (`api`) and a class of operations (empty for the
    /// general one), has another state now: `closed`, `open` or `half open`.
    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        let _ = (host, class, state);
    }

    /// Something failed that does not fail the call, such as the journal after an answer. `what`
    /// is a sentence of this crate; the error may be one of your own parts.
    fn background_error(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        let _ = (what, error);
    }
}

/// The observers that every client has.
pub(crate) fn default_observers() -> Vec<Box<dyn Observer>> {
    #[cfg(feature = "tracing")]
    return vec![Box::new(spans::TracingObserver)];
    #[cfg(not(feature = "tracing"))]
    Vec::new()
}

/// What a span is without `tracing`: nothing, of no size.
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

    pub(crate) fn end(&self, _: &CallEvent<'_>) {}
}

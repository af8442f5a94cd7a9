//! What a program can watch: events of calls and attempts, and spans around them.
//!
//! In: facts that `execute` gathers. Out: calls of an [`Observer`], and `tracing` spans with the
//! feature of that name. Events hold path templates and never paths, headers or bodies, so they
//! can be logged as they are. Nothing is sent anywhere by itself.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::error::{Error, Outcome};

pub(crate) mod trace;

/// One attempt, or one whole call, that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The operation's id; empty for a raw request.
    pub operation: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path with its placeholders.
    pub template: &'a str,
    /// The key of the host, such as `api`.
    pub host: &'a str,
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
    /// What the server has to say to the program's developers, if it sent a notice.
    pub notice: Option<&'a str>,
}

/// Watches calls. Its methods run inside of the call, so they should be quick.
///
/// ```
/// use runtime::telemetry::{Event, Observer};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn call_ended(&self, event: &Event<'_>) {
///         eprintln!("{} took {:?}", event.operation, event.duration);
///     }
/// }
/// ```
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// An attempt has ended. It may be followed by another.
    fn attempt_ended(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// A failed attempt will be followed by another after a pause.
    fn retrying(&self, event: &Event<'_>, pause: Duration) {
        let _ = (event, pause);
    }

    /// A call has ended.
    fn call_ended(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// The future of a call was dropped before its end. What its last attempt came to is not
    /// known: the event says [`Outcome::Unknown`] if one was under way.
    fn call_dropped(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// A circuit breaker's circuit has another state now: `closed`, `open` or `half open`.
    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        let _ = (host, class, state);
    }

    /// Something failed that does not fail the call, such as the journal after an answer.
    fn trouble(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        let _ = (what, error);
    }
}

/// Several observers, told in their order.
#[derive(Debug, Default)]
pub(crate) struct Observers(pub(crate) Vec<Box<dyn Observer>>);

impl Observer for Observers {
    fn attempt_ended(&self, event: &Event<'_>) {
        self.0.iter().for_each(|one| one.attempt_ended(event));
    }

    fn retrying(&self, event: &Event<'_>, pause: Duration) {
        self.0.iter().for_each(|one| one.retrying(event, pause));
    }

    fn call_ended(&self, event: &Event<'_>) {
        self.0.iter().for_each(|one| one.call_ended(event));
    }

    fn call_dropped(&self, event: &Event<'_>) {
        self.0.iter().for_each(|one| one.call_dropped(event));
    }

    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        self.0
            .iter()
            .for_each(|one| one.circuit_changed(host, class, state));
    }

    fn trouble(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        self.0.iter().for_each(|one| one.trouble(what, error));
    }
}

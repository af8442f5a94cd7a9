//! Spans and events with `tracing`.
//!
//! Attribute names: the stable conventions of OpenTelemetry for HTTP client spans and for RPC
//! spans (1.45, where `rpc.system` became `rpc.system.name` and `rpc.service` went into a full
//! `rpc.method`). `otel.…` are the fields that `tracing-opentelemetry` reads. `request_id` is a
//! name of our own, since the convention's `http.response.header.<key>` is a list, which `tracing`
//! does not have; so are `call.…`.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tracing::field::{Empty, display};
use tracing::{Instrument, debug, debug_span, info, info_span, warn};

use super::SpanStart;
use crate::telemetry::{Event, Name};

#[cfg(test)]
mod tests;

/// The longest request id, and other words of the server, that are shown.
const WORD: usize = 120;
/// The longest notice or error text that is shown.
const SENTENCE: usize = 300;

/// The span of a call or of an attempt. It is entered whenever its future is polled or dropped,
/// and at no other time, so calls that run on one thread do not mix.
#[derive(Clone, Debug)]
pub(crate) struct Span(tracing::Span);

impl Span {
    /// The span of a call, below whatever span the call is first polled in.
    pub(crate) fn call(start: &SpanStart<'_>) -> Self {
        Self(info_span!(
            target: "runtime::call",
            "call",
            otel.name = %start.name(),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "http",
            rpc.method = (!start.operation.is_empty()).then(|| display(start.name())),
            http.request.method = start.method,
            url.template = start.template,
            server.address = start.server,
            server.port = start.port,
            http.response.status_code = Empty,
            error.type = Empty,
            request_id = Empty,
            call.attempts = Empty,
            call.outcome = Empty,
            call.replayed = Empty,
            call.queue_time = Empty,
        ))
    }

    /// The span of an attempt, numbered from 1, below that of its call.
    pub(crate) fn attempt(start: &SpanStart<'_>, number: u32) -> Self {
        Self(debug_span!(
            target: "runtime::attempt",
            "attempt",
            otel.name = %format_args!("{} {}", start.method, start.template),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = start.method,
            url.template = start.template,
            server.address = start.server,
            server.port = start.port,
            http.request.resend_count = (number > 1).then(|| number - 1),
            http.response.status_code = Empty,
            error.type = Empty,
            request_id = Empty,
            call.outcome = Empty,
            call.replayed = Empty,
        ))
    }

    /// Runs a future inside of the span.
    pub(crate) fn instrument<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        future.instrument(self.0.clone())
    }

    /// Notes how it ended. What a span has no field for is left out.
    pub(crate) fn end(&self, event: &Event<'_>) {
        let span = &self.0;
        if span.is_disabled() {
            return;
        }
        if let Some(status) = event.status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(kind) = event.failure_kind() {
            span.record("error.type", kind);
            span.record("otel.status_code", "ERROR");
        }
        if let Some(id) = event.request_id {
            span.record("request_id", &*bounded(id, WORD));
        }
        span.record("call.attempts", event.attempt);
        span.record("call.outcome", event.outcome_name());
        span.record("call.replayed", event.replayed);
        span.record("call.queue_time", event.queued.as_secs_f64());
    }
}

/// Passes on what the server has to say to the program's developers.
pub(crate) fn attempt_ended(event: &Event<'_>) {
    let Some(notice) = event.notice else {
        return;
    };
    warn!(
        target: "runtime::notice",
        {
            rpc.method = %event.full_name(),
            request_id = request_id(event),
            notice = %bounded(notice, SENTENCE)
        },
        "the server sent a notice",
    );
}

pub(crate) fn retrying(event: &Event<'_>, pause: Duration) {
    info!(
        target: "runtime::retry",
        {
            rpc.method = %event.full_name(),
            call.attempts = event.attempt,
            error.type = event.failure_kind(),
            http.response.status_code = event.status.map(|status| status.as_u16()),
            request_id = request_id(event),
            call.pause = pause.as_secs_f64()
        },
        "an attempt failed and will be repeated",
    );
}

pub(crate) fn call_dropped(event: &Event<'_>) {
    debug!(
        target: "runtime::call",
        {
            rpc.method = %event.full_name(),
            call.attempts = event.attempt,
            call.outcome = event.outcome_name()
        },
        "the call was dropped before its end",
    );
}

pub(crate) fn circuit_changed(host: &str, class: &str, state: &str) {
    if state == "open" {
        warn!(target: "runtime::circuit", host, class, state, "a circuit has opened");
    } else {
        info!(target: "runtime::circuit", host, class, state, "a circuit has changed");
    }
}

pub(crate) fn background_error(what: &str, error: &(dyn Error + 'static)) {
    warn!(
        target: "runtime::trouble",
        {
            error = %Sentence(error)
        },
        "{}",
        bounded(what, SENTENCE),
    );
}

fn request_id<'a>(event: &Event<'a>) -> Option<impl tracing::Value + use<'a>> {
    event.request_id.map(|id| display(bounded(id, WORD)))
}

/// Text of the server or of a user's own parts, fit for one line of a log: visible ASCII, and
/// no more than `longest` bytes of it.
fn bounded(text: &str, longest: usize) -> Cow<'_, str> {
    let harmless = |c: char| c.is_ascii_graphic() || c == ' ';
    if text.len() <= longest && text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().take(longest);
    Cow::Owned(kept.map(|c| if harmless(c) { c } else { '?' }).collect())
}

/// Displays an error with its causes' texts left out, in bounded length.
struct Sentence<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&bounded(&self.0.to_string(), SENTENCE))
    }
}

impl<'a> SpanStart<'a> {
    /// The full name of the operation.
    fn name(&self) -> Name<'a> {
        Name {
            service: self.service,
            operation: self.operation,
            method: self.method,
            template: self.template,
        }
    }
}

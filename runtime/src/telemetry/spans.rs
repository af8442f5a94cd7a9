//! Spans around calls and attempts, and events about what happens in between, with `tracing`.
//!
//! Attribute names: the stable conventions of OpenTelemetry for HTTP client spans and for RPC spans
//! (1.45, where `rpc.system` became `rpc.system.name` and `rpc.service` went into a full
//! `rpc.method`). `otel.…` are the fields that `tracing-opentelemetry` reads. `request_id` is a
//! name of this crate, since the convention's `http.response.header.<key>` is a list, which
//! `tracing` does not have; so are `call.…`. Without subscribers, a span costs a load and a
//! comparison.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use tracing::field::{Empty, display};
use tracing::{Instrument, debug, debug_span, info, info_span, warn};

use super::{CallEvent, CorrectedResponse, Observer};
use crate::codec::Correction;
use crate::error::printable_text;

/// The longest request id that is shown, in characters.
const MAX_ID: usize = 120;
/// The longest notice or error text that is shown, in characters.
const MAX_SENTENCE: usize = 300;
/// The number of corrections whose paths are shown, and the length of their paths.
const MAX_CORRECTIONS: usize = 20;
const MAX_PATHS: usize = 1000;

/// The span of a call or of an attempt. It is entered whenever its future is polled or dropped,
/// and at no other time, so calls that run on one thread do not mix.
#[derive(Clone, Debug)]
pub(crate) struct TracingSpan(tracing::Span);

impl TracingSpan {
    /// The span of a call, a child of the span in which the call is first polled.
    pub(crate) fn for_call(start: &CallEvent<'_>) -> Self {
        Self(info_span!(
            target: "runtime::call",
            "call",
            otel.name = %start.full_name(),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "http",
            rpc.method = (!start.operation.is_empty()).then(|| display(start.full_name())),
            http.request.method = start.method,
            url.template = start.template,
            server.address = start.server,
            server.port = start.server_port,
            http.response.status_code = Empty,
            error.type = Empty,
            request_id = Empty,
            call.attempts = Empty,
            call.outcome = Empty,
            call.replayed = Empty,
            call.queue_time = Empty,
        ))
    }

    /// The span of an attempt, numbered from 1, a child of the span of its call.
    pub(crate) fn for_attempt(start: &CallEvent<'_>) -> Self {
        Self(debug_span!(
            target: "runtime::attempt",
            "attempt",
            otel.name = %format_args!("{} {}", start.method, start.template),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = start.method,
            url.template = start.template,
            server.address = start.server,
            server.port = start.server_port,
            http.request.resend_count = (start.attempt > 1).then(|| start.attempt - 1),
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

    /// Whether a subscriber records the span.
    pub(crate) fn is_enabled(&self) -> bool {
        !self.0.is_disabled()
    }

    /// Records how it ended.
    pub(crate) fn end(&self, event: &CallEvent<'_>) {
        let span = &self.0;
        if let Some(status) = event.status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(kind) = event.failure_kind() {
            span.record("error.type", kind);
            span.record("otel.status_code", "ERROR");
        }
        if let Some(id) = event.request_id {
            span.record("request_id", &*printable_text(id, MAX_ID));
        }
        span.record("call.attempts", event.attempt);
        span.record("call.outcome", event.outcome_name());
        span.record("call.replayed", event.replayed);
        span.record("call.queue_time", event.queued.as_secs_f64());
    }
}

/// Emits events between spans. The end of a call is part of its span, and the end of an attempt is
/// only an event if the server sent a notice.
#[derive(Debug)]
pub(crate) struct TracingObserver;

impl Observer for TracingObserver {
    fn attempt_ended(&self, event: &CallEvent<'_>) {
        let Some(notice) = event.notice else {
            return;
        };
        warn!(
            target: "runtime::notice",
            {
                rpc.method = %event.full_name(),
                request_id = request_id(event),
                notice = %printable_text(notice, MAX_SENTENCE)
            },
            "the server sent a notice",
        );
    }

    fn retrying(&self, event: &CallEvent<'_>, pause: Duration) {
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

    /// Shows the paths, which consist of names of members, and no values.
    fn response_corrected(&self, event: &CorrectedResponse<'_>) {
        let shown = event.corrections.iter().take(MAX_CORRECTIONS);
        let paths: Vec<_> = shown.map(Correction::path).collect();
        let id = event
            .request_id
            .map(|id| display(printable_text(id, MAX_ID)));
        warn!(
            target: "runtime::decode",
            {
                rpc.method = %event.full_name(),
                url.template = event.template,
                request_id = id,
                corrections = event.corrections.len(),
                paths = %printable_text(&paths.join(", "), MAX_PATHS)
            },
            "values that the response lacks were filled: amounts and times among them are zero",
        );
    }

    fn call_dropped(&self, event: &CallEvent<'_>) {
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

    fn circuit_changed(&self, host: &str, class: &str, state: &str) {
        if state == "open" {
            warn!(target: "runtime::circuit", host, class, state, "a circuit has opened");
        } else {
            info!(target: "runtime::circuit", host, class, state, "a circuit has changed");
        }
    }

    /// Leaves out the texts of the error's causes.
    fn background_error(&self, what: &str, error: &(dyn Error + 'static)) {
        warn!(
            target: "runtime::background",
            {
                error = %printable_text(&error.to_string(), MAX_SENTENCE)
            },
            "{}",
            printable_text(what, MAX_SENTENCE),
        );
    }
}

fn request_id<'a>(event: &CallEvent<'a>) -> Option<impl tracing::Value + use<'a>> {
    event
        .request_id
        .map(|id| display(printable_text(id, MAX_ID)))
}

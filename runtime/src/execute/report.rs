//! What is reported about a call to observers, spans and the server.

use std::time::Instant;

use http::HeaderName;

use super::state::CallState;
use crate::error::{Error, Outcome};
use crate::http::{RawResponse, Request};
use crate::telemetry::{CallEvent, Observer, REPORT_HEADER, Span};

/// The header with a notice to developers.
const NOTICE: HeaderName = HeaderName::from_static("stripe-notice");

impl CallState<'_> {
    /// The call, or its latest attempt, as it is now.
    pub(super) fn event_since<'e>(
        &'e self,
        since: Instant,
        response: Option<&'e RawResponse>,
        error: Option<&'e Error>,
    ) -> CallEvent<'e> {
        let received = response.or(error.and_then(Error::response));
        let now = self.engine.clock.now();
        CallEvent {
            at: now,
            attempt: self.summary.attempts,
            duration: now.saturating_duration_since(since),
            queued: self.queued,
            status: received.map(RawResponse::status),
            request_id: received.and_then(RawResponse::request_id),
            failure: error.map(Error::outcome),
            error,
            replayed: received.is_some_and(RawResponse::idempotent_replayed),
            notice: received.and_then(|received| received.header(&NOTICE)),
            ..self.engine.request_event(self.prepared, now)
        }
    }

    /// Whether the end of the call, or of an attempt, is reported to anything: a span, an observer of
    /// the program, or, for an attempt, the log if the server sent a notice. If not, the event is not
    /// made, which takes several lookups of headers.
    pub(super) fn is_observed(&self, span: &Span, received: Option<&RawResponse>) -> bool {
        let has_notice = |received: &RawResponse| received.headers().contains_key(NOTICE);
        let has_observers = !self.engine.observers.0.is_empty();
        span.is_enabled() || has_observers || received.is_some_and(has_notice)
    }

    pub(super) fn notify_observers(&self, notify: impl Fn(&dyn Observer)) {
        self.engine.observers.notify(notify);
    }

    /// Adds the report about an earlier call, if the program allowed that. A header of the
    /// caller's own takes precedence.
    pub(super) fn add_report(&mut self, request: &mut Request) {
        let Some(reports) = &self.engine.reports else {
            return;
        };
        if self.summary.attempts == 1 {
            self.report = reports.take_header();
        }
        if let Some(report) = self.report.clone() {
            request.headers.entry(REPORT_HEADER).or_insert(report);
        }
    }

    /// Keeps the duration of the last attempt, for the report of a later call.
    pub(super) fn record_duration(&self, received: Option<&RawResponse>) {
        let Some(reports) = &self.engine.reports else {
            return;
        };
        if let Some(id) = received.and_then(RawResponse::request_id) {
            reports.add_report(id, self.last_duration);
        }
    }
}

impl Drop for CallState<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let mut event = self.event_since(self.started, None, None);
        let may_have_effect = self.is_uncertain || self.attempt_span.is_some();
        event.failure = Some(match may_have_effect {
            true => Outcome::Unknown,
            false => Outcome::NotSent,
        });
        if let Some(attempt) = &self.attempt_span {
            attempt.end(&event);
        }
        self.span.end(&event);
        self.notify_observers(|observer| observer.call_dropped(&event));
    }
}

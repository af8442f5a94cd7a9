//! What observers, spans and the server are told about a call on its way.

use std::time::Instant;

use super::Run;
use crate::error::{Error, Outcome};
use crate::execute::{Engine, Plan};
use crate::http::{RawResponse, Request};
use crate::telemetry::trace::Start;
use crate::telemetry::{Event, Observer, report};

impl Run<'_> {
    pub(super) fn event<'e>(
        &'e self,
        attempt: u32,
        since: Instant,
        answer: Option<&'e RawResponse>,
        error: Option<&'e Error>,
    ) -> Event<'e> {
        let status = answer
            .map(RawResponse::status)
            .or(error.and_then(Error::status));
        let headers = answer
            .map(RawResponse::headers)
            .or(error.and_then(Error::headers));
        let text = |name: &str| headers?.get(name)?.to_str().ok();
        let (now, request) = (self.engine.clock.now(), &self.plan.request);
        Event {
            at: now,
            service: self.engine.service,
            operation: request.operation,
            method: request.method.as_str(),
            template: &request.template,
            host: self.plan.host,
            server: request.uri.host().unwrap_or_default(),
            attempt,
            duration: now.saturating_duration_since(since),
            queued: self.queued,
            status,
            request_id: text("request-id"),
            failure: error.map(Error::outcome),
            error,
            replayed: text("idempotent-replayed") == Some("true"),
            notice: text("stripe-notice"),
        }
    }

    /// Tells the server about an earlier call, if the program allowed that. The header of the
    /// caller's own goes first.
    pub(super) fn add_report(&mut self, request: &mut Request) {
        let Some(reports) = &self.engine.reports else {
            return;
        };
        if self.attempts == 1 {
            self.report = reports.take();
        }
        if let Some(report) = self.report.clone() {
            request.headers.entry(report::HEADER).or_insert(report);
        }
    }

    /// Keeps the duration of the last attempt, to be told to the server with a later call.
    pub(super) fn note_report(&self, event: &Event<'_>) {
        if let (Some(reports), Some(id)) = (&self.engine.reports, event.request_id) {
            reports.note(id, self.last_took);
        }
    }

    /// Passes a response on to the observers.
    pub(super) fn report_response(&self, answer: Option<&RawResponse>, error: Option<&Error>) {
        let headers = answer
            .map(RawResponse::headers)
            .or(error.and_then(Error::headers));
        let body = answer
            .map(RawResponse::body)
            .or(error.and_then(Error::raw_body));
        if let (Some(headers), Some(body)) = (headers, body) {
            let operation = self.plan.request.operation;
            self.engine
                .observers
                .response_received(operation, headers, body);
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut event = self.event(self.attempts, self.started, None, None);
        let possible = self.uncertain || self.in_flight.is_some();
        event.failure = Some(if possible {
            Outcome::Unknown
        } else {
            Outcome::NotSent
        });
        if let Some(attempt) = &self.in_flight {
            attempt.end(&event);
        }
        self.span.end(&event);
        self.engine.observers.call_dropped(&event);
    }
}

/// What a span is told of a call.
pub(super) fn start<'a>(engine: &'a Engine, plan: &'a Plan) -> Start<'a> {
    let request = &plan.request;
    let is_plain = request.uri.scheme_str() == Some("http");
    let usual_port = if is_plain { 80 } else { 443 };
    Start {
        service: engine.service,
        operation: request.operation,
        method: request.method.as_str(),
        template: &request.template,
        server: request.uri.host().unwrap_or_default(),
        port: request.uri.port_u16().unwrap_or(usual_port),
    }
}

//! The loop that executes every call. It handles bytes and is not generic.
//!
//! In: a [`PreparedRequest`] and the credentials to send it with. Out: a [`CompletedCall`], or an
//! [`Error`] with the number of attempts, the idempotency key and the outcome. The order of a call:
//!
//! 1. the idempotency key, generated once, before the first attempt, even if nothing is retried;
//! 2. credentials;
//! 3. the journal, if there is one and the call is a write with a key;
//! 4. then, for each attempt: circuit breaker, rate limiter and its queue (and the breaker again
//!    if that took time), the attempt under its time limit, classification of its result, reports
//!    to breaker, limiter and observers, and the decision about a retry and its backoff. A 401, or
//!    the expiry of a session, refreshes the credentials once and is no retry;
//! 5. the journal again, unless the outcome is unknown, or another call with the same request is
//!    in flight. A response is returned at once, and its entry removed behind it. A failure waits
//!    until the entry is removed; if it cannot be, the outcome is unknown as well.
//!
//! Every attempt sends the same bytes under the same key. The first one never waits for a backoff.
//! A write that may have reached the server is repeated only under a key, or if its operation is
//! repeatable. One that was journaled
//! before, or is resumed, may have had an effect before the first attempt: then no failure that
//! happens before sending makes its outcome known. All state is in the future, so dropping it
//! cancels the call at any point: its permits are released, and its journal entry remains.
//! Responses are not decoded here.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use circuit_breaker::CircuitBreaker;

use crate::auth::CallCredentials;
use crate::clock::Clock;
use crate::codec::{Correction, DecodeError, DecodeErrorKind, Expected};
use crate::error::{Error, ErrorKind};
use crate::http::RawResponse;
use crate::idempotency::Journal;
use crate::operation::{ApiSpec, Output};
use crate::rate_limit::RateLimiter;
use crate::request::{HeaderNames, PreparedRequest};
use crate::retry::RetryPolicy;
use crate::telemetry::{CallEvent, CorrectedResponse, Observer, Observers, Reports};
use crate::transport::Transport;

mod attempt;
mod in_flight;
mod journal;
mod report;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use in_flight::InFlightWrites;
use state::{CallState, CallSummary};

/// What executes calls: shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) api: &'static ApiSpec,
    /// Whether the body of a failure is the error object itself.
    pub(crate) bare_errors: bool,
    /// Whether each 401 refuses the credentials. Of the default API, some are about others.
    pub(crate) renews_on_401: bool,
    pub(crate) header_names: HeaderNames,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) breaker: Arc<CircuitBreaker>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) retry: Arc<RetryPolicy>,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// In-flight calls that are journaled.
    pub(crate) in_flight_writes: InFlightWrites,
    pub(crate) observers: Arc<Observers>,
    /// The host that is reached without TLS and not on this machine, if there is one and API keys
    /// of live mode must not be sent to it.
    pub(crate) plain_host: Option<String>,
    /// Durations to report to the server, if the program allowed that.
    pub(crate) reports: Option<Reports>,
}

/// A call that got a response, and what a later error about it needs.
pub(crate) struct CompletedCall {
    pub(crate) response: RawResponse,
    transport: Arc<dyn Transport>,
    prepared: Box<PreparedRequest>,
    summary: CallSummary,
    service: &'static str,
    observers: Arc<Observers>,
}

impl Engine {
    /// Executes a call.
    pub(crate) async fn execute(
        &self,
        prepared: Box<PreparedRequest>,
        credentials: &CallCredentials,
    ) -> Result<CompletedCall, Error> {
        let mut state = CallState::new(self, &prepared);
        let span = state.span.clone();
        // The span owns the state, so that a call that is dropped ends inside of it too.
        let call = async move {
            let result = attempt_until_done(&mut state, credentials).await;
            state.finish_call(result).await
        };
        let (response, summary) = span.instrument(call).await?;
        Ok(CompletedCall {
            response,
            transport: Arc::clone(&self.transport),
            prepared,
            summary,
            service: self.api.title,
            observers: Arc::clone(&self.observers),
        })
    }

    /// What is known of a call before its first attempt.
    fn request_event<'e>(&'e self, prepared: &'e PreparedRequest, now: Instant) -> CallEvent<'e> {
        let request = &prepared.request;
        CallEvent {
            service: self.api.title,
            operation: request.operation,
            method: request.method.as_str(),
            template: request.template,
            host: &prepared.host,
            server: &prepared.server.name,
            server_port: prepared.server.port,
            attempt: 0,
            ..CallEvent::new(now)
        }
    }
}

/// Makes attempts until one gets a usable response or no further one may be made.
async fn attempt_until_done(
    state: &mut CallState<'_>,
    credentials: &CallCredentials,
) -> Result<RawResponse, Error> {
    let mut keys = state.current_keys(credentials).await?;
    state.check_keys(&keys, credentials)?;
    state.begin_journal().await?;
    let mut last_error = None;
    loop {
        let request = state.authorized_request(&keys)?;
        let permits = match state.acquire_permits().await {
            Ok(permits) => permits,
            // Why there is no further attempt matters less than why the last one failed.
            Err(error) if !error.is_timeout() => return Err(last_error.unwrap_or(error)),
            Err(error) => return Err(error),
        };
        let error = match state.make_attempt(request, &keys, permits).await {
            Ok(response) => return Ok(response),
            Err(error) => state.combine_outcomes(error),
        };
        let may_repeat = state.may_repeat(&error);
        if state.refuses_keys(&error) {
            if let Some(next) = state.refresh_keys(credentials, &keys, may_repeat).await {
                keys = next;
                last_error = Some(error);
                continue;
            }
        }
        if !may_repeat {
            return Err(error);
        }
        match state.next_backoff(&error) {
            Some(backoff) => state.engine.clock.sleep(backoff).await,
            None => return Err(error),
        }
        last_error = Some(error);
    }
}

impl CompletedCall {
    /// Decodes the response: the only generic step of a call.
    pub(crate) fn decode<T: Output>(&self) -> Result<(T, Vec<Correction>), Error> {
        let expected = self.prepared.checks_responses.then(|| Expected {
            id: self.prepared.expected_id(),
            live: self.summary.live,
        });
        match T::from_response(&self.response, self.prepared.limits.decode, expected) {
            Ok((value, corrections)) => {
                if !corrections.is_empty() {
                    self.report_corrections(&corrections);
                }
                Ok((value, corrections))
            }
            Err(error) => Err(self.undecodable_error(error)),
        }
    }

    #[cold]
    fn undecodable_error(&self, error: DecodeError) -> Error {
        let response = self.response.clone();
        let error = self.add_call(match error.kind() {
            DecodeErrorKind::Mismatch(differs) => {
                self.transport.discard_connections();
                let error = Error::from_kind(ErrorKind::Mismatch).with_response(response);
                error.with_source((**differs).clone())
            }
            _ => Error::undecodable(response, error),
        });
        let CallSummary { began, live, .. } = self.summary;
        match self.prepared.pending_write(began, live) {
            Some(write) => error.with_pending(write),
            None => error,
        }
    }

    #[cold]
    fn report_corrections(&self, corrections: &[Correction]) {
        let request = &self.prepared.request;
        let event = CorrectedResponse {
            service: self.service,
            operation: request.operation,
            method: request.method.as_str(),
            template: request.template,
            request_id: self.response.request_id(),
            corrections,
        };
        let notify = |observer: &dyn Observer| observer.response_corrected(&event);
        self.observers.notify(notify);
    }

    /// The mode of the API key, if it is known.
    pub(crate) fn live(&self) -> Option<bool> {
        self.summary.live
    }

    /// An error about the response that is not one of decoding it.
    pub(crate) fn response_error(&self, error: Error) -> Error {
        self.add_call(error.with_response(self.response.clone()))
    }

    fn add_call(&self, error: Error) -> Error {
        let (label, key) = (self.prepared.call_label(), self.prepared.key_text());
        error.with_call(label, key, self.summary.attempts)
    }
}

/// The output of a future, or `None` if `limit` is ready first. A future that is ready wins.
async fn run_within<T>(
    work: impl Future<Output = T>,
    mut limit: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

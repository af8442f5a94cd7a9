//! One attempt: its permits, sending it under its time limit, and what its result means.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use circuit_breaker::{BreakerPermit, CircuitState, ServerHealth};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::run_within;
use super::state::CallState;
use crate::auth::CallKeys;
use crate::codec::{DecodeError, Reader};
use crate::error::{Error, ErrorKind, TimeLimit};
use crate::http::{EchoedHeaders, RawResponse, Request};
use crate::rate_limit::{AcquireError, AcquireRequest, AttemptOutcome, Permit};
use crate::telemetry::Span;
use crate::transport::{Progress, TransportError};

/// An attempt with a shorter time limit shows nothing about the server when it times out: a caller
/// with a short time limit must not open the circuit for all others.
const MIN_TELLING_LIMIT: Duration = Duration::from_secs(1);

/// What an attempt holds of the breaker and the limiter, released when it is dropped.
pub(super) struct AttemptPermits<'a> {
    breaker: BreakerPermit<'a>,
    limiter: Permit,
}

/// The time limit of an attempt, and which limit that is.
#[derive(Clone, Copy)]
struct AttemptLimit {
    began: Instant,
    duration: Duration,
    which: TimeLimit,
}

impl<'a> CallState<'a> {
    /// The request with everything that is the same for all attempts with the same credentials.
    pub(super) fn authorized_request(&self, keys: &CallKeys) -> Result<Request, Error> {
        let mut request = self.prepared.request.clone();
        let headers = &mut request.headers;
        keys.add_to_headers(headers)
            .map_err(|error| self.local_outcome(error))?;
        if let Some(key) = self.prepared.key_text() {
            let value = HeaderValue::from_str(key)
                .map_err(|_| Error::build("the idempotency key does not fit a header"))?;
            headers.insert(self.prepared.key_header.clone(), value);
        }
        for (name, value) in &self.prepared.headers {
            headers.insert(name, value.clone());
        }
        if self.prepared.checks_responses {
            request.echoed = self.echoed_headers(&request.headers);
        }
        if request.upload.is_some() {
            self.prepare_upload(&mut request)?;
        }
        Ok(request)
    }

    /// Checks that the files of an upload are what earlier attempts have sent, and reads them if the
    /// transport cannot.
    fn prepare_upload(&self, request: &mut Request) -> Result<(), Error> {
        let Some(upload) = request.upload.take() else {
            return Ok(());
        };
        let failed = |source: Box<dyn StdError + Send + Sync>| {
            let error =
                Error::build("a file to upload cannot be read as it was when the call began");
            self.local_outcome(error).with_source(source)
        };
        upload
            .check_sources()
            .map_err(|error| failed(error.into()))?;
        match self.engine.transport.streams_uploads() {
            true => request.upload = Some(upload),
            false => {
                request.body = upload
                    .read_to_bytes()
                    .map_err(|error| failed(error.into()))?;
            }
        }
        Ok(())
    }

    /// The headers that the API repeats in its responses.
    fn echoed_headers(&self, headers: &HeaderMap) -> EchoedHeaders {
        let names = &self.engine.header_names;
        let mut echoed = EchoedHeaders::default();
        let names = [names.version.as_ref(), names.account.as_ref()];
        for name in names.into_iter().chain([Some(&self.prepared.key_header)]) {
            if let Some((name, value)) = name.and_then(|name| Some((name, headers.get(name)?))) {
                echoed.insert(name.clone(), value.clone());
            }
        }
        echoed
    }

    /// Acquires the permits for one attempt. If the limiter's is not available immediately, the
    /// breaker's is released and acquired again after the wait, since the circuit may have opened.
    pub(super) async fn acquire_permits(&mut self) -> Result<AttemptPermits<'a>, Error> {
        let breaker = self.acquire_breaker()?;
        let (engine, prepared) = (self.engine, self.prepared);
        let began = engine.clock.now();
        let mut request = AcquireRequest::new(prepared.request.operation);
        request.account = prepared.limited_account(&engine.header_names);
        request.live = self.summary.live.unwrap_or_default();
        request.class = prepared.rate_class;
        request.priority = prepared.limits.priority;
        request.deadline = self.time_left().and_then(|left| began.checked_add(left));
        let mut acquiring = engine.limiter.acquire(request, &engine.clock);
        let first = poll_fn(|context| Poll::Ready(acquiring.as_mut().poll(context))).await;
        if let Poll::Ready(result) = first {
            let limiter = result.map_err(|error| self.limiter_error(error))?;
            return Ok(AttemptPermits { breaker, limiter });
        }
        // A probe of a half-open circuit must not wait here while others could be made.
        drop(breaker);
        let result = self.run_within_deadline(acquiring, None).await;
        self.queued += self.elapsed_since(began);
        let limiter = result
            .unwrap_or(Err(AcquireError::WaitTooLong))
            .map_err(|error| self.limiter_error(error))?;
        let breaker = self.acquire_breaker()?;
        Ok(AttemptPermits { breaker, limiter })
    }

    fn limiter_error(&self, error: AcquireError) -> Error {
        self.local_error(match error {
            AcquireError::QueueFull => ErrorKind::QueueFull,
            // Whatever else a limiter will report, it had no room in time.
            _ => ErrorKind::QueueTimeout,
        })
    }

    fn acquire_breaker(&self) -> Result<BreakerPermit<'a>, Error> {
        let (engine, prepared) = (self.engine, self.prepared);
        let now = engine.clock.now();
        let permit = engine
            .breaker
            .acquire_permit(&prepared.host, prepared.rate_class, now)
            .map_err(|wait| {
                self.local_error(ErrorKind::CircuitOpen)
                    .with_retry_after(wait)
            })?;
        self.report_circuit(permit.new_state());
        Ok(permit)
    }

    fn report_circuit(&self, new_state: Option<CircuitState>) {
        if let Some(state) = new_state {
            let (host, class) = (&self.prepared.host, self.prepared.rate_class);
            self.notify_observers(|observer| {
                observer.circuit_changed(host, class, state.state_name())
            });
        }
    }

    /// Makes one attempt, within what is left of the time, and reports its result.
    pub(super) async fn make_attempt(
        &mut self,
        mut request: Request,
        keys: &CallKeys,
        permits: AttemptPermits<'a>,
    ) -> Result<RawResponse, Error> {
        let limit = self.attempt_limit()?;
        if self.summary.attempts == 0 {
            self.engine.retry.record_call();
        }
        self.summary.attempts += 1;
        self.add_report(&mut request);
        request.time_limit = limit.duration;
        let max_bytes = request.max_response_bytes;
        let bare_errors = self.engine.bare_errors;
        let accept = request.headers.get(header::ACCEPT);
        // The response of HEAD has no body.
        let wants_json = accept.is_some_and(is_json) && request.method != http::Method::HEAD;
        let optional_body = self.prepared.optional_body;
        let echoed = request.echoed.clone();
        let span = Span::for_attempt(&self.event_since(limit.began, None, None));
        self.attempt_span = Some(span.clone());
        self.notify_observers(|observer| observer.request_sent(&request));
        // Only now, so that no observer sees a key in the URL.
        keys.add_to_query(&mut request)
            .map_err(|error| self.local_outcome(error))?;
        let sending = self.engine.transport.send(request);
        let timer = self.engine.clock.sleep(limit.duration);
        let sent = span.instrument(run_within(sending, timer)).await;
        self.attempt_span = None;
        let elapsed = self.elapsed_since(limit.began);
        self.last_duration = elapsed;
        let result = match sent {
            Some(Ok(response)) => match echoed.check(response.headers()) {
                Ok(()) => {
                    let wants_json = wants_json && !(optional_body && response.body().is_empty());
                    check_response(response, max_bytes, wants_json, bare_errors)
                }
                // The transport has not checked it.
                Err(differs) => Err(Error::from_kind(ErrorKind::Mismatch)
                    .with_response(response)
                    .with_source(differs)),
            },
            Some(Err(error)) => Err(transport_error(error, limit, elapsed)),
            None => Err(timeout_error(limit)),
        };
        if result.as_ref().is_err_and(Error::is_mismatch) {
            self.engine.transport.discard_connections();
        }
        let hides_message = !self.prepared.show_messages;
        let result = result.map_err(|error| {
            let prepared = self.prepared;
            let sent = keys.sent_with([&prepared.request.headers, &prepared.headers]);
            let error = error.without_credentials(&sent);
            error.with_hidden_message(hides_message)
        });
        self.report_attempt(limit, &result, permits, &span);
        result
    }

    fn attempt_limit(&self) -> Result<AttemptLimit, Error> {
        let own = self.prepared.limits.attempt;
        let (duration, which) = match self.time_left() {
            Some(Duration::ZERO) => return Err(self.deadline_error()),
            Some(left) if left < own => (left, TimeLimit::Deadline),
            _ => (own, TimeLimit::Attempt),
        };
        Ok(AttemptLimit {
            began: self.engine.clock.now(),
            duration,
            which,
        })
    }

    /// Reports the result of an attempt to the breaker, the limiter and the observers.
    fn report_attempt(
        &self,
        limit: AttemptLimit,
        result: &Result<RawResponse, Error>,
        permits: AttemptPermits<'_>,
        span: &Span,
    ) {
        let (response, error) = (result.as_ref().ok(), result.as_ref().err());
        let health = match error {
            None => ServerHealth::Healthy,
            Some(error)
                if error.kind() == ErrorKind::Timeout && limit.duration < MIN_TELLING_LIMIT =>
            {
                ServerHealth::Unknown
            }
            Some(error) => error.verdict().health,
        };
        let now = self.engine.clock.now();
        self.report_circuit(permits.breaker.report_health(health, now));
        let received = response.or(error.and_then(Error::response));
        permits.limiter.complete(match received {
            Some(received) => AttemptOutcome::Response {
                status: received.status(),
                headers: received.headers(),
                code: error.and_then(Error::code),
            },
            None => AttemptOutcome::NoResponse,
        });
        if let Some(received) = received {
            let operation = self.prepared.request.operation;
            self.notify_observers(|observer| {
                observer.response_received(operation, received.headers(), received.body());
            });
        }
        if self.is_observed(span, received) {
            let event = self.event_since(limit.began, response, error);
            span.end(&event);
            self.notify_observers(|observer| observer.attempt_ended(&event));
        }
    }
}

/// A success, or the error that the response stands for. The status decides first; a success whose
/// body is an error object is an error nevertheless, and so is one that is not JSON where that was
/// requested: it is not the API's response, so nothing is known about the request.
fn check_response(
    response: RawResponse,
    max_bytes: usize,
    wants_json: bool,
    bare_errors: bool,
) -> Result<RawResponse, Error> {
    if response.body().len() > max_bytes {
        return Err(Error::from_kind(ErrorKind::TooLarge));
    }
    if bare_errors && !response.status().is_success() {
        return Err(Error::rejected_bare(response));
    }
    // A resource of an API without such errors may have a member of this name.
    if !bare_errors && (!response.status().is_success() || is_error_object(response.body())) {
        return Err(Error::rejected(response));
    }
    if wants_json && response.status() != StatusCode::NO_CONTENT {
        if let Err(error) = check_json(response.body()) {
            return Err(Error::undecodable(response, error));
        }
    }
    Ok(response)
}

/// Whether an `Accept` header requests nothing but JSON.
fn is_json(accept: &HeaderValue) -> bool {
    let accept = accept.to_str().unwrap_or_default();
    let media_type = accept.split(';').next().unwrap_or_default().trim();
    media_type.ends_with("json") && !accept.contains(',')
}

/// Recognizes text that is no JSON, such as a proxy's page or half a response. Objects and lists
/// are decoded later and not read twice: for them the brackets at both ends are enough.
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
/// have an id or name their type. Checks the first key before it reads anything more.
fn is_error_object(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let rest = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let rest = rest.and_then(|rest| rest.strip_prefix(b"\"error\""));
    let value = rest.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
    if !value.is_some_and(|value| value.trim_ascii_start().starts_with(b"{")) {
        return false;
    }
    let tags = Reader::new(body).and_then(|reader| reader.tags());
    tags.is_ok_and(|tags| tags.object.is_none() && tags.id.is_none())
}

/// The error of an attempt without a response. Transports that enforce the attempt's limit
/// themselves fail when it expires, so the elapsed time says which limit that was.
fn transport_error(error: TransportError, limit: AttemptLimit, elapsed: Duration) -> Error {
    let kind = match error.progress() {
        Progress::Refused => ErrorKind::Build,
        Progress::Connecting => ErrorKind::Connect,
        Progress::TooLarge => ErrorKind::TooLarge,
        Progress::Mismatch => ErrorKind::Mismatch,
        _ if error.is_timeout() => ErrorKind::Timeout,
        _ => ErrorKind::Interrupted,
    };
    let which = match error.progress() {
        _ if elapsed >= limit.duration => limit.which,
        Progress::Connecting => TimeLimit::Connect,
        _ => TimeLimit::BodyStall,
    };
    let call_error = Error::from_kind(kind);
    let call_error = match error.is_timeout() {
        true => call_error.with_time_limit(which),
        false => call_error,
    };
    call_error.with_source(error)
}

/// The error of an attempt that was cancelled at its limit. How far it got is not known.
fn timeout_error(limit: AttemptLimit) -> Error {
    let text = ErrorKind::Timeout.description();
    let text = format!("{text} after {:?}", limit.duration);
    Error::new(ErrorKind::Timeout, text).with_time_limit(limit.which)
}

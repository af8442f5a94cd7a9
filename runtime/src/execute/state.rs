//! The state of one call, which its steps read and change.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderValue, StatusCode};

use super::in_flight::EntryGuard;
use super::{Engine, run_within};
use crate::auth::{CachedKey, CallCredentials, CallKeys, Credentials};
use crate::codec::UploadBody;
use crate::error::{Error, ErrorKind, Outcome, Retryability, TimeLimit};
use crate::http::{PendingWrite, RawResponse};
use crate::operation::Method;
use crate::request::PreparedRequest;
use crate::retry::FailedAttempt;
use crate::telemetry::Span;

/// The properties of a completed call that its errors need.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallSummary {
    pub(super) attempts: u32,
    /// When the call began.
    pub(super) began: SystemTime,
    /// Whether the API key is one of live mode; `None` if that is not known.
    pub(super) live: Option<bool>,
}

pub(super) struct CallState<'a> {
    pub(super) engine: &'a Engine,
    pub(super) prepared: &'a PreparedRequest,
    pub(super) summary: CallSummary,
    pub(super) started: Instant,
    /// How long the call has waited for the rate limiter.
    pub(super) queued: Duration,
    /// Whether an earlier attempt may have had an effect.
    pub(super) is_uncertain: bool,
    /// Whether the credentials were refreshed after the server had rejected them.
    has_refreshed: bool,
    pub(super) span: Span,
    /// The span of the in-flight attempt.
    pub(super) attempt_span: Option<Span>,
    /// How long the last attempt took.
    pub(super) last_duration: Duration,
    /// The report about an earlier call, the same with each attempt.
    pub(super) report: Option<HeaderValue>,
    /// The journal's entry of this call.
    pub(super) journaled: Option<Arc<PendingWrite>>,
    pub(super) entry_guard: Option<EntryGuard<'a>>,
    pub(super) has_ended: bool,
}

impl<'a> CallState<'a> {
    pub(super) fn new(engine: &'a Engine, prepared: &'a PreparedRequest) -> Self {
        let started = engine.clock.now();
        let start = engine.request_event(prepared, started);
        Self {
            engine,
            prepared,
            span: Span::for_call(&start),
            started,
            summary: CallSummary {
                attempts: 0,
                began: engine.clock.calendar(),
                live: None,
            },
            queued: Duration::ZERO,
            is_uncertain: prepared.resumes.is_some(),
            has_refreshed: false,
            attempt_span: None,
            last_duration: Duration::ZERO,
            report: None,
            journaled: None,
            entry_guard: None,
            has_ended: false,
        }
    }

    /// The keys for the next attempt, within what is left of the time.
    pub(super) async fn current_keys(
        &self,
        credentials: &CallCredentials,
    ) -> Result<CallKeys, Error> {
        let mut keys = CallKeys(Vec::with_capacity(credentials.sources.len()));
        for (places, source) in &credentials.sources {
            keys.0.push((places, self.current_key(source).await?));
        }
        Ok(keys)
    }

    async fn current_key(&self, credentials: &Credentials) -> Result<CachedKey, Error> {
        let fetch = credentials.current_key(&self.engine.clock);
        let fetched = self.run_within_deadline(fetch, None).await;
        let fetched = fetched.ok_or_else(|| self.deadline_error())?;
        let current =
            fetched.map_err(|error| self.local_error(ErrorKind::Credentials).with_source(error))?;
        if let Some(error) = &current.refresh_error {
            let what = "the credentials could not be refreshed, so the old ones stay in use";
            self.notify_observers(|observer| observer.background_error(what, error));
        }
        Ok(current)
    }

    /// Whether the server refused the credentials, so that others may be accepted.
    pub(super) fn refuses_keys(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::Authentication | ErrorKind::SessionExpired => true,
            _ => self.engine.renews_on_401 && error.status() == Some(StatusCode::UNAUTHORIZED),
        }
    }

    /// Drops keys that the server has refused. Returns others for a request that may be repeated, if
    /// there are any of the same mode. With a key of the other mode it would be another write.
    pub(super) async fn refresh_keys(
        &mut self,
        credentials: &CallCredentials,
        refused: &CallKeys,
        may_repeat: bool,
    ) -> Option<CallKeys> {
        // With a credential of the caller's own, it was none of these that was refused.
        let is_overridden = self.prepared.has_own_credential();
        if self.has_refreshed || is_overridden || !credentials.can_refresh() {
            return None;
        }
        self.has_refreshed = true;
        credentials.reject_keys(refused);
        if !may_repeat {
            return None;
        }
        let what = "the credentials were rejected and could not be refreshed";
        let next = self.current_keys(credentials).await;
        let next = next
            .inspect_err(|error| self.notify_observers(|it| it.background_error(what, error)))
            .ok()?;
        let live = next.live(self.engine.api);
        (!next.is_same(refused) && live == self.summary.live).then_some(next)
    }

    /// Checks the API keys and sets their mode. A write of the other mode must not be resumed with
    /// them: the server does not have the idempotency key in that mode and would execute the write
    /// again.
    pub(super) fn check_keys(
        &mut self,
        keys: &CallKeys,
        credentials: &CallCredentials,
    ) -> Result<(), Error> {
        let (api, plain_host) = (self.engine.api, self.engine.plain_host.as_deref());
        let is_needed = !self.prepared.has_own_credential();
        if let Some(missing) = credentials.missing.filter(|_| is_needed) {
            let error = Error::build(missing.to_string()).with_source(missing);
            return Err(self.local_outcome(error));
        }
        for (_, key) in &keys.0 {
            key.key
                .check(api, plain_host, is_needed)
                .map_err(|error| self.local_outcome(error))?;
        }
        let live = keys.live(api);
        self.summary.live = live;
        let resumed_live = self.prepared.resumes.as_ref().and_then(|write| write.live);
        if resumed_live.is_none() || resumed_live == live {
            return Ok(());
        }
        let text = "the write was begun with an API key of another mode, live or test";
        Err(Error::build(text).with_outcome(Outcome::Unknown))
    }

    /// What an attempt's failure means for the whole call: once an attempt may have had an effect,
    /// a later one that certainly had none does not change that. Only a permanent refusal of the
    /// same bytes under the same key does, since it would have applied to the earlier attempt too,
    /// and only one that is about the content of the request. For a request that is repeatable
    /// without a key, the server does not remember the earlier attempt: if a deletion finds
    /// nothing, that attempt may have been the reason.
    pub(super) fn combine_outcomes(&mut self, error: Error) -> Error {
        let is_about_content = matches!(
            error.kind(),
            ErrorKind::InvalidRequest | ErrorKind::CardDeclined | ErrorKind::NotFound
        );
        let status = error.status().map_or(0, |status| status.as_u16());
        let is_conclusive = self.prepared.key.is_some()
            && !self.prepared.is_repeatable
            && is_about_content
            && matches!(status, 400 | 402 | 404)
            && error.verdict().retry == Retryability::Permanent
            && error.outcome() == Outcome::Rejected;
        if self.is_uncertain && !is_conclusive {
            let error = error.with_outcome(Outcome::Unknown);
            let is_delete = self.prepared.method == Method::Delete;
            return match is_delete && error.kind() == ErrorKind::NotFound {
                true => error.with_possible_deletion(),
                false => error,
            };
        }
        // A request that only reads has no effect.
        let has_effect = !self.prepared.method.is_safe();
        self.is_uncertain = has_effect && error.outcome() == Outcome::Unknown;
        error
    }

    /// Whether another attempt cannot execute a write twice, and can send the same bytes.
    pub(super) fn may_repeat(&self, error: &Error) -> bool {
        let is_safe = self.prepared.is_repeatable
            || self.prepared.key.is_some()
            || error.outcome() != Outcome::Unknown;
        let upload = self.prepared.request.upload.as_ref();
        is_safe && upload.is_none_or(UploadBody::is_repeatable)
    }

    /// How long to wait before the next attempt; `None` if there is none.
    pub(super) fn next_backoff(&self, error: &Error) -> Option<Duration> {
        let attempt = FailedAttempt {
            // The attempt with refreshed credentials is no retry.
            attempts: self.summary.attempts - u32::from(self.has_refreshed),
            max_retries: self.prepared.limits.max_retries,
            retryability: error.verdict().retry,
            headers: error.headers(),
            time_left: self.time_left(),
        };
        let random = self.engine.clock.random();
        let backoff = self.engine.retry.next_backoff(&attempt, random).ok()?;
        let event = self.event_since(self.started, None, Some(error));
        self.notify_observers(|observer| observer.retrying(&event, backoff));
        Some(backoff)
    }

    /// Ends the call: completes the error, and reports the end to the journal and the observers.
    pub(super) async fn finish_call(
        mut self,
        result: Result<RawResponse, Error>,
    ) -> Result<(RawResponse, CallSummary), Error> {
        let mut result = result.map_err(|error| self.add_call(error));
        if let Some(write) = self.finish_journal(result.as_ref().err()).await {
            // The next reader of the journal sends it again. So it must not be called refused, or
            // the caller might send the write under another key as well.
            result =
                result.map_err(|error| error.with_outcome(Outcome::Unknown).with_pending(write));
        }
        let (response, error) = (result.as_ref().ok(), result.as_ref().err());
        self.has_ended = true;
        self.record_duration(response.or(error.and_then(Error::response)));
        if self.is_observed(&self.span, None) {
            let event = self.event_since(self.started, response, error);
            self.span.end(&event);
            self.notify_observers(|observer| observer.call_ended(&event));
        }
        result.map(|response| (response, self.summary))
    }

    fn add_call(&self, error: Error) -> Error {
        let prepared = self.prepared;
        let error = error.with_call(
            prepared.call_label(),
            prepared.key_text(),
            self.summary.attempts,
        );
        if error.outcome() != Outcome::Unknown {
            return error;
        }
        match self.journaled.clone().or_else(|| self.pending_write()) {
            Some(write) => error.with_pending(write),
            None => error,
        }
    }

    pub(super) fn pending_write(&self) -> Option<Arc<PendingWrite>> {
        let CallSummary { began, live, .. } = self.summary;
        self.prepared.pending_write(began, live)
    }

    /// An error of this process, whose outcome depends on earlier attempts.
    pub(super) fn local_error(&self, kind: ErrorKind) -> Error {
        let outcome = match self.is_uncertain {
            true => Outcome::Unknown,
            false => Outcome::NotSent,
        };
        Error::from_kind(kind).with_outcome(outcome)
    }

    /// Sets the outcome of an error of this process, which depends on earlier attempts.
    pub(super) fn local_outcome(&self, error: Error) -> Error {
        let outcome = self.local_error(ErrorKind::Build).outcome();
        error.with_outcome(outcome)
    }

    /// The error of a call whose deadline expired before an attempt was sent.
    pub(super) fn deadline_error(&self) -> Error {
        self.local_error(ErrorKind::Timeout)
            .with_time_limit(TimeLimit::Deadline)
    }

    pub(super) fn elapsed_since(&self, time: Instant) -> Duration {
        self.engine.clock.now().saturating_duration_since(time)
    }

    /// The output of a future, or `None` if the deadline expires first, or `longest` passes.
    pub(super) async fn run_within_deadline<T>(
        &self,
        work: impl Future<Output = T>,
        longest: Option<Duration>,
    ) -> Option<T> {
        match self.time_left().into_iter().chain(longest).min() {
            Some(limit) => run_within(work, self.engine.clock.sleep(limit)).await,
            None => Some(work.await),
        }
    }

    /// What is left of the deadline; `None` if the call has none.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let deadline = self.prepared.limits.deadline?;
        Some(deadline.saturating_sub(self.elapsed_since(self.started)))
    }
}

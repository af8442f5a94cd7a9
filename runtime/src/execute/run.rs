//! A call on its way: its state, and one step after the other.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderValue, header};

use super::claims::Claim;
use super::passage::{Passage, acquire_permit};
use super::{Answer, Engine, IDEMPOTENCY_KEY, Keying, Plan, judge, within};
use crate::auth::{ApiKey, Credentials, Lease};
use crate::clock::BoxFuture;
use crate::error::{Error, Kind, Outcome, TimeLimit};
use crate::http::{PendingWrite, RawResponse, Request};
use crate::idempotency::IdempotencyKey;
use crate::operation::Safety;
use crate::rate_limit::{AcquireError, AttemptOutcome, Permit};
use crate::retry::{Decision, Failure, Why};
use crate::telemetry::Observer;
use crate::telemetry::trace::Span;

mod record;
mod watch;

use watch::start;

/// How a call has succeeded.
pub(super) struct Success {
    response: RawResponse,
    key: Option<IdempotencyKey>,
    begun: SystemTime,
    live: Option<bool>,
    attempts: u32,
}

impl Success {
    pub(super) fn into_answer(self, plan: Plan) -> Answer {
        Answer {
            response: self.response,
            plan,
            key: self.key,
            begun: self.begun,
            live: self.live,
            attempts: self.attempts,
        }
    }
}

pub(super) struct Run<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    key: Option<IdempotencyKey>,
    started: Instant,
    begun: SystemTime,
    attempts: u32,
    /// How long the call has waited for the limiter.
    queued: Duration,
    /// Whether an earlier attempt may have had an effect.
    uncertain: bool,
    /// Whether the API key is one of live mode, once it is known.
    live: Option<bool>,
    /// The span of the attempt that is under way.
    in_flight: Option<Span>,
    /// How long the last attempt took.
    last_took: Duration,
    /// What the server is told about an earlier call, the same with each attempt.
    report: Option<HeaderValue>,
    span: Span,
    /// What the journal has on record.
    journaled: Option<Arc<PendingWrite>>,
    /// This call's share of that record.
    claim: Option<Claim<'a>>,
    ended: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(engine: &'a Engine, plan: &'a Plan) -> Self {
        let key = match &plan.keying {
            Keying::None => None,
            Keying::Fresh => Some(IdempotencyKey::random(|| engine.clock.random())),
            Keying::Given(key) => Some(key.clone()),
        };
        let span = Span::call(&start(engine, plan));
        Self {
            engine,
            plan,
            key,
            started: engine.clock.now(),
            begun: engine.clock.calendar(),
            attempts: 0,
            queued: Duration::ZERO,
            uncertain: plan.resumed.is_some(),
            live: None,
            in_flight: None,
            last_took: Duration::ZERO,
            report: None,
            span,
            journaled: None,
            claim: None,
            ended: false,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(super) async fn carry(mut self) -> Result<Success, Error> {
        let result = self.drive().await;
        self.end(result).await
    }

    async fn drive(&mut self) -> Result<RawResponse, Error> {
        let credentials = self.engine.credentials_for(self.plan);
        let mut lease = self.lease(&credentials).await?;
        self.check_mode(&lease.key)?;
        self.begin_journal().await?;
        let mut renewed = false;
        loop {
            let request = self.complete_request(&lease.key)?;
            let live = lease.key.has_prefix(self.engine.live_keys);
            let (passage, permit) = self.admission(live).await?;
            let error = match self.attempt(request, passage, permit).await {
                Ok(response) => return Ok(response),
                Err(error) => self.settle(error),
            };
            if !renewed && credentials.is_renewable() && judge::is_stale_credential(&error) {
                renewed = true;
                credentials.reject(&lease);
                match self.lease(&credentials).await {
                    // With a key of the other mode it would be another write.
                    Ok(next)
                        if !next.key.is_same(&lease.key)
                            && next.key.has_prefix(self.engine.live_keys) == live =>
                    {
                        lease = next;
                        continue;
                    }
                    _ => {}
                }
            }
            match self.decide(&error) {
                Decision::RetryAfter(pause) if self.leaves_time(pause) => {
                    let event = self.event(self.attempts, self.started, None, Some(&error));
                    self.engine.observers.retrying(&event, pause);
                    self.engine.clock.sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Ends the call: the error learns about the call, the journal and the observers about its
    /// end.
    async fn end(mut self, result: Result<RawResponse, Error>) -> Result<Success, Error> {
        let mut result = result.map_err(|error| self.in_call(error));
        if self.settles(result.as_ref().err()) {
            if let Some(write) = self.finish_journal().await {
                // Whoever finds it on record will send it again. So it must not be called undone,
                // or the caller might do the work under another key as well.
                result = result
                    .map_err(|error| error.with_outcome(Outcome::Unknown).with_pending(write));
            }
        }
        let (answer, error) = (result.as_ref().ok(), result.as_ref().err());
        self.ended = true;
        let event = self.event(self.attempts, self.started, answer, error);
        self.note_report(&event);
        self.span.end(&event);
        self.engine.observers.call_ended(&event);
        result.map(|response| Success {
            response,
            key: self.key.take(),
            begun: self.begun,
            live: self.live,
            attempts: self.attempts,
        })
    }

    /// The key for the next attempt, within what is left of the time.
    async fn lease(&self, credentials: &Credentials) -> Result<Lease, Error> {
        let fetching = credentials.current(&self.engine.clock);
        let lease = match self.in_time(fetching).await? {
            Ok(lease) => lease,
            Err(fault) => return Err(self.refuse(Kind::Credentials).caused_by(fault)),
        };
        if let Some(fault) = &lease.trouble {
            let what = "the credentials could not be renewed, so the old ones stay in use";
            self.engine.observers.trouble(what, fault);
        }
        Ok(lease)
    }

    /// Notes the mode of the API key. A write of the other mode must not be resumed with it: its
    /// server knows nothing of the idempotency key and would do the work anew.
    fn check_mode(&mut self, key: &ApiKey) -> Result<(), Error> {
        let live = key.has_prefix(self.engine.live_keys);
        self.live = Some(live);
        let begun_live = self.plan.resumed.as_ref().and_then(|write| write.live);
        if begun_live.is_none_or(|begun_live| begun_live == live) {
            return Ok(());
        }
        let text = "the write was begun with an API key of the other mode, live or test";
        Err(Error::build(text).with_outcome(Outcome::Unknown))
    }

    /// The result of some work, unless the call's deadline comes first.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let Some(left) = self.time_left(self.engine.clock.now()) else {
            return Ok(work.await);
        };
        match within(work, self.engine.clock.sleep(left)).await {
            Some(result) => Ok(result),
            None => Err(self.refuse(Kind::Timeout).over(TimeLimit::Deadline)),
        }
    }

    /// The request with everything that is the same for all attempts with one API key.
    fn complete_request(&self, key: &ApiKey) -> Result<Request, Error> {
        let mut request = self.plan.request.clone();
        request
            .headers
            .insert(header::AUTHORIZATION, key.authorization()?);
        if let Some(key) = &self.key {
            let value = HeaderValue::from_str(key.as_str())
                .map_err(|_| Error::build("the idempotency key does not fit a header"))?;
            request.headers.insert(IDEMPOTENCY_KEY, value);
        }
        for (name, value) in &self.plan.headers {
            request.headers.insert(name, value.clone());
        }
        Ok(request)
    }

    /// The permission of breaker and limiter for one attempt. If waiting for the limiter took
    /// time, the breaker is asked again, since it may have opened meanwhile.
    async fn admission(&mut self, live: bool) -> Result<(Passage<'a>, Permit), Error> {
        let passage = self.pass_breaker()?;
        let patience = self.time_left(self.engine.clock.now());
        let (permit, waited) = match acquire_permit(self.engine, self.plan, live, patience).await {
            Ok(acquired) => acquired,
            Err(AcquireError::QueueFull) => return Err(self.refuse(Kind::QueueFull)),
            Err(AcquireError::WaitTooLong) => return Err(self.refuse(Kind::QueueTimeout)),
        };
        let Some(waited) = waited else {
            return Ok((passage, permit));
        };
        self.queued += waited;
        drop(passage);
        Ok((self.pass_breaker()?, permit))
    }

    fn pass_breaker(&self) -> Result<Passage<'a>, Error> {
        Passage::get(self.engine, self.plan)
            .map_err(|refusal| self.refuse(Kind::CircuitOpen).retry_in(refusal.retry_in))
    }

    /// Makes one attempt, within what is left of the time, and tells everyone how it went.
    async fn attempt(
        &mut self,
        mut request: Request,
        passage: Passage<'a>,
        permit: Permit,
    ) -> Result<RawResponse, Error> {
        let begun = self.engine.clock.now();
        let (limit, which) = match self.time_left(begun) {
            Some(Duration::ZERO) => {
                return Err(self.refuse(Kind::Timeout).over(TimeLimit::Deadline));
            }
            Some(left) if left < self.plan.timeout => (left, TimeLimit::Deadline),
            _ => (self.plan.timeout, TimeLimit::Attempt),
        };
        if self.attempts == 0 {
            self.engine.retry.call_started(begun);
        }
        self.attempts += 1;
        self.add_report(&mut request);
        request.time_limit = limit;
        let longest = request.max_response_bytes;
        let wants_json = judge::wants_json(&request.headers);
        let span = Span::attempt(&start(self.engine, self.plan), self.attempts);
        self.in_flight = Some(span.clone());
        if let Some(bodies) = &self.engine.bodies {
            bodies.sent(&request);
        }
        let sending: BoxFuture<'_, _> = self.engine.transport.send(request);
        let sent = span
            .around(within(sending, self.engine.clock.sleep(limit)))
            .await;
        let result = match sent {
            Some(Ok(response)) => judge::response(response, longest, wants_json),
            Some(Err(failure)) => {
                let spent = self.engine.clock.now().saturating_duration_since(begun);
                let over = (spent >= limit).then_some(which);
                Err(judge::failure(failure, over))
            }
            None => Err(judge::timeout(limit, which)),
        };
        self.in_flight = None;
        self.last_took = self.engine.clock.now().saturating_duration_since(begun);
        self.tell((begun, limit), &result, passage, permit, &span);
        result
    }

    fn tell(
        &self,
        (begun, limit): (Instant, Duration),
        result: &Result<RawResponse, Error>,
        passage: Passage<'_>,
        permit: Permit,
        span: &Span,
    ) {
        let (answer, error) = (result.as_ref().ok(), result.as_ref().err());
        passage.close(judge::health(error, limit));
        let facts = match (answer, error) {
            (Some(response), _) => Some((response.status(), response.headers())),
            (None, Some(error)) => error.status().zip(error.headers()),
            (None, None) => None,
        };
        permit.complete(match facts {
            Some((status, headers)) => AttemptOutcome::Response {
                status,
                headers,
                code: error.and_then(Error::code),
            },
            None => AttemptOutcome::NoResponse,
        });
        self.show_answer(answer, error);
        let event = self.event(self.attempts, begun, answer, error);
        span.end(&event);
        self.engine.observers.attempt_ended(&event);
    }

    /// What an attempt's failure means for the whole call: once an attempt may have had an
    /// effect, a later one that surely had none does not undo it. Only a final refusal of the
    /// same bytes under the same key does, since it would have hit the earlier attempt too. It
    /// must be the API's own: a proxy has pages for 400 and 404 as well.
    fn settle(&mut self, error: Error) -> Error {
        let status = error.status().map_or(0, |status| status.as_u16());
        let conclusive = self.key.is_some()
            && error.outcome() == Outcome::Rejected
            && matches!(status, 400 | 402 | 404)
            && error.is_of_api()
            && error.kind() != Kind::IdempotencyMismatch;
        if self.uncertain && !conclusive {
            return error.with_outcome(Outcome::Unknown);
        }
        self.uncertain = error.outcome() == Outcome::Unknown;
        error
    }

    fn decide(&self, error: &Error) -> Decision {
        let safe = self.plan.safety == Safety::Read
            || self.key.is_some()
            || error.outcome() != Outcome::Unknown;
        if !safe {
            return Decision::Stop(Why::Permanent);
        }
        let now = self.engine.clock.now();
        let mut failure = Failure::new(self.attempts, self.plan.max_retries, now);
        failure.answer = error.status().zip(error.headers());
        failure.code = error.code();
        failure.transient = judge::is_transient(error);
        failure.time_left = self.time_left(now);
        self.engine
            .retry
            .decide(&failure, self.engine.clock.random())
    }

    /// An error of this process, in the light of earlier attempts.
    fn refuse(&self, kind: Kind) -> Error {
        let error = Error::new(kind, kind.text()).with_outcome(Outcome::NotSent);
        if self.uncertain {
            error.with_outcome(Outcome::Unknown)
        } else {
            error
        }
    }

    fn time_left(&self, now: Instant) -> Option<Duration> {
        let spent = now.saturating_duration_since(self.started);
        Some(self.plan.deadline?.saturating_sub(spent))
    }

    /// Whether the deadline, if there is one, lies beyond a wait.
    fn leaves_time(&self, wait: Duration) -> bool {
        self.time_left(self.engine.clock.now())
            .is_none_or(|left| left > wait)
    }

    fn in_call(&self, error: Error) -> Error {
        let key = self.key.as_ref().map(IdempotencyKey::as_str);
        let error = error.in_call(self.plan.label(), key, self.attempts);
        if error.outcome() != Outcome::Unknown {
            return error;
        }
        let journaled = self.journaled.clone();
        match journaled.or_else(|| self.pending_write()) {
            Some(write) => error.with_pending(write),
            None => error,
        }
    }
}

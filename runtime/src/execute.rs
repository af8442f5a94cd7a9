//! The one loop that carries every call. It moves bytes and is not generic.
//!
//! In: a [`Plan`], which is a complete request but for credentials and key. Out: the
//! [`Answer`], or an [`Error`] that knows how many attempts there were, under which key, and
//! what may have happened. The order of a call is this, and is documented nowhere else:
//!
//! 1. credentials;
//! 2. the idempotency key, made once, before the first attempt, even if nothing is retried;
//! 3. then, for each attempt: circuit breaker, rate limiter (and its wait), the attempt under
//!    its time limit, what the answer means, telling breaker, limiter and observer, and the
//!    decision about another attempt (and its pause).
//!
//! Every attempt sends the same bytes under the same key. The first one never waits for a
//! pause. A write that may have reached the server is repeated only under a key. All state is
//! in the future, so dropping it cancels the call at any point. Decoding is not done here.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::auth::ApiKey;
use crate::circuit_breaker::{Circuit, CircuitBreaker};
use crate::clock::Clock;
use crate::error::{Error, Kind, Outcome};
use crate::http::{RawResponse, Request};
use crate::idempotency::IdempotencyKey;
use crate::operation::Safety;
use crate::rate_limit::{Admission, Demand, RateLimiter};
use crate::retry::{Decision, Failure, RetryPolicy};
use crate::telemetry::{Event, Observer};
use crate::transport::Transport;

mod judge;
#[cfg(test)]
mod tests;

/// The header of idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What carries calls: shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) key: ApiKey,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) breaker: Arc<dyn CircuitBreaker>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) retry: Arc<dyn RetryPolicy>,
    pub(crate) observer: Arc<dyn Observer>,
}

/// One logical call.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The request without credentials, key and the caller's own headers.
    pub(crate) request: Request,
    /// The operation's id; empty for a raw request.
    pub(crate) operation: &'static str,
    /// The key of the host.
    pub(crate) host: &'static str,
    /// The class of rate limits.
    pub(crate) class: &'static str,
    /// The account that the request is for.
    pub(crate) account: Option<String>,
    pub(crate) safety: Safety,
    pub(crate) keying: Keying,
    /// The caller's own headers, which replace all others.
    pub(crate) headers: HeaderMap,
    /// The time for one attempt.
    pub(crate) timeout: Duration,
    /// The time for everything.
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_retries: u32,
}

/// Where the idempotency key comes from.
#[derive(Debug)]
pub(crate) enum Keying {
    /// The request carries none.
    None,
    /// One is made for this call.
    Fresh,
    /// The caller gave one.
    Given(IdempotencyKey),
}

/// A successful answer and what a later error about it needs to know.
pub(crate) struct Answer {
    pub(crate) response: RawResponse,
    pub(crate) label: Cow<'static, str>,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) attempts: u32,
}

impl Engine {
    /// Carries a call to its end.
    pub(crate) async fn execute(&self, plan: Plan) -> Result<Answer, Error> {
        let started = self.clock.now();
        let key = match &plan.keying {
            Keying::None => None,
            Keying::Fresh => Some(IdempotencyKey::random(|| self.clock.random())),
            Keying::Given(key) => Some(key.clone()),
        };
        let mut run = Run {
            engine: self,
            plan,
            key,
            started,
            attempts: 0,
            uncertain: false,
        };
        let result = run.drive().await.map_err(|error| run.in_call(error));
        let (answer, error) = (result.as_ref().ok(), result.as_ref().err());
        self.observer
            .call_ended(&run.event(run.attempts, started, answer, error));
        result.map(|response| run.answer(response))
    }
}

/// A call on its way.
struct Run<'a> {
    engine: &'a Engine,
    plan: Plan,
    key: Option<IdempotencyKey>,
    started: Instant,
    attempts: u32,
    /// Whether an earlier attempt may have had an effect.
    uncertain: bool,
}

impl Run<'_> {
    async fn drive(&mut self) -> Result<RawResponse, Error> {
        let request = self.complete_request()?;
        loop {
            self.pass_breaker()?;
            self.pass_limiter().await?;
            let error = match self.attempt(request.clone()).await {
                Ok(response) => return Ok(response),
                Err(error) => self.settle(error),
            };
            match self.decide(&error) {
                Decision::RetryAfter(pause) if self.leaves_time(pause) => {
                    self.engine.clock.sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// The request with everything that is the same for all attempts.
    fn complete_request(&self) -> Result<Request, Error> {
        let mut request = self.plan.request.clone();
        request
            .headers
            .insert(header::AUTHORIZATION, self.engine.key.authorization()?);
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

    fn pass_breaker(&self) -> Result<(), Error> {
        if self
            .engine
            .breaker
            .admits(self.circuit(), self.engine.clock.now())
        {
            return Ok(());
        }
        Err(self.refuse(Kind::CircuitOpen))
    }

    async fn pass_limiter(&self) -> Result<(), Error> {
        loop {
            match self.engine.limiter.admit(&self.demand()) {
                Admission::Now => return Ok(()),
                Admission::After(wait) if self.leaves_time(wait) => {
                    self.engine.clock.sleep(wait).await;
                }
                Admission::After(_) | Admission::Refused => {
                    return Err(self.refuse(Kind::Throttled));
                }
            }
        }
    }

    /// Makes one attempt, within what is left of the time, and tells everyone how it went.
    async fn attempt(&mut self, request: Request) -> Result<RawResponse, Error> {
        let begun = self.engine.clock.now();
        let limit = match self.time_left(begun) {
            Some(Duration::ZERO) => return Err(self.refuse(Kind::Timeout)),
            Some(left) => left.min(self.plan.timeout),
            None => self.plan.timeout,
        };
        self.attempts += 1;
        let longest = request.max_response_bytes;
        let sending = self.engine.transport.send(request);
        let result = match within(sending, self.engine.clock.sleep(limit)).await {
            Some(Ok(response)) => judge::response(response, longest),
            Some(Err(failure)) => Err(judge::failure(failure)),
            None => Err(judge::timeout(limit)),
        };
        self.tell(begun, &result);
        result
    }

    fn tell(&self, begun: Instant, result: &Result<RawResponse, Error>) {
        let engine = self.engine;
        let (answer, error) = (result.as_ref().ok(), result.as_ref().err());
        engine
            .breaker
            .observe(self.circuit(), judge::health(error), engine.clock.now());
        let facts = match (answer, error) {
            (Some(response), _) => Some((response.status(), response.headers())),
            (None, Some(error)) => error.status().zip(error.headers()),
            (None, None) => None,
        };
        engine.limiter.observe(&self.demand(), facts);
        engine
            .observer
            .attempt_ended(&self.event(self.attempts, begun, answer, error));
    }

    /// What an attempt's failure means for the whole call: once an attempt may have had an
    /// effect, a later one that surely had none does not undo it. Only a final refusal of the
    /// same bytes under the same key does, since it would have hit the earlier attempt too.
    fn settle(&mut self, error: Error) -> Error {
        let status = error.status().map_or(0, |status| status.as_u16());
        let conclusive = self.key.is_some()
            && error.outcome() == Outcome::Rejected
            && matches!(status, 400 | 402 | 404)
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
            return Decision::Stop;
        }
        let mut failure = Failure::new(self.attempts, self.plan.max_retries);
        failure.answer = error.status().zip(error.headers());
        failure.code = error.code();
        failure.transient = judge::is_transient(error);
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

    fn circuit(&self) -> Circuit<'_> {
        Circuit::new(self.plan.host, self.plan.class)
    }

    fn demand(&self) -> Demand<'_> {
        let account = self.plan.account.as_deref();
        let now = self.engine.clock.now();
        Demand::new(account, self.plan.class, self.plan.operation, now)
    }

    fn event<'e>(
        &'e self,
        attempt: u32,
        since: Instant,
        answer: Option<&'e RawResponse>,
        error: Option<&'e Error>,
    ) -> Event<'e> {
        let status = answer
            .map(RawResponse::status)
            .or(error.and_then(Error::status));
        let id = answer
            .and_then(RawResponse::request_id)
            .or(error.and_then(Error::request_id));
        Event {
            operation: self.plan.operation,
            method: self.plan.request.method.as_str(),
            template: &self.plan.request.template,
            host: self.plan.host,
            attempt,
            duration: self.engine.clock.now().saturating_duration_since(since),
            status,
            request_id: id,
            failure: error.map(Error::outcome),
        }
    }

    fn label(&self) -> Cow<'static, str> {
        if self.plan.operation.is_empty() {
            let Request {
                method, template, ..
            } = &self.plan.request;
            return Cow::Owned(format!("{method} {template}"));
        }
        Cow::Borrowed(self.plan.operation)
    }

    fn in_call(&self, error: Error) -> Error {
        let key = self.key.as_ref().map(IdempotencyKey::as_str);
        error.in_call(self.label(), key, self.attempts)
    }

    fn answer(self, response: RawResponse) -> Answer {
        Answer {
            response,
            label: self.label(),
            attempts: self.attempts,
            key: self.key,
        }
    }
}

/// The result of `work`, or `None` if `limit` is ready first. Work that is ready wins.
async fn within<T>(
    mut work: Pin<Box<dyn Future<Output = T> + Send>>,
    mut limit: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Option<T> {
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(Some(result));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

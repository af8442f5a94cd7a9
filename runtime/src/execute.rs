//! The one loop that carries every call. It moves bytes and is not generic.
//!
//! In: a [`Plan`], which is a complete request but for credentials and key. Out: the
//! [`Answer`], or an [`Error`] that knows how many attempts there were, under which key, and
//! what may have happened. The order of a call is this, and is documented nowhere else:
//!
//! 1. the idempotency key, made once, before the first attempt, even if nothing is retried;
//! 2. credentials;
//! 3. the journal, if there is one and the call is a write with a key;
//! 4. then, for each attempt: circuit breaker, rate limiter and its queue (and the breaker again
//!    if that took time), the attempt under its time limit, what the answer means, telling
//!    breaker, limiter and observers, and the decision about another attempt and its pause. A
//!    401, or the end of a session, renews the credentials once and is no retry;
//! 5. the journal again, unless the outcome is unknown, or another call under the same key is
//!    still under way. If a failed write cannot be taken off the record (the journal fails, or
//!    the deadline is over), its outcome is unknown as well.
//!
//! Every attempt sends the same bytes under the same key. The first one never waits for a
//! pause. A write that may have reached the server is repeated only under a key. One that was
//! on record already, or is resumed, may have had an effect before the first attempt: then no
//! failure that happens before sending makes its outcome known. All state is
//! in the future, so dropping it cancels the call at any point: what it held of the breaker and
//! the limiter is given back, and its journal entry stays. Decoding is not done here.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName};

use crate::auth::{Credentials, Partitioned};
use crate::circuit_breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::error::Error;
use crate::http::{PendingWrite, RawResponse, Request};
use crate::idempotency::{IdempotencyKey, Journal};
use crate::operation::Safety;
use crate::rate_limit::{Priority, RateLimiter};
use crate::retry::RetryPolicy;
use crate::telemetry::Observers;
use crate::telemetry::bodies::Bodies;
use crate::telemetry::report::Reports;
use crate::transport::Transport;

mod claims;
mod judge;
mod passage;
mod pending;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use claims::Claims;
use run::Run;

/// The header of idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What carries calls: shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct Engine {
    /// The title of the API.
    pub(crate) service: &'static str,
    /// What keys of live mode begin with.
    pub(crate) live_keys: &'static [&'static str],
    pub(crate) credentials: Credentials,
    /// The credentials of hosts that want others than the rest.
    pub(crate) sessions: Vec<(&'static str, Partitioned)>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) breaker: Arc<dyn CircuitBreaker>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) retry: Arc<dyn RetryPolicy>,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// Calls under way that are on record.
    pub(crate) claims: Claims,
    pub(crate) observers: Observers,
    /// Shows redacted bodies, if the program asked for that.
    pub(crate) bodies: Option<Bodies>,
    /// Durations to tell the server, if the program allowed that.
    pub(crate) reports: Option<Reports>,
}

/// One logical call.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The request without credentials, key and the caller's own headers.
    pub(crate) request: Request,
    /// The key of the host.
    pub(crate) host: &'static str,
    /// How much of the address's path belongs to the host's URL.
    pub(crate) base_path: usize,
    /// The write of an earlier call that this one is to bring to an end.
    pub(crate) resumed: Option<Arc<PendingWrite>>,
    /// The class of rate limits.
    pub(crate) class: &'static str,
    /// Who goes first.
    pub(crate) priority: Priority,
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
    plan: Plan,
    pub(crate) key: Option<IdempotencyKey>,
    /// When the call began.
    begun: SystemTime,
    /// Whether the API key was one of live mode.
    live: Option<bool>,
    pub(crate) attempts: u32,
}

impl Engine {
    /// Carries a call to its end.
    pub(crate) async fn execute(&self, plan: Plan) -> Result<Answer, Error> {
        let run = Run::new(self, &plan);
        let span = run.span();
        // The span owns the run, so that a call that is dropped ends inside of it too.
        let success = span.around(run.carry()).await?;
        Ok(success.into_answer(plan))
    }

    fn credentials_for(&self, plan: &Plan) -> Credentials {
        let own = self.sessions.iter().find(|(host, _)| *host == plan.host);
        match own {
            Some((_, sessions)) => sessions.of(&plan.request.headers, &plan.headers),
            None => self.credentials.clone(),
        }
    }
}

/// The result of `work`, or `None` if `limit` is ready first. Work that is ready wins.
async fn within<T>(
    work: impl Future<Output = T>,
    mut limit: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(Some(result));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

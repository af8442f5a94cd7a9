//! Rules of the runtime that are broken on purpose, to test that the invariants detect it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use runtime::clock::BoxFuture;
use runtime::http::{PendingWrite, RawResponse, Request};
use runtime::idempotency::{BeginOutcome, Journal, JournalError};
use runtime::transport::{Progress, Transport, TransportError};

/// A rule that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the names say it, and `RULES` has them in words"
)]
pub enum Rule {
    NewKeyPerAttempt,
    IgnoreBudget,
    NoDeadline,
    RetryKeylessWrites,
    LimiterOffByOne,
    LimiterUnlimited,
    BreakerNeverCloses,
    JournalForgets,
    TreatUnknownAsNotSent,
    BelievePages,
    ForgetLostDeletions,
    JournalKeepsDroppedBegins,
    JournalRemovesSharedBegins,
    JournalLosesDroppedFinishes,
    /// The trait does not forbid this, and `FileJournal` does it: the record of a begin that was
    /// dropped may be there again after a crash.
    JournalRollsBackLate,
    JournalRenewsTimes,
    AllowExpiredKeys,
}

/// All rules with their names on the command line.
pub const RULES: [(&str, Rule); 17] = [
    ("new-key-per-attempt", Rule::NewKeyPerAttempt),
    ("ignore-budget", Rule::IgnoreBudget),
    ("no-deadline", Rule::NoDeadline),
    ("retry-keyless-writes", Rule::RetryKeylessWrites),
    ("limiter-off-by-one", Rule::LimiterOffByOne),
    ("limiter-unlimited", Rule::LimiterUnlimited),
    ("breaker-never-closes", Rule::BreakerNeverCloses),
    ("journal-forgets", Rule::JournalForgets),
    ("treat-unknown-as-not-sent", Rule::TreatUnknownAsNotSent),
    ("believe-pages", Rule::BelievePages),
    ("forget-lost-deletions", Rule::ForgetLostDeletions),
    (
        "journal-keeps-dropped-begins",
        Rule::JournalKeepsDroppedBegins,
    ),
    (
        "journal-removes-shared-begins",
        Rule::JournalRemovesSharedBegins,
    ),
    (
        "journal-loses-dropped-finishes",
        Rule::JournalLosesDroppedFinishes,
    ),
    ("journal-rolls-back-late", Rule::JournalRollsBackLate),
    ("journal-renews-times", Rule::JournalRenewsTimes),
    ("allow-expired-keys", Rule::AllowExpiredKeys),
];

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = RULES.iter().find(|(name, _)| *name == text);
        found.map(|(_, rule)| *rule).ok_or_else(|| {
            let names: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
            format!("known rules are {}", names.join(", "))
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = RULES.iter().find(|(_, rule)| rule == self);
        out.write_str(found.map_or("unknown", |(name, _)| name))
    }
}

/// A transport that breaks a rule of transports, if that is the one to break.
#[derive(Debug)]
pub(super) struct CrookedTransport<T> {
    pub(super) inner: Arc<T>,
    pub(super) broken: Option<Rule>,
    pub(super) counter: AtomicU64,
}

impl<T: Transport> Transport for CrookedTransport<T> {
    fn send(
        &self,
        mut request: Request,
    ) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let keyed = request.headers.contains_key("idempotency-key");
        match self.broken {
            Some(Rule::NewKeyPerAttempt) if keyed => {
                let number = self.counter.fetch_add(1, Ordering::Relaxed);
                let key = format!("attempt-{number}");
                if let Ok(key) = HeaderValue::from_str(&key) {
                    request.headers.insert("idempotency-key", key);
                }
                self.inner.send(request)
            }
            Some(Rule::RetryKeylessWrites) if !keyed && request.method != http::Method::GET => {
                let inner = Arc::clone(&self.inner);
                Box::pin(async move {
                    match inner.send(request.clone()).await {
                        Err(error) if error.progress() == Progress::Sent => {
                            inner.send(request).await
                        }
                        result => result,
                    }
                })
            }
            Some(Rule::ForgetLostDeletions) if request.method != http::Method::DELETE => {
                self.inner.send(request)
            }
            Some(Rule::TreatUnknownAsNotSent | Rule::ForgetLostDeletions) => {
                let sending = self.inner.send(request);
                Box::pin(async move {
                    sending.await.map_err(|error| match error.progress() {
                        Progress::Sent => TransportError::new(Progress::Connecting),
                        _ => error,
                    })
                })
            }
            Some(Rule::BelievePages) => {
                let sending = self.inner.send(request);
                Box::pin(async move { sending.await.map(sign_response) })
            }
            _ => self.inner.send(request),
        }
    }
}

/// A response with the request id that shows that it is the API's own.
fn sign_response(response: RawResponse) -> RawResponse {
    let mut headers = response.headers().clone();
    headers.insert("request-id", HeaderValue::from_static("req_forged"));
    RawResponse::new(response.status(), headers, response.body().clone())
}

/// A journal that reports a write as stored and does not store it.
#[derive(Debug)]
pub(super) struct ForgetfulJournal<J>(pub(super) J);

impl<J: Journal> Journal for ForgetfulJournal<J> {
    fn begin<'a>(
        &'a self,
        _: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async { Ok(BeginOutcome::Inserted) })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.0.finish(write)
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        self.0.pending_writes()
    }
}

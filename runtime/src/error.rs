//! The one error type of every call.
//!
//! In: what went wrong, from any layer. Out: [`Error`], one word wide, which answers questions:
//! what kind of failure it is (`is_…`), whether the request may have had an effect
//! ([`Error::outcome`]), and which facts the server gave. Afterwards neither `Display` nor
//! `Debug` shows credentials, bodies or the server's prose, which may name persons.
//! It deliberately has no public variants, so a new kind of failure breaks nobody.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::http::{PendingWrite, RawResponse};

mod body;
mod kind;
mod limits;
mod predicates;
#[cfg(test)]
mod tests;

pub use body::{ErrorBody, TypedError};
#[doc(hidden)]
pub use kind::Kind;
pub use kind::Outcome;
pub use limits::RateLimitReason;
pub(crate) use limits::retry_after;

/// A boxed cause.
#[doc(hidden)]
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Why a call failed.
///
/// Ask the predicates, most specific first, and end with [`outcome`](Error::outcome), which
/// tells whether a write may have happened:
///
/// ```
/// use runtime::error::Error;
///
/// fn advice(error: &Error) -> &'static str {
///     if error.is_card_declined() {
///         "ask for another card"
///     } else if error.outcome().is_unknown() {
///         "repeat with the same idempotency key"
///     } else if error.outcome().is_not_sent() {
///         "repeat when the network is back"
///     } else {
///         "fix the request"
///     }
/// }
/// ```
///
/// `Display` is one line without personal data. The server's own text is in
/// [`message`](Error::message); do not log it blindly.
pub struct Error(Box<Facts>);

/// Everything an error knows.
struct Facts {
    kind: Kind,
    detail: Cow<'static, str>,
    outcome: Outcome,
    operation: Option<Cow<'static, str>>,
    response: Option<RawResponse>,
    body: Option<ErrorBody>,
    idempotency_key: Option<String>,
    attempts: u32,
    pending: Option<Arc<PendingWrite>>,
    retry_in: Option<Duration>,
    limit: Option<TimeLimit>,
    source: Option<Cause>,
}

/// Which time limit was over when a call or attempt timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeLimit {
    /// That for connecting: nothing was sent.
    Connect,
    /// That for one attempt.
    Attempt,
    /// That for the next piece of the answer's body.
    BodyStall,
    /// That for the whole call.
    Deadline,
}

impl Error {
    /// An error of a kind, with a short text that must hold no secrets and no user data.
    #[doc(hidden)]
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Facts {
            kind,
            detail: detail.into(),
            outcome: Outcome::NotSent,
            operation: None,
            response: None,
            body: None,
            idempotency_key: None,
            attempts: 0,
            pending: None,
            retry_in: None,
            limit: None,
            source: None,
        }))
    }

    /// An error in what the caller asked for, found before anything was sent.
    #[doc(hidden)]
    pub fn build(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Build, detail)
    }

    /// The error that a response stands for: its status, or its `error` object, says failure.
    #[doc(hidden)]
    pub fn rejected(response: RawResponse) -> Self {
        let body = ErrorBody::parse(response.body());
        let kind = kind::classify(response.status(), &body);
        let mut error = Self::new(kind, kind.text());
        error.0.outcome = kind::outcome_of(response.status(), kind);
        error.0.body = Some(body);
        error.0.response = Some(response);
        error
    }

    /// A successful response that could not be understood.
    #[doc(hidden)]
    pub fn undecodable(response: RawResponse, source: impl Into<Cause>) -> Self {
        let mut error = Self::new(Kind::Decode, Kind::Decode.text());
        error.0.outcome = Outcome::Unknown;
        error.0.response = Some(response);
        error.caused_by(source)
    }

    /// The same error with its cause.
    #[doc(hidden)]
    pub fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with the response in which the fault lies.
    #[doc(hidden)]
    pub fn in_response(mut self, response: RawResponse) -> Self {
        self.0.response = Some(response);
        self
    }

    /// The same error with what may have happened at the server.
    #[doc(hidden)]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// The same error with the call that it belongs to.
    #[doc(hidden)]
    pub fn in_call(
        mut self,
        operation: impl Into<Cow<'static, str>>,
        idempotency_key: Option<&str>,
        attempts: u32,
    ) -> Self {
        self.0.operation = Some(operation.into());
        self.0.idempotency_key = idempotency_key.map(str::to_owned);
        self.0.attempts = attempts;
        self
    }

    /// The same error with the write that can be resumed.
    pub(crate) fn with_pending(mut self, write: Arc<PendingWrite>) -> Self {
        self.0.pending = Some(write);
        self
    }

    /// The same error with when asking again may help.
    #[doc(hidden)]
    pub fn retry_in(mut self, pause: Duration) -> Self {
        self.0.retry_in = Some(pause);
        self
    }

    /// The same error with the time limit that was over.
    #[doc(hidden)]
    pub fn over(mut self, limit: TimeLimit) -> Self {
        self.0.limit = Some(limit);
        self
    }

    /// The write that was not brought to a known end, for `Client::resume`. Only writes with an
    /// idempotency key have one, and only if the error's outcome is unknown.
    pub fn pending(&self) -> Option<&PendingWrite> {
        self.0.pending.as_deref()
    }

    /// Which time limit was over, for errors of [`is_timeout`](Error::is_timeout) and of
    /// [`is_connect`](Error::is_connect).
    pub fn time_limit(&self) -> Option<TimeLimit> {
        self.0.limit
    }

    /// Which of the server's limits was exceeded, where it says so.
    pub fn rate_limit_reason(&self) -> Option<RateLimitReason> {
        RateLimitReason::of(self.headers()?)
    }

    /// Whether the server repeated the stored answer to an earlier request with the same key.
    pub fn idempotent_replayed(&self) -> bool {
        let response = self.0.response.as_ref();
        response.is_some_and(RawResponse::idempotent_replayed)
    }

    /// Whether the answer is an error object of the API, and not the page of a proxy.
    pub(crate) fn is_of_api(&self) -> bool {
        self.body().is_some_and(|body| !body.raw.is_null())
    }

    #[doc(hidden)]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether the request may have had an effect. See [`Outcome`].
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The status of the response, if one came.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(RawResponse::status)
    }

    /// The headers of the response, if one came.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(RawResponse::headers)
    }

    /// The server's name for the request. Quote it to the API's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.response.as_ref()?.request_id()
    }

    /// The body of the response as it came. It may hold secrets and personal data.
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(RawResponse::body)
    }

    /// The error object of the response. It may hold secrets and personal data.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_ref()
    }

    /// The machine-readable code, such as `resource_missing`.
    pub fn code(&self) -> Option<&str> {
        self.body()?.code()
    }

    /// The card issuer's reason, such as `insufficient_funds`.
    pub fn decline_code(&self) -> Option<&str> {
        self.body()?.decline_code()
    }

    /// The parameter that is at fault, such as `items[0][price]`.
    pub fn param(&self) -> Option<&str> {
        self.body()?.param()
    }

    /// The server's text for developers. It may hold personal data.
    pub fn message(&self) -> Option<&str> {
        self.body()?.message()
    }

    /// The server's class of error, such as `card_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.body()?.kind()
    }

    /// The idempotency key that the call was sent with. A later call with the same key and
    /// parameters resumes it: the work is done at most once.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// How many attempts were started.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// When asking again may help: what the server asked for in `Retry-After`, or when an open
    /// circuit lets a probe pass.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_in.or_else(|| retry_after(self.headers()?))
    }

    /// The error in the types that are documented for an operation, if it fits them.
    pub fn typed<E: TypedError>(&self) -> Option<E> {
        E::from_error(self.body()?)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.detail)?;
        let mut facts: Vec<(&str, Cow<'_, str>)> = Vec::new();
        if let Some(operation) = &self.0.operation {
            facts.push(("operation", Cow::Borrowed(operation)));
        }
        if let Some(status) = self.status() {
            facts.push(("status", Cow::Borrowed(status.as_str()).into_owned().into()));
        }
        let named = [
            ("type", self.error_type()),
            ("code", self.code()),
            ("decline code", self.decline_code()),
            ("parameter", self.param()),
            ("request", self.request_id()),
        ];
        for (name, value) in named {
            facts.extend(value.map(|value| (name, visible(value))));
        }
        if self.0.attempts > 1 {
            facts.push(("attempts", Cow::Owned(self.0.attempts.to_string())));
        }
        for (index, (name, value)) in facts.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(out, "{before}{name} {value}")?;
        }
        if !facts.is_empty() {
            out.write_str(")")?;
        }
        Ok(())
    }
}

/// Text of the server, cut to what a code can sensibly be, so that a hostile body can neither
/// break lines of a log nor fill it.
fn visible(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 120;
    let harmless = |c: char| c.is_ascii_graphic() || c == ' ';
    if text.len() <= LONGEST && text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let kept = text
        .chars()
        .take(LONGEST)
        .map(|c| if harmless(c) { c } else { '?' });
    Cow::Owned(kept.collect())
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.0;
        out.debug_struct("Error")
            .field("kind", &facts.kind)
            .field("detail", &facts.detail)
            .field("outcome", &facts.outcome)
            .field("operation", &facts.operation)
            .field("response", &facts.response)
            .field("body", &facts.body)
            .field("idempotency_key", &facts.idempotency_key)
            .field("attempts", &facts.attempts)
            .field("limit", &facts.limit)
            .field("source", &facts.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

//! The error of every call.
//!
//! In: what went wrong, from any layer. Out: [`Error`], one pointer wide: its [`ErrorKind`] (or the
//! predicates `is_…`), whether the request may have had an effect ([`Error::outcome`]), and what
//! the server said. `Display` has the server's message unless the client hides it, since it may
//! contain personal data. Neither `Display` nor `Debug` shows credentials or bodies.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use transport::InterruptedBody;
use wire::operation::MissingCredentials;
use wire::secret::SentCredentials;

use crate::codec::{DecodeError, Place, ResponseMismatch};
use crate::http::{PendingWrite, RawResponse};
use crate::secret::redact_credentials;

mod body;
mod classify;
mod kind;
#[cfg(test)]
mod tests;

pub use crate::rate_limit::RateLimitReason;
pub use body::{ErrorBody, TypedError};
pub(crate) use classify::{Retryability, Verdict};
pub use kind::{ErrorKind, Outcome};

/// The longest code of the server that is shown, in characters.
const MAX_CODE: usize = 120;
/// The longest message of the server that is shown, in characters.
const MAX_MESSAGE: usize = 1_000;

/// A boxed source of an error.
type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// Check the predicates, most specific first, and then [`outcome`](Error::outcome), which says
/// whether a write may have been executed:
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
/// `Display` is one line: what happened, the server's [`message`](Error::message), and the call
/// with its codes. Credentials in the message are redacted: those that were sent with the request,
/// and what looks like one. Personal data is not, so a program that
/// must not log any hides it with
/// [`show_error_messages`](crate::client::ClientBuilder::show_error_messages). The texts of the
/// [`source`](StdError::source) are not repeated.
pub struct Error(Box<ErrorInner>);

/// What an error holds.
struct ErrorInner {
    verdict: Verdict,
    detail: Cow<'static, str>,
    operation: Option<Cow<'static, str>>,
    hides_message: bool,
    may_have_deleted: bool,
    response: Option<RawResponse>,
    body: Option<ErrorBody>,
    idempotency_key: Option<String>,
    attempts: u32,
    pending: Option<Arc<PendingWrite>>,
    retry_after: Option<Duration>,
    time_limit: Option<TimeLimit>,
    source: Option<BoxError>,
}

/// Which time limit was exceeded when a call or an attempt timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeLimit {
    /// The limit for connecting: nothing was sent.
    Connect,
    /// The limit for one attempt.
    Attempt,
    /// The limit for the next part of the response's body.
    BodyStall,
    /// The limit for the whole call.
    Deadline,
}

// Hidden from the documentation: for the crates of this project, such as its test doubles.
impl Error {
    /// An error of a kind, with the outcome that the kind implies and a short text, which must
    /// contain neither secrets nor user data.
    #[doc(hidden)]
    pub fn new(kind: ErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(ErrorInner {
            verdict: Verdict::of_kind(kind),
            detail: detail.into(),
            operation: None,
            hides_message: false,
            may_have_deleted: false,
            response: None,
            body: None,
            idempotency_key: None,
            attempts: 0,
            pending: None,
            retry_after: None,
            time_limit: None,
            source: None,
        }))
    }

    /// An error of a kind, with the text and the outcome that the kind implies.
    #[doc(hidden)]
    pub fn from_kind(kind: ErrorKind) -> Self {
        Self::new(kind, kind.description())
    }

    /// An error in what the caller asked for, found before anything was sent.
    #[doc(hidden)]
    pub fn build(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Build, detail)
    }

    /// The error that a response stands for: its status, or its `error` object, says failure.
    #[doc(hidden)]
    pub fn rejected(response: RawResponse) -> Self {
        let body = ErrorBody::parse(response.body());
        Self::rejected_with(response, body)
    }

    /// The same for an API whose failures need not have a member `error`.
    pub(crate) fn rejected_bare(response: RawResponse) -> Self {
        let body = ErrorBody::parse(response.body()).or_whole();
        Self::rejected_with(response, body)
    }

    fn rejected_with(response: RawResponse, body: ErrorBody) -> Self {
        let verdict = Verdict::of_error_response(&response, &body);
        let mut error = Self::from_kind(verdict.kind);
        error.0.verdict = verdict;
        error.0.body = Some(body);
        error.with_response(response)
    }

    /// The error of a successful response that could not be decoded.
    #[doc(hidden)]
    pub fn undecodable(response: RawResponse, source: impl Into<BoxError>) -> Self {
        let mut error = Self::from_kind(ErrorKind::Decode);
        error.0.verdict = Verdict::of_unusable_response(&response);
        error.with_response(response).with_source(source)
    }

    /// Sets the underlying error.
    #[doc(hidden)]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the response that caused the error.
    #[doc(hidden)]
    pub fn with_response(mut self, response: RawResponse) -> Self {
        self.0.response = Some(response);
        self
    }

    /// Sets whether the request may have had an effect.
    #[doc(hidden)]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.verdict.outcome = outcome;
        self
    }

    /// Sets the call that failed.
    #[doc(hidden)]
    pub fn with_call(
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

    /// Replaces the credentials of the request in the body of the response.
    pub(crate) fn without_credentials(mut self, sent: &SentCredentials) -> Self {
        let inner = &mut *self.0;
        let shown = inner.response.as_ref();
        if let Some((old, body)) = shown.and_then(|old| Some((old, sent.redact(old.body())?))) {
            let parsed = ErrorBody::parse(&body);
            inner.body = inner.body.take().map(|old| match old.is_bare {
                true => parsed.or_whole(),
                false => parsed,
            });
            inner.response = Some(RawResponse::new(old.status(), old.headers().clone(), body));
        }
        self
    }

    /// Leaves the server's message out of `Display`.
    pub(crate) fn with_hidden_message(mut self, is_hidden: bool) -> Self {
        self.0.hides_message = is_hidden;
        self
    }

    /// Sets how long to wait before trying again.
    #[doc(hidden)]
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self
    }

    /// Sets the time limit that was exceeded.
    #[doc(hidden)]
    pub fn with_time_limit(mut self, limit: TimeLimit) -> Self {
        self.0.time_limit = Some(limit);
        self
    }

    /// Sets that an earlier attempt may have deleted the object that was not found.
    pub(crate) fn with_possible_deletion(mut self) -> Self {
        self.0.may_have_deleted = true;
        self.0.detail =
            "the object was not found; an earlier attempt of this call may have deleted it".into();
        self
    }

    /// Sets the write that can be resumed.
    pub(crate) fn with_pending(mut self, write: Arc<PendingWrite>) -> Self {
        self.0.pending = Some(write);
        self
    }
}

impl Error {
    /// What went wrong. Every kind has a predicate, such as [`is_timeout`](Error::is_timeout).
    pub fn kind(&self) -> ErrorKind {
        self.0.verdict.kind
    }

    /// What the error means for retries and the circuit breaker.
    pub(crate) fn verdict(&self) -> Verdict {
        self.0.verdict
    }

    /// Whether the request may have had an effect. See [`Outcome`].
    pub fn outcome(&self) -> Outcome {
        self.0.verdict.outcome
    }

    /// The pending write, for `Client::resume`. Only writes with an idempotency key have one, and
    /// only if the error's outcome is unknown.
    pub fn pending(&self) -> Option<&PendingWrite> {
        self.0.pending.as_deref()
    }

    /// What shows that the response belongs to another request, for errors of
    /// [`is_mismatch`](Error::is_mismatch).
    pub fn mismatch(&self) -> Option<&ResponseMismatch> {
        self.find_source()
    }

    /// Which credentials the client lacks, if a call failed because of that
    /// ([`is_build`](Error::is_build)).
    pub fn missing_credentials(&self) -> Option<&MissingCredentials> {
        self.find_source()
    }

    /// How many bytes of a streamed response were received before it was interrupted.
    pub fn bytes_received(&self) -> Option<u64> {
        self.find_source().map(InterruptedBody::received)
    }

    fn find_source<E: StdError + 'static>(&self) -> Option<&E> {
        let mut sources = std::iter::successors(self.source(), |&error| error.source());
        sources.find_map(|error| error.downcast_ref())
    }

    /// Which time limit was exceeded, for errors of [`is_timeout`](Error::is_timeout) and of
    /// [`is_connect`](Error::is_connect).
    pub fn time_limit(&self) -> Option<TimeLimit> {
        self.0.time_limit
    }

    /// Which of the server's limits was exceeded, where the server says so.
    pub fn rate_limit_reason(&self) -> Option<RateLimitReason> {
        RateLimitReason::from_headers(self.headers()?)
    }

    /// Whether the server repeated the stored response to an earlier request with the same key.
    pub fn idempotent_replayed(&self) -> bool {
        self.response()
            .is_some_and(RawResponse::idempotent_replayed)
    }

    /// Whether a deletion did not find its object ([`is_not_found`](Error::is_not_found)) after an
    /// earlier attempt of the same call that may have been executed. Then the outcome is unknown,
    /// and usually that attempt deleted the object. If the program knows that the object existed,
    /// this is a success.
    pub fn may_have_deleted(&self) -> bool {
        self.0.may_have_deleted
    }

    pub(crate) fn response(&self) -> Option<&RawResponse> {
        self.0.response.as_ref()
    }

    /// The status of the response, if one was received.
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(RawResponse::status)
    }

    /// The headers of the response, if one was received.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.response().map(RawResponse::headers)
    }

    /// The server's id of the request. Quote it to the API's support.
    pub fn request_id(&self) -> Option<&str> {
        self.response()?.request_id()
    }

    /// The body of the response as received, but for credentials of the request, which are replaced
    /// by `[redacted]`. It may contain other secrets and personal data.
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.response().map(RawResponse::body)
    }

    /// The error object of the response. It may contain secrets and personal data.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_ref()
    }

    /// The machine-readable code, such as `resource_missing`.
    pub fn code(&self) -> Option<&str> {
        self.body()?.code()
    }

    /// The server's text for developers. It may contain personal data.
    pub fn message(&self) -> Option<&str> {
        self.body()?.message()
    }

    /// The server's class of error, such as `card_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.body()?.error_type()
    }

    /// The idempotency key that the call was sent with. A later call with the same key and
    /// parameters resumes it: the server executes the write at most once.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// How many attempts were started.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long to wait before trying again: what the server asked for in `Retry-After`, or the
    /// time until an open circuit admits a probe.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0
            .retry_after
            .or_else(|| rate_limit::retry_after(self.headers()?))
    }

    /// A member of the error object in a type, decoded when this is called; `None` if the error has
    /// no such member.
    ///
    /// # Errors
    /// Returns an error if the member does not fit the type.
    pub fn decode_member<T: Place + Default>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        let member = self.body().and_then(|body| body.raw.get(name));
        match member.filter(|member| !member.is_null()) {
            Some(member) => member.decode().map(Some),
            None => Ok(None),
        }
    }

    /// The error in the types that are documented for an operation, if it fits them.
    pub fn typed<E: TypedError>(&self) -> Option<E> {
        E::from_response(self.status()?.as_u16(), self.body()?)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let printable = |text| printable_text(text, MAX_CODE);
        let status = self.status();
        let attempts = (inner.attempts > 1).then(|| inner.attempts.to_string());
        let facts = [
            ("", inner.operation.as_deref().map(Cow::Borrowed)),
            ("status ", status.as_ref().map(|s| s.as_str().into())),
            ("type ", self.error_type().map(printable)),
            ("code ", self.code().map(printable)),
            ("decline code ", self.decline_code().map(printable)),
            ("parameter ", self.param().map(printable)),
            ("request ", self.request_id().map(printable)),
            ("attempts ", attempts.map(Cow::Owned)),
        ];
        out.write_str(&inner.detail)?;
        let message = self.message().filter(|_| !inner.hides_message);
        if let Some(message) = message.map(str::trim).filter(|text| !text.is_empty()) {
            write!(out, ": {}", shown_message(message))?;
        }
        let mut separator = " (";
        for (name, value) in facts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                write!(out, "{separator}{name}{value}")?;
                separator = ", ";
            }
        }
        out.write_str(if separator == ", " { ")" } else { "" })
    }
}

/// The server's message without credentials, on one line and of limited length.
fn shown_message(message: &str) -> String {
    let message = redact_credentials(message);
    let is_safe = |c: char| !c.is_control() && !is_format_character(c);
    let kept = message.chars().take(MAX_MESSAGE);
    kept.map(|c| if is_safe(c) { c } else { '?' }).collect()
}

/// Whether a character separates lines or changes the direction of a text.
fn is_format_character(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Shortens text of the server to a number of characters and removes those that are not visible
/// ASCII, so that it cannot add lines to a log or fill it.
pub(crate) fn printable_text(text: &str, max_chars: usize) -> Cow<'_, str> {
    let is_safe = |c: char| c.is_ascii_graphic() || c == ' ';
    if text.len() <= max_chars && text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().take(max_chars);
    Cow::Owned(kept.map(|c| if is_safe(c) { c } else { '?' }).collect())
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        out.debug_struct("Error")
            .field("kind", &inner.verdict.kind)
            .field("detail", &inner.detail)
            .field("outcome", &inner.verdict.outcome)
            .field("operation", &inner.operation)
            .field("response", &inner.response)
            .field("body", &inner.body)
            .field("idempotency_key", &inner.idempotency_key)
            .field("attempts", &inner.attempts)
            .field("time_limit", &inner.time_limit)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

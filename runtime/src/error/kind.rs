//! Kinds of failure, what they say about the request's effect, and how responses map to them.

use http::StatusCode;

use super::ErrorBody;

/// Whether the request behind an error may have had an effect at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing left this process, or no connection came about. Repeating is safe.
    NotSent,
    /// The request may have been carried out. Repeat a write only with the same idempotency
    /// key, or read the object first.
    Unknown,
    /// The server refused; the request was not carried out. Repeating it unchanged gives the
    /// same answer, unless the predicate that holds says otherwise.
    Rejected,
}

impl Outcome {
    /// Whether this is [`Outcome::NotSent`].
    pub fn is_not_sent(self) -> bool {
        self == Self::NotSent
    }

    /// Whether this is [`Outcome::Unknown`].
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// Whether this is [`Outcome::Rejected`].
    pub fn is_rejected(self) -> bool {
        self == Self::Rejected
    }
}

/// What went wrong; each has one predicate on `Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Build,
    Credentials,
    Journal,
    CircuitOpen,
    QueueFull,
    QueueTimeout,
    Connect,
    Timeout,
    Interrupted,
    TooLarge,
    Redirect,
    Decode,
    Page,
    InvalidRequest,
    NotFound,
    Authentication,
    Permission,
    CardDeclined,
    IdempotencyMismatch,
    Conflict,
    DependencyFailed,
    RateLimited,
    LockTimeout,
    Server,
    SessionExpired,
    OAuth,
    Unexpected,
}

impl Kind {
    /// The beginning of the error's one line.
    pub fn text(self) -> &'static str {
        match self {
            Self::Build => "the request could not be built",
            Self::Credentials => "no credentials could be had",
            Self::Journal => "the journal could not record the write",
            Self::CircuitOpen => "the circuit breaker is open",
            Self::QueueFull => "too many calls wait for the client-side rate limit",
            Self::QueueTimeout => "the client-side rate limit kept the request back for too long",
            Self::Connect => "no connection to the server",
            Self::Timeout => "the request timed out",
            Self::Interrupted => "the connection broke before the answer was complete",
            Self::TooLarge => "the answer is longer than the client allows",
            Self::Redirect => "the server redirected the request, which is refused",
            Self::Decode => "the answer could not be decoded",
            Self::Page => "the list cannot be continued",
            Self::InvalidRequest => "the server refused the request as invalid",
            Self::NotFound => "the server knows no such object",
            Self::Authentication => "the credentials were not accepted",
            Self::Permission => "the credentials do not allow this request",
            Self::CardDeclined => "the card was declined",
            Self::IdempotencyMismatch => "the idempotency key was used for another request",
            Self::Conflict => "the request conflicts with another one",
            Self::DependencyFailed => "a system behind the server failed",
            Self::RateLimited => "the server received too many requests",
            Self::LockTimeout => "the object is in use by another request",
            Self::Server => "the server failed",
            Self::SessionExpired => "the session has expired",
            Self::OAuth => "the authorization was refused",
            Self::Unexpected => "the server refused the request",
        }
    }

    /// The word for labels of metrics and attributes of spans: that of its predicate.
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Credentials => "credentials",
            Self::Journal => "journal",
            Self::CircuitOpen => "circuit_open",
            Self::QueueFull => "queue_full",
            Self::QueueTimeout => "queue_timeout",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
            Self::Redirect => "redirect",
            Self::Decode => "decode",
            Self::Page => "pagination",
            Self::InvalidRequest => "invalid_request",
            Self::NotFound => "not_found",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::CardDeclined => "card_declined",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::Conflict => "conflict",
            Self::DependencyFailed => "dependency_failed",
            Self::RateLimited => "rate_limited",
            Self::LockTimeout => "lock_timeout",
            Self::Server => "server",
            Self::SessionExpired => "session_expired",
            Self::OAuth => "oauth",
            Self::Unexpected => "unexpected",
        }
    }

    /// What a failure of this kind says by itself about the request's effect.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Build
            | Self::Credentials
            | Self::Journal
            | Self::CircuitOpen
            | Self::QueueFull
            | Self::QueueTimeout
            | Self::Connect
            | Self::Page => Outcome::NotSent,
            Self::Timeout
            | Self::Interrupted
            | Self::TooLarge
            | Self::Decode
            // Another request under this key is being carried out: it may be this very call.
            | Self::Conflict
            | Self::DependencyFailed
            | Self::Server => Outcome::Unknown,
            _ => Outcome::Rejected,
        }
    }
}

/// What an answer says about the request's effect. A refusal is one only if the answer is of a
/// class that means refusal: a redirect, a time-out of a gateway or a status that nobody knows may
/// well come after the work was done.
pub(crate) fn outcome_of(status: StatusCode, kind: Kind) -> Outcome {
    match (status.as_u16(), kind) {
        (301..=303, _) | (408, Kind::Unexpected) => Outcome::Unknown,
        (400..=499, _) => kind.outcome(),
        (_, Kind::Unexpected) => Outcome::Unknown,
        _ => kind.outcome(),
    }
}

/// The kind of a response that is known to be a failure.
///
/// Codes and types that are precise come first, then the status, then vague types: the API sends
/// some failures under several statuses, and `v2` leaves the type out at times.
pub(crate) fn classify(status: StatusCode, body: &ErrorBody) -> Kind {
    let code = body.code().unwrap_or_default();
    let class = body.kind().unwrap_or_default();
    match (status.as_u16(), class, code) {
        (_, _, "idempotency_key_in_use") => Kind::Conflict,
        (_, _, "lock_timeout") => Kind::LockTimeout,
        (_, "idempotency_error", _) => Kind::IdempotencyMismatch,
        (_, "temporary_session_expired", _) => Kind::SessionExpired,
        (429, ..) | (400, _, "rate_limit") | (_, "rate_limit" | "rate_limit_error", _) => {
            Kind::RateLimited
        }
        _ if body.is_oauth() => Kind::OAuth,
        (_, "card_error", _) => Kind::CardDeclined,
        // Pages of proxies come under these too, and programs act on them.
        (402 | 404, ..) if body.raw.is_null() => Kind::Unexpected,
        (402, ..) => Kind::CardDeclined,
        (401, ..) => Kind::Authentication,
        (403, ..) => Kind::Permission,
        (404, ..) => Kind::NotFound,
        (409, ..) => Kind::Conflict,
        (424, ..) => Kind::DependencyFailed,
        (300..=399, ..) => Kind::Redirect,
        (500..=599, ..) => Kind::Server,
        (400, ..) | (_, "invalid_request_error", _) => Kind::InvalidRequest,
        (_, "authentication_error", _) => Kind::Authentication,
        (_, "api_error", _) => Kind::Server,
        _ => Kind::Unexpected,
    }
}

//! What the result of an attempt means: the one table from which error kinds, outcomes, retries
//! and the circuit breaker's statistics follow.

use circuit_breaker::ServerHealth;
use http::StatusCode;

use super::{ErrorBody, ErrorKind, Outcome, RateLimitReason};
use crate::http::RawResponse;

/// What an error means for the parts of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The kind of the error.
    pub(crate) kind: ErrorKind,
    /// Whether the request may have had an effect.
    pub(crate) outcome: Outcome,
    /// Whether another attempt may succeed.
    pub(crate) retry: Retryability,
    /// What the attempt says about the server.
    pub(crate) health: ServerHealth,
}

/// Whether another attempt may succeed where one has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retryability {
    /// It may.
    Retryable,
    /// It may, after the limit that was exceeded leaves room again.
    RateLimited,
    /// It would fail in the same way.
    Permanent,
    /// The server sent `Stripe-Should-Retry: false`.
    ServerForbids,
}

impl Verdict {
    /// An error without a response.
    pub(super) fn of_kind(kind: ErrorKind) -> Self {
        let (retry, health) = match kind {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted => {
                (Retryability::Retryable, ServerHealth::Failed)
            }
            _ => (Retryability::Permanent, ServerHealth::Healthy),
        };
        Self {
            kind,
            outcome: kind.outcome(),
            retry,
            health,
        }
    }

    /// A response that is known to be an error.
    pub(super) fn of_error_response(response: &RawResponse, body: &ErrorBody) -> Self {
        let kind = kind_of(response.status(), body);
        // A stored error that is repeated shows that the server works now: otherwise resuming the
        // writes of an outage would look like another outage.
        let is_failure = kind == ErrorKind::Server && !response.idempotent_replayed();
        Self {
            kind,
            outcome: outcome_of(response, body, kind),
            retry: retryability_of(response, body),
            health: if is_failure {
                ServerHealth::Failed
            } else {
                ServerHealth::Healthy
            },
        }
    }

    /// A response of success whose body cannot be used.
    pub(super) fn of_unusable_response(response: &RawResponse) -> Self {
        Self {
            retry: retryability_of(response, &ErrorBody::default()),
            ..Self::of_kind(ErrorKind::Decode)
        }
    }
}

/// What a response of this kind says about the request's effect. It is a refusal only if its status
/// means refusal and the API itself sent it, which its error object or its request id shows: proxies
/// and gateways also send their pages after the API has executed the request.
fn outcome_of(response: &RawResponse, body: &ErrorBody, kind: ErrorKind) -> Outcome {
    let is_of_api = !body.raw.is_null() || response.request_id().is_some();
    match (response.status().as_u16(), kind) {
        (408, ErrorKind::Unexpected) => Outcome::Unknown,
        (400..=499, _) if is_of_api => kind.outcome(),
        (300..=499, _) | (_, ErrorKind::Unexpected) => Outcome::Unknown,
        _ => kind.outcome(),
    }
}

/// The kind of a response that is known to be an error.
///
/// Precise codes and types come first, then the status, then vague types: the API sends
/// some errors with several statuses, and `v2` sometimes omits the type.
fn kind_of(status: StatusCode, body: &ErrorBody) -> ErrorKind {
    // Codes and types of another API mean something else.
    let own = |text: Option<_>| text.filter(|_| !body.is_bare).unwrap_or_default();
    match (status.as_u16(), own(body.error_type()), own(body.code())) {
        (_, _, "idempotency_key_in_use") => ErrorKind::Conflict,
        (_, _, "lock_timeout") => ErrorKind::LockTimeout,
        (_, "idempotency_error", _) => ErrorKind::IdempotencyMismatch,
        (_, "temporary_session_expired", _) => ErrorKind::SessionExpired,
        (429, ..) | (400, _, "rate_limit") | (_, "rate_limit" | "rate_limit_error", _) => {
            ErrorKind::RateLimited
        }
        (status, ..) if body.is_oauth() && (status < 402 || !body.is_bare) => ErrorKind::OAuth,
        (_, "card_error", _) => ErrorKind::CardDeclined,
        // Proxies send their own pages with these two, and programs act on these kinds.
        (402 | 404, ..) if body.raw.is_null() => ErrorKind::Unexpected,
        (402, ..) => ErrorKind::CardDeclined,
        (401, ..) => ErrorKind::Authentication,
        (403, ..) => ErrorKind::Permission,
        (404, ..) => ErrorKind::NotFound,
        (409, ..) => ErrorKind::Conflict,
        (424, ..) => ErrorKind::DependencyFailed,
        (300..=399, ..) => ErrorKind::Redirect,
        (500..=599, ..) => ErrorKind::Server,
        (400, ..) | (_, "invalid_request_error", _) => ErrorKind::InvalidRequest,
        (_, "authentication_error", _) => ErrorKind::Authentication,
        (_, "api_error", _) => ErrorKind::Server,
        (422, ..) if body.is_bare => ErrorKind::InvalidRequest,
        _ => ErrorKind::Unexpected,
    }
}

/// Whether another attempt may succeed. `Stripe-Should-Retry` takes precedence. A response that is
/// stored under the idempotency key would only be repeated.
fn retryability_of(response: &RawResponse, body: &ErrorBody) -> Retryability {
    let should_retry = response.header("stripe-should-retry").map(str::trim);
    let code = body.code().filter(|_| !body.is_bare);
    match (should_retry, response.status().as_u16(), code) {
        (Some("true"), ..) => Retryability::Retryable,
        (Some("false"), ..) => Retryability::ServerForbids,
        _ if response.idempotent_replayed() => Retryability::Permanent,
        (_, _, Some("lock_timeout" | "idempotency_key_in_use")) => Retryability::Retryable,
        // The latter is an older form of 429.
        (_, 429, _) | (_, 400, Some("rate_limit")) => {
            match RateLimitReason::from_headers(response.headers()) {
                // The limit on changes of a single object: its windows are minutes and hours.
                Some(RateLimitReason::ResourceSpecific) => Retryability::Permanent,
                _ => Retryability::RateLimited,
            }
        }
        // Elsewhere a conflict is about the state of an object, and stays.
        (_, 409 | 424, _) if body.is_bare => Retryability::Permanent,
        (_, 409 | 424 | 500..=599, _) => Retryability::Retryable,
        _ => Retryability::Permanent,
    }
}

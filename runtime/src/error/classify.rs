//! Which error a response stands for, and what it says about the request's effect.

use http::StatusCode;

use super::{ErrorBody, ErrorKind, Outcome};

/// What a response of this kind says about the request's effect. It is a refusal only if the
/// status is of a class that means refusal: a redirect, the timeout of a gateway or an unknown
/// status may well come after the request was carried out.
pub(super) fn outcome_of(status: StatusCode, kind: ErrorKind) -> Outcome {
    match (status.as_u16(), kind) {
        (301..=303, _) | (408, ErrorKind::Unexpected) => Outcome::Unknown,
        (400..=499, _) => kind.outcome(),
        (_, ErrorKind::Unexpected) => Outcome::Unknown,
        _ => kind.outcome(),
    }
}

/// The kind of a response that is known to be an error.
///
/// Precise codes and types come first, then the status, then vague types: the API sends
/// some errors with several statuses, and `v2` sometimes omits the type.
pub(super) fn kind_of(status: StatusCode, body: &ErrorBody) -> ErrorKind {
    let code = body.code().unwrap_or_default();
    let class = body.error_type().unwrap_or_default();
    match (status.as_u16(), class, code) {
        (_, _, "idempotency_key_in_use") => ErrorKind::Conflict,
        (_, _, "lock_timeout") => ErrorKind::LockTimeout,
        (_, "idempotency_error", _) => ErrorKind::IdempotencyMismatch,
        (_, "temporary_session_expired", _) => ErrorKind::SessionExpired,
        (429, ..) | (400, _, "rate_limit") | (_, "rate_limit" | "rate_limit_error", _) => {
            ErrorKind::RateLimited
        }
        _ if body.is_oauth() => ErrorKind::OAuth,
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
        _ => ErrorKind::Unexpected,
    }
}

//! What the outcome of an attempt says about limits.
//!
//! In: an [`AttemptOutcome`]. Out: a [`LimitFeedback`]: which limit was exceeded, and for how long
//! no attempts should be sent. Headers in an unknown format are ignored, since a wrong guess could
//! stop all traffic.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

use super::AttemptOutcome;
use super::headers::{RateLimitReason, retry_after};

#[cfg(test)]
mod tests;

/// The longest pause that one response can impose. The response to the first attempt after it shows
/// whether the server still requests a pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Numbers of seconds from here on are dates: this one is 2001-09-09.
const FIRST_DATE: f64 = 1e9;
/// Numbers from here on are dates in milliseconds.
const FIRST_DATE_IN_MILLISECONDS: f64 = 1e12;

/// The headers of gateways and other APIs: what is left of a quota, and when it is reset. Those
/// without `x-` are from the IETF draft `ratelimit-headers`.
static QUOTAS: [(HeaderName, HeaderName); 3] = [
    quota("x-ratelimit-remaining", "x-ratelimit-reset"),
    quota("ratelimit-remaining", "ratelimit-reset"),
    quota("x-rate-limit-remaining", "x-rate-limit-reset"),
];

const fn quota(remaining: &'static str, reset: &'static str) -> (HeaderName, HeaderName) {
    (
        HeaderName::from_static(remaining),
        HeaderName::from_static(reset),
    )
}

/// The limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitScope {
    Account,
    /// The limit of the operation, or of its class.
    Lane,
}

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitKind {
    Rate,
    Concurrency,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LimitFeedback {
    pub(super) refusal: Option<(LimitScope, LimitKind)>,
    /// How long the limit that was exceeded admits no attempts.
    pub(super) pause: Duration,
    /// How long the account admits no attempts, because its quota is used up.
    pub(super) exhausted: Duration,
}

impl LimitFeedback {
    pub(super) fn from_outcome(outcome: &AttemptOutcome<'_>) -> Self {
        let AttemptOutcome::Response {
            status,
            headers,
            code,
        } = *outcome
        else {
            return Self::default();
        };
        let refusal = match (status.as_u16(), code) {
            (429, Some("lock_timeout")) => None,
            // Old versions of the API send 400 instead of 429.
            (429, _) | (400, Some("rate_limit")) => exceeded_limit(headers),
            _ => None,
        };
        let pause = refusal.and_then(|_| retry_after(headers));
        let exhausted = quota_reset(headers);
        Self {
            refusal,
            pause: pause.unwrap_or_default().min(LONGEST_PAUSE),
            exhausted: exhausted.unwrap_or_default().min(LONGEST_PAUSE),
        }
    }
}

/// The limit that a refusal is about. Without a known reason it is the account's rate, since
/// that slows everything down.
fn exceeded_limit(headers: &HeaderMap) -> Option<(LimitScope, LimitKind)> {
    match RateLimitReason::from_headers(headers) {
        Some(RateLimitReason::ResourceSpecific) => None,
        Some(RateLimitReason::EndpointRate) => Some((LimitScope::Lane, LimitKind::Rate)),
        Some(RateLimitReason::EndpointConcurrency) => {
            Some((LimitScope::Lane, LimitKind::Concurrency))
        }
        Some(RateLimitReason::GlobalConcurrency) => {
            Some((LimitScope::Account, LimitKind::Concurrency))
        }
        Some(RateLimitReason::GlobalRate | RateLimitReason::Other) | None => {
            Some((LimitScope::Account, LimitKind::Rate))
        }
    }
}

/// How long until a quota that is used up is reset, if one is used up.
fn quota_reset(headers: &HeaderMap) -> Option<Duration> {
    let (_, reset) = QUOTAS
        .iter()
        .find(|(remaining, _)| header_number(headers, remaining) == Some(0.0))?;
    let reset = header_number(headers, reset)?;
    if reset < FIRST_DATE {
        return Duration::try_from_secs_f64(reset).ok();
    }
    let scale = if reset < FIRST_DATE_IN_MILLISECONDS {
        1.0
    } else {
        1_000.0
    };
    let until = Duration::try_from_secs_f64(reset / scale).ok()?;
    let until = SystemTime::UNIX_EPOCH.checked_add(until)?;
    // Compared with the response's own date, since the clock here may differ from the server's.
    let sent = headers.get(header::DATE)?.to_str().ok()?;
    let sent = httpdate::parse_http_date(sent.trim()).ok()?;
    until.duration_since(sent).ok()
}

/// The number in a header, without the parameters that the draft allows after it.
fn header_number(headers: &HeaderMap, name: &HeaderName) -> Option<f64> {
    let text = headers.get(name)?.to_str().ok()?;
    let first = text.split([',', ';']).next()?;
    let number: f64 = first.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

//! What the end of an attempt says about limits.
//!
//! In: an [`End`]. Out: a [`Feedback`]: which limit was exceeded, and for how long the server
//! wants no more. Headers that are not understood are ignored, since a guess could stop
//! everything.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

use super::super::End;
use crate::error::{RateLimitReason, retry_after};

#[cfg(test)]
mod tests;

/// The longest pause that a server can impose at once. After it, one look at the next answer
/// tells whether it still wants one.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Numbers of seconds from here on are taken for a date: 2001-09-09.
const FIRST_DATE: f64 = 1e9;
/// Numbers from here on are taken for a date in milliseconds.
const FIRST_DATE_IN_MILLISECONDS: f64 = 1e12;

/// The headers of gateways and other APIs: how much is left, and when it is filled up. Those
/// without `x-` are of the IETF's draft `ratelimit-headers`.
static QUOTAS: [(HeaderName, HeaderName); 3] = [
    (
        HeaderName::from_static("x-ratelimit-remaining"),
        HeaderName::from_static("x-ratelimit-reset"),
    ),
    (
        HeaderName::from_static("ratelimit-remaining"),
        HeaderName::from_static("ratelimit-reset"),
    ),
    (
        HeaderName::from_static("x-rate-limit-remaining"),
        HeaderName::from_static("x-rate-limit-reset"),
    ),
];

/// Whose limit was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Account,
    /// That of the operation, or of its class.
    Lane,
}

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressure {
    Rate,
    Concurrency,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Feedback {
    pub(super) refusal: Option<(Scope, Pressure)>,
    /// How long the limit that was exceeded admits nothing.
    pub(super) pause: Duration,
    /// How long the account admits nothing, because its quota is used up.
    pub(super) exhausted: Duration,
}

impl Feedback {
    pub(super) fn of(end: &End<'_>) -> Self {
        let End::Answered {
            status,
            headers,
            code,
        } = *end
        else {
            return Self::default();
        };
        let refusal = match (status.as_u16(), code) {
            (429, Some("lock_timeout")) => None,
            // What old versions of the API say instead of 429.
            (429, _) | (400, Some("rate_limit")) => limit(headers),
            _ => None,
        };
        let pause = refusal.and_then(|_| retry_after(headers));
        Self {
            refusal,
            pause: pause.unwrap_or_default().min(LONGEST_PAUSE),
            exhausted: exhausted(headers).unwrap_or_default().min(LONGEST_PAUSE),
        }
    }
}

/// The limit that a refusal is about. Without a known reason it is taken for the account's rate,
/// the one that slows everything down.
fn limit(headers: &HeaderMap) -> Option<(Scope, Pressure)> {
    match RateLimitReason::of(headers) {
        Some(RateLimitReason::ResourceSpecific) => None,
        Some(RateLimitReason::EndpointRate) => Some((Scope::Lane, Pressure::Rate)),
        Some(RateLimitReason::EndpointConcurrency) => Some((Scope::Lane, Pressure::Concurrency)),
        Some(RateLimitReason::GlobalConcurrency) => Some((Scope::Account, Pressure::Concurrency)),
        Some(RateLimitReason::GlobalRate | RateLimitReason::Other) | None => {
            Some((Scope::Account, Pressure::Rate))
        }
    }
}

/// How long a quota stays empty, if one is.
fn exhausted(headers: &HeaderMap) -> Option<Duration> {
    let (_, reset) = QUOTAS
        .iter()
        .find(|(remaining, _)| number(headers, remaining) == Some(0.0))?;
    let reset = number(headers, reset)?;
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
    // The answer's own date, since the clock here may differ from the server's.
    let sent = headers.get(header::DATE)?.to_str().ok()?;
    let sent = httpdate::parse_http_date(sent.trim()).ok()?;
    until.duration_since(sent).ok()
}

/// A number, up to the parameters that the draft lets follow it.
fn number(headers: &HeaderMap, name: &HeaderName) -> Option<f64> {
    let text = headers.get(name)?.to_str().ok()?;
    let first = text.split([',', ';']).next()?;
    let number: f64 = first.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

//! What the headers of an error response say about rate limits.

use std::time::Duration;

use http::HeaderMap;

/// Which of the server's limits a request exceeded, from `Stripe-Rate-Limited-Reason`.
///
/// See <https://docs.stripe.com/rate-limits>. A lock timeout carries no reason: it is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateLimitReason {
    /// Too many requests of the account per second.
    GlobalRate,
    /// Too many requests of this operation per second.
    EndpointRate,
    /// Too many requests of the account at once.
    GlobalConcurrency,
    /// Too many requests of this operation at once.
    EndpointConcurrency,
    /// Too many changes of one object. A short wait does not help.
    ResourceSpecific,
    /// A reason that this version does not know.
    Other,
}

impl RateLimitReason {
    /// The reason in the headers, if there is one.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("stripe-rate-limited-reason")?;
        Some(match text.as_bytes().trim_ascii() {
            b"global-rate" => Self::GlobalRate,
            b"endpoint-rate" => Self::EndpointRate,
            b"global-concurrency" => Self::GlobalConcurrency,
            b"endpoint-concurrency" => Self::EndpointConcurrency,
            b"resource-specific" => Self::ResourceSpecific,
            _ => Self::Other,
        })
    }
}

/// How long `Retry-After` asks to wait: seconds, or a date, which is compared with the response's
/// own `Date`. Anything else is ignored.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // A number that does not fit a `Duration` still asks for a long wait.
        return match Duration::try_from_secs_f64(seconds) {
            Ok(pause) => Some(pause),
            Err(_) if seconds > 0.0 => Some(Duration::MAX),
            Err(_) => None,
        };
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let sent = headers.get("date")?.to_str().ok()?;
    let sent = httpdate::parse_http_date(sent.trim()).ok()?;
    Some(until.duration_since(sent).unwrap_or_default())
}

//! The headers by which a server explains a refusal.

use std::time::Duration;

use http::HeaderMap;

#[cfg(test)]
mod tests;

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
    /// Too many requests of the account at the same time.
    GlobalConcurrency,
    /// Too many requests of this operation at the same time.
    EndpointConcurrency,
    /// Too many changes of one object. A short wait does not help.
    ResourceSpecific,
    /// A reason that this version does not list.
    Other,
}

impl RateLimitReason {
    /// The reason in the headers, if there is one.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
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
/// own `Date`. Anything else is ignored. If the header occurs several times, the longest time
/// counts.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all("retry-after").iter();
    let times = values.filter_map(|value| parse_retry_after(value.to_str().ok()?.trim(), headers));
    times.max()
}

fn parse_retry_after(text: &str, headers: &HeaderMap) -> Option<Duration> {
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

//! A pending write, with everything that is needed to send exactly the same request again.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Method;

/// How long the server keeps a key, at least. Source: "Idempotent requests" in Stripe's API
/// reference says 24 hours for v1 and 30 days for v2.
const MEMORY_V1: Duration = Duration::from_secs(24 * 60 * 60);
const MEMORY_V2: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The safety margin, for clocks that differ and for calls that wait before they are sent.
const RESERVE: Duration = Duration::from_secs(60 * 60);

/// A write that was begun under an idempotency key and whose outcome is not known.
///
/// It holds the bytes of the request, but no credentials. The body may hold personal data, and so
/// may the target: `Debug` shows neither. Sending it again with `Client::resume` is safe, since the
/// server executes the write at most once for one key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingWrite {
    /// The idempotency key.
    pub key: String,
    /// The operation's id; empty for a raw request.
    pub operation: String,
    /// Whether the API key was one of live mode; `None` if that is not known. The two modes do not
    /// share idempotency keys.
    pub live: Option<bool>,
    /// The method.
    pub method: Method,
    /// The key of the host, such as `api`.
    pub host: String,
    /// Path and query, as they were sent, without the path that the host's URL may have.
    pub target: String,
    /// The headers that determine the meaning of the request, such as content type, API version and
    /// account. Names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// When the call began.
    pub begun: SystemTime,
}

impl PendingWrite {
    /// Creates a write without headers and body.
    pub fn new(
        key: impl Into<String>,
        method: Method,
        host: impl Into<String>,
        target: impl Into<String>,
        begun: SystemTime,
    ) -> Self {
        Self {
            key: key.into(),
            operation: String::new(),
            live: None,
            method,
            host: host.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            begun,
        }
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How long ago the call began. Zero if that is in the future of `now`.
    pub fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.begun).unwrap_or_default()
    }

    /// The minimum time for which the server keeps the key: 24 hours for v1 of the API, 30 days for
    /// v2.
    pub fn key_memory(&self) -> Duration {
        if self.target.starts_with("/v2/") {
            MEMORY_V2
        } else {
            MEMORY_V1
        }
    }

    /// Whether the server still keeps the key, so that it does not execute the write a second time:
    /// the write is younger than [`key_memory`](Self::key_memory) less one hour. False for a write
    /// that began more than an hour in the future: a clock was wrong, so the age is not known.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use transport::PendingWrite;
    ///
    /// let begun = SystemTime::UNIX_EPOCH;
    /// let write = PendingWrite::new("key", http::Method::POST, "api", "/v1/charges", begun);
    /// let hours = |count: u64| Duration::from_secs(count * 60 * 60);
    /// assert!(write.is_resumable(begun + hours(22)));
    /// assert!(!write.is_resumable(begun + hours(23)));
    /// ```
    pub fn is_resumable(&self, now: SystemTime) -> bool {
        let ahead = self.begun.duration_since(now).unwrap_or_default();
        ahead <= RESERVE && self.age(now) < self.key_memory().saturating_sub(RESERVE)
    }

    /// Whether both are the same request: all fields but the time are equal, and the order of the
    /// headers does not count.
    pub fn is_same_request(&self, other: &Self) -> bool {
        let sorted = |write: &Self| {
            let mut headers = write.headers.clone();
            headers.sort_unstable();
            headers
        };
        self.key == other.key
            && self.live == other.live
            && self.method == other.method
            && self.host == other.host
            && self.target == other.target
            && self.body == other.body
            && self.headers.len() == other.headers.len()
            && sorted(self) == sorted(other)
    }
}

impl fmt::Debug for PendingWrite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PendingWrite")
            .field("key", &self.key)
            .field("operation", &self.operation)
            .field("live", &self.live)
            .field("method", &self.method)
            .field("host", &self.host)
            .field("body_len", &self.body.len())
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

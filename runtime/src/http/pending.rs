//! A write on its way: everything that is needed to send exactly the same request again.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::Method;

/// A write that was begun under an idempotency key and whose end is not known.
///
/// It holds the bytes of the request, but no credentials. The body may hold personal data, and so
/// may the target: `Debug` shows neither. Sending it again with `Client::resume` is safe, since
/// the server does the work at most once for one key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingWrite {
    /// The idempotency key.
    pub key: String,
    /// The operation's id; empty for a raw request.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// The key of the host, such as `api`.
    pub host: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The headers that decide what the request means, such as content type, API version and
    /// account. Names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// When the call began.
    pub begun: SystemTime,
}

impl PendingWrite {
    /// A write without headers and body.
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
            method,
            host: host.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            begun,
        }
    }

    /// The value of one of the headers.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for PendingWrite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PendingWrite")
            .field("key", &self.key)
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("host", &self.host)
            .field("body_len", &self.body.len())
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

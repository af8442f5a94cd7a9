//! Logging the bodies of requests and responses.
//!
//! In: requests and responses that a client reports to its observers, and a [`Redactor`]. Out:
//! `tracing` events with the target `runtime::body`, redacted and of bounded length. Queries,
//! headers and paths are not logged.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use runtime::client::ApiSpec;
use runtime::http::Request;
use runtime::telemetry::Observer;

use crate::Redactor;

/// The maximum length of a logged text, in bytes.
const MAX_TEXT: usize = 4_096;
/// The maximum length of a body that is redacted and logged, in bytes. Longer ones take too much
/// time.
const MAX_BODY: usize = 1 << 20;

/// Logs the bodies of requests and responses as `tracing` events of the level DEBUG and the target
/// `runtime::body`, redacted by a [`Redactor`] and truncated to 4,096 bytes each.
///
/// Use it for development and debugging. Personal data in fields that the redactor does not list is
/// logged, and redacting each body takes time.
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// # use runtime::error::Error;
/// use observe::{BodyLogger, Redactor};
///
/// # fn example(api: &'static ApiSpec) -> Result<(), Error> {
/// let client = Client::builder(api)
///     .from_env()
///     .observer(BodyLogger::new(api, Redactor::standard()))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BodyLogger(Redactor);

impl BodyLogger {
    /// Creates a logger for an API. The fields that the API itself marks as secret
    /// ([`ApiSpec::sensitive`]) are hidden with every redactor.
    pub fn new(api: &ApiSpec, redactor: Redactor) -> Self {
        Self(redactor.also(api.sensitive))
    }

    fn log_body(&self, of: &str, operation: &str, headers: &HeaderMap, body: &Bytes) {
        if body.is_empty() {
            return;
        }
        // The body is redacted inside of the macro, so only if a subscriber is enabled.
        tracing::debug!(
            target: "runtime::body",
            operation,
            of,
            bytes = body.len(),
            body = %self.redacted_text(headers, body),
        );
    }

    fn redacted_text(&self, headers: &HeaderMap, body: &[u8]) -> String {
        if body.len() > MAX_BODY {
            return "[too long]".to_owned();
        }
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let mut text = self.0.body(kind, body);
        if text.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT).rev().find(|&at| text.is_char_boundary(at));
            text.truncate(end.unwrap_or_default());
            text.push_str("[truncated]");
        }
        text
    }
}

impl Observer for BodyLogger {
    fn request_sent(&self, request: &Request) {
        self.log_body(
            "request",
            request.operation,
            &request.headers,
            &request.body,
        );
    }

    fn response_received(&self, operation: &str, headers: &HeaderMap, body: &Bytes) {
        self.log_body("response", operation, headers, body);
    }
}

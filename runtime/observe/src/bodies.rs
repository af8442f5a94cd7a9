//! Bodies of requests and responses in the log, for programs that ask for them.
//!
//! In: what a client reports to its observers, and the [`Redactor`] that the program chose. Out:
//! `tracing` events of the target `runtime::body`, redacted and of bounded length. Queries, headers
//! and paths are not logged.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use runtime::client::ApiSpec;
use runtime::http::Request;
use runtime::telemetry::Observer;

use crate::Redactor;

/// The longest text that is shown of a body, in bytes.
const LONGEST_TEXT: usize = 4_096;
/// Bodies that are longer are not even redacted: files, and lists that nobody reads.
const LONGEST_BODY: usize = 1 << 20;

/// Logs the bodies of requests and responses as `tracing` events of the level DEBUG and the target
/// `runtime::body`, cut to 4,096 bytes each, after a [`Redactor`] has hidden what must not be
/// seen.
///
/// It is for development and for tracking a problem down. What the redactor does not know to be
/// personal is logged, and redacting takes time for each body.
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
    /// A logger for an API. The fields that the API itself marks as secret
    /// ([`ApiSpec::sensitive`]) are hidden whatever the redactor says.
    pub fn new(api: &ApiSpec, redactor: Redactor) -> Self {
        Self(redactor.also(api.sensitive))
    }

    fn show(&self, of: &str, operation: &str, headers: &HeaderMap, body: &Bytes) {
        if body.is_empty() {
            return;
        }
        // The redaction is inside of the macro: without a listener it does not happen.
        tracing::debug!(
            target: "runtime::body",
            operation,
            of,
            bytes = body.len(),
            body = %self.text(headers, body),
        );
    }

    fn text(&self, headers: &HeaderMap, body: &[u8]) -> String {
        if body.len() > LONGEST_BODY {
            return "[too long]".to_owned();
        }
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let mut text = self.0.body(kind, body);
        if text.len() > LONGEST_TEXT {
            let end = (0..=LONGEST_TEXT)
                .rev()
                .find(|&at| text.is_char_boundary(at));
            text.truncate(end.unwrap_or_default());
            text.push_str("[cut]");
        }
        text
    }
}

impl Observer for BodyLogger {
    fn request_sent(&self, request: &Request) {
        self.show(
            "request",
            request.operation,
            &request.headers,
            &request.body,
        );
    }

    fn response_received(&self, operation: &str, headers: &HeaderMap, body: &Bytes) {
        self.show("response", operation, headers, body);
    }
}

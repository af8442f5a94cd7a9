//! Bodies of requests and answers, shown to programs that asked for them.
//!
//! In: bodies, and the [`Redactor`] that the program chose. Out: `tracing` events of the target
//! `runtime::body`, redacted and of bounded length. Afterwards nothing is kept. Queries, headers
//! and paths are not shown. Without the feature `tracing` there is nobody to show bodies to, and
//! no value of this type.

use bytes::Bytes;
use http::HeaderMap;

use crate::http::Request;

/// Shows bodies.
#[cfg(not(feature = "tracing"))]
#[derive(Debug)]
pub(crate) enum Bodies {}

#[cfg(not(feature = "tracing"))]
impl Bodies {
    pub(crate) fn sent(&self, _: &Request) {
        match *self {}
    }

    pub(crate) fn received(&self, _: &str, _: &HeaderMap, _: &Bytes) {
        match *self {}
    }
}

#[cfg(feature = "tracing")]
pub(crate) use live::Bodies;

#[cfg(feature = "tracing")]
mod live {
    use super::{Bytes, HeaderMap, Request};
    use crate::redact::Redactor;
    use http::header::CONTENT_TYPE;

    /// The longest text that is shown of a body, in bytes.
    const LONGEST_TEXT: usize = 4_096;
    /// Bodies that are longer are not even redacted: files, and lists that nobody reads.
    const LONGEST_BODY: usize = 1 << 20;

    /// Shows bodies after redacting them.
    #[derive(Debug)]
    pub(crate) struct Bodies(Redactor);

    impl Bodies {
        pub(crate) fn new(redactor: Redactor) -> Self {
            Self(redactor)
        }

        pub(crate) fn sent(&self, request: &Request) {
            self.show(
                "request",
                request.operation,
                &request.headers,
                &request.body,
            );
        }

        pub(crate) fn received(&self, operation: &str, headers: &HeaderMap, body: &Bytes) {
            self.show("response", operation, headers, body);
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
}

//! The HTTP messages that policies and transports exchange.
//!
//! In: the parts of a request or of a response. Out: [`Request`] and [`RawResponse`], which are
//! those of the crate `transport`, and the typed [`Response`]. Names and values come from the `http`
//! crate. This module opens no connections.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use crate::codec::Correction;

// The types of the crate `http` that programs see in requests and responses.
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
pub use transport::{BodyStream, EchoedHeaders, PendingWrite, RawResponse, Request};

#[cfg(test)]
mod tests;

/// A decoded response together with its metadata, from `Call::with_response`.
///
/// It dereferences to the value:
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use runtime::http::{RawResponse, Response};
///
/// let raw = RawResponse::new(StatusCode::OK, HeaderMap::new(), "[1]");
/// let response = Response::new(vec![1], raw);
/// assert_eq!(response.len(), 1);
/// assert_eq!(response.status(), StatusCode::OK);
/// assert_eq!(response.into_value(), [1]);
/// ```
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    raw: RawResponse,
    corrections: Vec<Correction>,
}

impl<T> Response<T> {
    /// Creates a response from a value and the response that it was decoded from.
    pub fn new(value: T, raw: RawResponse) -> Self {
        Self {
            value,
            raw,
            corrections: Vec::new(),
        }
    }

    /// Sets the record of the values that were filled.
    #[must_use]
    pub(crate) fn with_corrections(self, corrections: Vec<Correction>) -> Self {
        Self {
            corrections,
            ..self
        }
    }

    /// The values that decoding filled, because the server left them out or sent something
    /// unexpected. Empty with [`DecodePolicy::Refuse`](crate::codec::DecodePolicy::Refuse).
    pub fn corrections(&self) -> &[Correction] {
        &self.corrections
    }

    /// The decoded value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The decoded value, without the metadata.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.raw.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.raw.headers()
    }

    /// The server's id of the request. Quote it to the API's support.
    pub fn request_id(&self) -> Option<&str> {
        self.raw.request_id()
    }

    /// Whether the server repeated a stored response; see [`RawResponse::idempotent_replayed`].
    pub fn idempotent_replayed(&self) -> bool {
        self.raw.idempotent_replayed()
    }

    /// The body as received, with the fields that the decoded type does not have.
    pub fn body(&self) -> &Bytes {
        self.raw.body()
    }

    /// The whole response, not decoded.
    pub fn raw(&self) -> &RawResponse {
        &self.raw
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Response")
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

/// The body of a response that is a file, for example a PDF.
///
/// ```
/// use runtime::value::Binary;
///
/// let pdf = Binary::new(Some("application/pdf".to_owned()), &b"%PDF-1.7"[..]);
/// assert_eq!(pdf.bytes.len(), 8);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binary {
    /// The media type, from the header `Content-Type`.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Bytes,
}

impl Binary {
    /// Creates a value from bytes and their media type.
    pub fn new(content_type: Option<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type,
            bytes: bytes.into(),
        }
    }
}

/// The body of a response that is text, for example CSV. It must be UTF-8.
///
/// ```
/// use runtime::value::PlainText;
///
/// let report = PlainText("id,amount\n1,20\n".to_owned());
/// assert_eq!(report.0.lines().count(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PlainText(pub String);

/// Shows the length of the text in bytes, not the text.
impl fmt::Debug for PlainText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PlainText({} bytes)", self.0.len())
    }
}

/// Shows the size of the content, not the content.
impl fmt::Debug for Binary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Binary")
            .field("content_type", &self.content_type)
            .field("length", &self.bytes.len())
            .finish()
    }
}

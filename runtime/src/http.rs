//! The HTTP messages that policies and transports exchange.
//!
//! In: the parts of a request or of a response. Out: [`Request`], [`RawResponse`] and the typed
//! [`Response`]. Names and values come from the `http` crate. `Debug` shows neither header values,
//! bodies nor the real path, since all of them may contain secrets or personal data. This module
//! opens no connections.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;
use http::header::AsHeaderName;
use http::{Method, Uri};

use crate::codec::{Correction, ResponseMismatch};

// The types of the crate `http` that programs see in requests and responses.
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

mod pending;
#[cfg(test)]
mod tests;

pub use pending::PendingWrite;

/// The response header with the server's id of the request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The response header by which the server says that it repeated an earlier response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// One attempt, ready to be sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL with the query.
    pub uri: Uri,
    /// All headers, with credentials marked sensitive.
    pub headers: HeaderMap,
    /// The body; empty when there is none. A clone shares the bytes.
    pub body: Bytes,
    /// The path with its placeholders, which is safe to log; for raw requests the placeholder
    /// stands for all of it.
    pub template: &'static str,
    /// The operation's id; empty for a raw request.
    pub operation: &'static str,
    /// How programs call the operation: `payment_intents().create`. Empty if it has no method.
    pub call: &'static str,
    /// The time limit of this attempt. The caller drops the future when it expires; transports that
    /// block their thread must enforce it themselves.
    pub time_limit: Duration,
    /// How long the transport waits for the next chunk of a response body.
    pub stall_limit: Duration,
    /// The maximum length of a response body in bytes. The transport must fail with
    /// [`Progress::TooLarge`](crate::transport::Progress::TooLarge) if the body is longer.
    pub max_response_bytes: usize,
    /// The headers that the response may repeat, and then with the same values. A transport that
    /// keeps connections checks them before it reads the body, and fails with
    /// [`Progress::Mismatch`](crate::transport::Progress::Mismatch) if one differs.
    pub echoed: EchoedHeaders,
}

/// Headers of a request that its response repeats, if at all, with the same values.
///
/// ```
/// use runtime::http::{EchoedHeaders, HeaderMap, HeaderName, HeaderValue};
///
/// let name = HeaderName::from_static("example-account");
/// let mut echoed = EchoedHeaders::default();
/// echoed.insert(name.clone(), HeaderValue::from_static("acct_1"));
///
/// let mut response = HeaderMap::new();
/// assert!(echoed.check(&response).is_ok());
/// response.insert(name, HeaderValue::from_static("acct_2"));
/// assert!(echoed.check(&response).is_err());
/// ```
#[derive(Clone, Default)]
pub struct EchoedHeaders(Vec<(HeaderName, HeaderValue)>);

impl EchoedHeaders {
    /// Adds a header.
    pub fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    /// The names of the headers.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// Compares the headers of a response. A header that the response lacks is no difference, and
    /// neither is what follows a semicolon.
    ///
    /// # Errors
    /// The first header with another value.
    pub fn check(&self, response: &HeaderMap) -> Result<(), ResponseMismatch> {
        for (name, expected) in &self.0 {
            let Some(received) = response.get(name) else {
                continue;
            };
            let differs = || !main_part(expected).eq_ignore_ascii_case(main_part(received));
            if expected != received && differs() {
                let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
                return Err(ResponseMismatch {
                    name: name.as_str().to_owned(),
                    expected: text(expected),
                    received: text(received),
                });
            }
        }
        Ok(())
    }
}

/// The value of a header without parameters, such as the features of a preview version.
fn main_part(value: &HeaderValue) -> &[u8] {
    let main = value.as_bytes().split(|byte| *byte == b';').next();
    main.unwrap_or_default().trim_ascii()
}

/// Shows the names alone.
impl fmt::Debug for EchoedHeaders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list()
            .entries(self.0.iter().map(|(name, _)| name.as_str()))
            .finish()
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            template: "",
            operation: "",
            call: "",
            time_limit: Duration::MAX,
            stall_limit: Duration::MAX,
            max_response_bytes: usize::MAX,
            echoed: EchoedHeaders::default(),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.uri.host().unwrap_or_default())
            .field("template", &self.template)
            .field("headers", &Names(&self.headers))
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A complete response of the server, which is not decoded.
#[derive(Clone)]
pub struct RawResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl RawResponse {
    /// Creates a response from its parts, for transports and test doubles.
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as received. A clone shares the bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The value of a header, if the response has it and it is visible ASCII. The name is a text or
    /// a [`HeaderName`].
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's id of the request. Quote it to the API's support.
    pub fn request_id(&self) -> Option<&str> {
        self.header(&REQUEST_ID)
    }

    /// Whether the server repeated the stored response to an earlier request with the same
    /// idempotency key, and did not execute the request again.
    pub fn idempotent_replayed(&self) -> bool {
        self.header(&REPLAYED).map(str::trim) == Some("true")
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RawResponse")
            .field("status", &self.status.as_u16())
            .field("request_id", &self.request_id())
            .field("headers", &Names(&self.headers))
            .field("body_len", &self.body.len())
            .finish()
    }
}

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

/// Shows the size of the content, not the content.
impl fmt::Debug for Binary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Binary")
            .field("content_type", &self.content_type)
            .field("length", &self.bytes.len())
            .finish()
    }
}

/// Shows the names of the headers and none of their values.
pub(crate) struct Names<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list()
            .entries(self.0.keys().map(http::HeaderName::as_str))
            .finish()
    }
}

//! What a transport returns: status, headers and a body, which was read or can be.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::AsHeaderName;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::BodyStream;

/// The response header with the server's id of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The response header by which the server says that it repeated an earlier response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A response of the server, which is not decoded.
#[derive(Clone)]
pub struct RawResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The body, if it was not read yet. Clones share it.
    stream: Option<Arc<Mutex<Option<BodyStream>>>>,
}

impl RawResponse {
    /// Creates a response from its parts, for transports and test doubles.
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            body: body.into(),
            stream: None,
        }
    }

    /// Creates a response whose body is read later, for a request that
    /// [wants a stream](crate::Request::wants_stream).
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use transport::{BodyStream, RawResponse};
    ///
    /// let response =
    ///     RawResponse::streamed(StatusCode::OK, HeaderMap::new(), BodyStream::from_bytes("a"));
    /// assert!(response.body().is_empty());
    /// assert!(response.take_stream().is_some());
    /// assert!(response.take_stream().is_none());
    /// ```
    pub fn streamed(status: StatusCode, headers: HeaderMap, stream: BodyStream) -> Self {
        let mut response = Self::new(status, headers, Bytes::new());
        response.stream = Some(Arc::new(Mutex::new(Some(stream))));
        response
    }

    /// Takes the body that was not read yet. `None` if it was read, or has been taken.
    pub fn take_stream(&self) -> Option<BodyStream> {
        let stream = self.stream.as_ref()?;
        stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the body is read as a stream.
    pub fn is_streamed(&self) -> bool {
        self.stream.is_some()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as received; empty if it is read as a stream. A clone shares the bytes.
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

/// Shows the names of headers and none of their values.
pub(crate) struct Names<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list()
            .entries(self.0.keys().map(http::HeaderName::as_str))
            .finish()
    }
}

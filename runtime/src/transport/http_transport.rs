//! The built-in transport: HTTP/1.1 with pooled connections over hyper, rustls, and the proxy that
//! the environment names.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Poll, ready};

use http_client::{
    BodyChunks, HttpClient, HttpOptions, ReadError, RequestBody, SendError, is_timeout, read_body,
};

use super::{Progress, Transport, TransportError};
use crate::clock::BoxFuture;
use crate::http::{BodyStream, RawResponse, Request};

/// The built-in transport. Clones share the connections.
///
/// ```
/// use std::time::Duration;
/// use runtime::transport::{HttpOptions, HttpTransport};
///
/// # fn main() -> Result<(), runtime::transport::TransportError> {
/// let transport = HttpTransport::new(HttpOptions {
///     connect_timeout: Duration::from_secs(1),
///     ..HttpOptions::default()
/// })?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpTransport {
    /// Replaced by a new one to stop using its connections.
    client: Arc<RwLock<HttpClient>>,
    options: Arc<HttpOptions>,
}

impl HttpTransport {
    /// Creates a transport with its own connections.
    ///
    /// # Errors
    /// Returns an error if TLS cannot be set up, or an option is not valid.
    pub fn new(options: HttpOptions) -> Result<Self, TransportError> {
        let client = HttpClient::new(&options).map_err(refused_error)?;
        Ok(Self {
            client: Arc::new(RwLock::new(client)),
            options: Arc::new(options),
        })
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HttpTransport")
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let (limit, stall) = (request.max_response_bytes, request.stall_limit);
        let (echoed, wants_stream) = (request.echoed, request.wants_stream);
        let mut message = http::Request::new(match request.upload {
            Some(upload) => RequestBody::from_reader(upload.length(), upload.open()),
            None => request.body.into(),
        });
        *message.method_mut() = request.method;
        *message.uri_mut() = request.uri;
        *message.headers_mut() = request.headers;
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        let sending = client.send_body(message);
        drop(client);
        Box::pin(async move {
            let (parts, body) = sending.await.map_err(send_error)?.into_parts();
            echoed
                .check(&parts.headers)
                .map_err(|differs| TransportError::new(Progress::Mismatch).caused_by(differs))?;
            if wants_stream && parts.status.is_success() {
                let mut chunks = BodyChunks::new(body, stall);
                let body = BodyStream::from_poll_fn(move |context| {
                    let chunk = ready!(chunks.poll_chunk(context));
                    Poll::Ready(chunk.map(|chunk| chunk.map_err(body_error)))
                });
                return Ok(RawResponse::streamed(parts.status, parts.headers, body));
            }
            let body = read_body(body, limit, stall).await.map_err(body_error)?;
            Ok(RawResponse::new(parts.status, parts.headers, body))
        })
    }

    fn streams_uploads(&self) -> bool {
        true
    }

    fn discard_connections(&self) {
        if let Ok(new) = HttpClient::new(&self.options) {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
    }
}

/// An error before anything was sent.
fn refused_error(error: impl StdError + Send + Sync + 'static) -> TransportError {
    TransportError::new(Progress::Refused).caused_by(error)
}

fn send_error(error: SendError) -> TransportError {
    let progress = match error.is_connect() {
        true => Progress::Connecting,
        false => Progress::Sent,
    };
    let has_timed_out = is_timeout(&error);
    let failure = TransportError::new(progress).caused_by(error);
    match has_timed_out {
        true => failure.timed_out(),
        false => failure,
    }
}

fn body_error(error: ReadError) -> TransportError {
    match error {
        ReadError::TooLong => TransportError::new(Progress::TooLarge),
        ReadError::Stalled(_) => TransportError::new(Progress::Sent).timed_out(),
        error => TransportError::new(Progress::Sent).caused_by(error),
    }
}

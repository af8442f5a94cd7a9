//! The built-in transport: HTTP/1.1 with pooled connections over hyper, rustls, and the proxy that
//! the environment names.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use http_client::{HttpClient, HttpOptions, ReadError, SendError, is_timeout, read_body};

use super::{Progress, Transport, TransportError};
use crate::clock::BoxFuture;
use crate::http::{RawResponse, Request};

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
        let echoed = request.echoed;
        let mut message = http::Request::new(request.body);
        *message.method_mut() = request.method;
        *message.uri_mut() = request.uri;
        *message.headers_mut() = request.headers;
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        let sending = client.send(message);
        drop(client);
        Box::pin(async move {
            let (parts, body) = sending.await.map_err(send_error)?.into_parts();
            echoed
                .check(&parts.headers)
                .map_err(|differs| TransportError::new(Progress::Mismatch).caused_by(differs))?;
            let body = read_body(body, limit, stall).await.map_err(body_error)?;
            Ok(RawResponse::new(parts.status, parts.headers, body))
        })
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

//! The built-in transport: HTTP/1.1 with pooled connections over hyper, rustls, and the proxy that
//! the environment names.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_client::{Body, BodyError, ConnectTimeout, HttpClient, HttpOptions, Incoming, SendError};

use super::{Progress, Transport, TransportError};
use crate::clock::BoxFuture;
use crate::http::{RawResponse, Request};

/// The maximum number of bytes that are allocated in advance, for any content length.
const MAX_RESERVED_LEN: usize = 1 << 20;

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
            let body = read_body(body, limit, stall).await?;
            Ok(RawResponse::new(parts.status, parts.headers, body))
        })
    }

    fn discard_connections(&self) {
        if let Ok(new) = HttpClient::new(&self.options) {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
    }
}

/// Reads a body to its end, but never more than `limit` bytes, and waits for each chunk no longer
/// than `stall`.
async fn read_body(body: Incoming, limit: usize, stall: Duration) -> Result<Bytes, TransportError> {
    let announced = body.size_hint().lower();
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(TransportError::new(Progress::TooLarge));
    }
    let mut body = pin!(body);
    let Some(first) = read_chunk(body.as_mut(), stall).await? else {
        return Ok(Bytes::new());
    };
    if body.is_end_stream() && first.len() <= limit {
        return Ok(first);
    }
    let mut read = BytesMut::from(first);
    read.reserve(
        usize::try_from(announced).map_or(MAX_RESERVED_LEN, |len| len.min(MAX_RESERVED_LEN)),
    );
    while read.len() <= limit {
        match read_chunk(body.as_mut(), stall).await? {
            Some(chunk) => read.extend_from_slice(&chunk),
            None => return Ok(read.freeze()),
        }
    }
    Err(TransportError::new(Progress::TooLarge))
}

/// The next chunk of a body, if it is received in time. There is no timer while chunks are ready.
async fn read_chunk(
    mut body: Pin<&mut Incoming>,
    stall: Duration,
) -> Result<Option<Bytes>, TransportError> {
    let mut timer = None;
    poll_fn(|context| {
        if let Poll::Ready(chunk) = poll_data(body.as_mut(), context) {
            return Poll::Ready(chunk.map(|read| read.map_err(body_error)).transpose());
        }
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        timer
            .as_mut()
            .poll(context)
            .map(|()| Err(TransportError::new(Progress::Sent).timed_out()))
    })
    .await
}

/// The next data of a body, without its trailers.
fn poll_data(
    mut body: Pin<&mut Incoming>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        return Poll::Ready(match body.as_mut().poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Some(Ok(data)),
                Err(_) => continue,
            },
            Poll::Ready(Some(Err(error))) => Some(Err(error)),
            Poll::Ready(None) => None,
            Poll::Pending => return Poll::Pending,
        });
    }
}

/// An error before anything was sent.
fn refused_error(error: impl StdError + Send + Sync + 'static) -> TransportError {
    TransportError::new(Progress::Refused).caused_by(error)
}

fn send_error(error: SendError) -> TransportError {
    let progress = if error.is_connect() {
        Progress::Connecting
    } else {
        Progress::Sent
    };
    with_cause(progress, error)
}

fn body_error(error: BodyError) -> TransportError {
    with_cause(Progress::Sent, error)
}

fn with_cause(progress: Progress, error: impl StdError + Send + Sync + 'static) -> TransportError {
    let timed_out = is_timeout(&error);
    let failure = TransportError::new(progress).caused_by(error);
    if timed_out {
        failure.timed_out()
    } else {
        failure
    }
}

/// Whether a time limit of connecting or of the operating system is among the causes.
fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        let is_io_timeout = io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
        if is_io_timeout || error.is::<ConnectTimeout>() {
            return true;
        }
        cause = error.source();
    }
    false
}

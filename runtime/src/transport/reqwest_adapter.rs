//! The transport over reqwest: HTTP/1.1 with pooled connections, rustls with ring and Mozilla's
//! root certificates, and the proxy that the environment names.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{Progress, Transport, TransportError};
use crate::clock::BoxFuture;
use crate::http::{RawResponse, Request};

/// The options of the built-in transport.
///
/// ```
/// use std::time::Duration;
/// use runtime::transport::{ReqwestOptions, ReqwestTransport};
///
/// # fn main() -> Result<(), runtime::transport::TransportError> {
/// let transport = ReqwestTransport::new(ReqwestOptions {
///     connect_timeout: Duration::from_secs(1),
///     ..ReqwestOptions::default()
/// })?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestOptions {
    /// The time limit of name resolution, TCP and TLS together. Defaults to 3 seconds.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept. Defaults to 60 seconds, which is less than the idle
    /// timeout of common load balancers, so that requests rarely use a connection that was just
    /// closed.
    pub idle_timeout: Duration,
    /// Whether `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are used. Defaults to `true`.
    pub proxy_from_env: bool,
}

impl Default for ReqwestOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(60),
            proxy_from_env: true,
        }
    }
}

/// The built-in transport. Clones share the connections. `Debug` does not show the reqwest client,
/// which may have credentials in its default headers.
#[derive(Clone)]
pub struct ReqwestTransport {
    /// Replaced by a new one to stop using its connections.
    client: Arc<RwLock<reqwest::Client>>,
    /// The options of a client that this transport has built.
    options: Option<ReqwestOptions>,
}

impl ReqwestTransport {
    /// Creates a transport with its own connections.
    ///
    /// # Errors
    /// Returns an error if TLS cannot be set up.
    pub fn new(options: ReqwestOptions) -> Result<Self, TransportError> {
        let client = build_client(&options)?;
        Ok(Self {
            options: Some(options),
            ..Self::from_client(client)
        })
    }

    /// Creates a transport from a reqwest client, for example one that trusts a private certificate
    /// authority. It must neither follow redirects nor retry: use `redirect::Policy::none()` and
    /// `retry::never()`. Its connections cannot be
    /// [discarded](Transport::discard_connections).
    pub fn from_client(client: reqwest::Client) -> Self {
        Self {
            client: Arc::new(RwLock::new(client)),
            options: None,
        }
    }

    fn current_client(&self) -> reqwest::Client {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ReqwestTransport")
    }
}

fn build_client(options: &ReqwestOptions) -> Result<reqwest::Client, TransportError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config().map_err(refused_error)?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.idle_timeout);
    if !options.proxy_from_env {
        builder = builder.no_proxy();
    }
    builder.build().map_err(refused_error)
}

/// TLS with ring, since it needs nothing but a C compiler to build, and with the root
/// certificates compiled in, since containers often have none.
fn tls_config() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let client = self.current_client();
        Box::pin(async move {
            let (limit, stall) = (request.max_response_bytes, request.stall_limit);
            let echoed = request.echoed;
            let mut message = http::Request::new(reqwest::Body::from(request.body));
            *message.method_mut() = request.method;
            *message.uri_mut() = request.uri;
            *message.headers_mut() = request.headers;
            let message = reqwest::Request::try_from(message).map_err(refused_error)?;
            let mut response = client.execute(message).await.map_err(to_transport_error)?;
            let status = response.status();
            let checked = echoed.check(response.headers());
            checked
                .map_err(|differs| TransportError::new(Progress::Mismatch).caused_by(differs))?;
            let headers = std::mem::take(response.headers_mut());
            let body = read_body(response, limit, stall).await?;
            Ok(RawResponse::new(status, headers, body))
        })
    }

    fn discard_connections(&self) {
        let Some(Ok(new)) = self.options.as_ref().map(build_client) else {
            return;
        };
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = new;
    }
}

/// Reads a body to its end, but never more than `limit` bytes, and waits for each chunk no longer
/// than `stall`.
async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
    stall: Duration,
) -> Result<Bytes, TransportError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(TransportError::new(Progress::TooLarge));
    }
    let Some(first) = read_chunk(&mut response, stall).await? else {
        return Ok(Bytes::new());
    };
    let mut body = BytesMut::from(first);
    // At most 1 MiB is allocated in advance, for any content length.
    body.reserve(usize::try_from(announced).unwrap_or(0).min(1 << 20));
    while body.len() <= limit {
        match read_chunk(&mut response, stall).await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => return Ok(body.freeze()),
        }
    }
    Err(TransportError::new(Progress::TooLarge))
}

/// The next chunk of a body, if it is received in time.
async fn read_chunk(
    response: &mut reqwest::Response,
    stall: Duration,
) -> Result<Option<Bytes>, TransportError> {
    match tokio::time::timeout(stall, response.chunk()).await {
        Ok(piece) => piece.map_err(to_transport_error),
        Err(_) => Err(TransportError::new(Progress::Sent).timed_out()),
    }
}

/// An error before anything was sent.
fn refused_error(error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(Progress::Refused).caused_by(error)
}

/// What reqwest's error says about how far the request got. The URL is removed, because queries may
/// contain personal data.
fn to_transport_error(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    let progress = if error.is_connect() {
        Progress::Connecting
    } else if error.is_builder() {
        Progress::Refused
    } else {
        Progress::Sent
    };
    let timed_out = error.is_timeout();
    let failure = TransportError::new(progress).caused_by(error);
    if timed_out {
        failure.timed_out()
    } else {
        failure
    }
}

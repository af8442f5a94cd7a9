//! A blocking transport with ureq: HTTP/1.1 with pooled connections, rustls with ring and Mozilla's
//! root certificates, and the proxy of the environment.
//!
//! The request is sent and the response is read while the future is polled, so the future cannot be
//! dropped meanwhile: the transport enforces the attempt's time limit itself.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use ureq::SendBody;
use ureq::unversioned::resolver::DefaultResolver;

use runtime::clock::BoxFuture;
use runtime::http::{BodyStream, RawResponse, Request};
use runtime::transport::{Progress, Transport, TransportError};

mod connection;

use connection::TrackedConnection;

/// Longer time limits are treated as none, because an `Instant` cannot represent every deadline.
const MAX_TIME_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The maximum length of a chunk of a body that is read as a stream.
const CHUNK_LEN: usize = 64 * 1024;

/// Options of [`UreqTransport`].
///
/// ```
/// use std::time::Duration;
/// use blocking::{UreqOptions, UreqTransport};
///
/// let transport = UreqTransport::new(UreqOptions {
///     connect_timeout: Duration::from_secs(1),
///     ..UreqOptions::default()
/// });
/// # let _ = transport;
/// ```
#[derive(Clone, Debug)]
pub struct UreqOptions {
    /// The timeout of name resolution, and the timeout of TCP and TLS together. Defaults to
    /// 3 seconds.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept. Defaults to 60 seconds, less than the idle timeout of
    /// common load balancers.
    pub idle_timeout: Duration,
    /// Whether `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read. Defaults to `true`.
    pub proxy_from_env: bool,
}

impl Default for UreqOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(60),
            proxy_from_env: true,
        }
    }
}

/// A transport that blocks its thread. Clones share their connections.
///
/// It needs no async runtime. On a runtime's thread it works too, but blocks that thread until the
/// response is received.
///
/// At level `trace` of the `log` crate, `ureq` and `ureq_proto` log headers and bodies of
/// responses, which may contain secrets and personal data: exclude these two targets from a trace
/// log. Paths, queries, bodies and credentials of requests are not logged. At level `debug` none of
/// this is logged.
#[derive(Clone)]
pub struct UreqTransport {
    /// Replaced by a new one to stop using its connections.
    agent: Arc<RwLock<ureq::Agent>>,
    options: UreqOptions,
}

impl UreqTransport {
    /// Creates a transport with a new connection pool.
    pub fn new(options: UreqOptions) -> Self {
        Self {
            agent: Arc::new(RwLock::new(build_agent(&options))),
            options,
        }
    }
}

fn build_agent(options: &UreqOptions) -> ureq::Agent {
    let mut config = ureq::config::Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .timeout_resolve(finite_limit(options.connect_timeout))
        .timeout_connect(finite_limit(options.connect_timeout))
        .max_idle_age(options.idle_timeout)
        // No limit: there are at most as many as threads that make calls.
        .max_idle_connections(usize::MAX)
        .max_idle_connections_per_host(usize::MAX);
    if !options.proxy_from_env {
        config = config.proxy(None);
    }
    ureq::Agent::with_parts(
        config.build(),
        TrackedConnection::connector(),
        DefaultResolver::default(),
    )
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UreqTransport")
    }
}

impl Transport for UreqTransport {
    fn send(
        &self,
        mut request: Request,
    ) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let agent = self
            .agent
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async move {
            connection::begin_exchange(&mut request);
            let result = exchange(&agent, request);
            connection::end_exchange();
            result
        })
    }

    fn streams_uploads(&self) -> bool {
        true
    }

    fn discard_connections(&self) {
        let new = build_agent(&self.options);
        *self.agent.write().unwrap_or_else(PoisonError::into_inner) = new;
    }
}

fn exchange(agent: &ureq::Agent, mut request: Request) -> Result<RawResponse, TransportError> {
    let echoed = std::mem::take(&mut request.echoed);
    let (limit, stall) = (request.max_response_bytes, request.stall_limit);
    let (wants_stream, stall) = (request.wants_stream, finite_limit(stall));
    if wants_stream {
        connection::set_head_limit(finite_limit(request.time_limit));
    }
    let response = send_request(agent, request).map_err(transport_error)?;
    connection::set_stall_limit(stall);
    let (head, body) = response.into_parts();
    let checked = echoed.check(&head.headers);
    checked.map_err(|differs| TransportError::new(Progress::Mismatch).caused_by(differs))?;
    if wants_stream && head.status.is_success() {
        let mut reader = body.into_reader();
        let body = BodyStream::from_poll_fn(move |_| {
            // Every chunk is an exchange of its own, possibly on another thread.
            connection::set_stall_limit(stall);
            let chunk = read_chunk(&mut reader);
            connection::end_exchange();
            Poll::Ready(chunk.transpose())
        });
        return Ok(RawResponse::streamed(head.status, head.headers, body));
    }
    let body = read_body(body, limit)?;
    Ok(RawResponse::new(head.status, head.headers, body))
}

/// The next chunk of a body; `None` at its end.
fn read_chunk(reader: &mut impl Read) -> Result<Option<Bytes>, TransportError> {
    let mut chunk = vec![0; CHUNK_LEN];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(length) => {
                chunk.truncate(length);
                return Ok(Some(Bytes::from(chunk)));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The head was received, so the request was sent.
            Err(error) => return Err(error_with_progress(Progress::Sent, error.into())),
        }
    }
}

fn send_request(
    agent: &ureq::Agent,
    request: Request,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let mut message = http::Request::new(());
    *message.method_mut() = request.method;
    *message.uri_mut() = request.uri;
    *message.headers_mut() = request.headers;
    let limit = match request.wants_stream {
        true => None,
        false => finite_limit(request.time_limit),
    };
    // A POST, PUT or PATCH without a body has `content-length: 0`; other methods have no body at
    // all.
    let is_empty = request.body.is_empty() && request.upload.is_none();
    let method = message.method();
    if is_empty && ![Method::POST, Method::PUT, Method::PATCH].contains(method) {
        let message = agent.configure_request(message);
        return agent.run(message.timeout_global(limit).build());
    }
    if let Some(upload) = request.upload {
        let message = message.map(|()| SendBody::from_owned_reader(upload.open()));
        let message = agent.configure_request(message);
        return agent.run(message.timeout_global(limit).build());
    }
    let message = message.map(|()| request.body.as_ref());
    let message = agent.configure_request(message);
    agent.run(message.timeout_global(limit).build())
}

/// Reads a body of at most `limit` bytes.
fn read_body(body: ureq::Body, limit: usize) -> Result<Bytes, TransportError> {
    let max = u64::try_from(limit).unwrap_or(u64::MAX);
    let content_length = body.content_length().unwrap_or(0);
    if content_length > max {
        return Err(TransportError::new(Progress::TooLarge));
    }
    // Allocates at most 1 MiB in advance, for any content length.
    let capacity = usize::try_from(content_length).unwrap_or(0).min(1 << 20);
    let mut text = Vec::with_capacity(capacity);
    let mut reader = body.into_reader().take(max.saturating_add(1));
    let result = reader.read_to_end(&mut text);
    result.map_err(|error| transport_error(error.into()))?;
    if text.len() > limit {
        return Err(TransportError::new(Progress::TooLarge));
    }
    Ok(Bytes::from(text))
}

/// The error with the progress of the request.
fn transport_error(error: ureq::Error) -> TransportError {
    let progress = match &error {
        _ if connection::has_sent_bytes() => Progress::Sent,
        // Its text contains the URL, and queries may contain personal data.
        ureq::Error::BadUri(_) => return TransportError::new(Progress::Refused),
        ureq::Error::Http(_) | ureq::Error::Protocol(_) => Progress::Refused,
        _ => Progress::Connecting,
    };
    error_with_progress(progress, error)
}

fn error_with_progress(progress: Progress, error: ureq::Error) -> TransportError {
    let timed_out = matches!(error, ureq::Error::Timeout(_));
    let failed = TransportError::new(progress).caused_by(error);
    if timed_out {
        failed.timed_out()
    } else {
        failed
    }
}

fn finite_limit(limit: Duration) -> Option<Duration> {
    (limit < MAX_TIME_LIMIT).then_some(limit)
}

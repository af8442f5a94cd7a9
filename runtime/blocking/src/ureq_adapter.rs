//! The transport over ureq: it blocks its thread. HTTP/1.1 with pooled connections, rustls with
//! ring and Mozilla's root certificates, and the proxy that the environment names.
//!
//! All input and output happens when the future is polled, so nobody can drop it meanwhile: it
//! keeps the attempt's time limit itself.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use ureq::unversioned::resolver::DefaultResolver;

use runtime::clock::BoxFuture;
use runtime::http::{RawResponse, Request};
use runtime::transport::{Progress, Transport, TransportError};

mod connection;

use connection::Noted;

/// Time limits beyond this are none at all; clocks cannot reckon with all that a `Duration` holds.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What can be chosen for the blocking transport.
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
    /// The time for name resolution, and once more that time for TCP and TLS together.
    /// 3 seconds.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept. 60 seconds, which is less than what load
    /// balancers commonly allow.
    pub idle_timeout: Duration,
    /// Whether `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are obeyed. They are by default.
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

/// The transport that blocks its thread. Clones share the connections.
///
/// It needs no async runtime. On one, it works too, but keeps the runtime's thread busy until
/// the answer is there.
///
/// Once the `log` crate is at level `trace`, ureq and `ureq_proto` log answers with their headers
/// and bodies, which may hold secrets and personal data: leave these two out of a trace log. Of
/// requests, neither paths, queries, bodies nor credentials get there; at level `debug` there is
/// none of this.
#[derive(Clone)]
pub struct UreqTransport {
    agent: ureq::Agent,
}

impl UreqTransport {
    /// A transport with its own connections.
    pub fn new(options: UreqOptions) -> Self {
        let mut config = ureq::config::Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .timeout_resolve(finite(options.connect_timeout))
            .timeout_connect(finite(options.connect_timeout))
            .max_idle_age(options.idle_timeout)
            // As many as there are threads that make calls.
            .max_idle_connections(usize::MAX)
            .max_idle_connections_per_host(usize::MAX);
        if !options.proxy_from_env {
            config = config.proxy(None);
        }
        let agent = ureq::Agent::with_parts(
            config.build(),
            Noted::connector(),
            DefaultResolver::default(),
        );
        Self { agent }
    }
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
        let agent = self.agent.clone();
        Box::pin(async move {
            connection::begin(&mut request);
            let result = exchange(&agent, request);
            connection::end();
            result
        })
    }
}

fn exchange(agent: &ureq::Agent, request: Request) -> Result<RawResponse, TransportError> {
    let (limit, stall) = (request.max_response_bytes, request.stall_limit);
    let response = send(agent, request).map_err(classify)?;
    connection::head_is_here(finite(stall));
    let (head, body) = response.into_parts();
    let body = read(body, limit)?;
    Ok(RawResponse::new(head.status, head.headers, body))
}

fn send(agent: &ureq::Agent, request: Request) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let mut message = http::Request::new(());
    *message.method_mut() = request.method;
    *message.uri_mut() = request.uri;
    *message.headers_mut() = request.headers;
    let limit = finite(request.time_limit);
    // A POST says that its body is empty; other requests simply have none.
    if request.body.is_empty() && message.method() != Method::POST {
        let message = agent.configure_request(message);
        return agent.run(message.timeout_global(limit).build());
    }
    let message = message.map(|()| request.body.as_ref());
    let message = agent.configure_request(message);
    agent.run(message.timeout_global(limit).build())
}

/// Reads a body to its end, but never more than `limit` bytes.
fn read(body: ureq::Body, limit: usize) -> Result<Bytes, TransportError> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let announced = body.content_length().unwrap_or(0);
    if announced > most {
        return Err(TransportError::new(Progress::TooLarge));
    }
    // What a server announces is not reserved in advance beyond what it may reasonably send.
    let expected = usize::try_from(announced).unwrap_or(0).min(1 << 20);
    let mut text = Vec::with_capacity(expected);
    let mut reader = body.into_reader().take(most.saturating_add(1));
    let result = reader.read_to_end(&mut text);
    result.map_err(|fault| classify(fault.into()))?;
    if text.len() > limit {
        return Err(TransportError::new(Progress::TooLarge));
    }
    Ok(Bytes::from(text))
}

/// How far the request got, and why it got no further.
fn classify(error: ureq::Error) -> TransportError {
    let progress = match &error {
        _ if connection::is_used() => Progress::Sent,
        // Its text has the whole address, and queries hold personal data.
        ureq::Error::BadUri(_) => return TransportError::new(Progress::Refused),
        ureq::Error::Http(_) | ureq::Error::Protocol(_) => Progress::Refused,
        _ => Progress::Connecting,
    };
    let timed_out = matches!(error, ureq::Error::Timeout(_));
    let failure = TransportError::new(progress).caused_by(error);
    if timed_out {
        failure.timed_out()
    } else {
        failure
    }
}

fn finite(limit: Duration) -> Option<Duration> {
    (limit < FOREVER).then_some(limit)
}

//! HTTP connections: a pool over hyper, with TLS, time limits and proxies.
//!
//! In: [`HttpOptions`] and complete requests, whose bodies are bytes or readers. Out: responses whose bodies are not read yet, or
//! hyper's errors. A request is sent once, and once more only if it was not written to a connection
//! that the server had closed before. Redirects are not followed, and the time that a response takes
//! is not limited here.

#![cfg_attr(docsrs, feature(doc_cfg))]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};

mod body;
mod connector;
mod hosts;
mod options;
mod request_body;
mod stream;
mod tls;

pub use body::{BodyChunks, ReadError, read_body};
pub use connector::{ConnectTimeout, is_timeout};
pub use options::{HttpOptions, ProxyChoice, RootCertificates, SetupError};
pub use request_body::RequestBody;
// The types of the results of [`HttpClient::send`].
pub use hyper::body::Incoming;
pub use hyper_util::client::legacy::Error as SendError;

use connector::Connector;
use hosts::HostHeaders;

/// A client with a pool of connections. Clones share them.
#[derive(Clone)]
pub struct HttpClient {
    client: Client<Connector, RequestBody>,
    hosts: HostHeaders,
}

impl HttpClient {
    /// Creates a client without connections.
    ///
    /// # Errors
    /// Returns an error if the features or options allow no TLS, or the proxy has no valid URL.
    pub fn new(options: &HttpOptions) -> Result<Self, SetupError> {
        let proxies = options.proxies()?.map(Arc::new);
        let connector = Connector::new(options, proxies.clone())?;
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(options.idle_timeout)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self {
            client,
            hosts: HostHeaders::new(proxies),
        })
    }

    /// Sends a request with an absolute URL. The future needs a runtime of tokio.
    pub fn send(&self, request: http::Request<Bytes>) -> ResponseFuture {
        self.send_body(request.map(RequestBody::from))
    }

    /// Sends a request with an absolute URL, whose body may be a reader. The future needs a runtime
    /// of tokio.
    pub fn send_body(&self, request: http::Request<RequestBody>) -> ResponseFuture {
        let (mut parts, body) = request.into_parts();
        self.hosts.add_headers(&parts.uri, &mut parts.headers);
        self.client.request(http::Request::from_parts(parts, body))
    }
}

/// Shows nothing of the options, which may contain the password of a proxy.
impl fmt::Debug for HttpClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HttpClient")
    }
}

/// How long a connection may be silent before the kernel probes it, and how long it waits for the
/// answer to a probe; after three the connection is closed. As in reqwest.
const KEEPALIVE: Duration = Duration::from_secs(15);

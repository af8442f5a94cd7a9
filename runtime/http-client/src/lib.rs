//! HTTP connections: a pool over hyper, with TLS, time limits and proxies.
//!
//! In: [`HttpOptions`] and complete requests. Out: responses whose bodies are not read yet, or
//! hyper's errors. A request is sent once, and once more only if it was not written to a connection
//! that the server had closed before. Redirects are not followed, and the time that a response takes
//! is not limited here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::Scheme;
use http_body_util::Full;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};

mod body;
mod connector;
mod hosts;
mod options;
mod stream;
mod tls;

pub use body::{ReadError, read_body};
pub use connector::{ConnectTimeout, is_timeout};
pub use options::{HttpOptions, ProxyChoice, RootCertificates, SetupError};
// The types of the results of [`HttpClient::send`].
pub use hyper::body::Incoming;
pub use hyper_util::client::legacy::Error as SendError;

use connector::Connector;
use hosts::HostHeaders;

/// A client with a pool of connections. Clones share them.
#[derive(Clone)]
pub struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
    /// The proxies, if there may be any.
    proxies: Option<Arc<Matcher>>,
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
            proxies,
            hosts: HostHeaders::default(),
        })
    }

    /// Sends a request with an absolute URL. The future needs a runtime of tokio.
    pub fn send(&self, request: http::Request<Bytes>) -> ResponseFuture {
        let mut request = request.map(Full::new);
        // HTTP/2 has a pseudo header instead, and which of the two is spoken is not known yet.
        if !cfg!(feature = "http2") {
            if let Some(host) = self.hosts.value_for(request.uri()) {
                request.headers_mut().insert(HOST, host);
            }
        }
        // Requests over TLS are sent through a tunnel, which is authorized when it is opened.
        if let Some(proxies) = &self.proxies {
            if request.uri().scheme() == Some(&Scheme::HTTP) {
                let proxy = proxies.intercept(request.uri());
                let authorization = proxy.and_then(|proxy| proxy.basic_auth().cloned());
                if let Some(mut value) = authorization {
                    value.set_sensitive(true);
                    request.headers_mut().insert(PROXY_AUTHORIZATION, value);
                }
            }
        }
        self.client.request(request)
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

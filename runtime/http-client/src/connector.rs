//! Makes connections, within the time limit of connecting.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use crate::KEEPALIVE;
use crate::options::{HttpOptions, SetupError};
use crate::stream::HttpStream;
use crate::tls::tls_config;

type ConnectError = Box<dyn StdError + Send + Sync>;

/// Connecting took longer than [`HttpOptions::connect_timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("connecting took longer than {0:?}")]
pub struct ConnectTimeout(pub Duration);

/// Whether the time limit of connecting, or one of the operating system, is among the causes of an
/// error.
pub fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
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

/// Connects to the server of a URL, or to its proxy.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    /// For connections to proxies, which speak HTTP/1.1 alone.
    proxy_tls: Arc<ClientConfig>,
    proxies: Option<Arc<Matcher>>,
    limit: Duration,
}

impl Connector {
    pub(crate) fn new(
        options: &HttpOptions,
        proxies: Option<Arc<Matcher>>,
    ) -> Result<Self, SetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(options.connect_timeout));
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(3));
        let tls = tls_config(&options.root_certificates)?;
        let mut proxy_tls = tls.clone();
        proxy_tls.alpn_protocols.clear();
        Ok(Self {
            tcp,
            tls: Arc::new(tls),
            proxy_tls: Arc::new(proxy_tls),
            proxies,
            limit: options.connect_timeout,
        })
    }

    async fn connect(self, target: Uri) -> Result<HttpStream, ConnectError> {
        let proxy = self.proxies.as_ref();
        let proxy = proxy.and_then(|proxies| proxies.intercept(&target));
        let Some(proxy) = proxy else {
            let mut connector = HttpsConnector::from((self.tcp, self.tls));
            return Ok(HttpStream {
                inner: MaybeHttpsStream::Http(connector.call(target).await?),
                is_forwarded: false,
            });
        };
        let mut connector = HttpsConnector::from((self.tcp, self.proxy_tls));
        if target.scheme() != Some(&Scheme::HTTPS) {
            let stream = connector.call(proxy.uri().clone()).await?;
            return Ok(HttpStream {
                inner: MaybeHttpsStream::Http(stream),
                is_forwarded: true,
            });
        }
        let tunnel = open_tunnel(&proxy, connector);
        let mut connector = HttpsConnector::from((tunnel, self.tls));
        Ok(HttpStream {
            inner: connector.call(target).await?,
            is_forwarded: false,
        })
    }
}

fn open_tunnel(
    proxy: &Intercept,
    connector: HttpsConnector<HttpConnector>,
) -> Tunnel<HttpsConnector<HttpConnector>> {
    let tunnel = Tunnel::new(proxy.uri().clone(), connector);
    match proxy.basic_auth() {
        Some(authorization) => tunnel.with_auth(authorization.clone()),
        None => tunnel,
    }
}

impl Service<Uri> for Connector {
    type Response = HttpStream;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpStream, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let (connector, limit) = (self.clone(), self.limit);
        Box::pin(async move {
            let connecting = connector.connect(target);
            match tokio::time::timeout(limit, connecting).await {
                Ok(result) => result,
                Err(_) => Err(ConnectTimeout(limit).into()),
            }
        })
    }
}

//! A client for `http://` URLs, which sends webhooks and asks a running server.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Why a request failed before there was a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The URL, or a header, is not valid.
    #[error("not a valid request: {0}")]
    Request(#[from] http::Error),
    /// There is no connection, or it was closed.
    #[error("cannot send the request: {0}")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The response was not received completely.
    #[error("cannot read the response: {0}")]
    Body(#[from] hyper::Error),
    /// There was no response in time.
    #[error("no response within {0:?}")]
    Timeout(Duration),
}

/// Sends requests over pooled connections.
#[derive(Debug, Clone)]
pub(crate) struct HttpSender {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl HttpSender {
    pub(crate) fn new() -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client }
    }

    /// Returns status and body of the response.
    pub(crate) async fn send_request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<(u16, String), SendError> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let exchange = async {
            let response = self.client.request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        match tokio::time::timeout(TIME_LIMIT, exchange).await {
            Ok(result) => result,
            Err(_) => Err(SendError::Timeout(TIME_LIMIT)),
        }
    }
}

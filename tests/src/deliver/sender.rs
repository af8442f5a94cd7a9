//! Sends a webhook as the API does.

use std::net::SocketAddr;
use std::time::Duration;

use http_client::{HttpClient, HttpOptions, ProxyChoice, read_body};
use webhooks::Signer;

use super::{Anyhow, SECRET};

/// How long a response may take.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// How much of a response is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Sends webhooks over kept-alive connections.
#[derive(Clone, Debug)]
pub struct WebhookSender {
    client: HttpClient,
    secret: &'static str,
}

impl WebhookSender {
    /// Creates a sender without connections.
    ///
    /// # Errors
    /// If there is none on this machine.
    pub fn new() -> Anyhow<Self> {
        Self::with_secret(SECRET)
    }

    /// Creates a sender that signs with another secret.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_secret(secret: &'static str) -> Anyhow<Self> {
        let client = HttpClient::new(&HttpOptions {
            proxy: ProxyChoice::Direct,
            ..HttpOptions::default()
        })?;
        Ok(Self { client, secret })
    }

    /// Whether the response is a success. It is not if the process has ended or cannot store.
    ///
    /// # Errors
    /// If the webhook was rejected, since all are genuine.
    pub async fn send_webhook(&self, address: SocketAddr, body: &str) -> Anyhow<bool> {
        let request = http::Request::post(format!("http://{address}/webhooks"))
            .header("stripe-signature", Signer::new(self.secret).sign(body))
            .body(body.to_owned().into())?;
        let response = async {
            let (head, body) = self.client.send(request).await.ok()?.into_parts();
            // Read to its end, so that the connection can be used again.
            let body = read_body(body, MAX_BODY, TIME_LIMIT).await.ok()?;
            Some((head.status, body))
        };
        let response = tokio::time::timeout(TIME_LIMIT, response).await;
        match response.ok().flatten() {
            Some((status, body)) if status.is_client_error() => {
                let text = String::from_utf8_lossy(&body);
                Err(format!("a genuine webhook was rejected: {text}").into())
            }
            Some((status, _)) => Ok(status.is_success()),
            None => Ok(false),
        }
    }
}

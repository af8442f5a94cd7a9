//! Sends a webhook as the API does.

use std::net::SocketAddr;
use std::time::Duration;

use webhooks::Signer;

use super::{Anyhow, SECRET};

/// Sends webhooks over kept-alive connections.
#[derive(Clone, Debug)]
pub struct WebhookSender {
    client: reqwest::Client,
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
        // Another part of the program may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .build()?;
        Ok(Self { client, secret })
    }

    /// Whether the response is a success. It is not if the process has ended or cannot store.
    ///
    /// # Errors
    /// If the webhook was rejected, since all are genuine.
    pub async fn send_webhook(&self, address: SocketAddr, body: &str) -> Anyhow<bool> {
        let request = self
            .client
            .post(format!("http://{address}/webhooks"))
            .header("stripe-signature", Signer::new(self.secret).sign(body))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) if response.status().is_client_error() => {
                Err(format!("a genuine webhook was rejected: {}", response.text().await?).into())
            }
            Ok(response) => {
                let is_success = response.status().is_success();
                // Read to its end, so that the connection can be used again.
                Ok(response.bytes().await.is_ok() && is_success)
            }
            Err(_) => Ok(false),
        }
    }
}

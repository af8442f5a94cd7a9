//! A server in the process of a test.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::context::ServerSettings;
use crate::dispatch::ServerState;
use crate::document::ApiDocument;
use crate::forwarding::{ForwardError, forwarding_url};
use crate::server::{RunningServer, StartError};
use crate::storage::{ObjectDatabase, StorageError};
use crate::webhooks::WebhookTarget;

/// The API key that servers print; they accept any that begins with `sk_`, `rk_` or `pk_`.
pub(crate) const API_KEY: &str = "sk_test_local";
/// The secret of the webhooks to `forward_to`.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_local";

/// Why a server did not carry out a step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FakeError {
    /// The server has rejected it, as it would reject a request.
    #[error("{0}")]
    Rejected(String),
    /// What has changed cannot be stored.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A server with state that answers the operations of the API. Dropping it stops it.
///
/// ```no_run
/// # async fn example() -> Result<(), stripe_dev::StartError> {
/// let fake = stripe_dev::FakeStripe::start().await?;
/// let url = fake.url(); // http://127.0.0.1:<free port>
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct FakeStripe {
    server: RunningServer,
    url: String,
    webhook_secret: String,
}

/// Options of a [`FakeStripe`].
///
/// ```no_run
/// # async fn example() -> Result<(), stripe_dev::StartError> {
/// let fake = stripe_dev::FakeStripe::builder()
///     .forward_to("http://127.0.0.1:3000/webhooks")
///     .start()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct FakeStripeBuilder {
    settings: ServerSettings,
    port: u16,
    document: Option<PathBuf>,
    forward_to: Vec<String>,
    webhook_secret: Option<String>,
    #[cfg(feature = "sqlite")]
    database: Option<PathBuf>,
}

impl FakeStripe {
    /// Starts an empty server on a free port.
    ///
    /// # Errors
    /// If the system refuses a port or a thread.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Options for a server.
    #[must_use]
    pub fn builder() -> FakeStripeBuilder {
        FakeStripeBuilder::default()
    }

    /// The base URL of all hosts of the API, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A test key that the server accepts.
    #[must_use]
    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The secret that webhooks to [`FakeStripeBuilder::forward_to`] are signed with. Endpoints that
    /// are created through the API have secrets of their own.
    #[must_use]
    pub fn webhook_secret(&self) -> &str {
        &self.webhook_secret
    }

    /// Sends all further events to a URL of this machine too, as
    /// [`FakeStripeBuilder::forward_to`] does.
    ///
    /// # Errors
    /// If it is not a URL, needs TLS, or is on another machine, which
    /// [`FakeStripeBuilder::allow_remote`] allows.
    pub async fn forward_to(&self, url: impl AsRef<str>) -> Result<(), ForwardError> {
        let mut state = self.server.shared.state.lock().await;
        let url = forwarding_url(url.as_ref(), state.settings.allow_remote)?;
        let secret = self.webhook_secret.clone();
        state.targets.push(WebhookTarget { url, secret });
        Ok(())
    }

    /// Advances the server's time; subscriptions that become due are renewed or end, and checkout
    /// sessions expire.
    ///
    /// # Errors
    /// If the server has a database and it fails.
    pub async fn advance_clock(&self, by: Duration) -> Result<(), FakeError> {
        let shared = &self.server.shared;
        Ok(shared.with_state(|state| state.advance_clock(by)).await?)
    }

    /// Completes a checkout session, as a customer does who pays with a valid card; returns it.
    ///
    /// # Errors
    /// If there is no such session, it is not open, or the server has a database and it fails.
    pub async fn complete_checkout_session(&self, id: &str) -> Result<Value, FakeError> {
        let shared = &self.server.shared;
        let result = shared.with_state(|state| state.complete_checkout_session(id));
        let completed = result.await?;
        completed.map_err(|problem| FakeError::Rejected(problem.message))
    }

    /// The events of the platform's account, oldest first, as webhooks have them.
    pub async fn events(&self) -> Vec<Value> {
        let state = self.server.shared.state.lock().await;
        let Some(account) = state.accounts.get("") else {
            return Vec::new();
        };
        let mut events: Vec<Value> = account
            .store
            .iterate("event")
            .map(|(_, stored)| stored.value.clone())
            .collect();
        events.reverse();
        events
    }

    /// Waits until the server ends, which it does not by itself.
    pub fn wait_for_end(self) {
        self.server.wait_for_end();
    }
}

impl FakeStripeBuilder {
    /// Creates objects when their ids are used, in paths and parameters. States that do not allow a
    /// request are not checked for these. Off by default.
    #[must_use]
    pub fn create_missing(mut self, enabled: bool) -> Self {
        self.settings.create_missing = enabled;
        self
    }

    /// The port to listen on. Defaults to a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// An OpenAPI document in JSON, in the place of the one that the library has.
    #[must_use]
    pub fn document(mut self, path: impl Into<PathBuf>) -> Self {
        self.document = Some(path.into());
        self
    }

    /// A URL of this machine that all events are sent to, besides the endpoints of the API. `http://`
    /// can be left out, and a port or a path is enough.
    #[must_use]
    pub fn forward_to(mut self, url: impl Into<String>) -> Self {
        self.forward_to.push(url.into());
        self
    }

    /// Allows [`Self::forward_to`] with URLs of other machines. Off by default.
    #[must_use]
    pub fn allow_remote(mut self, enabled: bool) -> Self {
        self.settings.allow_remote = enabled;
        self
    }

    /// The secret of webhooks to [`Self::forward_to`]. Defaults to the same for all servers.
    #[must_use]
    pub fn webhook_secret(mut self, secret: impl Into<String>) -> Self {
        self.webhook_secret = Some(secret.into());
        self
    }

    /// A file that keeps the objects between starts. Defaults to memory.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// If the document or the database cannot be used, events cannot be forwarded to a URL, the port
    /// is taken, or the system refuses.
    pub async fn start(self) -> Result<FakeStripe, StartError> {
        let document = match &self.document {
            Some(path) => ApiDocument::read(path)?,
            None => ApiDocument::embedded()?,
        };
        let secret = self.webhook_secret;
        let webhook_secret = secret.unwrap_or_else(|| WEBHOOK_SECRET.to_owned());
        let mut state = ServerState::new(Arc::new(document), self.settings);
        for url in &self.forward_to {
            let url = forwarding_url(url, state.settings.allow_remote)?;
            let secret = webhook_secret.clone();
            state.targets.push(WebhookTarget { url, secret });
        }
        #[cfg(feature = "sqlite")]
        let database = match &self.database {
            Some(path) => {
                ObjectDatabase::Sqlite(crate::sqlite_storage::SqliteObjects::open(path).await?)
            }
            None => ObjectDatabase::Memory,
        };
        #[cfg(not(feature = "sqlite"))]
        let database = ObjectDatabase::Memory;
        let server = RunningServer::start(state, database, self.port).await?;
        Ok(FakeStripe {
            url: format!("http://{}", server.address),
            server,
            webhook_secret,
        })
    }
}

//! The client: what all calls of a program share.
//!
//! In: an [`ApiSpec`], credentials and settings, through [`ClientBuilder`]. Out: a [`Client`], from
//! which [`Call`](crate::call::Call)s are made. A client is cheap to clone, and clones share its
//! connections and policies. Its settings cannot be changed after it is built.

use std::fmt;
use std::sync::Arc;

use circuit_breaker::CircuitSnapshot;

use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, ErrorKind};
use crate::execute::{CompletedCall, Engine};
use crate::http::PendingWrite;
use crate::idempotency::JournalError;
use crate::rate_limit::Usage;
use crate::request::{PreparedRequest, RequestDefaults};

mod builder;
mod builder_credentials;
mod credentials;
mod session;
#[cfg(test)]
mod tests;

pub use crate::operation::{ApiSpec, EventsSpec, SessionSpec};
pub use builder::ClientBuilder;
use credentials::CredentialSet;
use session::HostSessions;

/// A client of one API with one set of credentials: one, or one for each security scheme.
///
/// Generated crates wrap it and add a method per service. `Debug` shows no secrets.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// A snapshot of what limits a client's calls, from [`Client::stats`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientStats {
    /// Every rate limit that was used so far; empty if the client has no rate limiter.
    pub rate_limits: Vec<Usage>,
    /// Every circuit that was used so far; empty if the client has no circuit breaker.
    pub circuits: Vec<CircuitSnapshot>,
}

/// What the clones of a client share.
pub(crate) struct Shared {
    pub(crate) defaults: RequestDefaults,
    pub(crate) engine: Engine,
    credentials: CredentialSet,
    sessions: Vec<HostSessions>,
    needs_tokio: bool,
}

impl Client {
    /// Creates a builder of a client for an API.
    pub fn builder(api: &'static ApiSpec) -> ClientBuilder {
        ClientBuilder::new(api)
    }

    /// The journaled writes, oldest first: of earlier processes that crashed, and of calls that
    /// ended with an unknown outcome or were dropped. Those of this client's calls in flight are
    /// left out.
    ///
    /// If another client of the process uses the same journal, read them while none of its calls
    /// is in flight: the server rejects the second request while it executes the first.
    ///
    /// # Errors
    /// Returns [`Error::is_journal`] if the journal cannot be read. Without a journal the list is
    /// empty.
    pub async fn pending_writes(&self) -> Result<Vec<PendingWrite>, Error> {
        let engine = &self.shared.engine;
        let Some(journal) = &engine.journal else {
            return Ok(Vec::new());
        };
        let mut writes = journal.pending_writes().await.map_err(journal_error)?;
        writes.retain(|write| !engine.in_flight_writes.is_running(write));
        Ok(writes)
    }

    /// Removes a write from the journal without resuming it, for a program that has checked by
    /// other means whether it was executed. Do not call it while a call of the same write is in
    /// flight: its record is removed too.
    ///
    /// # Errors
    /// Returns [`Error::is_journal`] if the journal cannot be written.
    pub async fn discard_pending(&self, write: &PendingWrite) -> Result<(), Error> {
        match &self.shared.engine.journal {
            Some(journal) => journal.finish(write).await.map_err(journal_error),
            None => Ok(()),
        }
    }

    /// Returns the current state of the rate limiter and the circuit breaker, which all clones of
    /// this client share.
    pub fn stats(&self) -> ClientStats {
        let engine = &self.shared.engine;
        let now = engine.clock.now();
        ClientStats {
            rate_limits: engine.limiter.usage(now),
            circuits: engine.breaker.snapshot_at(now),
        }
    }

    /// The constants of the API.
    pub fn api(&self) -> &'static ApiSpec {
        self.shared.defaults.api
    }

    /// The clock that the client measures and waits with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.engine.clock
    }

    pub(crate) fn defaults(&self) -> &RequestDefaults {
        &self.shared.defaults
    }

    /// Sends a request with all its attempts. The future is the same for all types.
    pub(crate) fn send_prepared(
        &self,
        mut prepared: Box<PreparedRequest>,
    ) -> BoxFuture<'static, Result<CompletedCall, Error>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            prepared.complete_request(&shared.defaults, &*shared.engine.clock)?;
            let credentials = shared.credentials_for(&prepared);
            shared.engine.execute(prepared, &credentials).await
        })
    }

    /// Whether the transport or the clock is a built-in one that only works where tokio runs.
    #[doc(hidden)]
    pub fn needs_tokio(&self) -> bool {
        self.shared.needs_tokio
    }

    /// The URL of a host, without a slash at its end.
    pub fn host_url(&self, host: &str) -> Option<&str> {
        self.shared.defaults.host_url(host)
    }
}

fn journal_error(error: JournalError) -> Error {
    Error::from_kind(ErrorKind::Journal).with_source(error)
}

impl AsRef<Client> for Client {
    fn as_ref(&self) -> &Client {
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defaults = &self.shared.defaults;
        out.debug_struct("Client")
            .field("api", &defaults.api.title)
            .field("hosts", &defaults.hosts)
            .field("account", &defaults.account)
            .field("context", &defaults.context)
            .field("api_version", &defaults.headers.version)
            .field("limits", &defaults.limits)
            .finish_non_exhaustive()
    }
}

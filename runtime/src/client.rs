//! The client: what all calls of a program share.
//!
//! In: an [`ApiSpec`], credentials and settings, through [`ClientBuilder`]. Out: a [`Client`],
//! from which [`Call`]s are made. A client is cheap to clone, and clones share connections and
//! policies. Its settings cannot be changed after it is built.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::auth::Credentials;
use crate::call::{Call, Draft};
use crate::circuit_breaker::CircuitSnapshot;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::execute::Engine;
use crate::http::PendingWrite;
use crate::idempotency::JournalError;
use crate::codec::Encode;
use crate::operation::{Method, Operation, OperationSpec, Output};
use crate::rate_limit::{Priority, Usage};
use crate::value::{List, RawJson};

mod builder;
mod built_in;
mod session;
mod spec;
#[cfg(test)]
mod tests;

pub use builder::ClientBuilder;
pub use spec::{ApiSpec, EventsSpec, SessionSpec};
use session::HostSessions;

/// A client of one API with one set of credentials.
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
    pub(crate) api: &'static ApiSpec,
    pub(crate) hosts: Vec<(&'static str, String)>,
    pub(crate) account: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) priority: Priority,
    pub(crate) max_response_bytes: usize,
    pub(crate) user_agent: HeaderValue,
    pub(crate) needs_tokio: bool,
    pub(crate) engine: Engine,
    credentials: Credentials,
    sessions: Vec<HostSessions>,
}

impl Client {
    /// A builder of a client for an API.
    pub fn builder(api: &'static ApiSpec) -> ClientBuilder {
        ClientBuilder::new(api)
    }

    /// A call of an operation. Generated methods are one line around it.
    ///
    /// Nothing is sent until the call is awaited, and nothing fails before that either: a
    /// wrong path argument is reported by the awaited call.
    #[inline]
    pub fn request<O: Operation>(&self, path: &[&str], params: &O::Params) -> Call<O::Output> {
        Call::new(Draft::operation(
            self,
            O::SPEC,
            path,
            params,
            O::Output::ACCEPT,
        ))
    }

    /// A call of something that the generated crate does not know.
    ///
    /// The path is sent as it is, so escape what you put into it. A path that begins with
    /// `/v2` sends its parameters as JSON, any other as a form.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// use runtime::operation::Method;
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let response = client
    ///     .raw(Method::Post, "/v1/previews/pre_1/activate")
    ///     .param("features[beta]", &true)
    ///     .await?;
    /// println!("{}", response.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: &str) -> Call<RawJson> {
        Call::new(Draft::raw(self, method, path))
    }

    /// A call that resumes a write whose result is not known: from
    /// [`Error::pending`](crate::error::Error::pending), or from a journal.
    ///
    /// It sends the same bytes under the same key to the same host, for the same account and API
    /// version, with the current credentials. So the server does the work at most once, and
    /// repeats its response if the work was done already. If the server responds, the write is
    /// removed from the journal.
    ///
    /// Time limits, retries and priority can be set; options that would change the request
    /// (account, version, `expand`, parameters, another key) make the call fail.
    ///
    /// The server keeps keys for a limited time (at least 24 hours for v1, 30 days for v2). The
    /// call fails for older writes, and for writes that were begun with a key of the other mode
    /// (live or test); see [`PendingWrite::is_resumable`] and [`Call::allow_expired_key`]. The
    /// error is then [`Error::is_build`] with an unknown outcome, since the result of the write is
    /// still not known.
    pub fn resume(&self, write: &PendingWrite) -> Call<RawJson> {
        Call::new(Draft::resumed(self, write))
    }

    /// The same as [`resume`](Client::resume) for a write of an operation that the program knows:
    /// with its typed response, time limits and class of rate limits.
    ///
    /// The call fails if the write is one of another operation.
    pub fn resume_as<O: Operation>(&self, write: &PendingWrite) -> Call<O::Output> {
        Call::new(Draft::resumed_as(self, O::SPEC, write, O::Output::ACCEPT))
    }

    /// The journaled writes, oldest first: of earlier processes that crashed, of calls that ended
    /// with an unknown outcome or were dropped, and of calls that are in flight.
    ///
    /// Read them before the program makes calls of its own, while none is in flight. Resuming an
    /// in-flight call does no harm: the server refuses the second request while it carries out
    /// the first.
    ///
    /// # Errors
    /// With [`Error::is_journal`] if the journal cannot be read. Without a journal there are none.
    pub async fn pending_writes(&self) -> Result<Vec<PendingWrite>, Error> {
        match &self.shared.engine.journal {
            Some(journal) => journal.unfinished().await.map_err(journal_error),
            None => Ok(Vec::new()),
        }
    }

    /// Removes a write from the journal without resuming it, after you have found out by other
    /// means whether it was carried out.
    ///
    /// # Errors
    /// With [`Error::is_journal`] if the journal cannot be written.
    pub async fn discard_pending(&self, write: &PendingWrite) -> Result<(), Error> {
        match &self.shared.engine.journal {
            Some(journal) => journal.finish(write).await.map_err(journal_error),
            None => Ok(()),
        }
    }

    /// The current state of the rate limiter and the circuit breaker, which all clones of this
    /// client share.
    pub fn stats(&self) -> ClientStats {
        let engine = &self.shared.engine;
        let now = engine.clock.now();
        ClientStats {
            rate_limits: engine.limiter.usage(now),
            circuits: engine.breaker.snapshot(now),
        }
    }

    /// The clock that the client measures and waits with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.engine.clock
    }

    /// A call of an operation by its constants alone.
    #[doc(hidden)]
    pub fn request_spec<T: Output>(
        &self,
        spec: &'static OperationSpec,
        path: &[&str],
        params: &dyn Encode,
    ) -> Call<T> {
        Call::new(Draft::operation(self, spec, path, params, T::ACCEPT))
    }

    /// A call that fails with an error of [`Error::is_build`] when it is awaited.
    #[doc(hidden)]
    pub fn invalid_call<T: Output>(&self, text: &'static str) -> Call<T> {
        let mut draft = Draft::raw(self, Method::Get, "/");
        draft.blame(text.into());
        Call::new(draft)
    }

    /// A call of a list at a URL that the server gave.
    #[doc(hidden)]
    pub fn list_at<T: Output>(&self, url: &str) -> Call<T> {
        Call::new(Draft::list_at(self, url))
    }

    /// The whole of a list that was found inside of an object, which holds its first items only.
    ///
    /// The call begins with the first page again, so that its items are all of one kind; set
    /// the options that the call which gave the object had, such as `account`.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// # use runtime::value::{List, RawJson};
    /// # async fn example(client: Client, refunds: List<RawJson>) -> Result<(), Error> {
    /// let mut refunds = client.list_all(&refunds).items();
    /// while let Some(refund) = refunds.try_next().await? {
    ///     println!("{}", refund.as_str().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_all<T>(&self, list: &List<T>) -> Call<List<T>>
    where
        List<T>: Output,
    {
        self.list_at(&list.url)
    }

    /// The constants of the API.
    pub fn api(&self) -> &'static ApiSpec {
        self.shared.api
    }

    /// Whether the transport or the clock is a built-in one that only works where tokio runs.
    #[doc(hidden)]
    pub fn needs_tokio(&self) -> bool {
        self.shared.needs_tokio
    }

    /// The URL of a host, without a slash at its end.
    pub fn host_url(&self, host: &str) -> Option<&str> {
        let known = self.shared.hosts.iter().find(|(key, _)| *key == host);
        known.map(|(_, url)| url.as_str())
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
        let shared = &*self.shared;
        out.debug_struct("Client")
            .field("api", &shared.api.title)
            .field("hosts", &shared.hosts)
            .field("account", &shared.account)
            .field("context", &shared.context)
            .field("api_version", &shared.api_version)
            .field("timeout", &shared.timeout)
            .field("deadline", &shared.deadline)
            .field("max_retries", &shared.max_retries)
            .finish_non_exhaustive()
    }
}

//! The client: what all calls of a program share.
//!
//! In: an [`ApiSpec`], credentials and settings, through [`ClientBuilder`]. Out: a [`Client`],
//! from which [`Call`]s are made. A client is cheap to clone, and clones share connections and
//! policies. It deliberately has no settings that change after it is built.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::call::{Call, Draft};
use crate::circuit_breaker::Snapshot;
use crate::error::{Error, Kind};
use crate::execute::Engine;
use crate::http::PendingWrite;
use crate::idempotency::JournalError;
use crate::operation::{Method, Operation, OperationSpec, Output};
use crate::rate_limit::{Preset, Priority, Usage};
use crate::clock::Clock;
use crate::codec::Encode;
use crate::value::{List, RawJson};

mod builder;
mod built_in;
mod session;
#[cfg(test)]
mod tests;

pub use builder::ClientBuilder;

/// The constants of an API, stated by generated code.
///
/// ```
/// use runtime::client::ApiSpec;
///
/// static API: ApiSpec = ApiSpec::new(
///     "Example API",
///     "2026-01-28",
///     &[("api", "https://api.example.com")],
/// )
/// .version_header("Example-Version")
/// .key_variable("EXAMPLE_KEY")
/// .user_agent("example-rust/0.1");
/// # let _ = &API;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiSpec {
    /// The title of the API's document.
    pub title: &'static str,
    /// The version of the API that the types were generated from.
    pub version: &'static str,
    /// The hosts by key, each with its URL. Operations name the key.
    pub hosts: &'static [(&'static str, &'static str)],
    /// The header that asks for an API version.
    pub version_header: Option<&'static str>,
    /// The header that names the account to act for.
    pub account_header: Option<&'static str>,
    /// The header that names the context to act in.
    pub context_header: Option<&'static str>,
    /// The header that says which event a request is made for.
    pub trigger_header: Option<&'static str>,
    /// The environment variable that holds the API key.
    pub key_variable: &'static str,
    /// The `User-Agent` of the generated crate.
    pub user_agent: &'static str,
    /// What API keys of live mode begin with. All other keys are taken for keys of test mode.
    pub live_keys: &'static [&'static str],
    /// The rate limits that the API publishes; `None` if it publishes none.
    pub limits: Option<Preset>,
    /// Hosts that want a short-lived session instead of the API key.
    pub sessions: &'static [SessionSpec],
    /// Names of fields whose values must not be shown: `ClientBuilder::log_bodies` hides them,
    /// in every case and at any depth.
    pub sensitive: &'static [&'static str],
    /// How past events are read; `None` if the API has none.
    pub events: Option<EventsSpec>,
}

impl ApiSpec {
    /// An API of this title and version, with these hosts.
    pub const fn new(
        title: &'static str,
        version: &'static str,
        hosts: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            title,
            version,
            hosts,
            version_header: None,
            account_header: None,
            context_header: None,
            trigger_header: None,
            key_variable: "API_KEY",
            user_agent: concat!("runtime/", env!("CARGO_PKG_VERSION")),
            live_keys: &[],
            limits: None,
            sessions: &[],
            sensitive: &[],
            events: None,
        }
    }

    /// The same with a header that asks for an API version.
    pub const fn version_header(mut self, name: &'static str) -> Self {
        self.version_header = Some(name);
        self
    }

    /// The same with a header that names the account to act for.
    pub const fn account_header(mut self, name: &'static str) -> Self {
        self.account_header = Some(name);
        self
    }

    /// The same with a header that names the context to act in.
    pub const fn context_header(mut self, name: &'static str) -> Self {
        self.context_header = Some(name);
        self
    }

    /// The same with a header that says which event a request is made for.
    pub const fn trigger_header(mut self, name: &'static str) -> Self {
        self.trigger_header = Some(name);
        self
    }

    /// The same with the environment variable that holds the API key.
    pub const fn key_variable(mut self, name: &'static str) -> Self {
        self.key_variable = name;
        self
    }

    /// The same with another `User-Agent`.
    pub const fn user_agent(mut self, text: &'static str) -> Self {
        self.user_agent = text;
        self
    }

    /// The same with what API keys of live mode begin with.
    pub const fn live_keys(mut self, prefixes: &'static [&'static str]) -> Self {
        self.live_keys = prefixes;
        self
    }

    /// The same with the rate limits that the API publishes.
    pub const fn limits(mut self, limits: Preset) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The same with hosts that want a session.
    pub const fn sessions(mut self, sessions: &'static [SessionSpec]) -> Self {
        self.sessions = sessions;
        self
    }

    /// The same with how past events are read.
    pub const fn events(mut self, events: EventsSpec) -> Self {
        self.events = Some(events);
        self
    }

    /// The same with names of fields whose values must not be shown.
    pub const fn sensitive(mut self, fields: &'static [&'static str]) -> Self {
        self.sensitive = fields;
        self
    }
}

/// A host that wants a short-lived session token instead of the API key.
///
/// The client opens the session when it is first needed, keeps it until shortly before its end,
/// and opens another when the server says that it is over.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SessionSpec {
    /// The key of the host.
    pub host: &'static str,
    /// The operation that opens a session. It takes no parameters.
    pub operation: &'static OperationSpec,
    /// The member of its answer that holds the token.
    pub token: &'static str,
    /// The member of its answer that says when the session ends, as RFC 3339 or in seconds.
    pub expires: &'static str,
}

impl SessionSpec {
    /// Sessions for a host.
    pub const fn new(
        host: &'static str,
        operation: &'static OperationSpec,
        token: &'static str,
        expires: &'static str,
    ) -> Self {
        Self {
            host,
            operation,
            token,
            expires,
        }
    }
}

/// The operations that read past events.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EventsSpec {
    /// Lists events with snapshots, newest first, page by page with cursors.
    pub list: &'static OperationSpec,
    /// Lists notifications, newest first, page by page with URLs; `None` if the API has none.
    pub list_notifications: Option<&'static OperationSpec>,
    /// Fetches the event behind a notification by its id.
    pub retrieve_notification: Option<&'static OperationSpec>,
}

impl EventsSpec {
    /// Events that this operation lists.
    pub const fn new(list: &'static OperationSpec) -> Self {
        Self {
            list,
            list_notifications: None,
            retrieve_notification: None,
        }
    }

    /// The same with operations that list and fetch the events behind notifications.
    pub const fn notifications(
        mut self,
        list: &'static OperationSpec,
        retrieve: &'static OperationSpec,
    ) -> Self {
        self.list_notifications = Some(list);
        self.retrieve_notification = Some(retrieve);
        self
    }
}

/// A client of one API with one set of credentials.
///
/// Generated crates wrap it and add a method per service. `Debug` shows no secrets.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
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
}

impl Client {
    /// Starts to describe a client of an API.
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
    /// let answer = client
    ///     .raw(Method::Post, "/v1/previews/pre_1/activate")
    ///     .param("features[beta]", &true)
    ///     .await?;
    /// println!("{}", answer.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: &str) -> Call<RawJson> {
        Call::new(Draft::raw(self, method, path))
    }

    /// The call of a write that did not come to a known end: from
    /// [`Error::pending`](crate::error::Error::pending), or from a journal.
    ///
    /// It sends the same bytes under the same key to the same host, for the same account and API
    /// version, with the credentials of today. So the server does the work at most once, and
    /// repeats its answer if it was done already. If the call ends with an answer, the write is
    /// taken off the journal.
    ///
    /// Time limits, retries and priority can be set; options that would change the request
    /// (account, version, `expand`, parameters, another key) make the call fail.
    ///
    /// The server keeps keys for a limited time (at least 24 hours for v1, 30 days for v2). The
    /// call fails for older writes, and for those that a key of the other mode (live or test)
    /// began; see [`PendingWrite::is_resumable`] and [`Call::even_if_expired`]. Such a failure
    /// has [`Error::is_build`] and an unknown outcome, since nobody knows yet what became of the
    /// write.
    pub fn resume(&self, write: &PendingWrite) -> Call<RawJson> {
        Call::new(Draft::resumed(self, write))
    }

    /// The same as [`resume`](Client::resume) for a write of an operation that the program knows:
    /// with its typed answer, time limits and class of rate limits.
    ///
    /// The call fails if the write is one of another operation.
    pub fn resume_as<O: Operation>(&self, write: &PendingWrite) -> Call<O::Output> {
        Call::new(Draft::resumed_as(self, O::SPEC, write, O::Output::ACCEPT))
    }

    /// The writes that the journal has on record, oldest first: of earlier processes that died,
    /// and of calls that ended with an unknown outcome, were dropped, or are under way now.
    ///
    /// Ask before the program makes calls of its own, and none is under way. Resuming one that is
    /// does no harm: the server refuses the second request while the first is being carried out.
    ///
    /// # Errors
    /// With [`Error::is_journal`] if the journal cannot be read. Without a journal there are none.
    pub async fn pending_writes(&self) -> Result<Vec<PendingWrite>, Error> {
        match &self.shared.engine.journal {
            Some(journal) => journal.pending_writes().await.map_err(unreadable),
            None => Ok(Vec::new()),
        }
    }

    /// Takes a write off the journal without resuming it, after you have found out by other means
    /// what became of it.
    ///
    /// # Errors
    /// With [`Error::is_journal`] if the journal cannot be written.
    pub async fn forget(&self, write: &PendingWrite) -> Result<(), Error> {
        match &self.shared.engine.journal {
            Some(journal) => journal.finish(write).await.map_err(unreadable),
            None => Ok(()),
        }
    }

    /// How much of which rate limit is used, by all clones of this client.
    pub fn usage(&self) -> Vec<Usage> {
        let engine = &self.shared.engine;
        engine.limiter.usage(engine.clock.now())
    }

    /// The circuits of the circuit breaker that were used so far.
    pub fn circuits(&self) -> Vec<Snapshot> {
        let engine = &self.shared.engine;
        engine.breaker.snapshot(engine.clock.now())
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

fn unreadable(fault: JournalError) -> Error {
    Error::new(Kind::Journal, Kind::Journal.text()).caused_by(fault)
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

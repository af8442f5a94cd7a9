//! The builder of clients. All settings are checked when the client is built.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use circuit_breaker::CircuitBreaker;

use super::credentials::CredentialSettings;
use super::session::HostSessions;
use super::{ApiSpec, Client, Shared};
use crate::clock::Clock;
use crate::codec::DecodePolicy;
use crate::error::Error;
use crate::execute::{Engine, InFlightWrites};
use crate::idempotency::Journal;
use crate::operation::OperationSpec;
use crate::rate_limit::{Limiter, Priority, RateLimiter, Unlimited};
use crate::request::{CallLimits, ClientHeaders, Host, RAW, RAW_V2, RequestDefaults};
use crate::retry::RetryPolicy;
use crate::telemetry::{Observer, Observers, Reports};
use crate::transport::Transport;

/// The default time limit of an attempt.
const ATTEMPT: Duration = Duration::from_secs(10);
/// The default time limit of connecting.
const CONNECT: Duration = Duration::from_secs(3);
/// The default time limit of the next chunk of a response body: the grace period of AWS's SDKs for
/// a stalled stream.
const STALL: Duration = Duration::from_secs(5);
/// The default maximum number of retries of a call: that of Stripe's own libraries.
const RETRIES: u32 = 2;
/// The default maximum length of a response body, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// A builder of a [`Client`].
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// # use runtime::error::Error;
/// use std::time::Duration;
///
/// # fn example(api: &'static ApiSpec) -> Result<(), Error> {
/// let client = Client::builder(api)
///     .from_env()
///     .account("acct_123")
///     .timeout(Duration::from_secs(20))
///     .app_info("shop", Some("1.2.0"), Some("https://shop.example"))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[must_use = "call `build` to get a client"]
pub struct ClientBuilder<C = Client> {
    /// What `build` returns: generated crates wrap the client in a type with their services.
    built: PhantomData<fn() -> C>,
    pub(super) defaults: RequestDefaults,
    /// The URLs of the hosts by key.
    hosts: Vec<(&'static str, String)>,
    api_version: Option<String>,
    pub(super) credentials: CredentialSettings,
    unknown_host: Option<String>,
    server_variables: Vec<(String, String)>,
    bare_errors: bool,
    connect_timeout: Duration,
    allows_plain_http: bool,
    user_agent: String,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    retry: Arc<RetryPolicy>,
    limiter: Option<Arc<dyn RateLimiter>>,
    breaker: Arc<CircuitBreaker>,
    journal: Option<Arc<dyn Journal>>,
    observers: Observers,
    reports: Option<Reports>,
}

impl<C: From<Client>> ClientBuilder<C> {
    /// Creates a builder with the defaults for `api`.
    pub fn new(api: &'static ApiSpec) -> Self {
        let hosts = api.hosts.iter().map(|&(key, url)| (key, url.to_owned()));
        let defaults = RequestDefaults {
            api,
            raw: &RAW,
            raw_v2: Some(&RAW_V2),
            hosts: Vec::new(),
            headers: ClientHeaders::default(),
            account: None,
            context: None,
            limits: CallLimits {
                attempt: ATTEMPT,
                deadline: None,
                max_retries: RETRIES,
                priority: Priority::Interactive,
                decode: DecodePolicy::Correct,
            },
            stall_timeout: STALL,
            max_response_bytes: MAX_RESPONSE_BYTES,
            show_messages: true,
            checks_responses: true,
        };
        Self {
            built: PhantomData,
            defaults,
            hosts: hosts.collect(),
            api_version: None,
            credentials: CredentialSettings::default(),
            unknown_host: None,
            server_variables: Vec::new(),
            bare_errors: false,
            connect_timeout: CONNECT,
            allows_plain_http: false,
            user_agent: api.user_agent.to_owned(),
            transport: None,
            clock: None,
            retry: Arc::default(),
            limiter: None,
            breaker: Arc::default(),
            journal: None,
            observers: Observers::default(),
            reports: None,
        }
    }

    /// Sets one URL for all hosts, such as that of a test server or a gateway. Defaults to the URLs
    /// of the API.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        for (_, known) in &mut self.hosts {
            *known = url.as_ref().to_owned();
        }
        self
    }

    /// Sets the URL of one of the API's hosts, by the host's key.
    pub fn host(mut self, key: &str, url: impl Into<String>) -> Self {
        match self.hosts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = url.into(),
            None => self.unknown_host = Some(key.to_owned()),
        }
        self
    }

    /// Sets what calls without an operation have in common, such as [`Client::raw`] and those of
    /// files: how the credential is sent, whether a POST or PATCH has an idempotency key and in which
    /// header, and the format of parameters. Id, path and method are not used. Defaults to
    /// those of [`OperationSpec::post`], with JSON for paths that begin with `/v2/`; generated crates
    /// set what their API requires.
    pub fn raw_calls(mut self, spec: &'static OperationSpec) -> Self {
        self.defaults.raw = spec;
        self.defaults.raw_v2 = None;
        self
    }

    /// Sets that the body of a failure is the error object itself, and not its member `error`. Then
    /// any JSON object shows that the API itself has sent the failure. Generated crates call it if
    /// their API requires it.
    pub fn bare_errors(mut self) -> Self {
        self.bare_errors = true;
        self
    }

    /// Sets a variable of the API's URLs: `{name}` is replaced with the value. The last value for a
    /// name counts. A name that no URL has is an error of
    /// [`build`](Self::build), and so is a value that would change which host is meant.
    pub fn server_variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.server_variables.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the account to act for, unless a call overrides it. Defaults to the API key's own
    /// account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.defaults.account = Some(account.into());
        self
    }

    /// Sets the context to act in, unless a call overrides it. Defaults to none.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.defaults.context = Some(context.into());
        self
    }

    /// Sets the API version to request. Defaults to the version that the types were generated from;
    /// responses of another version may not decode to the types.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets the time limit of one attempt, including connecting and reading the response. Defaults
    /// to 10 seconds. Operations that are known to be slow keep their own limit if that is longer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.defaults.limits.attempt = timeout;
        self
    }

    /// Sets the time limit of connecting with the built-in transport. Defaults to 3 seconds; at
    /// most nine tenths of [`timeout`](Self::timeout).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long to wait for the next chunk of a response body before the attempt fails.
    /// Defaults to 5 seconds.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.defaults.stall_timeout = timeout;
        self
    }

    /// Sets what is done about members of responses that are missing or unreadable, unless a call
    /// overrides it. Defaults to [`DecodePolicy::Correct`]: they are filled, and
    /// [`Response::corrections`](crate::http::Response::corrections), the field `extra` of the
    /// object and a warning say which. With [`DecodePolicy::Refuse`] such a response is an error
    /// ([`Error::is_decode`]); the outcome of a write is then unknown.
    pub fn decode_policy(mut self, policy: DecodePolicy) -> Self {
        self.defaults.limits.decode = policy;
        self
    }

    /// Sets the time limit of a whole call, with all attempts, backoffs and waits for the rate
    /// limiter, unless a call overrides it. Defaults to none.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.defaults.limits.deadline = Some(deadline);
        self
    }

    /// Sets the priority of calls that wait for the rate limiter, unless a call overrides it.
    /// Defaults to [`Priority::Interactive`].
    pub fn priority(mut self, priority: Priority) -> Self {
        self.defaults.limits.priority = priority;
        self
    }

    /// Sets the maximum number of retries of a call, unless the call overrides it. Defaults to 2,
    /// as in the API's own libraries; 0 turns retries off. See [`RetryPolicy`] for what is retried
    /// and when.
    pub fn retries(mut self, retries: u32) -> Self {
        self.defaults.limits.max_retries = retries;
        self
    }

    /// Sets the maximum length of a response body in bytes. Defaults to 64 MiB. A longer body fails
    /// the call with [`Error::is_too_large`].
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.defaults.max_response_bytes = bytes;
        self
    }

    /// Sets whether responses must show that they belong to their requests, as far as they can.
    /// Defaults to `true`: a call fails with [`Error::is_mismatch`] if the response repeats another
    /// idempotency key, account or API version than was sent, or if its object has another id than
    /// the path names, is of another type, or of the other mode than the API key. `false` is for
    /// servers whose responses are fixed, such as mocks.
    ///
    /// Ids are compared only if both have the same prefix, or neither has one, and without regard
    /// to case: the API has several ids for some objects.
    pub fn check_responses(mut self, yes: bool) -> Self {
        self.defaults.checks_responses = yes;
        self
    }

    /// Sets whether an API key of live mode, or any of an API whose keys do not show their mode, may
    /// be sent by plain HTTP to a host that is not this machine. Defaults to `false`. For gateways in a network that is protected otherwise.
    pub fn allow_plain_http(mut self, yes: bool) -> Self {
        self.allows_plain_http = yes;
        self
    }

    /// Sets whether `Display` of errors contains the server's message, which may contain personal
    /// data, such as an email address. Defaults to `true`; credentials are redacted in any case.
    /// [`Error::message`] returns it with either setting.
    pub fn show_error_messages(mut self, yes: bool) -> Self {
        self.defaults.show_messages = yes;
        self
    }

    /// Adds the program's name, version and website to the `User-Agent`.
    pub fn app_info(mut self, name: &str, version: Option<&str>, url: Option<&str>) -> Self {
        self.user_agent = format!("{} {name}", self.defaults.api.user_agent);
        if let Some(version) = version {
            self.user_agent.push('/');
            self.user_agent.push_str(version);
        }
        if let Some(url) = url {
            self.user_agent.push_str(&format!(" ({url})"));
        }
        self
    }

    /// Sets the transport. Defaults to `HttpTransport`, with the feature `hyper`.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the clock that time, timers and random numbers are taken from. Defaults to the
    /// system's, with the feature `tokio`.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the retry policy. Defaults to [`RetryPolicy::new`].
    ///
    /// Clients that are built with clones of one `Arc<RetryPolicy>` share its budget.
    pub fn retry_policy(mut self, policy: impl Into<Arc<RetryPolicy>>) -> Self {
        self.retry = policy.into();
        self
    }

    /// Sets the rate limiter. Defaults to a [`Limiter`] with the limits that the API publishes, or
    /// to [`Unlimited`] if it publishes none. [`Unlimited`] turns rate limiting off.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Sets the circuit breaker. Defaults to [`CircuitBreaker::new`]; [`CircuitBreaker::disabled`]
    /// turns it off.
    ///
    /// Clients that are built with clones of one `Arc<CircuitBreaker>` share its circuits.
    pub fn circuit_breaker(mut self, breaker: impl Into<Arc<CircuitBreaker>>) -> Self {
        self.breaker = breaker.into();
        self
    }

    /// Sets the journal, which stores writes before they are sent, so that they can be resumed
    /// after a crash. Defaults to none.
    ///
    /// Every write with an idempotency key is journaled, except for those with a credential of the
    /// caller's own, and those with a parameter in a cookie or in a header whose name suggests
    /// credentials, since such values are not stored. A call waits up to 30 seconds for the journal before its first
    /// attempt, and fails with [`Error::is_journal`] after that; it waits up to 5 seconds after its
    /// end.
    pub fn journal(mut self, journal: impl Journal) -> Self {
        self.journal = Some(Arc::new(journal));
        self
    }

    /// Adds an observer of attempts and calls. Observers are called in the order in which they were
    /// added.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.0.push(Box::new(observer));
        self
    }

    /// Sets whether each call reports the id and duration of an earlier request to the server, in
    /// the header `X-Stripe-Client-Telemetry`. **Defaults to `false`**, unlike in the API's own
    /// libraries. Reports are kept in memory, at most 16 at a time; further ones are dropped.
    pub fn send_telemetry(mut self, yes: bool) -> Self {
        self.reports = yes.then(Reports::default);
        self
    }

    /// Checks the settings and builds the client.
    ///
    /// # Errors
    /// Returns [`Error::is_build`] if there is no usable API key, a URL is missing or is not an HTTP
    /// URL, a variable of a URL is not set, the API does not have a host or a variable, the account or the context is blank, the API key is of live mode and a
    /// URL that is not one of this machine is plain HTTP, the application's name is not a valid header value, the rate limiter's
    /// settings are invalid, or no transport or clock is set and the features that have one
    /// (`hyper`, `tokio`) are off.
    pub fn build(self) -> Result<C, Error> {
        let mut defaults = self.defaults;
        let credentials = self.credentials.finish(defaults.api.key_variable)?;
        if let Some(host) = self.unknown_host {
            return Err(Error::build(format!("the API has no host {host:?}")));
        }
        defaults.hosts = Host::parse_all(defaults.api, &self.hosts, &self.server_variables)?;
        let plain_host = match self.allows_plain_http {
            true => None,
            false => defaults.hosts.iter().find_map(Host::plain_name),
        };
        credentials.check(defaults.api, plain_host.as_deref())?;
        defaults.check_scope()?;
        let version = self.api_version.as_deref();
        defaults.headers = ClientHeaders::new(defaults.api, version, &self.user_agent)?;
        let api = defaults.api;
        let limiter = self.limiter.unwrap_or_else(|| default_limiter(api));
        let needs_tokio = self.transport.is_none() || self.clock.is_none();
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(self.connect_timeout, defaults.limits.attempt)?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None => default_clock()?,
        };
        let engine = Engine {
            bare_errors: self.bare_errors,
            renews_on_401: self.bare_errors || defaults.raw_v2.is_none(),
            api,
            header_names: defaults.headers.names.clone(),
            transport,
            clock,
            breaker: self.breaker,
            limiter,
            retry: self.retry,
            journal: self.journal,
            in_flight_writes: InFlightWrites::default(),
            observers: Arc::new(self.observers),
            plain_host,
            reports: self.reports,
        };
        // Sessions are opened by the client that owns them.
        let specs = defaults.api.sessions.iter();
        let sessions = |client: &_| specs.map(|&spec| HostSessions::new(spec, client)).collect();
        let shared = Arc::new_cyclic(|client| Shared {
            defaults,
            engine,
            credentials,
            sessions: sessions(client),
            needs_tokio,
        });
        Ok(C::from(Client { shared }))
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientBuilder")
            .field("api", &self.defaults.api.title)
            .finish_non_exhaustive()
    }
}

/// The built-in transport. The time limit of connecting is shorter than that of an attempt: if both
/// expired at the same time, it would not be known whether the request was sent.
#[cfg_attr(not(feature = "hyper"), expect(unused_variables))]
fn default_transport(connect: Duration, attempt: Duration) -> Result<Arc<dyn Transport>, Error> {
    #[cfg(feature = "hyper")]
    return crate::transport::HttpTransport::new(crate::transport::HttpOptions {
        connect_timeout: connect.min(attempt - attempt / 10),
        ..Default::default()
    })
    .map(|transport| Arc::new(transport) as Arc<dyn Transport>)
    .map_err(|error| Error::build("the built-in transport cannot be set up").with_source(error));
    #[cfg(not(feature = "hyper"))]
    Err(Error::build(
        "no transport: set one, or turn the feature `hyper` on",
    ))
}

/// The built-in clock.
fn default_clock() -> Result<Arc<dyn Clock>, Error> {
    #[cfg(feature = "tokio")]
    return Ok(Arc::new(crate::clock::SystemClock));
    #[cfg(not(feature = "tokio"))]
    Err(Error::build(
        "no clock: set one, or turn the feature `tokio` on",
    ))
}

/// The default limiter for an API.
fn default_limiter(api: &ApiSpec) -> Arc<dyn RateLimiter> {
    match api.limits {
        Some(limits) => Arc::new(Limiter::new(limits)),
        None => Arc::new(Unlimited),
    }
}

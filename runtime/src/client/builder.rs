//! Describing a client; everything is checked once, when it is built.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};

use super::session::HostSessions;
use super::{ApiSpec, Client, Shared};
use crate::auth::{ApiKey, CredentialProvider, Credentials};
use crate::circuit_breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::error::Error;
use crate::execute::{Engine, InFlightKeys};
use crate::idempotency::Journal;
use crate::rate_limit::{Limiter, Priority, RateLimiter, Unlimited};
use crate::request::{CallLimits, RequestDefaults};
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::telemetry::report::Reports;
use crate::telemetry::{Observer, default_observers};
use crate::transport::Transport;

/// The time for one attempt, if nobody says otherwise.
const ATTEMPT: Duration = Duration::from_secs(10);
/// The time for connecting, if nobody says otherwise.
const CONNECT: Duration = Duration::from_secs(3);
/// The time for the next piece of an answer, if nobody says otherwise: what AWS's SDKs grant a
/// stalled stream.
const STALL: Duration = Duration::from_secs(5);
/// The retries of a call, if nobody says otherwise: what Stripe's own libraries allow.
const RETRIES: u32 = 2;
/// The longest answer, if nobody says otherwise.
const LONGEST_ANSWER: usize = 64 << 20;

/// Describes a [`Client`].
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
    /// What `build` makes: generated crates wrap the client in a type with their services.
    built: PhantomData<fn() -> C>,
    defaults: RequestDefaults,
    credentials: Option<Result<Credentials, Error>>,
    unknown_host: Option<String>,
    connect_timeout: Duration,
    user_agent: String,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    retry: Arc<RetryPolicy>,
    limiter: Option<Arc<dyn RateLimiter>>,
    breaker: Arc<CircuitBreaker>,
    journal: Option<Arc<dyn Journal>>,
    observers: Vec<Box<dyn Observer>>,
    reports: Option<Reports>,
}

impl<C: From<Client>> ClientBuilder<C> {
    /// Starts with the defaults for `api`.
    pub fn new(api: &'static ApiSpec) -> Self {
        let hosts = api.hosts.iter().map(|&(key, url)| (key, url.to_owned()));
        let defaults = RequestDefaults {
            api,
            hosts: hosts.collect(),
            account: None,
            context: None,
            api_version: None,
            user_agent: HeaderValue::from_static(""),
            limits: CallLimits {
                attempt: ATTEMPT,
                deadline: None,
                max_retries: RETRIES,
                priority: Priority::Interactive,
            },
            stall_timeout: STALL,
            max_response_bytes: LONGEST_ANSWER,
        };
        Self {
            built: PhantomData,
            defaults,
            credentials: None,
            unknown_host: None,
            connect_timeout: CONNECT,
            user_agent: api.user_agent.to_owned(),
            transport: None,
            clock: None,
            retry: Arc::default(),
            limiter: None,
            breaker: Arc::default(),
            journal: None,
            observers: default_observers(),
            reports: None,
        }
    }

    /// Uses this API key. White space around it is cut off.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.credentials = Some(ApiKey::new(&key.into()).map(Credentials::Fixed));
        self
    }

    /// Takes the API key from the environment variable that the API names.
    pub fn from_env(mut self) -> Self {
        let key = ApiKey::from_env(self.defaults.api.key_variable);
        self.credentials = Some(key.map(Credentials::Fixed));
        self
    }

    /// Takes API keys from a provider, such as a secrets manager. They are cached, refreshed before
    /// they expire, and fetched again once after a 401; see [`auth`](crate::auth) for the rules.
    pub fn credentials(mut self, provider: impl CredentialProvider) -> Self {
        self.credentials = Some(Ok(Credentials::from_provider(provider)));
        self
    }

    /// Sends everything to one URL, whatever host an operation names: a test server, a gateway.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        for (_, known) in &mut self.defaults.hosts {
            *known = url.as_ref().to_owned();
        }
        self
    }

    /// Sends what an operation wants to send to one of the API's hosts to this URL.
    pub fn host(mut self, key: &str, url: impl Into<String>) -> Self {
        match self
            .defaults
            .hosts
            .iter_mut()
            .find(|(known, _)| *known == key)
        {
            Some((_, known)) => *known = url.into(),
            None => self.unknown_host = Some(key.to_owned()),
        }
        self
    }

    /// Acts for this account, unless a call says otherwise.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.defaults.account = Some(account.into());
        self
    }

    /// Acts in this context, unless a call says otherwise.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.defaults.context = Some(context.into());
        self
    }

    /// Asks for another API version than the one that the types were generated from. Answers
    /// may then not fit the types.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.defaults.api_version = Some(version.into());
        self
    }

    /// The time for one attempt, with connecting and reading the answer. 10 seconds by default.
    /// Operations that are known to be slow keep their own time if that is longer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.defaults.limits.attempt = timeout;
        self
    }

    /// The time for connecting with the built-in transport. 3 seconds by default, but never
    /// more than nine tenths of [`timeout`](Self::timeout).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long to wait for the next piece of a response body before the attempt is given up.
    /// 5 seconds by default.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.defaults.stall_timeout = timeout;
        self
    }

    /// The time for each whole call, with its waiting, attempts and pauses, unless a call says
    /// otherwise. None by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.defaults.limits.deadline = Some(deadline);
        self
    }

    /// Who goes first when calls have to wait for the rate limit, unless a call says otherwise.
    /// [`Priority::Interactive`] by default.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.defaults.limits.priority = priority;
        self
    }

    /// How many times a call may be retried, unless the call says otherwise. 2 by default, as in
    /// the API's own libraries; 0 turns retries off. See [`RetryPolicy`] for what is retried and
    /// when.
    pub fn retries(mut self, retries: u32) -> Self {
        self.defaults.limits.max_retries = retries;
        self
    }

    /// The longest answer to read. 64 MiB by default.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.defaults.max_response_bytes = bytes;
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

    /// Sends requests through this transport instead of the built-in one.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Takes time and chance from this clock instead of the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// What is retried, when, and how often. Defaults to [`RetryPolicy::new`].
    ///
    /// Clients that are built with clones of one `Arc<RetryPolicy>` share its budget.
    pub fn retry_policy(mut self, policy: impl Into<Arc<RetryPolicy>>) -> Self {
        self.retry = policy.into();
        self
    }

    /// Asks this limiter before each attempt. By default it is a [`Limiter`] with the
    /// limits that the API publishes, if it publishes some. [`Unlimited`] turns it off.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// When attempts are refused because the server keeps failing. Defaults to
    /// [`CircuitBreaker::new`]; [`CircuitBreaker::disabled`] turns it off.
    ///
    /// Clients that are built with clones of one `Arc<CircuitBreaker>` share its circuits.
    pub fn circuit_breaker(mut self, breaker: impl Into<Arc<CircuitBreaker>>) -> Self {
        self.breaker = breaker.into();
        self
    }

    /// Puts writes on record before they are sent, so that a process that died can resume them.
    pub fn journal(mut self, journal: impl Journal) -> Self {
        self.journal = Some(Arc::new(journal));
        self
    }

    /// Tells this observer about attempts and calls, after those that were added before.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Tells the server, with a call, the id and duration of an earlier one, as the API's own
    /// libraries do unless told otherwise. **Off by default**: without this nothing about your
    /// program is sent but the calls themselves. Reports that cannot be sent soon are thrown
    /// away, nothing is written to disk, and nothing else is reported.
    pub fn send_telemetry(mut self, yes: bool) -> Self {
        self.reports = yes.then(Reports::default);
        self
    }

    /// Checks everything and makes the client.
    ///
    /// # Errors
    /// With [`Error::is_build`] if there is no usable API key, a URL is no HTTP URL, a host is
    /// unknown to the API, the application's name does not fit a header, the rate limiter was set
    /// up wrongly, or no transport or clock is given and the features that have one (`reqwest`,
    /// `tokio`) are off.
    pub fn build(self) -> Result<C, Error> {
        let mut defaults = self.defaults;
        let credentials = match self.credentials {
            Some(credentials) => credentials?,
            None => {
                return Err(Error::build(format!(
                    "no API key: call `from_env` to take it from {}, or `api_key`",
                    defaults.api.key_variable
                )));
            }
        };
        if let Some(host) = self.unknown_host {
            return Err(Error::build(format!("the API has no host {host:?}")));
        }
        for (host, url) in &mut defaults.hosts {
            *url = checked_url(host, url)?;
        }
        defaults.user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| Error::build("the application's name does not fit a header"))?;
        let limiter = self
            .limiter
            .unwrap_or_else(|| default_limiter(defaults.api));
        limiter.check().map_err(Error::build)?;
        let needs_tokio = self.transport.is_none() || self.clock.is_none();
        defaults.account = defaults.account.filter(|text| !text.is_empty());
        defaults.context = defaults.context.filter(|text| !text.is_empty());
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(connect_within(
                self.connect_timeout,
                defaults.limits.attempt,
            ))?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None => default_clock()?,
        };
        let engine = Engine {
            api: defaults.api,
            transport,
            clock,
            breaker: self.breaker,
            limiter,
            retry: self.retry,
            journal: self.journal,
            in_flight_keys: InFlightKeys::default(),
            observers: self.observers,
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

/// The time for connecting, which leaves some of an attempt's time. Otherwise both would be over
/// at once, and nobody could tell whether the request was sent.
fn connect_within(connect: Duration, attempt: Duration) -> Duration {
    connect.min(attempt - attempt / 10)
}

/// The built-in transport.
#[cfg_attr(not(feature = "reqwest"), expect(unused_variables))]
fn default_transport(connect_timeout: Duration) -> Result<Arc<dyn Transport>, Error> {
    #[cfg(feature = "reqwest")]
    return crate::transport::ReqwestTransport::new(crate::transport::ReqwestOptions {
        connect_timeout,
        ..Default::default()
    })
    .map(|transport| Arc::new(transport) as Arc<dyn Transport>)
    .map_err(|error| Error::build("the built-in transport cannot be set up").with_source(error));
    #[cfg(not(feature = "reqwest"))]
    Err(Error::build(
        "no transport: set one, or turn the feature `reqwest` on",
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

/// An HTTP URL without query, fragment, credentials and slash at its end.
fn checked_url(host: &str, url: &str) -> Result<String, Error> {
    let wrong = |what: &str| Error::build(format!("the URL of the host {host:?} {what}"));
    let trimmed = url.trim().trim_end_matches('/');
    let uri: Uri = trimmed.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) {
        return Err(wrong("must begin with https:// or http://"));
    }
    let authority = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .unwrap_or_default();
    // The parsed URI has no fragment any more.
    let is_more = uri.query().is_some() || trimmed.contains('#');
    if authority.is_empty() || authority.contains('@') || is_more {
        return Err(wrong("must be a host and perhaps a path, nothing more"));
    }
    Ok(trimmed.to_owned())
}

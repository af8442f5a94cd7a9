//! The description of an API, as constants of generated code.

use super::OperationSpec;
use crate::rate_limit::Preset;

/// The constants of an API.
///
/// Generated code defines one. Fields that do not apply to an API keep their defaults:
///
/// ```
/// use runtime::client::ApiSpec;
///
/// static API: ApiSpec = ApiSpec {
///     title: "Example API",
///     version: "2026-01-28",
///     hosts: &[("api", "https://api.example.com")],
///     version_header: Some("Example-Version"),
///     key_variable: "EXAMPLE_KEY",
///     user_agent: "example-rust/0.1",
///     ..ApiSpec::DEFAULT
/// };
/// # let _ = &API;
/// ```
#[derive(Clone, Debug)]
pub struct ApiSpec {
    /// The title of the API's document.
    pub title: &'static str,
    /// The version of the API that the types were generated from.
    pub version: &'static str,
    /// The hosts by key, each with its URL. Operations name the key. The URL may have
    /// `{variables}`, and is empty if the API's document names no server: a client is then built
    /// with `base_url`.
    pub hosts: &'static [(&'static str, &'static str)],
    /// The header that requests an API version.
    pub version_header: Option<&'static str>,
    /// The header that names the account to act for.
    pub account_header: Option<&'static str>,
    /// The header that names the context to act in.
    pub context_header: Option<&'static str>,
    /// The header that names the event that caused a request.
    pub trigger_header: Option<&'static str>,
    /// The environment variable that holds the API key. Defaults to `API_KEY`.
    pub key_variable: &'static str,
    /// The `User-Agent` of the generated crate. Defaults to that of this crate.
    pub user_agent: &'static str,
    /// The prefixes of API keys of live mode.
    pub live_keys: &'static [&'static str],
    /// The prefixes of API keys of test mode. The mode of keys with neither prefix is not known.
    pub test_keys: &'static [&'static str],
    /// The prefixes of credentials that are no API keys, each with what it is: a part of a sentence
    /// that the error shows.
    pub other_keys: &'static [(&'static str, &'static str)],
    /// The rate limits that the API publishes; `None` if it publishes none.
    pub limits: Option<Preset>,
    /// Hosts that require a short-lived session instead of the API key.
    pub sessions: &'static [SessionSpec],
    /// Names of fields whose values must not be shown: `ClientBuilder::log_bodies` hides them, in
    /// any case and at any depth.
    pub sensitive: &'static [&'static str],
    /// How past events are read; `None` if the API has none.
    pub events: Option<EventsSpec>,
}

impl ApiSpec {
    /// An API without title, version and hosts, for `..ApiSpec::DEFAULT`.
    pub const DEFAULT: Self = Self {
        title: "",
        version: "",
        hosts: &[],
        version_header: None,
        account_header: None,
        context_header: None,
        trigger_header: None,
        key_variable: "API_KEY",
        user_agent: concat!("runtime/", env!("CARGO_PKG_VERSION")),
        live_keys: &[],
        test_keys: &[],
        other_keys: &[],
        limits: None,
        sessions: &[],
        sensitive: &[],
        events: None,
    };
}

/// A host that requires a short-lived session token instead of the API key.
///
/// The client opens the session when it is first needed, keeps it until shortly before it expires,
/// and opens another when the server reports that it has expired.
#[derive(Clone, Copy, Debug)]
pub struct SessionSpec {
    /// The key of the host.
    pub host: &'static str,
    /// The operation that opens a session. It takes no parameters.
    pub operation: &'static OperationSpec,
    /// The field of its response that holds the token.
    pub token: &'static str,
    /// The field of its response that says when the session expires, as RFC 3339 or in seconds.
    pub expires: &'static str,
}

/// The operations that read past events.
#[derive(Clone, Copy, Debug)]
pub struct EventsSpec {
    /// Lists events with snapshots, newest first, page by page with cursors.
    pub list: &'static OperationSpec,
    /// Lists notifications, newest first, page by page with URLs; `None` if the API has none.
    pub list_notifications: Option<&'static OperationSpec>,
    /// Fetches the event behind a notification by its id.
    pub retrieve_notification: Option<&'static OperationSpec>,
}
